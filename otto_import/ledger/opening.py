"""Opening a ledger: for a run, or for a preview that changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from otto_import.database import Step, migrate, open_private, open_readonly, require_version, temporary, version
from otto_import.ledger.damage import speaking
from otto_import.ledger.overlay import OverlayLedger
from otto_import.ledger.place import require_local
from otto_import.ledger.schema import APPLICATION_ID, STEPS, tune
from otto_import.ledger.sqlite import SqliteLedger


def open_ledger(path: Path, *, allow_network: bool = False) -> SqliteLedger:
    """Open a ledger for writing and bring it up to date; make it (0600, its folders 0700) where there is none.

    `LedgerError` when it lies on a network file system, is damaged, another program's, or a newer version's. Take the `RunLock` before.
    """
    require_local(path, allow_network=allow_network)
    with speaking(path), ExitStack() as undo:
        connection = open_private(path, APPLICATION_ID)
        undo.callback(connection.close)
        tune(connection)
        migrate(connection, STEPS)
        ledger = SqliteLedger(connection, path)
        undo.pop_all()
    return ledger


def open_for_preview(path: Path) -> OverlayLedger:
    """Open a ledger, an empty one where there is none, so that whatever is written is kept apart and lost at the end; leaves no file behind.

    The ledger is seen as it stands now, whatever another run writes meanwhile. `LedgerError` as for `open_ledger`.
    """
    with speaking(path), ExitStack() as undo:
        base = open_for_reading(path)
        undo.callback(base.close)
        overlay = OverlayLedger(base)
        undo.pop_all()
    return overlay


def open_for_reading(path: Path) -> SqliteLedger:
    """Open a ledger, an empty one where there is none, to be read as it stands now; leaves no file behind. `LedgerError` as for `open_ledger`."""
    with speaking(path), ExitStack() as undo:
        connection = readable(path)
        undo.callback(connection.close)
        connection.execute("BEGIN")
        ledger = SqliteLedger(connection, path)
        undo.pop_all()
    return ledger


def readable(path: Path, steps: Sequence[Step] = STEPS) -> sqlite3.Connection:
    """Open a ledger's tables for reading: the file itself, or a private copy brought up to date where it is older or not there.

    Raises `sqlite3.Error` and `OSError`.
    """
    stored = open_readonly(path, APPLICATION_ID)
    if stored is None:
        return _upgraded(None, steps)
    try:
        require_version(stored, len(steps))
        if version(stored) == len(steps):
            return stored
        upgraded = _upgraded(stored, steps)
    except BaseException:
        stored.close()
        raise
    stored.close()
    return upgraded


def _upgraded(stored: sqlite3.Connection | None, steps: Sequence[Step]) -> sqlite3.Connection:
    copy = temporary()
    try:
        if stored is not None:
            stored.backup(copy)
        migrate(copy, steps)
    except BaseException:
        copy.close()
        raise
    return copy
