"""The ledger of a preview: what is written lies over the real one, which stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, replace
from datetime import datetime
from heapq import merge
from itertools import islice

from otto_import.database import migrate, temporary, transaction
from otto_import.ledger.base import Event, Intent, Mark, Note, Progress, RunRow, Selection, Standing
from otto_import.ledger.identity import Identity
from otto_import.ledger.rows import maybe_millis
from otto_import.ledger.schema import STEPS
from otto_import.ledger.sqlite import KEYS_AT_ONCE, SqliteLedger
from otto_import.plan import LOST, Known, OrderKey, PendingKind

_Listing = Callable[[SqliteLedger, OrderKey | None, int], Sequence[Known]]

_COVERED = "SELECT key, forgotten FROM covered WHERE key IN (SELECT value FROM json_each(?))"
_COVER = "INSERT INTO covered (key, forgotten) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET forgotten = max(forgotten, excluded.forgotten)"


class OverlayLedger:
    """Answer as the ledger below would if everything written here had been written there; see `Ledger` for the methods.

    An order that is written to is first copied to a temporary ledger on top, which then speaks for it. The two are closed together.
    """

    def __init__(self, base: SqliteLedger) -> None:
        self._base = base
        self._connection = temporary()
        with ExitStack() as undo:
            undo.callback(self._connection.close)
            migrate(self._connection, STEPS)
            self._connection.execute("CREATE TABLE covered (key TEXT PRIMARY KEY, forgotten INTEGER NOT NULL) STRICT, WITHOUT ROWID")
            undo.pop_all()
        self._top = SqliteLedger(self._connection)
        self._standing_below = base.standing()
        self._jobs: set[str] = set()

    @property
    def place(self) -> str:
        """Give the path of the file below, for messages."""
        return self._base.place

    def identity(self) -> Identity | None:
        """Give whom the ledger below serves; None: nobody yet."""
        return self._base.identity()

    def known(self, keys: Sequence[OrderKey]) -> dict[OrderKey, Known]:
        """Give what is known of these orders, with their latest open intention; unknown ones are left out."""
        found = self._top.known(keys)
        rest = [key for key in keys if key not in found]
        forgotten = self._covered(rest)
        return found | self._base.known([key for key in rest if key not in forgotten])

    def named(self, name: str) -> list[Known]:
        """Give the orders of that order number, or where it is none, of that salesOrderId."""
        return self._both(self._top.numbered(name), self._base.numbered(name)) or self._both(self._top.identified(name), self._base.identified(name))

    def intend(self, intents: Sequence[Intent], notes: Sequence[Note] = ()) -> None:
        """Note what is about to be written, together with what was decided otherwise."""
        self._cover([*(note.known.key for note in notes), *(intent.known.key for intent in intents)])
        self._top.intend(intents, notes)

    def note(self, notes: Sequence[Note]) -> None:
        """Note what was done or decided."""
        self._cover([note.known.key for note in notes])
        self._top.note(notes)

    def touch(self, keys: Iterable[OrderKey], checked_at: datetime) -> None:
        """Note that OTTO was asked about these orders and nothing was new."""
        rest = iter(keys)
        while chunk := list(islice(rest, KEYS_AT_ONCE)):
            self._cover(chunk)
            self._top.touch(chunk, checked_at)

    def forget(self, keys: Sequence[OrderKey]) -> None:
        """Drop orders altogether, with intentions and history."""
        self._cover(keys, forgotten=True)
        self._top.forget(keys)

    def finished(self, placed_before: datetime, limit: int) -> list[OrderKey]:
        """List orders with which nothing can happen any more, those apart that this preview looked at."""
        below = self._base.finished(placed_before, limit)
        covered = self._covered(below)
        return [key for key in below if key not in covered]

    def in_doubt(self, wall: datetime | None, after: OrderKey | None, limit: int) -> list[Known]:
        """List orders with an open intention; of those lost before, only the ones whose next look is due (None: all)."""
        return self._page(lambda ledger, start, size: ledger.in_doubt(wall, start, size), after, limit)

    def due(self, wall: datetime, after: OrderKey | None, limit: int) -> list[Known]:
        """List pending orders whose next look is due by the real clock; those held back by the guard excepted."""
        return self._page(lambda ledger, start, size: ledger.due(wall, start, size), after, limit)

    def pending(self, after: OrderKey | None, limit: int) -> list[Known]:
        """List all pending orders, those held back included."""
        return self._page(SqliteLedger.pending, after, limit)

    def held_back(self, after: OrderKey | None, limit: int) -> list[Known]:
        """List orders whose cancellation the guard held back."""
        return self._page(SqliteLedger.held_back, after, limit)

    def past_deadline(self, placed_until: datetime, after: OrderKey | None, limit: int) -> list[Known]:
        """List orders imported as announced, placed no later than `placed_until`, not overdue, and of the pending ones those with a conflict or failed."""
        return self._page(lambda ledger, start, size: ledger.past_deadline(placed_until, start, size), after, limit)

    def unchecked(self, placed_from: datetime, placed_until: datetime, checked_before: datetime, after: OrderKey | None, limit: int) -> list[Known]:
        """List open orders placed in [from, until) about which OTTO was last asked before a moment, or never."""
        return self._page(lambda ledger, start, size: ledger.unchecked(placed_from, placed_until, checked_before, start, size), after, limit)

    def orders(self, selection: Selection) -> Iterator[Known]:
        """Give all selected orders, the latest placed first and those without a date last, a few at a time in memory."""
        return merge(self._top.orders(selection), self._uncovered(self._base.orders(selection)), key=_latest_first)

    def standing(self) -> Standing:
        """Count what stands."""
        return _sum(self._standing_below, self._top.standing(), 1)

    def mark(self, mark: Mark) -> datetime | None:
        """Give a remembered moment."""
        return self._top.mark(mark) or self._base.mark(mark)

    def set_marks(self, marks: Mapping[Mark, datetime]) -> None:
        """Remember moments."""
        self._top.set_marks(marks)

    def begin_run(self, command: str, started_at: datetime, clock: datetime) -> int:
        """Open a run's row; give its id."""
        return self._top.begin_run(command, started_at, clock)

    def end_run(self, run_id: int, ended_at: datetime, exit_code: int, summary: str) -> None:
        """Close a run's row; `summary` is the JSON text of its summary line."""
        self._top.end_run(run_id, ended_at, exit_code, summary)

    def runs(self, limit: int) -> list[RunRow]:
        """List the last runs, the latest first: those begun here, then those below."""
        return [*self._top.runs(limit), *self._base.runs(limit)][:limit]

    def progress(self, job: str) -> Progress | None:
        """Give how far a backfill came; `job` names its range and options."""
        return (self._top if job in self._jobs else self._base).progress(job)

    def set_progress(self, job: str, progress: Progress | None) -> None:
        """Note how far a backfill came; None drops it."""
        self._jobs.add(job)
        self._top.set_progress(job, progress)

    def history(self, key: OrderKey) -> list[Event]:
        """Give an order's history, oldest first."""
        below = [] if self._covered([key]).get(key) else self._base.history(key)
        return below + self._top.history(key)

    def close(self) -> None:
        """Close both."""
        self._top.close()
        self._base.close()

    def _covered(self, keys: Sequence[OrderKey]) -> dict[OrderKey, bool]:
        """Tell which orders the top speaks for, and whether they were forgotten here."""
        return {key: bool(forgotten) for key, forgotten in self._connection.execute(_COVERED, (json.dumps(keys),))}

    def _cover(self, keys: Sequence[OrderKey], *, forgotten: bool = False) -> None:
        covered = self._covered(keys)
        copied = list(self._base.known([key for key in keys if key not in covered]).values())
        for known in copied:
            self._standing_below = _sum(self._standing_below, _share(known), -1)
        doubtful = [Intent(replace(known, intention=None), known.intention) for known in copied if known.intention]
        self._top.intend(doubtful, [Note(known) for known in copied if not known.intention])
        with transaction(self._connection):
            self._connection.executemany(_COVER, [(key, forgotten) for key in keys])

    def _page(self, listing: _Listing, after: OrderKey | None, limit: int) -> list[Known]:
        """Merge a page of both, in the order of keys."""
        below: list[Known] = []
        start = after
        while len(below) < limit and (page := listing(self._base, start, limit)):
            below += self._both((), page)
            start = page[-1].key
        return self._both(listing(self._top, after, limit), below)[:limit]

    def _uncovered(self, below: Iterator[Known]) -> Iterator[Known]:
        """Leave out the orders that the top speaks for."""
        while chunk := list(islice(below, KEYS_AT_ONCE)):
            covered = self._covered([known.key for known in chunk])
            yield from (known for known in chunk if known.key not in covered)

    def _both(self, top: Sequence[Known], below: Sequence[Known]) -> list[Known]:
        """Put together, in the order of keys, what the top says and what the base says of orders that the top does not speak for."""
        covered = self._covered([known.key for known in below]) if below else {}
        return sorted([*top, *(known for known in below if known.key not in covered)], key=_key)


def _key(known: Known) -> OrderKey:
    return known.key


def _latest_first(known: Known) -> tuple[bool, int, OrderKey]:
    return known.placed_at is None, -(maybe_millis(known.placed_at) or 0), known.key


def _share(known: Known) -> Standing:
    """Count one order."""
    pending = known.pending
    kind = None if pending is None else pending.kind
    return Standing(
        held=int(kind is PendingKind.HOLD),
        conflicts=int(kind is PendingKind.CONFLICT),
        failed=int(kind is PendingKind.FAILED and pending is not None and pending.reason.code != LOST),
        held_back=int(kind is PendingKind.HELD_BACK),
        overdue=int(known.overdue),
        set_aside=int(pending is not None and pending.next_at is None),
        set_aside_paid=int(pending is not None and pending.next_at is None and pending.paid),
        in_doubt=int(known.intention is not None),
    )


def _sum(one: Standing, other: Standing, sign: int) -> Standing:
    return Standing(*(left + sign * right for left, right in zip(astuple(one), astuple(other), strict=True)))
