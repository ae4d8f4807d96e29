"""Turn an action and its outcome into the line people and programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otto_import.orders import ItemState, Order
from otto_import.outcome import ActionName, OrderLine, Result
from otto_import.plan import (
    Adopt,
    Changed,
    Conflict,
    Create,
    Done,
    Hold,
    InDoubt,
    NotBegun,
    PendingKind,
    Refused,
    Skip,
    Update,
    cancels,
    writable,
)

if TYPE_CHECKING:
    from otto_import.plan import Action, Outcome, Pending

PLANNED_REF = "planned:"
_PERSON = frozenset({PendingKind.HOLD, PendingKind.CONFLICT})
_STATES = tuple(ItemState)


def line_of(action: Action, outcome: Outcome | None, pending: Pending | None, *, preview: bool, held_back: bool = False) -> OrderLine:
    """Make the line; `pending` is what the order waits for afterwards, `held_back` that the guard kept the cancellation."""
    order = action.reading.order
    known, found = action.known, action.found
    result, error = (Result.HELD_BACK, None) if held_back else _result(action, outcome, preview=preview)
    changed = isinstance(outcome, Changed)
    if pending and result in {Result.DONE, Result.PLANNED} and not isinstance(action, Conflict):
        error = pending.reason.text
    return OrderLine(
        sales_order_id=order.sales_order_id,
        order_number=order.order_number,
        otto_state=order.state.value if isinstance(order, Order) else None,
        action=ActionName.CONFLICT if changed else _name(action),
        shop_status=_status_after(action, outcome, result),
        previous_shop_status=known.status if known else None,
        shop_status_found=found.status if found else None,
        shop_ref=_ref(action, outcome),
        reason=pending.reason.text if changed and pending else action.reason.text,
        notices=action.notices,
        result=result,
        error=error,
        code=action.reason.code,
        placed_at=order.placed_at if isinstance(order, Order) else None,
        items=_items(order) if isinstance(order, Order) else {},
        total=str(order.total) if isinstance(order, Order) else None,
        cancels=cancels(action),
        new=pending is not None and pending.kind in _PERSON and pending.attempts == 1,
        paid=isinstance(order, Order) and order.state is ItemState.PROCESSABLE,
    )


def _items(order: Order) -> dict[str, int]:
    states = [item.state for item in order.items]
    return {state.value: count for state in _STATES if (count := states.count(state))}


def _name(action: Action) -> ActionName:
    match action:
        case Create():
            return ActionName.CREATE
        case Update():
            return ActionName.UPDATE
        case Adopt():
            return ActionName.ADOPT
        case Hold():
            return ActionName.HOLD
        case Conflict():
            return ActionName.CONFLICT
        case _:
            return ActionName.SKIP


def _result(action: Action, outcome: Outcome | None, *, preview: bool) -> tuple[Result, str | None]:
    done = Result.PLANNED if preview else Result.DONE
    match outcome:
        case Done():
            return done, None
        case Refused(code=code):
            return Result.FAILED, code
        case InDoubt(code=code):
            return Result.IN_DOUBT, code
        case NotBegun():
            return Result.NONE, "stopped before it was begun"
        case Changed():
            return Result.NONE, None
        case None if isinstance(action, Hold) and action.doubt:
            return Result.IN_DOUBT, None
        case None if isinstance(action, Adopt) and writable(action) is None:
            return done, None
        case None:
            return Result.NONE, None


def _status_after(action: Action, outcome: Outcome | None, result: Result) -> str | None:
    write = writable(action)
    if isinstance(outcome, Changed):
        return outcome.found.status if outcome.found else None
    if write is not None and write.change.status is not None and result in {Result.DONE, Result.PLANNED}:
        return write.change.status
    if action.found is not None:
        return action.found.status
    if isinstance(action, Conflict) and action.reason.code == "deleted":
        return None
    if isinstance(action, Skip | Hold | Conflict) or write is not None:
        return action.known.status if action.known else None
    return None


def _ref(action: Action, outcome: Outcome | None) -> str | None:
    if isinstance(outcome, Done):
        return None if outcome.ref.startswith(PLANNED_REF) else outcome.ref
    if action.found is not None:
        return action.found.ref
    ref = action.known.ref if action.known else None
    return None if ref is None or ref.startswith(PLANNED_REF) else ref
