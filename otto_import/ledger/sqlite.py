"""The ledger in an SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from otto_import.database import transaction
from otto_import.ledger import queries
from otto_import.ledger.base import Event, Intent, Mark, Note, Progress, RunRow, Selection, Standing
from otto_import.ledger.damage import speaking
from otto_import.ledger.identity import Identity
from otto_import.ledger.rows import (
    Row,
    event_from,
    event_rows,
    intention_row,
    known_from,
    millis,
    moment_from,
    order_row,
    progress_from,
    run_from,
    selection_values,
    sound,
)
from otto_import.plan import Known, OrderKey

_T = TypeVar("_T")
_Values = Sequence[str | int] | Mapping[str, str | int | None]
_Many = Callable[[str, Iterable[Row]], object]

KEYS_AT_ONCE = 500
RUNS_KEPT = 1000


class SqliteLedger:
    """Remember everything in one SQLite file, whose connection it closes; see `Ledger` for the methods.

    The connection is in autocommit mode and its tables are up to date (`opening`). A file that is damaged, full or locked is a `LedgerError`;
    what was noted before stays, and the call that failed changed nothing. `path` is named in messages: SQLite itself forgets it where a file is
    opened as unchanging.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None = None) -> None:
        self._connection = connection
        self._file = str(path or connection.execute("PRAGMA database_list").fetchone()[2] or "")

    @property
    def place(self) -> str:
        """Give the file's path, for messages."""
        return self._file or "in memory"

    def known(self, keys: Sequence[OrderKey]) -> dict[OrderKey, Known]:
        """Give what is known of these orders, with their latest open intention; unknown ones are left out."""
        found: dict[OrderKey, Known] = {}
        for start in range(0, len(keys), KEYS_AT_ONCE):
            chunk = json.dumps(keys[start : start + KEYS_AT_ONCE])
            found.update((known.key, known) for known in self._orders(queries.KNOWN, (chunk,)))
        return found

    def named(self, name: str) -> list[Known]:
        """Give the orders of that order number, or where it is none, of that salesOrderId (found by reading through all orders)."""
        return self.numbered(name) or self.identified(name)

    def numbered(self, number: str) -> list[Known]:
        """Give the orders of an order number."""
        return self._orders(queries.NUMBERED, (number,))

    def identified(self, sales_order_id: str) -> list[Known]:
        """Give the orders of a salesOrderId, by reading through all orders."""
        return self._orders(queries.IDENTIFIED, (sales_order_id,))

    def intend(self, intents: Sequence[Intent], notes: Sequence[Note] = ()) -> None:
        """Note what is about to be written, together with what was decided otherwise; a note never closes an intention of the same call."""
        if not intents and not notes:
            return
        with self._writing() as execute:
            self._apply(notes)
            execute(queries.INSERT, [order_row(intent.known) for intent in intents])
            execute(queries.INTEND, [intention_row(intent.known.key, intent.intention) for intent in intents])

    def note(self, notes: Sequence[Note]) -> None:
        """Note what was done or decided."""
        if notes:
            with self._writing():
                self._apply(notes)

    def _apply(self, notes: Sequence[Note]) -> None:
        execute = self._connection.executemany
        execute(queries.UPSERT, [order_row(note.known) for note in notes])
        execute(queries.RENUMBER, [(note.known.key, note.known.order_number) for note in notes])
        execute(queries.ADD_EVENT, [row for note in notes for row in event_rows(note)])
        execute(queries.CLOSE, [(note.closes, note.known.key) for note in notes if note.closes is not None])

    def touch(self, keys: Iterable[OrderKey], checked_at: datetime) -> None:
        """Note that OTTO was asked about these orders and nothing was new."""
        checked = millis(checked_at)
        with self._writing() as execute:
            execute(queries.TOUCH, ((checked, key) for key in keys))

    def forget(self, keys: Sequence[OrderKey]) -> None:
        """Drop orders altogether, with intentions and history."""
        with self._writing() as execute:
            for statement in queries.FORGET:
                execute(statement, [(key,) for key in keys])

    def finished(self, placed_before: datetime, limit: int) -> list[OrderKey]:
        """List orders placed before a moment with which nothing can happen any more."""
        return list(self._read(lambda row: OrderKey(row[0]), queries.FINISHED, {"before": millis(placed_before), "limit": limit}))

    def in_doubt(self, wall: datetime | None, after: OrderKey | None, limit: int) -> list[Known]:
        """List orders with an open intention; of those lost before, only the ones whose next look is due by the real clock (None: all)."""
        return self._page(queries.IN_DOUBT, after, limit, wall=wall or datetime.max.replace(tzinfo=UTC))

    def due(self, wall: datetime, after: OrderKey | None, limit: int) -> list[Known]:
        """List pending orders whose next look is due by the real clock; those held back by the guard excepted."""
        return self._page(queries.DUE, after, limit, wall=wall)

    def pending(self, after: OrderKey | None, limit: int) -> list[Known]:
        """List all pending orders, those held back included."""
        return self._page(queries.PENDING, after, limit)

    def held_back(self, after: OrderKey | None, limit: int) -> list[Known]:
        """List orders whose cancellation the guard held back."""
        return self._page(queries.HELD_BACK, after, limit)

    def past_deadline(self, placed_until: datetime, after: OrderKey | None, limit: int) -> list[Known]:
        """List orders imported as announced, placed no later than `placed_until`, not overdue, and of the pending ones those with a conflict or failed."""
        return self._page(queries.PAST_DEADLINE, after, limit, until=placed_until)

    def unchecked(self, placed_from: datetime, placed_until: datetime, checked_before: datetime, after: OrderKey | None, limit: int) -> list[Known]:
        """List open orders placed in [from, until) about which OTTO was last asked before a moment, or never."""
        moments = {"from": placed_from, "until": placed_until, "before": checked_before}
        return self._page(queries.UNCHECKED, after, limit, **moments)

    def orders(self, selection: Selection) -> Iterator[Known]:
        """Give all selected orders, the latest placed first; SQLite sorts on disk what is too much for its cache."""
        with self._speaking():
            cursor = self._connection.execute(queries.ORDERS, selection_values(selection))
            while rows := cursor.fetchmany(KEYS_AT_ONCE):
                with sound():
                    page = [known_from(row) for row in rows]
                yield from page

    def standing(self) -> Standing:
        """Count what stands."""
        return next(self._read(lambda row: Standing(*row), queries.STANDING))

    def mark(self, mark: Mark) -> datetime | None:
        """Give a remembered moment."""
        return next(self._read(moment_from, queries.MARK, (mark.value,)), None)

    def set_marks(self, marks: Mapping[Mark, datetime]) -> None:
        """Remember moments."""
        with self._writing() as execute:
            execute(queries.SET_MARK, [(mark.value, millis(at)) for mark, at in marks.items()])

    def begin_run(self, command: str, started_at: datetime, clock: datetime) -> int:
        """Open a run's row and drop those before the last 1,000; give its id."""
        with self._writing():
            cursor = self._connection.execute(queries.BEGIN_RUN, (command, millis(started_at), millis(clock)))
            number = int(cursor.lastrowid or 0)
            self._connection.execute(queries.PRUNE_RUNS, (number - RUNS_KEPT,))
        return number

    def end_run(self, run_id: int, ended_at: datetime, exit_code: int, summary: str) -> None:
        """Close a run's row; `summary` is the JSON text of its summary line."""
        with self._writing():
            self._connection.execute(queries.END_RUN, (millis(ended_at), exit_code, summary, run_id))

    def runs(self, limit: int) -> list[RunRow]:
        """List the last runs, the latest first."""
        return list(self._read(run_from, queries.RUNS, (limit,)))

    def progress(self, job: str) -> Progress | None:
        """Give how far a backfill came; `job` names its range and options."""
        return next(self._read(progress_from, queries.PROGRESS, (job,)), None)

    def set_progress(self, job: str, progress: Progress | None) -> None:
        """Note how far a backfill came; None drops it."""
        with self._writing():
            if progress is None:
                self._connection.execute(queries.DROP_PROGRESS, (job,))
            else:
                self._connection.execute(queries.SET_PROGRESS, (job, millis(progress.next_from), progress.cancellations))

    def history(self, key: OrderKey) -> list[Event]:
        """Give an order's history, oldest first."""
        return list(self._read(event_from, queries.HISTORY, (key,)))

    def identity(self) -> Identity | None:
        """Give whom the ledger serves; None: nobody yet."""
        return next(self._read(lambda row: Identity(*row), queries.IDENTITY), None)

    def set_identity(self, identity: Identity) -> None:
        """Remember whom the ledger serves (`bind` looks before)."""
        with self._writing():
            self._connection.execute(queries.SET_IDENTITY, (identity.environment, identity.account, identity.writer, identity.shop))

    def close(self) -> None:
        """Close the file."""
        with self._speaking():
            self._connection.close()

    def _page(self, query: str, after: OrderKey | None, limit: int, **moments: datetime) -> list[Known]:
        return self._orders(query, {"after": after or "", "limit": limit} | {name: millis(at) for name, at in moments.items()})

    def _orders(self, query: str, values: _Values) -> list[Known]:
        return list(self._read(known_from, query, values))

    def _read(self, make: Callable[[Row], _T], query: str, values: _Values = ()) -> Iterator[_T]:
        with self._speaking():
            rows = self._connection.execute(query, values).fetchall()
            with sound():
                return iter([make(row) for row in rows])

    @contextmanager
    def _writing(self) -> Iterator[_Many]:
        with self._speaking(), transaction(self._connection):
            yield self._connection.executemany

    def _speaking(self) -> AbstractContextManager[None]:
        return speaking(Path(self.place))
