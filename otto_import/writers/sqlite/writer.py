"""The writer of the embedded shop: one file, a batch a transaction, one order refused without the others."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from otto_import import database
from otto_import.plan import Changed, Done, Finding, NotBegun, OrderKey, Outcome, Refused, ShopOrder, ShopStatus, Writable
from otto_import.writers.base import WriterContext, never
from otto_import.writers.sqlite import opening, reading, rows
from otto_import.writers.sqlite.checks import findings
from otto_import.writers.sqlite.deeds import Deeds
from otto_import.writers.sqlite.statuses import releasing, statuses

_PAGE: Final = 500


class SqliteWriter:
    """Write orders into one SQLite file; nothing is opened before it is needed, and nothing made before the first write.

    A batch is one transaction: its outcomes are given when it is on the disk. ConfigError where the path holds something that is no
    embedded shop, ShopUnavailable where the file cannot be used now.
    """

    def __init__(self, path: Path, context: WriterContext) -> None:
        self.settle_seconds = 0
        self.can_find = True
        self.requests = 0
        self._path = path
        self._context = context
        self._releasing = releasing(context.roles)
        self._connection: sqlite3.Connection | None = None
        self._file = (0, 0)
        self._identity = ""

    @property
    def identity(self) -> str:
        """Give the random id kept inside the file; "" until the file is there."""
        if not self._identity:
            with opening.translated(self._path, "identity"):
                connection = opening.for_reading(self._path)
                if connection is not None:
                    with closing(connection):
                        self._identity = opening.identity(connection)
        return self._identity

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look up orders by OTTO key."""
        hits: defaultdict[OrderKey, list[ShopOrder]] = defaultdict(list)
        with opening.translated(self._path, "find"):
            connection = self._look("find") if keys else None
            for order in reading.by_key(connection, keys) if connection else ():
                if order.key is not None:
                    hits[order.key].append(order)
        return dict(hits)

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read orders by reference."""
        with opening.translated(self._path, "read"):
            connection = self._look("read") if refs else None
            return {order.ref: order for order in reading.by_ref(connection, refs)} if connection else {}

    def ours(self, since: datetime | None = None) -> Iterator[ShopOrder]:  # noqa: ARG002  – in a local file it saves nothing
        """List all orders, some at a time."""
        last = 0
        while True:
            with opening.translated(self._path, "ours"):
                connection = self._look("ours")
                page = reading.after(connection, last, _PAGE) if connection else []
            if not page:
                return
            yield from page
            last = int(page[-1].ref)

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Carry out a batch in one transaction and give its outcomes once it is on the disk."""
        if not actions:
            return
        if self._context.read_only:
            text = "a writer opened for a preview writes nothing"
            raise RuntimeError(text)
        self.requests += 1
        with opening.translated(self._path, "write"):
            connection = self._open("write")
            with database.transaction(connection):
                outcomes = self._carry_out(connection, actions, stop)
        yield from outcomes

    def statuses(self) -> Sequence[ShopStatus]:
        """List the shop's own statuses and those that the config names."""
        return statuses(self._context.roles)

    def check(self) -> Iterable[Finding]:
        """Prove that the file is an embedded shop and can be written, or can be made."""
        return findings(self._path)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _carry_out(self, connection: sqlite3.Connection, actions: Sequence[Writable], stop: Callable[[], bool]) -> list[Outcome]:
        now = self._context.now()
        attempt = Deeds(connection, self._releasing, self._context.buyer_email, now, rows.moment(now)).attempt
        outcomes: list[Outcome] = []
        written: dict[int, OrderKey] = {}
        for begun, action in enumerate(actions):
            if stop():
                outcomes.extend(NotBegun(rest.key) for rest in actions[begun:])
                break
            match attempt(action):
                case int(number):
                    written[number] = action.key
                case Refused() | Changed() as outcome:
                    outcomes.append(outcome)
        told = reading.results(connection, written)
        outcomes.extend(Done(key, str(number), *told[number]) for number, key in written.items())
        return outcomes

    def _look(self, where: str) -> sqlite3.Connection | None:
        """Open the file for reading; None while there is none. One that may be written is opened for both at once."""
        self.requests += 1
        if self._connection is None and (self._context.read_only or not self._path.exists()):
            connection = opening.for_reading(self._path)
            return None if connection is None else self._keep(connection, where)
        return self._open(where)

    def _open(self, where: str) -> sqlite3.Connection:
        if self._connection is None:
            if self._identity and not self._path.exists():  # it was there when this run began
                raise opening.gone(self._path, where)
            return self._keep(opening.for_writing(self._path), where)
        if self._file != _file(self._path):  # SQLite would go on writing into a file that no longer has a name
            self.close()
            raise opening.gone(self._path, where)
        return self._connection

    def _keep(self, connection: sqlite3.Connection, where: str) -> sqlite3.Connection:
        try:
            found = opening.identity(connection)
        except BaseException:
            connection.close()
            raise
        if self._identity not in ("", found):
            connection.close()
            raise opening.gone(self._path, where)
        self._connection, self._file, self._identity = connection, _file(self._path), found
        return connection


def _file(path: Path) -> tuple[int, int]:
    """Tell files apart that bear the same name one after the other; (0, 0) stands for none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return found.st_dev, found.st_ino
