"""What is to be done about an order, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from otto_import.orders import Address, DeliveryFee, Line, Order, Reading
from otto_import.plan.known import Known, OrderKey, Reason, Stage
from otto_import.plan.shop import ShopOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Say what a shop order is to look like; None leaves a thing as it is.

    The writer compares with what the shop has and does the rest. `lines`, `fees` and `total` go together: the living items, their fees, the sum.
    `expired` sets (True) or lifts (False) the mark "cancelled by our deadline" on the receipt. `stage` goes with the receipt's history.
    `spares_stock` makes an order without taking its units from the stock: they left long ago. `claims` goes alone: it writes our receipt onto an
    order that another program made, and changes nothing else of it.
    """

    stage: Stage
    status: str | None = None
    lines: tuple[Line, ...] | None = None
    fees: tuple[DeliveryFee, ...] | None = None
    total: Decimal | None = None
    delivery: Address | None = field(default=None, repr=False)
    invoice: Address | None = field(default=None, repr=False)
    paid: bool = False
    paid_at: datetime | None = None
    expired: bool | None = None
    note: str = ""
    cancels: bool = False
    spares_stock: bool = False
    claims: bool = False


@dataclass(frozen=True, slots=True)
class Footing:
    """Say where the shop's order was found to stand: the stage, and the status that counts as set by us ("" where the merchant's hand is on it)."""

    stage: Stage
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Say what is to be done about one order, and why; `stage` is what the ledger notes once it is done (None: as before).

    `footing` is remembered of an order found in the shop that the ledger did not know, whatever becomes of the action;
    `overdue` lists the order as unpaid past its time; `accepted` remembers that a person took things as they are.
    """

    key: OrderKey
    reading: Reading
    reason: Reason
    known: Known | None = None
    found: ShopOrder | None = None
    stage: Stage | None = None
    footing: Footing | None = None
    notices: tuple[str, ...] = ()
    overdue: bool = False
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Action):
    """Create the order in the shop; `doubtful` when an earlier create may still arrive, so that the shop is looked at again after."""

    order: Order
    change: Change
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Action):
    """Bring a shop order to what `change` says, provided it still has the status `expected`."""

    order: Order
    ref: str
    expected: str
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt(Action):
    """Take the shop's order as it stands; `update` completes what is missing."""

    order: Order
    ref: str
    update: Update | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(Action):
    """Leave a contradiction to a person; `update` completes what harms nobody."""

    update: Update | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Action):
    """Wait: the order cannot be decided now.

    `doubt`: an unfinished create may still be arriving in the shop; `settled`: the shop was looked at, and no earlier create has arrived.
    """

    doubt: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(Action):
    """Do nothing, for a good reason. `stale`: OTTO's answer is older than what we know, so nothing of it is remembered."""

    stale: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold the decisions about one page of orders, one an order."""

    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Questions:
    """Hold what must be known before a page can be planned: orders to ask OTTO for again, keys to find and references to read in the shop."""

    again: tuple[OrderKey, ...] = ()
    find: tuple[OrderKey, ...] = ()
    read: tuple[tuple[OrderKey, str], ...] = ()


Writable = Create | Update


def writable(action: Action) -> Writable | None:
    """Give the write that an action asks for, if any."""
    match action:
        case Create() | Update():
            return action
        case Adopt() | Conflict():
            return action.update
        case _:
            return None


def cancels(action: Action) -> bool:
    """Tell whether an action cancels a whole order in the shop, which is what the guard counts."""
    return isinstance(action, Update) and action.change.cancels


def by_key(actions: Sequence[Action]) -> dict[OrderKey, Action]:
    """Index actions by their order."""
    return {action.key: action for action in actions}
