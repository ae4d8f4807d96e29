"""What the system tells about a ledger without touching it: who holds its lock, and on what file system it lies."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from otto_import.ledger.place import filesystem_of

_LOCKS = Path("/proc/locks")
_MOUNTS = Path("/proc/self/mountinfo")
_KIND, _PID, _PLACE = 1, 4, 5


def holder(path: Path, locks: str | None = None) -> int | None:
    """Give the process that holds the lock of the ledger at `path`, None where nobody does.

    `locks` is the text of Linux's list of locks (man 5 proc_locks; None: read it). Raises `OSError` where the system keeps no such list: trying
    the lock would be the only way then, and might turn a run away that begins at that moment.
    """
    text = _LOCKS.read_text(encoding="ascii", errors="replace") if locks is None else locks
    try:
        inode = Path(f"{os.path.realpath(path)}.lock").stat().st_ino
    except FileNotFoundError:
        return None
    # By inode alone: the device's number there is the file system's own, which some of them do not show to stat().
    for line in text.splitlines():
        fields = line.split()
        if len(fields) > _PLACE and fields[_KIND] == "FLOCK" and fields[_PLACE].rpartition(":")[2] == str(inode):
            with suppress(ValueError):
                return int(fields[_PID])
    return None


def file_system(path: Path) -> str | None:
    """Give the type of the file system that holds a path, as Linux names it; None where the system does not tell."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return filesystem_of(Path(os.path.realpath(path)), mounts)
