"""How the embedded shop's file is opened, and what is said when it cannot be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from otto_import import database
from otto_import.errors import ConfigError, Problem, ShopUnavailable
from otto_import.writers.sqlite.schema import APPLICATION_ID, STEPS

_WHAT: Final = "the embedded shop"
_SPEED: Final = (
    "PRAGMA cache_size = -8000",  # KiB; keys come in no order, so their index wants room
    "PRAGMA temp_store = MEMORY",  # what one order's savepoint keeps is small; a file for it costs a third of the whole write
)


def for_writing(path: Path) -> sqlite3.Connection:
    """Open the shop, making the file and its tables where they are missing."""
    connection = database.open_private(path, APPLICATION_ID)
    try:
        database.migrate(connection, STEPS)
        for setting in _SPEED:
            connection.execute(setting)
    except BaseException:
        connection.close()
        raise
    return connection


def for_reading(path: Path) -> sqlite3.Connection | None:
    """Open the shop without making or changing anything; None while there is none."""
    connection = database.open_readonly(path, APPLICATION_ID)
    if connection is None:
        return None
    try:
        database.require_version(connection, len(STEPS))
        empty = database.version(connection) == 0
    except BaseException:
        connection.close()
        raise
    if empty:  # a first write was cut off before the tables stood
        connection.close()
        return None
    return connection


def identity(connection: sqlite3.Connection) -> str:
    """Give the random id kept inside the shop."""
    row = connection.execute("SELECT identity FROM shop").fetchone()
    if row is None:
        raise database.DamagedDatabase
    return str(row[0])


@contextmanager
def translated(path: Path, where: str) -> Iterator[None]:
    """Raise ConfigError where the path holds no shop of ours, ShopUnavailable where the shop cannot be used now; `where` names the deed."""
    with database.translated(_WHAT, path, partial(ShopUnavailable, where)):
        try:
            yield
        except sqlite3.DatabaseError as error:
            if database.misplaced(error):
                raise _misplaced(error, path) from error
            raise


def gone(path: Path, where: str) -> ShopUnavailable:
    """Say that the file vanished, or another took its place, while it was in use."""
    return ShopUnavailable(where, f"{_WHAT} {path} was moved, deleted or replaced while it was in use; put it back and run again")


def _misplaced(error: sqlite3.DatabaseError, path: Path) -> ConfigError:
    return ConfigError("the shop", [Problem("shop.sqlite.path", database.sentence(error, _WHAT, path))])
