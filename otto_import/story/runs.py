"""Runs in words: what they did and how they ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otto_import.ledger.base import RunRow

ENDINGS = {
    0: "done",
    1: "needs a person: an order failed, is newly held or in conflict; or a bug",
    2: "wrong usage",
    3: "wrong configuration, or the ledger could not be used",
    4: "cancellations were held back by the guard",
    5: "OTTO or the shop was away, or refused the credentials",
    6: "another run held the lock",
    130: "stopped by Ctrl-C",
    143: "stopped by SIGTERM",
}
CRASHED = "crashed: it never noted its end"
UNENDED = "no end noted: it is still at work, or crashed"
_COUNTS = {"created": "created", "updated": "updated", "adopted": "adopted", "skipped": "skipped"}
_STANDING = {
    "cancellations_held_back": "held back",
    "conflicts": "in conflict",
    "failed": "failed",
    "held": "held",
    "in_doubt": "in doubt",
    "overdue": "overdue",
    "set_aside": "set aside",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """Hold one run: when it began and ended (real clock, aware UTC), what it did and how it ended, in words too.

    `counts` are the numbers of its summary; `exit` is None where no end was noted.
    """

    id: int
    command: str
    started_at: datetime
    clock: datetime
    ended_at: datetime | None
    exit: int | None
    ending: str
    did: str
    stands: str
    counts: dict[str, int]
    error: str | None

    @property
    def took(self) -> timedelta | None:
        """Give how long it took by the real clock."""
        return None if self.ended_at is None else self.ended_at - self.started_at


def run_lines(rows: Sequence[RunRow]) -> Iterator[RunLine]:
    """Tell runs, the latest first. One without an end may still be at work if none began after it, or if it gives its lock back between slices."""
    for place, row in enumerate(rows):
        summary = _summary(row.summary)
        counts = {name: value for name in (*_COUNTS, *_STANDING) if isinstance(value := summary.get(name), int)}
        error = summary.get("error")
        yield RunLine(
            id=row.id,
            command=row.command,
            started_at=row.started_at,
            clock=row.clock,
            ended_at=row.ended_at,
            exit=row.exit,
            ending=_ending(row, latest=place == 0),
            did=_listed(counts, _COUNTS) or ("nothing to do" if row.exit == 0 else "nothing"),
            stands=_listed(counts, _STANDING),
            counts=counts,
            error=error if isinstance(error, str) else None,
        )


def _ending(row: RunRow, *, latest: bool) -> str:
    if row.exit is None:
        return UNENDED if latest or row.command == "backfill" else CRASHED
    return ENDINGS.get(row.exit, f"ended with exit code {row.exit}")


def _summary(text: str) -> dict[str, Any]:
    try:
        summary = json.loads(text)
    except ValueError:
        return {}
    return summary if isinstance(summary, dict) else {}


def _listed(counts: dict[str, int], words: dict[str, str]) -> str:
    return ", ".join(f"{counts[name]} {word}" for name, word in words.items() if counts.get(name))
