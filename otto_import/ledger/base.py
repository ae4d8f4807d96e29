"""What the rest of the program asks of a ledger, so that it can live elsewhere than in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from otto_import.orders import OrderState
from otto_import.plan import Intention, Known, OrderKey, PendingKind


class EventKind(StrEnum):
    """Name who spoke in an order's history."""

    OTTO = "otto"
    DEED = "deed"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one line of an order's history: when (run clock, aware UTC), who, a stable code, our sentence, the shop status it was about."""

    at: datetime
    kind: EventKind
    code: str
    text: str
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """Announce a write: the order as known so far (its row is made if it is new, its knowledge is not changed otherwise) and the intention."""

    known: Known
    intention: Intention


@dataclass(frozen=True, slots=True)
class Note:
    """Remember an order anew: the whole row but for the intention, what is added to its history, and how its open intentions are closed.

    `closes` is the deed that ends every open intention of the order ("done", "refused", "changed", "not begun", …); None leaves them open.
    """

    known: Known
    events: tuple[Event, ...] = ()
    closes: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Count what stands in the ledger: pending orders by kind, overdue ones, and those pending ones that were looked at too often, the paid of them."""

    held: int = 0
    conflicts: int = 0
    failed: int = 0
    held_back: int = 0
    overdue: int = 0
    set_aside: int = 0
    set_aside_paid: int = 0
    in_doubt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Say which orders are listed: those OTTO last said to be in `state` (None: in any), and, if any trouble is named, only those in one of them."""

    state: OrderState | None = None
    pending: frozenset[PendingKind] = frozenset()
    overdue: bool = False
    in_doubt: bool = False
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Remember how far a backfill came: the first moment not yet done, and the cancellations planned so far (for its guard)."""

    next_from: datetime
    cancellations: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """Hold one run: when (real clock and run clock, aware UTC), what, how it ended; `ended_at` and `exit` are None while it runs or after a crash."""

    id: int
    command: str
    started_at: datetime
    clock: datetime
    ended_at: datetime | None = None
    exit: int | None = None
    summary: str = ""


class Mark(StrEnum):
    """Name the moments a ledger remembers (aware UTC, run clock)."""

    FIRST_RUN = "first_run"
    WATERMARK = "watermark"
    SWEPT = "swept"
    LOOKED_BACK = "looked_back"
    FILLED = "filled"


class Ledger(Protocol):
    """Remember what OTTO said, what we did, and what we were about to do. Each writing method is one durable transaction.

    Listings are ordered by key and paged: `after` is the last key of the page before (None: from the start), `limit` the page's size.
    """

    def known(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Known]:
        """Give what is known of these orders, with their latest open intention; unknown ones are left out."""
        ...

    def named(self, name: str) -> Sequence[Known]:
        """Give the orders whose order number or salesOrderId is `name`."""
        ...

    def intend(self, intents: Sequence[Intent], notes: Sequence[Note] = ()) -> None:
        """Note what is about to be written, together with what was decided otherwise."""
        ...

    def note(self, notes: Sequence[Note]) -> None:
        """Note what was done or decided."""
        ...

    def touch(self, keys: Iterable[OrderKey], checked_at: datetime) -> None:
        """Note that OTTO was asked about these orders and nothing was new."""
        ...

    def forget(self, keys: Sequence[OrderKey]) -> None:
        """Drop orders altogether (an order remembered by its number alone, once it can be read)."""
        ...

    def finished(self, placed_before: datetime, limit: int) -> Sequence[OrderKey]:
        """List orders placed before a moment with which nothing can happen any more: sent, returned or cancelled, not pending and not in doubt."""
        ...

    def in_doubt(self, wall: datetime | None, after: OrderKey | None, limit: int) -> Sequence[Known]:
        """List orders with an open intention; of those lost before, only the ones whose next look is due by the real clock (None: all)."""
        ...

    def due(self, wall: datetime, after: OrderKey | None, limit: int) -> Sequence[Known]:
        """List pending orders whose next look is due by the real clock; those held back by the guard, set aside or lost (`in_doubt`) excepted."""
        ...

    def pending(self, after: OrderKey | None, limit: int) -> Sequence[Known]:
        """List all pending orders, those held back included."""
        ...

    def held_back(self, after: OrderKey | None, limit: int) -> Sequence[Known]:
        """List orders whose cancellation the guard held back."""
        ...

    def past_deadline(self, placed_until: datetime, after: OrderKey | None, limit: int) -> Sequence[Known]:
        """List orders imported as announced, placed no later than `placed_until`, not overdue, and of the pending ones those with a conflict or failed."""
        ...

    def unchecked(
        self, placed_from: datetime, placed_until: datetime, checked_before: datetime, after: OrderKey | None, limit: int
    ) -> Sequence[Known]:
        """List open orders (imported as announced or processable, not pending) placed in [from, until) about which OTTO was last asked before a moment."""
        ...

    def orders(self, selection: Selection) -> Iterator[Known]:
        """Give all selected orders, the latest placed first and those without a date last, a few at a time in memory."""
        ...

    def standing(self) -> Standing:
        """Count what stands."""
        ...

    def mark(self, mark: Mark) -> datetime | None:
        """Give a remembered moment."""
        ...

    def set_marks(self, marks: Mapping[Mark, datetime]) -> None:
        """Remember moments."""
        ...

    def begin_run(self, command: str, started_at: datetime, clock: datetime) -> int:
        """Open a run's row; give its id."""
        ...

    def end_run(self, run_id: int, ended_at: datetime, exit_code: int, summary: str) -> None:
        """Close a run's row; `summary` is the JSON text of its summary line."""
        ...

    def runs(self, limit: int) -> Sequence[RunRow]:
        """List the last runs, the latest first."""
        ...

    def progress(self, job: str) -> Progress | None:
        """Give how far a backfill came; `job` names its range and options."""
        ...

    def set_progress(self, job: str, progress: Progress | None) -> None:
        """Note how far a backfill came; None drops it."""
        ...

    def history(self, key: OrderKey) -> Sequence[Event]:
        """Give an order's history, oldest first."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...
