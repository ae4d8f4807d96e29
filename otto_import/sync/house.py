"""Everything a run works with, handed in from outside."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otto_import.ledger.base import Ledger
    from otto_import.orders import Reading
    from otto_import.otto.client import ListQuery, Page
    from otto_import.plan import OrderKey, Policy
    from otto_import.sync.options import Emit, Stop
    from otto_import.writers.base import Writer


class Source(Protocol):
    """Answer as OTTO does."""

    @property
    def requests(self) -> int:
        """Count all requests so far, those for tokens included."""
        ...

    def pages(self, query: ListQuery) -> Generator[Page, None, None]:
        """Walk a list of orders."""
        ...

    def order(self, order_id: str) -> Reading:
        """Read one order by `salesOrderId` or `orderNumber`."""
        ...


class Met(Protocol):
    """Remember which orders were planned in this run."""

    def fresh(self, pairs: Sequence[tuple[OrderKey, datetime | None]]) -> list[bool]:
        """Tell, for each order, whether it was not met in this run with this last modification; remember it."""
        ...


class Lock(Protocol):
    """Hold off other runs."""

    def pause(self, seconds: float) -> None:
        """Give the lock back for a moment, then take it again; `LockHeld` if another run keeps it."""
        ...


class NoLock:
    """Hold off nobody: for previews."""

    def pause(self, seconds: float) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Hold how far back and how often OTTO is read (design: Reading OTTO)."""

    overlap: timedelta = timedelta(minutes=60)
    recheck: timedelta = timedelta(hours=6)
    look_back: timedelta = timedelta(days=3)
    look_back_every: timedelta = timedelta(days=1)
    sweep: timedelta = timedelta(days=60)
    give_up: timedelta = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Hold the parts of one run. `now` is the run's clock, `wall` the real one, both aware UTC; `tick` counts seconds for pacing the notes."""

    source: Source
    ledger: Ledger
    writer: Writer
    policy: Policy
    met: Met
    emit: Emit
    stop: Stop
    now: datetime
    wall: Callable[[], datetime]
    tick: Callable[[], float]
    lock: Lock = field(default_factory=NoLock)
    rhythm: Rhythm = field(default_factory=Rhythm)
    max_cancellations: int = 50
    give_up_after: int = 10
    force: bool = False
    strict: bool = False
    preview: bool = False
