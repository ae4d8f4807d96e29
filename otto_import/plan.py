"""The values a plan is made of: what we know, what the shop says, what is to be done and why. No clocks, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from otto_import.orders import Address, DeliveryFee, Line, Order, OrderState, Reading

OrderKey = NewType("OrderKey", str)
"""`<account>:<salesOrderId>`; sandbox and demo put their name in front. The same text in ledger, shop and derived ids."""


class Role(StrEnum):
    """Name what a shop status stands for; the keys of `[status]` in the config."""

    ANNOUNCED = "announced"
    PROCESSABLE = "processable"
    SENT = "sent"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    CANCELLED_BY_PARTNER = "cancelled_by_partner"


class Stage(StrEnum):
    """Name how far we have brought an order: the columns of the state table."""

    NEVER = "never imported"
    ANNOUNCED = "imported as announced"
    PROCESSABLE = "imported as processable"
    FULFILLED = "set to sent or returned"
    EXPIRED = "cancelled by our deadline"
    CANCELLED = "cancelled by OTTO"


class PendingKind(StrEnum):
    """Name why an order waits for another look."""

    HOLD = "hold"
    CONFLICT = "conflict"
    FAILED = "failed"
    HELD_BACK = "held_back"


class IntentionKind(StrEnum):
    """Name what kind of write was announced to the ledger."""

    CREATE = "create"
    STATUS = "status"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Reason:
    """Say why, twice: a stable code for programs and a sentence for the merchant (never a buyer's data)."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Remember an order that needs another look. Times are aware UTC by the real clock, never by `--now`."""

    kind: PendingKind
    reason: Reason
    attempts: int
    since: datetime
    next_at: datetime
    paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intention:
    """Remember a write that was about to happen; without a deed it is in doubt. `at` is by the real clock."""

    kind: IntentionKind
    stage: Stage
    status: str | None
    expected: str | None
    at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Hold what the ledger remembers of one order: ids, states, hashes, times; no personal data.

    `noted_at` is the smaller of OTTO's last modification and its Date at the last reading, `checked_at` when OTTO was last asked (run clock);
    `items` are the living position items as last written, `lines` and `address` fingerprints of what was last written;
    `accepted` is the state of OTTO that a person accepted as it is (see `planner.fingerprints`).
    """

    key: OrderKey
    sales_order_id: str | None
    order_number: str | None
    placed_at: datetime | None = None
    stage: Stage = Stage.NEVER
    ref: str | None = None
    status: str | None = None
    otto_state: OrderState | None = None
    noted_at: datetime | None = None
    checked_at: datetime | None = None
    items: tuple[str, ...] = ()
    lines: str = ""
    address: str = ""
    total: Decimal | None = None
    paid: bool = False
    overdue: bool = False
    accepted: str | None = None
    pending: Pending | None = None
    intention: Intention | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOrder:
    """Hold what a shop says of one of its orders; None where the shop cannot tell.

    `key` is the OTTO key it carries; `set_status`, `complete`, `expired` and `item_ids` come from our receipt on it;
    `intermediate` marks a status through which the writer itself passes between two writes; `addressed` is False for a placeholder.
    """

    ref: str
    key: OrderKey | None
    status: str
    intermediate: bool = False
    set_status: str | None = None
    complete: bool | None = None
    expired: bool = False
    item_ids: frozenset[str] | None = None
    total: Decimal | None = None
    paid: bool | None = None
    addressed: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Hold the shop's answer about one order: every hit of a look-up by key, or the one order read by its reference (none: it is gone)."""

    hits: tuple[ShopOrder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Say what a shop order is to look like; None leaves a thing as it is.

    The writer compares with what the shop has and does the rest. `lines`, `fees` and `total` go together: the living items, their fees, the sum.
    `expired` sets (True) or lifts (False) the mark "cancelled by our deadline" on the receipt. `stage` goes with the receipt's history.
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
    """Wait: the order cannot be decided now. `doubt`: an unfinished create may still be arriving in the shop."""

    doubt: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Hold the settings that bear on decisions. `prefix` makes keys; times are aware UTC; `wall` is the real clock at the start of the run."""

    prefix: str
    status: Mapping[Role, str]
    first_run: datetime
    wall: datetime
    announced: bool = False
    deadline: timedelta = timedelta(days=7)
    cancel_after_deadline: bool = True
    fulfilled: bool = False
    hold_suspected_fraud: bool = False
    start: datetime | None = None
    can_find: bool = True
    settle: timedelta = timedelta(0)
    named: frozenset[OrderKey] = frozenset()
    recreate: bool = False
    accept: bool = False

    def key(self, order_id: str) -> OrderKey:
        """Make the OTTO key of a `salesOrderId`."""
        return OrderKey(f"{self.prefix}:{order_id}")


Writable = Create | Update


@dataclass(frozen=True, slots=True)
class Done:
    """Report a write that is durable: the reference, the status and the total as read back (None: the shop does not tell)."""

    key: OrderKey
    ref: str
    status: str
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Report that the shop refused, and wrote nothing; `code` is the shop's error code, never its text."""

    key: OrderKey
    code: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Report that the shop's order was not as expected, so that nothing was written; None: it is gone."""

    key: OrderKey
    found: ShopOrder | None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Report that the write may or may not have happened; `code` names what was seen."""

    key: OrderKey
    code: str


@dataclass(frozen=True, slots=True)
class NotBegun:
    """Report that the write was never started, because a stop was asked for."""

    key: OrderKey


Outcome = Done | Refused | Changed | InDoubt | NotBegun


@dataclass(frozen=True, slots=True)
class ShopStatus:
    """Describe a status of a shop and what it does; None: the shop does not say."""

    code: str
    label: str
    takes_stock: bool | None = None
    means_paid: bool | None = None
    gives_stock_back: bool | None = None
    mails_buyer: bool | None = None
    makes_invoice: bool | None = None


class Grade(StrEnum):
    """Grade a finding of a check."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one finding of a check: what was looked at, what was seen, and the remedy."""

    grade: Grade
    subject: str
    text: str
    remedy: str = ""


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
