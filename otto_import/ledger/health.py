"""How a ledger is, seen without changing it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from otto_import.ledger.base import RunRow, Standing
from otto_import.ledger.damage import speaking
from otto_import.ledger.identity import Identity
from otto_import.ledger.opening import readable
from otto_import.ledger.sqlite import RUNS_KEPT, SqliteLedger

_MOST_COMPLAINTS = 3
_WRITE_AHEAD = b"\x02\x02"
_VERSIONS = slice(18, 20)  # the read and the write version of a file's head: 2 is write-ahead logging (https://sqlite.org/fileformat.html, 1.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Hold what a ledger's file says of itself: its size in bytes (its log included), SQLite's complaints, whose it is, what stands, its runs.

    `runs` has the latest first; `write_ahead` tells whether SQLite's log could be switched on where the file lies.
    """

    place: str
    size: int
    complaints: tuple[str, ...]
    write_ahead: bool
    owner: Identity | None
    standing: Standing
    runs: Sequence[RunRow]

    def identity(self) -> Identity | None:
        """Give whom the ledger serves; None: nobody yet."""
        return self.owner


def inspect(path: Path) -> Health | None:
    """Look into a ledger, every page of it; None while there is none. `LedgerError` where it cannot be read as ours."""
    with speaking(path):
        real = Path(os.path.realpath(path))
        try:
            size = real.stat().st_size
        except FileNotFoundError:
            return None
        if size == 0:
            return None
        log = Path(f"{real}-wal")
        with real.open("rb") as file:
            head = file.read(_VERSIONS.stop)
        with closing(readable(path)) as connection:
            connection.execute("BEGIN")  # one view of everything, whatever another run writes meanwhile
            complaints = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({_MOST_COMPLAINTS})")]
            ledger = SqliteLedger(connection, path)
            return Health(
                place=str(path),
                size=size + (log.stat().st_size if log.exists() else 0),
                complaints=() if complaints == ["ok"] else tuple(complaints),
                write_ahead=head[_VERSIONS] == _WRITE_AHEAD,
                owner=ledger.identity(),
                standing=ledger.standing(),
                runs=ledger.runs(RUNS_KEPT),
            )
