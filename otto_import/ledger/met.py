"""What a run has already planned, so that an order met twice is planned once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from otto_import.database import temporary
from otto_import.plan import OrderKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIND = "SELECT key, modified FROM met WHERE key IN (SELECT value FROM json_each(?))"
_KEEP = "INSERT INTO met (key, modified) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET modified = excluded.modified"


class Met:
    """Remember the orders planned in this run with their `lastModifiedDate`, exactly and in flat memory (a temporary file holds them)."""

    def __init__(self) -> None:
        self._connection = temporary()
        self._connection.execute("PRAGMA journal_mode = OFF")  # nothing here is ever rolled back: it dies with the run
        self._connection.execute("CREATE TABLE met (key TEXT PRIMARY KEY, modified INTEGER) STRICT, WITHOUT ROWID")
        self._connection.execute("BEGIN")

    def fresh(self, pairs: Sequence[tuple[OrderKey, datetime | None]]) -> list[bool]:
        """Tell for each order whether it was not met yet, or only with an older `lastModifiedDate` (or none); from now on it is met with this one."""
        found = self._connection.execute(_FIND, (json.dumps([key for key, _ in pairs]),))
        before: dict[str, int | None] = dict(found)
        answers: list[bool] = []
        changed: dict[str, int | None] = {}
        for key, moment in pairs:
            modified = None if moment is None else (moment - _EPOCH) // _MICROSECOND
            known = before.get(key)
            new = key not in before or (modified != known and (known is None or modified is None or modified > known))
            answers.append(new)
            if new:
                before[key] = changed[key] = modified
        self._connection.executemany(_KEEP, changed.items())
        return answers

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()
