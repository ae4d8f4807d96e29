"""What `otto-import check` finds out about the embedded shop."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from otto_import.errors import OttoImportError
from otto_import.plan import Finding, Grade
from otto_import.writers.sqlite import opening

_SUBJECT: Final = "embedded shop"
_COUNT: Final = "SELECT count(*) FROM orders"


def findings(path: Path) -> Iterator[Finding]:
    """Look at the file, its folder and their rights; nothing is made or changed."""
    yield Finding(Grade.GOOD, "currency", "orders are kept in EUR")
    if not path.exists():
        yield _folder(path, missing=True)
        return
    try:
        with opening.translated(path, "check"):
            text = _orders(path)
    except OttoImportError as error:
        yield Finding(Grade.BAD, _SUBJECT, str(error))
        return
    yield Finding(Grade.GOOD, _SUBJECT, text)
    if not os.access(path, os.W_OK):
        yield Finding(Grade.BAD, _SUBJECT, f"{path} may not be written by this user", f"chmod u+w {path}")
    yield _folder(path, missing=False)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding(Grade.WARNING, _SUBJECT, f"{path} holds buyers' addresses and is open to other users", f"chmod 600 {path}")


def _orders(path: Path) -> str:
    connection = opening.for_reading(path)
    if connection is None:
        return f"{path} is empty and will be filled at the first write"
    try:
        return f"{path} holds {connection.execute(_COUNT).fetchone()[0]} orders"
    finally:
        connection.close()


def _folder(path: Path, *, missing: bool) -> Finding:
    folder = next((parent for parent in Path(os.path.realpath(path)).parents if parent.exists()), path.parent)
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):  # SQLite writes its log beside the file
        return Finding(Grade.BAD, _SUBJECT, f"the folder {folder} may not be written", "name another path in shop.sqlite.path or change its rights")
    text = f"{path} is not there yet and will be made at the first write" if missing else f"the folder {folder} may be written"
    return Finding(Grade.GOOD, _SUBJECT, text)
