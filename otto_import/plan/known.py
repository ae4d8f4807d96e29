"""What the ledger knows of an order, the words for it, and the settings that bear on decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, NewType

from otto_import.orders import OrderState

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
    """Remember an order that needs another look. Times are aware UTC by the real clock, never by `--now`.

    `next_at` is None once it is set aside: looked at often enough, it waits for OTTO to say something new, or for `retry`.
    """

    kind: PendingKind
    reason: Reason
    attempts: int
    since: datetime
    next_at: datetime | None
    paid: bool = False


LOST: Final = "lost"
"""The code of the reason why a write waits that ended in doubt again, though the one before was looked up and had not arrived."""


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
class Policy:
    """Hold the settings that bear on decisions. `prefix` makes keys; times are aware UTC; `wall` is the real clock at the start of the run.

    With `looks` every order is looked up in the shop, whether or not OTTO or the ledger has anything new to say of it.
    With `searches` no order that the ledger lacks is passed over before the shop was asked for it; with `resumed` none that would have to be
    cancelled there, since a ledger that goes on may have been restored from a backup older than the shop.
    `keeps_dates` and `holds_unknown` are the shop's: whether a new order can bear OTTO's date, and what becomes of one with an unknown article.
    """

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
    keeps_dates: bool = True
    holds_unknown: bool = True
    settle: timedelta = timedelta(0)
    looks: bool = False
    searches: bool = False
    resumed: bool = False
    named: frozenset[OrderKey] = frozenset()
    recreate: bool = False
    accept: bool = False

    def key(self, order_id: str) -> OrderKey:
        """Make the OTTO key of a `salesOrderId`."""
        return OrderKey(f"{self.prefix}:{order_id}")
