"""Every cell of the state table, one by one, with the shop as we left it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from otto_import.orders import ItemState
from otto_import.plan import Action, Conflict, Create, Found, Hold, Skip, Stage, Update
from otto_import.planner import make_plan, questions
from otto_import.rules import TABLE, Row
from tests import build

LATE = timedelta(days=7, seconds=1)
_STATES = {
    Row.ANNOUNCED_OFF: ItemState.ANNOUNCED,
    Row.ANNOUNCED: ItemState.ANNOUNCED,
    Row.ANNOUNCED_LATE: ItemState.ANNOUNCED,
    Row.PROCESSABLE: ItemState.PROCESSABLE,
    Row.FULFILLED: ItemState.SENT,
    Row.CANCELLED_BY_MARKETPLACE: ItemState.CANCELLED_BY_MARKETPLACE,
    Row.CANCELLED_BY_PARTNER: ItemState.CANCELLED_BY_PARTNER,
    Row.UNKNOWN: ItemState.UNKNOWN,
}


def decided(row: Row, stage: Stage, **over: Any) -> Action:
    """Plan one order in a cell of the table, all questions answered, the shop showing what we set last."""
    order = build.order(_STATES[row], age=LATE if row is Row.ANNOUNCED_LATE else timedelta(days=1))
    policy = build.policy(announced=row is not Row.ANNOUNCED_OFF, **over)
    reading = build.reading(order, by_id=row is Row.ANNOUNCED_LATE)
    known = {} if stage is Stage.NEVER else {build.key(): build.known(stage, order)}
    asked = questions([reading], known, policy, build.NOW)
    assert () == asked.again
    found = {key: Found() for key in asked.find}
    found |= {key: Found((build.shop_order(build.STATUS_AT[stage], order),)) for key, _ in asked.read}
    (action,) = make_plan([reading], known, found, policy, build.NOW).actions
    return action


EXPECTED: dict[tuple[Row, Stage], tuple[type[Action], str, str | None]] = {
    (Row.ANNOUNCED_OFF, Stage.NEVER): (Skip, "announced_off", None),
    (Row.ANNOUNCED_OFF, Stage.ANNOUNCED): (Skip, "still_announced", None),
    (Row.ANNOUNCED_OFF, Stage.PROCESSABLE): (Conflict, "went_backwards", None),
    (Row.ANNOUNCED_OFF, Stage.FULFILLED): (Conflict, "went_backwards", None),
    (Row.ANNOUNCED_OFF, Stage.EXPIRED): (Skip, "still_expired", None),
    (Row.ANNOUNCED_OFF, Stage.CANCELLED): (Conflict, "back_after_cancellation", None),
    (Row.ANNOUNCED, Stage.NEVER): (Create, "announced", "on-hold"),
    (Row.ANNOUNCED, Stage.ANNOUNCED): (Skip, "still_announced", None),
    (Row.ANNOUNCED, Stage.PROCESSABLE): (Conflict, "went_backwards", None),
    (Row.ANNOUNCED, Stage.FULFILLED): (Conflict, "went_backwards", None),
    (Row.ANNOUNCED, Stage.EXPIRED): (Skip, "still_expired", None),
    (Row.ANNOUNCED, Stage.CANCELLED): (Conflict, "back_after_cancellation", None),
    (Row.ANNOUNCED_LATE, Stage.NEVER): (Skip, "unpaid_before_import", None),
    (Row.ANNOUNCED_LATE, Stage.ANNOUNCED): (Update, "unpaid", "cancelled"),
    (Row.ANNOUNCED_LATE, Stage.PROCESSABLE): (Conflict, "went_backwards", None),
    (Row.ANNOUNCED_LATE, Stage.FULFILLED): (Conflict, "went_backwards", None),
    (Row.ANNOUNCED_LATE, Stage.EXPIRED): (Skip, "still_expired", None),
    (Row.ANNOUNCED_LATE, Stage.CANCELLED): (Conflict, "back_after_cancellation", None),
    (Row.PROCESSABLE, Stage.NEVER): (Create, "processable", "processing"),
    (Row.PROCESSABLE, Stage.ANNOUNCED): (Update, "paid", "processing"),
    (Row.PROCESSABLE, Stage.PROCESSABLE): (Skip, "up_to_date", None),
    (Row.PROCESSABLE, Stage.FULFILLED): (Conflict, "went_backwards", None),
    (Row.PROCESSABLE, Stage.EXPIRED): (Update, "late_payment", "processing"),
    (Row.PROCESSABLE, Stage.CANCELLED): (Conflict, "paid_after_cancellation", None),
    (Row.FULFILLED, Stage.NEVER): (Create, "already_sent", "completed"),
    (Row.FULFILLED, Stage.ANNOUNCED): (Update, "fulfilled", "completed"),
    (Row.FULFILLED, Stage.PROCESSABLE): (Update, "fulfilled", "completed"),
    (Row.FULFILLED, Stage.FULFILLED): (Skip, "fulfilled", None),
    (Row.FULFILLED, Stage.EXPIRED): (Update, "fulfilled", "completed"),
    (Row.FULFILLED, Stage.CANCELLED): (Conflict, "sent_after_cancellation", None),
    (Row.CANCELLED_BY_MARKETPLACE, Stage.NEVER): (Skip, "cancelled_before_import", None),
    (Row.CANCELLED_BY_MARKETPLACE, Stage.ANNOUNCED): (Update, "cancelled_by_otto", "cancelled"),
    (Row.CANCELLED_BY_MARKETPLACE, Stage.PROCESSABLE): (Update, "cancelled_by_otto", "cancelled"),
    (Row.CANCELLED_BY_MARKETPLACE, Stage.FULFILLED): (Conflict, "cancelled_after_sent", None),
    (Row.CANCELLED_BY_MARKETPLACE, Stage.EXPIRED): (Skip, "cancellation_confirmed", None),
    (Row.CANCELLED_BY_MARKETPLACE, Stage.CANCELLED): (Skip, "already_cancelled", None),
    (Row.CANCELLED_BY_PARTNER, Stage.NEVER): (Skip, "cancelled_before_import", None),
    (Row.CANCELLED_BY_PARTNER, Stage.ANNOUNCED): (Update, "cancelled_by_partner", "cancelled"),
    (Row.CANCELLED_BY_PARTNER, Stage.PROCESSABLE): (Update, "cancelled_by_partner", "cancelled"),
    (Row.CANCELLED_BY_PARTNER, Stage.FULFILLED): (Conflict, "cancelled_after_sent", None),
    (Row.CANCELLED_BY_PARTNER, Stage.EXPIRED): (Skip, "cancellation_confirmed", None),
    (Row.CANCELLED_BY_PARTNER, Stage.CANCELLED): (Skip, "already_cancelled", None),
    **{(Row.UNKNOWN, stage): (Hold, "unknown_state", None) for stage in Stage},
}


@pytest.mark.parametrize(("row", "stage"), EXPECTED, ids=[f"{row.value} when {stage.value}" for row, stage in EXPECTED])
def test_a_cell_of_the_state_table_decides_as_written(row: Row, stage: Stage) -> None:
    kind, code, status = EXPECTED[row, stage]

    action = decided(row, stage)

    assert (kind, code) == (type(action), action.reason.code)
    assert status == (action.change.status if isinstance(action, Create | Update) else None)
    assert action.reason.text


def test_no_cell_of_the_table_is_missing_or_untested() -> None:
    everything = {(row, stage) for row in Row for stage in Stage}

    assert everything == set(TABLE)
    assert everything == set(EXPECTED)


def test_a_create_as_announced_is_unpaid_and_without_address() -> None:
    action = decided(Row.ANNOUNCED, Stage.NEVER)

    assert isinstance(action, Create)
    assert (False, None, None) == (action.change.paid, action.change.delivery, action.change.invoice)


def test_a_create_as_processable_is_paid_and_addressed() -> None:
    action = decided(Row.PROCESSABLE, Stage.NEVER)

    assert isinstance(action, Create)
    assert (True, build.ADDRESS, build.ADDRESS) == (action.change.paid, action.change.delivery, action.change.invoice)


def test_a_cancellation_leaves_the_lines_and_says_whose_it_is() -> None:
    ours, ottos = decided(Row.ANNOUNCED_LATE, Stage.ANNOUNCED), decided(Row.CANCELLED_BY_MARKETPLACE, Stage.ANNOUNCED)

    assert isinstance(ours, Update)
    assert isinstance(ottos, Update)
    assert (None, True, True) == (ours.change.lines, ours.change.expired, ours.change.cancels)
    assert (None, False, True) == (ottos.change.lines, ottos.change.expired, ottos.change.cancels)
    assert (Stage.EXPIRED, Stage.CANCELLED) == (ours.stage, ottos.stage)
    assert "unpaid after 7 days" == ours.reason.text


def test_with_wait_a_late_order_is_only_listed_as_overdue() -> None:
    action = decided(Row.ANNOUNCED_LATE, Stage.ANNOUNCED, cancel_after_deadline=False)

    assert isinstance(action, Skip)
    assert action.overdue


def test_a_late_payment_is_noticed() -> None:
    assert "late payment" in decided(Row.PROCESSABLE, Stage.EXPIRED).notices


def test_an_order_sent_before_the_first_run_is_left_out_unless_fulfilled_ones_are_wanted() -> None:
    order = build.order(ItemState.SENT)
    before = {"first_run": build.NOW}

    assert isinstance(decided(Row.FULFILLED, Stage.NEVER, **before), Skip)
    assert isinstance(decided(Row.FULFILLED, Stage.NEVER, **before, fulfilled=True), Create)
    assert order.placed_at < build.NOW


def test_a_sent_order_that_is_not_in_the_shop_is_a_conflict_where_sent_is_not_mapped() -> None:
    status = {role: text for role, text in build.STATUSES.items() if text not in {"completed", "refunded"}}

    action = decided(Row.FULFILLED, Stage.NEVER, status=status)

    assert (Conflict, "sent_not_in_shop") == (type(action), action.reason.code)


@pytest.mark.parametrize(
    ("stage", "kind"), [(Stage.ANNOUNCED, Conflict), (Stage.EXPIRED, Conflict), (Stage.PROCESSABLE, Skip), (Stage.FULFILLED, Skip)]
)
def test_a_sent_order_without_a_mapped_status_is_a_conflict_only_while_it_is_not_paid_in_the_shop(stage: Stage, kind: type[Action]) -> None:
    status = {role: text for role, text in build.STATUSES.items() if text not in {"completed", "refunded"}}

    assert kind is type(decided(Row.FULFILLED, stage, status=status))


def test_an_unmapped_cancellation_is_a_conflict_that_says_not_to_ship() -> None:
    status = {role: text for role, text in build.STATUSES.items() if text != "cancelled"}

    action = decided(Row.CANCELLED_BY_MARKETPLACE, Stage.PROCESSABLE, status=status)

    assert (Conflict, "OTTO cancelled; status.cancelled is not mapped; do not ship") == (type(action), action.reason.text)
