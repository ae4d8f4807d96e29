"""The paragraphs around the state table, each with its own sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from otto_import.orders import BrokenOrder, ItemState, Order, Reading, Withheld
from otto_import.plan import (
    Action,
    Adopt,
    Conflict,
    Create,
    Found,
    Hold,
    Intention,
    IntentionKind,
    Known,
    Pending,
    PendingKind,
    Reason,
    Role,
    ShopOrder,
    Skip,
    Stage,
    Update,
)
from otto_import.planner import fingerprints, key_of, make_plan, questions
from tests import build

HOUR = timedelta(hours=1)


def plan(
    order: Order, known: Known | None = None, *hits: ShopOrder, by_id: bool = True, skew: timedelta | None = timedelta(0), **over: Any
) -> Action:
    """Plan one order, with every question answered by `hits`."""
    policy = build.policy(**over)
    reading = build.reading(order, by_id=by_id, skew=skew)
    rows = {known.key: known} if known else {}
    key = key_of(reading, policy)
    (action,) = make_plan([reading], rows, {key: Found(hits)}, policy, build.NOW).actions
    return action


def asked(order: Order, known: Known | None = None, **over: Any) -> tuple[int, int, int]:
    """Count the questions: to OTTO, by key, by reference."""
    rows = {known.key: known} if known else {}
    questioned = questions([build.reading(order)], rows, build.policy(**over), build.NOW)
    return len(questioned.again), len(questioned.find), len(questioned.read)


def doubt(kind: IntentionKind, stage: Stage, status: str) -> Intention:
    """Build an open intention of a minute ago."""
    return Intention(kind=kind, stage=stage, status=status, expected=None, at=build.NOW - timedelta(minutes=1))


def test_an_order_at_rest_asks_nothing() -> None:
    order = build.order()

    assert (0, 0, 0) == asked(order, build.known(Stage.PROCESSABLE, order))


def test_a_new_order_is_looked_up_before_it_is_created() -> None:
    assert (0, 1, 0) == asked(build.order())


def test_a_move_reads_the_shop_order_first() -> None:
    assert (0, 0, 1) == asked(build.order(), build.known(Stage.ANNOUNCED))


def test_a_late_order_is_asked_for_at_otto_before_anything_else() -> None:
    late = build.order(ItemState.ANNOUNCED, age=timedelta(days=8))

    assert (1, 0, 0) == asked(late, build.known(Stage.ANNOUNCED, late))


def test_a_late_order_never_imported_is_passed_over_on_the_lists_word() -> None:
    late = build.order(ItemState.ANNOUNCED, age=timedelta(days=8))

    assert (0, 0, 0) == asked(late)
    assert (Skip, "unpaid_before_import") == (type(plan(late, by_id=False)), plan(late, by_id=False).reason.code)
    assert isinstance(plan(late, by_id=False, skew=timedelta(hours=1)), Create)


def test_the_deadline_passes_at_the_second() -> None:
    at = build.order(ItemState.ANNOUNCED, age=timedelta(days=7))
    before = build.order(ItemState.ANNOUNCED, age=timedelta(days=7) - timedelta(seconds=1))
    hit = build.shop_order("on-hold", at)

    assert isinstance(plan(at, build.known(Stage.ANNOUNCED, at), hit), Update)
    assert isinstance(plan(before, build.known(Stage.ANNOUNCED, before), hit), Skip)


def test_grace_hours_push_the_deadline_back() -> None:
    order = build.order(ItemState.ANNOUNCED, age=timedelta(days=7) + HOUR)

    assert isinstance(plan(order, build.known(Stage.ANNOUNCED, order), build.shop_order("on-hold", order), deadline=timedelta(days=7, hours=2)), Skip)


@pytest.mark.parametrize(("skew", "code"), [(timedelta(minutes=6), "clock_wrong"), (timedelta(minutes=-6), "clock_wrong"), (None, "clock_unknown")])
def test_a_wrong_clock_cancels_nothing_but_lists_the_order_as_overdue(skew: timedelta | None, code: str) -> None:
    order = build.order(ItemState.ANNOUNCED, age=timedelta(days=8))

    action = plan(order, build.known(Stage.ANNOUNCED, order), build.shop_order("on-hold", order), skew=skew)

    assert (Skip, True, code) == (type(action), action.overdue, action.reason.code)


def test_an_order_not_payable_in_advance_never_expires() -> None:
    order = build.order(ItemState.ANNOUNCED, age=timedelta(days=30), payment_method="INVOICE_SINGLE")

    imported = plan(order, build.known(Stage.ANNOUNCED, order))
    new = plan(order)

    assert (Skip, True) == (type(imported), imported.overdue)
    assert isinstance(new, Create)


def test_an_order_without_a_payment_method_expires() -> None:
    order = build.order(ItemState.ANNOUNCED, age=timedelta(days=8), payment_method=None)

    assert isinstance(plan(order, build.known(Stage.ANNOUNCED, order), build.shop_order("on-hold", order)), Update)


def test_a_partly_sent_order_is_held_until_it_is_named() -> None:
    order = build.order(ItemState.PROCESSABLE, ItemState.SENT)

    held = plan(order)
    created = plan(order, named=frozenset({build.key()}))

    assert (Hold, "partly_sent") == (type(held), held.reason.code)
    assert isinstance(created, Create)
    assert [1] == [line.sent for line in created.change.lines or ()]


def test_a_processable_order_without_address_waits_for_it() -> None:
    order = build.order(delivery_address=None, invoice_address=None)

    new = plan(order)
    imported = plan(order, build.known(Stage.ANNOUNCED, order, address=""), build.shop_order("on-hold", order))

    assert {(Hold, "no_address")} == {(type(one), one.reason.code) for one in (new, imported)}


def test_a_partial_cancellation_takes_the_line_out() -> None:
    whole = build.order(ItemState.PROCESSABLE, ItemState.PROCESSABLE)
    part = build.order(ItemState.PROCESSABLE, ItemState.CANCELLED_BY_MARKETPLACE)

    action = plan(part, build.known(Stage.PROCESSABLE, whole), build.shop_order("processing", whole))

    assert isinstance(action, Update)
    assert (None, 1, Decimal("22.94")) == (action.change.status, sum(line.quantity for line in action.change.lines or ()), action.change.total)


def test_a_partial_cancellation_while_announced_stays_unpaid() -> None:
    whole = build.order(ItemState.ANNOUNCED, ItemState.ANNOUNCED)
    part = build.order(ItemState.ANNOUNCED, ItemState.CANCELLED_BY_MARKETPLACE)

    action = plan(part, build.known(Stage.ANNOUNCED, whole), build.shop_order("on-hold", whole))

    assert isinstance(action, Update)
    assert (False, None) == (action.change.paid, action.change.status)


def test_a_changed_address_is_written() -> None:
    before = build.order()
    after = replace(before, delivery_address=replace(build.ADDRESS, street="Neue Gasse"))

    action = plan(after, build.known(Stage.PROCESSABLE, before), build.shop_order("processing", before))

    assert (Update, "changed") == (type(action), action.reason.code)


def test_an_address_withheld_again_blanks_nothing() -> None:
    before = build.order()
    after = replace(before, delivery_address=None, invoice_address=None)

    assert isinstance(plan(after, build.known(Stage.PROCESSABLE, before), build.shop_order("processing", before)), Skip)


def test_some_items_back_and_others_sent_is_a_notice_and_nothing_else() -> None:
    order = build.order(ItemState.SENT, ItemState.RETURNED)

    action = plan(order, build.known(Stage.FULFILLED, order, otto_state=ItemState.SENT), build.shop_order("completed", order))

    assert isinstance(action, Skip)
    assert "some items came back" in action.notices


def test_returned_falls_back_to_the_status_of_sent() -> None:
    order = build.order(ItemState.RETURNED)
    status = {role: text for role, text in build.STATUSES.items() if text != "refunded"}

    action = plan(order, build.known(Stage.PROCESSABLE, order), build.shop_order("processing", order), status=status)

    assert isinstance(action, Update)
    assert "completed" == action.change.status


def test_a_returned_order_never_goes_back_to_sent() -> None:
    order = build.order(ItemState.SENT)
    known = build.known(Stage.FULFILLED, order, status="refunded", otto_state=ItemState.RETURNED)

    assert isinstance(plan(order, known, build.shop_order("refunded", order)), Skip)


def test_the_shop_showing_the_wanted_status_is_adopted_and_completed() -> None:
    order = build.order()
    known = build.known(Stage.ANNOUNCED, build.order(ItemState.ANNOUNCED))

    action = plan(order, known, build.shop_order("processing", order, set_status="on-hold", paid=False, addressed=False))

    assert isinstance(action, Adopt)
    assert action.update is not None
    assert ("processing", "processing", True) == (action.update.expected, action.update.change.status, action.update.change.paid)


def test_a_whole_order_found_by_key_is_adopted_without_a_write() -> None:
    order = build.order()

    action = plan(order, None, build.shop_order("processing", order))

    assert isinstance(action, Adopt)
    assert action.update is None


def test_a_half_made_order_found_by_key_is_completed() -> None:
    order = build.order()

    action = plan(order, None, build.shop_order("processing", order, complete=False))

    assert isinstance(action, Adopt)
    assert action.update is not None


def test_found_alone_is_no_deed_for_a_create_in_doubt() -> None:
    order = build.order()
    known = build.known(Stage.NEVER, order, lines="", intention=doubt(IntentionKind.CREATE, Stage.PROCESSABLE, "processing"))

    action = plan(order, known, build.shop_order("processing", order, complete=None, item_ids=None, total=None, paid=None, addressed=None))

    assert isinstance(action, Adopt)
    assert action.update is not None


def test_a_cancellation_in_doubt_that_the_shop_shows_is_completed_without_the_guard() -> None:
    order = build.order(ItemState.CANCELLED_BY_MARKETPLACE)
    known = build.known(Stage.PROCESSABLE, order, intention=doubt(IntentionKind.STATUS, Stage.CANCELLED, "cancelled"))

    action = plan(order, known, build.shop_order("cancelled", order))

    assert isinstance(action, Adopt)
    assert Stage.CANCELLED is action.stage


def test_a_status_further_forward_is_taken_as_the_base() -> None:
    order = build.order(ItemState.RETURNED)
    known = build.known(Stage.PROCESSABLE, order)

    action = plan(order, known, build.shop_order("completed", order))

    assert isinstance(action, Update)
    assert ("completed", "refunded") == (action.expected, action.change.status)


def test_a_paid_order_the_merchant_moved_is_completed_but_keeps_its_status() -> None:
    order = build.order()
    known = build.known(Stage.ANNOUNCED, build.order(ItemState.ANNOUNCED))

    action = plan(order, known, build.shop_order("packed", order, paid=False))

    assert isinstance(action, Conflict)
    assert action.update is not None
    assert (None, True, "paid, but the shop says packed; the status stays as the merchant set it") == (
        action.update.change.status,
        action.update.change.paid,
        action.reason.text,
    )


@pytest.mark.parametrize("status", ["packed", "completed"])
def test_an_order_the_merchant_moved_is_not_cancelled(status: str) -> None:
    order = build.order(ItemState.CANCELLED_BY_MARKETPLACE)

    action = plan(order, build.known(Stage.PROCESSABLE, order), build.shop_order(status, order))

    assert isinstance(action, Conflict)
    assert action.update is None


def test_a_part_cancelled_of_an_order_the_merchant_moved_writes_nothing() -> None:
    whole = build.order(ItemState.PROCESSABLE, ItemState.PROCESSABLE)
    part = build.order(ItemState.PROCESSABLE, ItemState.CANCELLED_BY_MARKETPLACE)

    for status in ("packed", "completed"):
        action = plan(part, build.known(Stage.PROCESSABLE, whole), build.shop_order(status, whole, set_status="processing"))

        assert (Conflict, "moved_cancelled") == (type(action), action.reason.code)
        assert isinstance(action, Conflict)
        assert action.update is None


def test_an_order_the_merchant_shipped_his_own_way_stays_as_it_is() -> None:
    order = build.order(ItemState.SENT)

    action = plan(order, build.known(Stage.PROCESSABLE, order), build.shop_order("packed", order))

    assert (Skip, Stage.FULFILLED) == (type(action), action.stage)


def test_an_order_the_merchant_has_refunded_is_not_set_back_to_sent() -> None:
    order = build.order(ItemState.SENT)

    action = plan(order, build.known(Stage.PROCESSABLE, order), build.shop_order("refunded", order, set_status="processing"))

    assert (Skip, Stage.FULFILLED) == (type(action), action.stage)


def test_a_deleted_order_is_a_conflict_until_it_is_recreated_by_name() -> None:
    order = build.order()
    known = build.known(Stage.ANNOUNCED, build.order(ItemState.ANNOUNCED))

    assert (Conflict, "deleted") == (type(plan(order, known)), plan(order, known).reason.code)
    assert isinstance(plan(order, known, named=frozenset({build.key()}), recreate=True), Create)


def test_an_order_with_another_key_is_not_ours() -> None:
    order = build.order()
    known = build.known(Stage.ANNOUNCED, build.order(ItemState.ANNOUNCED))

    action = plan(order, known, build.shop_order("on-hold", order, key=build.key(2)))

    assert (Conflict, "not_this_order") == (type(action), action.reason.code)


def test_two_hits_are_named_in_the_conflict() -> None:
    order = build.order()

    action = plan(order, None, build.shop_order("processing", order), build.shop_order("processing", order, ref="15"))

    assert "twice in the shop: 12, 15; keep one and delete the rest" == action.reason.text


def test_no_second_create_before_the_shop_has_settled() -> None:
    order = build.order()
    known = build.known(Stage.NEVER, order, intention=doubt(IntentionKind.CREATE, Stage.PROCESSABLE, "processing"))

    waiting = plan(order, known, settle=timedelta(minutes=2))
    settled = plan(order, known, settle=timedelta(seconds=30))

    assert isinstance(waiting, Hold)
    assert waiting.doubt
    assert isinstance(settled, Create)
    assert settled.doubtful


def test_an_announced_create_in_doubt_is_looked_up_even_past_the_deadline() -> None:
    order = build.order(ItemState.ANNOUNCED, age=timedelta(days=8))
    known = build.known(Stage.NEVER, order, intention=doubt(IntentionKind.CREATE, Stage.ANNOUNCED, "on-hold"))

    arrived = plan(order, known, build.shop_order("on-hold", order))
    lost = plan(order, known)

    assert isinstance(arrived, Update)
    assert arrived.change.cancels
    assert isinstance(lost, Skip)


def test_a_create_in_doubt_that_never_arrived_is_dropped_when_otto_has_cancelled() -> None:
    order = build.order(ItemState.CANCELLED_BY_MARKETPLACE)
    known = build.known(Stage.NEVER, order, intention=doubt(IntentionKind.CREATE, Stage.PROCESSABLE, "processing"))

    assert isinstance(plan(order, known), Skip)


def test_a_wrong_total_stays_a_conflict_until_the_shop_is_right() -> None:
    order = build.order()
    waits = Pending(kind=PendingKind.CONFLICT, reason=Reason("total", "…"), attempts=1, since=build.NOW, next_at=build.NOW)
    known = build.known(Stage.PROCESSABLE, order, pending=waits)

    wrong = plan(order, known, build.shop_order("processing", order, total=Decimal("22.93")))
    right = plan(order, known, build.shop_order("processing", order))

    assert (Conflict, "shop says 22.93, OTTO 22.94") == (type(wrong), wrong.reason.text)
    assert isinstance(right, Skip)


def test_an_answer_older_than_what_is_known_is_skipped() -> None:
    order = build.order(modified_at=build.NOW - 2 * HOUR)

    action = plan(order, build.known(Stage.ANNOUNCED, order, noted_at=build.NOW - HOUR))

    assert isinstance(action, Skip)
    assert action.stale


def test_an_answer_without_a_modification_date_is_never_stale() -> None:
    order = build.order(modified_at=None)

    action = plan(order, build.known(Stage.ANNOUNCED, order, noted_at=build.NOW), build.shop_order("on-hold", order))

    assert isinstance(action, Update)


def test_start_date_keeps_old_orders_out_but_not_those_that_came_alive_since() -> None:
    start = build.NOW - timedelta(days=2)
    sleeping = build.order(age=timedelta(days=10))
    awake = replace(sleeping, items=tuple(replace(one, processable_at=build.NOW - HOUR) for one in sleeping.items))
    announced = build.order(ItemState.ANNOUNCED, age=timedelta(days=3))

    assert (Skip, "before_start") == (type(plan(sleeping, start=start)), plan(sleeping, start=start).reason.code)
    assert isinstance(plan(awake, start=start), Create)
    assert isinstance(plan(announced, start=start), Create)


def test_start_date_does_not_stop_an_order_from_being_followed() -> None:
    order = build.order(age=timedelta(days=10))

    assert isinstance(plan(order, build.known(Stage.ANNOUNCED, order), build.shop_order("on-hold", order), start=build.NOW), Update)


def test_a_suspected_fraud_is_imported_with_a_note_or_held() -> None:
    order = build.order(suspected_fraud=True)

    created, held = plan(order), plan(order, hold_suspected_fraud=True)

    assert isinstance(created, Create)
    assert created.change.note
    assert created.notices
    assert (Hold, "suspected_fraud") == (type(held), held.reason.code)


def test_an_order_dated_in_the_future_goes_through_with_a_notice() -> None:
    action = plan(build.order(age=-HOUR))

    assert isinstance(action, Create)
    assert "dated in the future" in action.notices


def test_what_a_person_accepted_is_left_alone_until_otto_changes_it() -> None:
    order = build.order()
    known = build.known(Stage.ANNOUNCED, order, accepted=fingerprints.of_state(order))
    sent = build.order(ItemState.SENT)

    assert (Skip, "accepted") == (type(plan(order, known)), plan(order, known).reason.code)
    assert isinstance(plan(sent, known, build.shop_order("on-hold", sent)), Update)


def test_accepting_takes_the_shop_as_it_is() -> None:
    order = build.order()
    known = build.known(Stage.ANNOUNCED, order)
    by_name: dict[str, Any] = {"named": frozenset({build.key()}), "accept": True}

    taken = plan(order, known, build.shop_order("packed", order), **by_name)

    assert isinstance(taken, Adopt)
    assert (True, None, Stage.PROCESSABLE) == (taken.accepted, taken.update, taken.stage)
    assert isinstance(plan(order, known, **by_name), Skip)
    assert isinstance(plan(order, None, **by_name), Skip)
    assert isinstance(plan(order, known, can_find=False, **by_name), Skip)
    assert isinstance(plan(order, known, build.shop_order("packed", order), build.shop_order("packed", order, ref="15"), **by_name), Conflict)


def test_accepting_waits_for_a_create_that_may_still_arrive() -> None:
    order = build.order()
    known = build.known(Stage.NEVER, order, ref=None, intention=doubt(IntentionKind.CREATE, Stage.PROCESSABLE, "processing"))

    action = plan(order, known, named=frozenset({build.key()}), accept=True, settle=timedelta(minutes=2))

    assert isinstance(action, Hold)
    assert action.doubt


def test_an_imported_order_made_again_in_doubt_is_waited_for_and_contradicted_when_it_is_there_twice() -> None:
    order = build.order()
    known = build.known(Stage.PROCESSABLE, order, intention=doubt(IntentionKind.CREATE, Stage.PROCESSABLE, "processing"))
    hit = build.shop_order("processing", order)

    waiting = plan(order, known, settle=timedelta(minutes=2))
    twice = plan(order, known, hit, replace(hit, ref="15"))

    assert isinstance(waiting, Hold)
    assert (Conflict, "twice") == (type(twice), twice.reason.code)


def test_a_status_the_shop_changed_by_itself_stays_a_conflict_while_announced() -> None:
    order = build.order(ItemState.ANNOUNCED)
    waits = Pending(kind=PendingKind.CONFLICT, reason=Reason("status", "…"), attempts=1, since=build.NOW, next_at=build.NOW)

    action = plan(order, build.known(Stage.ANNOUNCED, order, pending=waits), build.shop_order("in review", order))

    assert (Conflict, "set to on-hold, but the shop says in review") == (type(action), action.reason.text)


def test_a_create_without_a_mapped_status_is_held() -> None:
    action = plan(build.order(ItemState.ANNOUNCED), status={Role.PROCESSABLE: "processing"})

    assert (Hold, "not_mapped") == (type(action), action.reason.code)


def test_an_event_stream_that_may_have_heard_of_an_order_hears_of_its_cancellation() -> None:
    order = build.order(ItemState.CANCELLED_BY_MARKETPLACE)
    known = build.known(Stage.NEVER, order, ref=None, intention=doubt(IntentionKind.CREATE, Stage.PROCESSABLE, "processing"))

    action = make_plan([build.reading(order)], {known.key: known}, {}, build.policy(can_find=False), build.NOW).actions[0]

    assert isinstance(action, Update)
    assert action.change.cancels


def test_a_broken_order_is_held_under_whichever_id_is_legible() -> None:
    policy = build.policy()
    by_number = Reading(BrokenOrder(None, "abc", "no position items"))

    (action,) = make_plan([by_number], {}, {}, policy, build.NOW).actions

    assert (Hold, "main:#abc", "no position items") == (type(action), action.key, action.reason.text)
    assert "" == key_of(Reading(BrokenOrder(None, None, "…")), policy)


def test_an_order_that_otto_withholds_is_held_and_not_cancelled() -> None:
    reading = Reading(Withheld("otto-1", None, "OTTO does not show this order (404)"))

    (action,) = make_plan([reading], {build.key(): build.known(Stage.PROCESSABLE)}, {}, build.policy(), build.NOW).actions

    assert (Hold, "withheld") == (type(action), action.reason.code)


def test_planning_before_a_question_is_answered_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="before the question"):
        make_plan([build.reading(build.order())], {}, {}, build.policy(), build.NOW)


def test_an_event_stream_is_written_to_without_being_asked() -> None:
    order = build.order()

    assert isinstance(make_plan([build.reading(order)], {}, {}, build.policy(can_find=False), build.NOW).actions[0], Create)
    moved = make_plan(
        [build.reading(order)], {build.key(): build.known(Stage.ANNOUNCED, order)}, {}, build.policy(can_find=False), build.NOW
    ).actions[0]
    assert isinstance(moved, Update)
    assert ("12", "on-hold") == (moved.ref, moved.expected)


# --- a ledger that goes on may be older than the shop -------------------------------------------------------------------------------------------


def test_of_orders_that_a_ledger_lacks_those_that_would_have_to_be_cancelled_are_looked_up() -> None:
    late = build.order(ItemState.ANNOUNCED, age=timedelta(days=8))
    gone = build.order(ItemState.CANCELLED_BY_MARKETPLACE)

    assert [(0, 0, 0), (0, 1, 0)] == [asked(gone), asked(gone, resumed=True)]
    assert [(0, 0, 0), (1, 0, 0)] == [asked(late), asked(late, resumed=True)]
    assert (0, 0, 0) == asked(gone, resumed=True, can_find=False)
    assert (0, 0, 0) == asked(build.order(ItemState.SENT, age=timedelta(days=60)), resumed=True)
    assert (0, 0, 0) == asked(build.order(ItemState.ANNOUNCED), resumed=True, announced=False)


def test_a_late_order_found_in_the_shop_is_cancelled_on_otto_s_word_alone_and_else_passed_over() -> None:
    late = build.order(ItemState.ANNOUNCED, age=timedelta(days=8))
    known_of_it = questions([build.reading(late, by_id=True)], {}, build.policy(resumed=True), build.NOW)

    assert 1 == len(known_of_it.find)
    assert isinstance(plan(late, None, build.shop_order("on-hold", late), resumed=True), Update)
    assert (Skip, "unpaid_before_import") == (type(passed := plan(late, None, resumed=True)), passed.reason.code)


# --- what the merchant moved --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "stage", "status"),
    [
        ((ItemState.PROCESSABLE,), Stage.PROCESSABLE, "packed"),
        ((ItemState.PROCESSABLE,), Stage.PROCESSABLE, "completed"),
        ((ItemState.ANNOUNCED,), Stage.ANNOUNCED, "packed"),
        ((ItemState.CANCELLED_BY_MARKETPLACE,), Stage.CANCELLED, "processing"),
        ((ItemState.SENT,), Stage.FULFILLED, "packed"),
    ],
)
def test_a_look_for_differences_names_what_the_merchant_moved_and_leaves_it(states: tuple[ItemState, ...], stage: Stage, status: str) -> None:
    order = build.order(*states)

    known = build.known(stage, order)
    action = plan(order, known, build.shop_order(status, order, set_status=known.status), looks=True)

    assert (Skip, "moved") == (type(action), action.reason.code)
    assert f"the shop says {status} by the merchant's hand, which stays" in action.reason.text


def test_an_order_further_in_the_shop_than_at_otto_is_a_matter_once_something_changes_there() -> None:
    order = build.order(ItemState.PROCESSABLE)
    known = build.known(Stage.PROCESSABLE, order, address="other")

    action = plan(order, known, build.shop_order("completed", order, set_status="processing"), looks=True)

    assert (Conflict, "went_backwards") == (type(action), action.reason.code)
    assert "OTTO says ready to ship, but the shop says completed, which is further" in action.reason.text


@pytest.mark.parametrize("mapped", [True, False])
def test_an_order_half_way_to_sent_is_brought_there_however_often_that_was_lost(mapped: bool) -> None:
    order = build.order(ItemState.SENT)
    doubt = Intention(kind=IntentionKind.STATUS, stage=Stage.FULFILLED, status="completed", expected="draft", at=build.NOW)
    known = build.known(Stage.FULFILLED, order, lines="", status="completed", otto_state=ItemState.SENT, intention=doubt)
    half = build.shop_order("pending", order, intermediate=True, complete=False, set_status="completed")
    statuses = build.STATUSES if mapped else {Role.PROCESSABLE: "processing"}

    action = plan(order, known, half, status=statuses)

    assert isinstance(action, Update)
    assert ("pending", "completed" if mapped else None) == (action.expected, action.change.status)
    assert order.lines == action.change.lines


def test_a_late_order_that_the_merchant_moved_is_overdue() -> None:
    late = build.order(ItemState.ANNOUNCED, age=timedelta(days=8))

    action = plan(late, build.known(Stage.ANNOUNCED, late), build.shop_order("packed", late))

    assert (Conflict, True) == (type(action), action.overdue)


@pytest.mark.parametrize(("set_status", "shown", "state", "code"), [
    ("on-hold", "cancelled", ItemState.ANNOUNCED, "moved"),
    ("processing", "packed", ItemState.PROCESSABLE, "moved"),
    ("processing", "completed", ItemState.PROCESSABLE, "moved"),
    ("processing", "completed", ItemState.CANCELLED_BY_MARKETPLACE, "cancelled_after_sent"),
    ("processing", "packed", ItemState.CANCELLED_BY_MARKETPLACE, "moved_cancelled"),
])  # fmt: skip
def test_without_a_ledger_the_receipt_tells_what_the_merchant_moved(set_status: str, shown: str, state: ItemState, code: str) -> None:
    order = build.order(state)

    action = plan(order, None, build.shop_order(shown, order, set_status=set_status), searches=True)

    assert code == action.reason.code


@pytest.mark.parametrize(("set_status", "footing"), [("on-hold", "on-hold"), (None, "on-hold"), ("processing", "processing")])
def test_of_a_half_made_order_the_status_it_is_on_its_way_to_counts_as_set_by_us(set_status: str | None, footing: str) -> None:
    order = build.order(ItemState.ANNOUNCED)
    known = build.known(Stage.NEVER, order, lines="", items=(), intention=doubt(IntentionKind.CREATE, Stage.ANNOUNCED, "on-hold"))

    action = plan(order, known, build.shop_order("payment-error", order, intermediate=True, complete=False, set_status=set_status))

    assert isinstance(action, Update)
    assert action.footing is not None
    assert footing == action.footing.status


def test_a_half_made_order_that_nothing_says_more_of_counts_as_it_stands() -> None:
    order = build.order(ItemState.ANNOUNCED)

    action = plan(order, None, build.shop_order("payment-error", order, intermediate=True, complete=False, set_status=None))

    assert action.footing is not None
    assert "payment-error" == action.footing.status
