"""Exit codes and the guard's arithmetic."""

from __future__ import annotations

from typing import Any

import pytest

from otto_import.orders import ItemState
from otto_import.outcome import ActionName, OrderLine, Result, Summary, Tally, exit_code
from otto_import.plan import Found, OrderKey, Stage, Update
from otto_import.planner import make_plan
from otto_import.sync.guard import Guard
from tests import build


@pytest.mark.parametrize(
    ("counts", "troubled", "strict", "code"),
    [
        ({}, False, False, 0),
        ({"held": 1, "conflicts": 2}, False, False, 0),
        ({"held": 1}, False, True, 1),
        ({"conflicts": 1}, False, True, 1),
        ({"set_aside": 1}, False, False, 0),
        ({"set_aside": 2, "set_aside_paid": 1}, False, False, 1),
        ({"failed": 1}, False, False, 1),
        ({"in_doubt": 1}, False, False, 1),
        ({}, True, False, 1),
        ({"cancellations_held_back": 1, "set_aside": 1}, True, True, 4),
        ({"dry_run": True, "set_aside_paid": 1, "cancellations_held_back": 1}, True, True, 0),
        ({"overdue": 3}, False, True, 0),
    ],
)
def test_the_exit_code_tells_what_a_person_must_know(counts: dict[str, Any], troubled: bool, strict: bool, code: int) -> None:
    summary = Summary(**{"command": "sync", "dry_run": False, **counts})

    assert code == exit_code(summary, troubled=troubled, strict=strict)


def line(action: ActionName, result: Result, **over: Any) -> OrderLine:
    """Build a line."""
    values: dict[str, Any] = dict.fromkeys(("otto_state", "shop_status", "previous_shop_status", "shop_status_found", "shop_ref", "error"))
    ids = {"sales_order_id": "id", "order_number": "number"}
    return OrderLine(**{**values, **ids, "action": action, "result": result, "reason": "…", "notices": (), **over})


def test_a_tally_counts_what_was_done_and_not_what_failed() -> None:
    tally = Tally()
    for action in (ActionName.CREATE, ActionName.UPDATE, ActionName.ADOPT):
        tally.add(line(action, Result.DONE))
    tally.add(line(ActionName.SKIP, Result.NONE))
    assert not tally.troubled

    tally.add(line(ActionName.CREATE, Result.FAILED))
    tally.add(line(ActionName.HOLD, Result.NONE, sales_order_id=None, order_number=None, new=True))

    assert (1, 1, 1, 1, 6, 1, True) == (tally.created, tally.updated, tally.adopted, tally.skipped, tally.orders, tally.nameless, tally.troubled)


def cancellation(number: int) -> Update:
    """Plan a cancellation."""
    order = build.order(ItemState.CANCELLED_BY_MARKETPLACE, number=number)
    key = build.key(number)
    found = {key: Found((build.shop_order("processing", order),))}
    (action,) = make_plan([build.reading(order)], {key: build.known(Stage.PROCESSABLE, order)}, found, build.policy(), build.NOW).actions
    assert isinstance(action, Update)
    return action


def test_the_guard_lets_as_many_through_as_it_may_and_none_of_more() -> None:
    guard = Guard(2)

    assert [[], []] == [guard.defer(cancellation(number)) for number in (1, 2)]
    assert 3 == len(guard.defer(cancellation(3)))
    assert 1 == len(guard.defer(cancellation(4)))


def test_the_guard_counts_what_stands_and_forgets_what_was_decided_anew() -> None:
    guard = Guard(2, counted_before=2)

    assert 1 == len(guard.defer(cancellation(1)))
    guard = Guard(2, counted_before=2)
    guard.drop(OrderKey("main:otto-9"), counted=True)
    assert [] == guard.defer(cancellation(1))
    assert guard.waits(build.key(1))
    guard.drop(build.key(1))
    assert [] == guard.release()
