"""A ledger that cannot be read: what is said of it, and how it is set aside, never deleted."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from otto_import.database import damaged, translated
from otto_import.errors import LedgerError

WAY_OUT = "let `otto-import rebuild` set it aside and fill a new one from the shop"
_SIDE_FILES = ("-shm", "-wal", "")


def speaking(path: Path) -> AbstractContextManager[None]:
    """Raise what goes wrong with a ledger's file as `LedgerError`; where the file is damaged it names the way out."""
    return translated("the ledger", path, LedgerError, WAY_OUT)


def is_damaged(error: LedgerError) -> bool:
    """Tell whether an error of the ledger says that its file is damaged, and not that it belongs elsewhere or cannot be reached."""
    return damaged(error.__cause__)


def set_aside(path: Path, now: datetime) -> Path:
    """Rename a ledger and its side files, so that a new one can begin; give the new name. Hold the `RunLock`. `LedgerError` where that fails."""
    real = Path(os.path.realpath(path))
    name = f"{real}.damaged-{now:%Y%m%dT%H%M%SZ}"
    with speaking(path):
        while os.path.lexists(name):
            name += "+"
        # The log goes first: left beside a new ledger it would be read as that one's.
        for ending in _SIDE_FILES:
            if os.path.lexists(f"{real}{ending}"):
                Path(f"{real}{ending}").rename(f"{name}{ending}")
    return Path(name)
