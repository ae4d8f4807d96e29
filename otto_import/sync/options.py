"""What a run is asked for, and how it is asked to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from otto_import.outcome import OrderLine

Emit = Callable[[Sequence[OrderLine]], None]
"""Take lines as soon as their deeds are durable; called often, with few lines."""


def _tell_nobody() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Hold the options common to sync, backfill and retry; `wait` in seconds for the lock, `now` aware UTC (demo only).

    `begun` is called once the lock is held, before anybody is asked.
    """

    dry_run: bool = False
    force: bool = False
    strict: bool = False
    wait: float = 30.0
    now: datetime | None = None
    begun: Callable[[], None] = field(default=_tell_nobody, repr=False, compare=False)


class Stop(Protocol):
    """Tell whether a signal asked the run to end after the orders in flight."""

    def __call__(self) -> bool:
        """Tell whether a stop was asked for."""
        ...

    def check(self) -> None:
        """End the run here, by raising `Stopped`, if a signal asked for it; called where nothing is in flight."""
        ...
