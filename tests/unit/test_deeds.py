"""What is remembered of an action and its outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from otto_import.ledger.base import EventKind, Note
from otto_import.orders import BrokenOrder, ItemState, Order, Reading
from otto_import.plan import Action, Changed, Done, Found, InDoubt, Known, NotBegun, Outcome, PendingKind, Refused, ShopOrder, Stage
from otto_import.planner import make_plan
from otto_import.sync.deeds import When, noted, remember
from otto_import.sync.lines import line_of
from tests import build

WHEN = When(build.NOW, build.NOW)
MINUTE = timedelta(minutes=1)


def planned(order: Order, known: Known | None = None, *hits: ShopOrder) -> Action:
    """Plan one order."""
    rows = {build.key(): known} if known else {}
    (action,) = make_plan([build.reading(order)], rows, {build.key(): Found(hits)}, build.policy(), build.NOW).actions
    return action


def remembered(action: Action, outcome: Outcome | None = None) -> Note:
    """Remember one action."""
    note = remember(action, outcome, WHEN)
    assert note is not None
    return note


def test_a_failing_order_is_looked_at_again_after_0_1_5_15_60_minutes_and_then_every_six_hours() -> None:
    known: Known | None = None
    waits = []
    for _ in range(7):
        note = remembered(planned(build.order(), known), Refused(build.key(), "out_of_stock"))
        known = note.known
        assert known.pending is not None
        assert known.pending.next_at is not None
        waits.append(known.pending.next_at - build.NOW)

    assert [0 * MINUTE, MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE, 360 * MINUTE, 360 * MINUTE] == waits


def test_another_reason_begins_the_count_anew() -> None:
    first = remembered(planned(build.order()), Refused(build.key(), "out_of_stock")).known
    second = remembered(planned(build.order(), first), Changed(build.key(), None)).known

    assert second.pending is not None
    assert (PendingKind.CONFLICT, 1) == (second.pending.kind, second.pending.attempts)


def test_a_done_create_is_remembered_as_written() -> None:
    order = build.order()

    note = remembered(planned(order), Done(build.key(), "77", "processing", order.total))

    assert (Stage.PROCESSABLE, "77", "processing", True, order.living_ids) == (
        note.known.stage,
        note.known.ref,
        note.known.status,
        note.known.paid,
        note.known.items,
    )
    assert ("done", None) == (note.closes, note.known.pending)


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Done(build.key(), "77", "processing", Decimal("22.93")), "shop says 22.93, OTTO 22.94"),
        (Done(build.key(), "77", "pending", Decimal("22.94")), "set to processing, but the shop says pending"),
    ],
)
def test_what_the_shop_reads_back_otherwise_is_a_conflict_though_done(outcome: Done, text: str) -> None:
    note = remembered(planned(build.order()), outcome)
    line = line_of(planned(build.order()), outcome, note.known.pending, preview=False)

    assert note.known.pending is not None
    assert (PendingKind.CONFLICT, text, "done") == (note.known.pending.kind, note.known.pending.reason.text, note.closes)
    assert ("done", text, True) == (line.result.value, line.error, line.new)


def test_a_write_in_doubt_leaves_its_intention_open() -> None:
    assert remembered(planned(build.order()), InDoubt(build.key(), "timeout")).closes is None


def test_a_write_that_was_not_begun_changes_nothing_that_is_known() -> None:
    note = remembered(planned(build.order()), NotBegun(build.key()))

    assert (Stage.NEVER, None, "not begun") == (note.known.stage, note.known.noted_at, note.closes)


def test_an_order_found_though_unknown_is_remembered_even_when_completing_it_is_refused() -> None:
    order = build.order()
    half = build.shop_order("processing", order, complete=False, ref="9")

    note = remembered(planned(order, None, half), Refused(build.key(), "busy"))

    assert ("9", Stage.PROCESSABLE, "processing") == (note.known.ref, note.known.stage, note.known.status)


@pytest.mark.parametrize(("shows", "noted_as_ours"), [("processing", "processing"), ("draft", "draft"), ("packed", "draft")])
def test_where_completing_a_half_made_order_moved_it_that_counts_as_ours(shows: str, noted_as_ours: str) -> None:
    order = build.order()
    known = build.known(Stage.PROCESSABLE, order, status="draft", lines="", intention=None)
    found = build.shop_order("packed" if shows == "packed" else "draft", order, complete=False, set_status=None)

    note = remembered(planned(order, known, found), Done(build.key(), "12", shows, order.total))

    assert noted_as_ours == note.known.status


def test_after_so_many_looks_an_order_is_set_aside_until_a_person_asks_again() -> None:
    known: Known | None = None
    seen = []
    for _ in range(5):
        note = remember(planned(build.order(), known), Refused(build.key(), "out_of_stock"), replace(WHEN, give_up_after=3))
        assert note is not None
        known = note.known
        assert known.pending is not None
        seen.append((known.pending.next_at is None, [event.text[:9] for event in note.events if event.kind is EventKind.DECISION]))
    again = remember(planned(build.order(), known), Refused(build.key(), "out_of_stock"), replace(WHEN, give_up_after=3, afresh=True))

    assert [(False, ["the shop "]), (False, []), (True, ["set aside"]), (True, []), (True, [])] == seen
    assert again is not None
    assert again.known.pending is not None
    assert (1, build.NOW) == (again.known.pending.attempts, again.known.pending.next_at)


def test_what_waits_remembers_whether_a_buyer_has_paid() -> None:
    held = remembered(planned(build.order(delivery_address=None, invoice_address=None))).known
    unpaid = remembered(planned(build.order(ItemState.UNKNOWN))).known

    assert held.pending is not None
    assert unpaid.pending is not None
    assert (True, False) == (held.pending.paid, unpaid.pending.paid)


def test_an_order_passed_over_leaves_no_row() -> None:
    assert remember(planned(build.order(ItemState.CANCELLED_BY_MARKETPLACE)), None, WHEN) is None


def test_an_order_with_nothing_new_is_not_written_again() -> None:
    order = build.order()
    known = build.known(Stage.PROCESSABLE, order, otto_state=order.state, noted_at=order.modified_at)

    assert remember(planned(order, known), None, WHEN) is None


def test_a_broken_order_is_remembered_under_its_number() -> None:
    reading = Reading(BrokenOrder(None, "abc123", "no position items"))
    (action,) = make_plan([reading], {}, {}, build.policy(), build.NOW).actions

    note = remembered(action)

    assert ("main:#abc123", None, "abc123") == (note.known.key, note.known.sales_order_id, note.known.order_number)
    assert note.known.pending is not None
    assert "no position items" == note.known.pending.reason.text


def test_noted_is_the_smaller_of_modification_and_date_to_the_millisecond() -> None:
    order = build.order(modified_at=build.NOW.replace(microsecond=123_456))

    assert build.NOW == noted(build.reading(order, date=build.NOW), order)
    assert build.NOW.replace(microsecond=123_000) == noted(build.reading(order, date=None), order)
    assert noted(build.reading(replace(order, modified_at=None)), replace(order, modified_at=None)) is None
