"""Private SQLite files: opened, migrated and written the same way by the ledger and by the embedded shop.

The functions raise `sqlite3.Error` and `OSError`; `translated` turns those into one sentence in the error class of the caller's choice.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

BUSY_SECONDS = 10.0
"""How long a statement waits for another program's lock."""

Step = str | Callable[[sqlite3.Connection], object]
"""One migration: SQL statements, or a function that carries them out; neither begins nor ends a transaction."""


class ForeignDatabase(sqlite3.DatabaseError):
    """Refuse a database that another program made."""


class NewerSchema(sqlite3.DatabaseError):
    """Refuse a database that a newer version of this program made."""


class DamagedDatabase(sqlite3.DatabaseError):
    """Refuse a database of ours whose tables or rows contradict themselves."""


def open_private(path: Path, application_id: int = 0) -> sqlite3.Connection:
    """Open a database that only this user can read, making missing folders (0700) and the file (0600).

    What exists keeps its rights. The connection is in autocommit mode, so that every transaction is a `transaction(connection)`.
    With an `application_id` (not 0) a database made by another program is refused before anything in it changes.
    """
    real = Path(os.path.realpath(path))  # SQLite names its side files after a link's target
    _make_folders(real.parent)
    _make_file(real)
    _refuse_useless(real)
    connection = sqlite3.connect(real, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        if application_id:
            _claim(connection, application_id)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_useless(real: Path) -> None:
    """Refuse what SQLite would open and trip over later; a file without the right to write would leave side files without it behind."""
    if not real.is_file():
        raise OSError(errno.EINVAL, "it is not a regular file", str(real))
    if not os.access(real, os.W_OK):
        raise PermissionError(errno.EACCES, "this user may not write it", str(real))


def open_readonly(path: Path, application_id: int = 0) -> sqlite3.Connection | None:
    """Open a database for reading and leave no new file behind; None while there is nothing to read.

    A plain read-only opening of a WAL database leaves side files, so the file is copied to a private temporary one, unless another program
    has it open or left an unfinished log.
    """
    real = Path(os.path.realpath(path))
    try:
        if real.stat().st_size == 0:
            return None
    except FileNotFoundError:
        return None
    connection = _in_use(real) or _copied(real)
    try:
        _refuse_foreign(connection, application_id)
    except BaseException:
        connection.close()
        raise
    return connection


def _in_use(real: Path) -> sqlite3.Connection | None:
    """Open a file whose log lies beside it: another program has it open, or left it unfinished; SQLite then keeps us a steady view."""
    log, shared = Path(f"{real}-wal"), Path(f"{real}-shm")
    if not (log.exists() and (shared.exists() or log.stat().st_size > 0)):
        return None
    return sqlite3.connect(f"{real.as_uri()}?mode=ro", timeout=BUSY_SECONDS, isolation_level=None, uri=True)


def _copied(real: Path) -> sqlite3.Connection:
    """Copy a file that nobody has open; if a program opened it meanwhile, its log is there now, and the file is read through that instead."""
    before = _stamp(real)
    copy = temporary()
    try:
        with closing(sqlite3.connect(f"{real.as_uri()}?mode=ro&immutable=1", isolation_level=None, uri=True)) as source:
            source.backup(copy)
        opened = _in_use(real)
        if opened is None and _stamp(real) == before:
            copy.execute("PRAGMA query_only = ON")
            return copy
    except sqlite3.DatabaseError:
        copy.close()
        if _stamp(real) == before:
            raise
        return _copied(real)
    except BaseException:
        copy.close()
        raise
    copy.close()
    return opened or _copied(real)


def _stamp(real: Path) -> tuple[int, int, int]:
    now = real.stat()
    return now.st_mtime_ns, now.st_size, now.st_ino


def temporary() -> sqlite3.Connection:
    """Open a private database that spills to disk instead of filling memory, and vanishes when it is closed."""
    connection = sqlite3.connect("", isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Carry out everything inside or nothing of it; the write lock is taken at once, so that what is read inside stays true."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends it itself when the disk is full
            connection.execute("ROLLBACK")
        raise


def version(connection: sqlite3.Connection) -> int:
    """Give the number of migrations a database has seen; 0 while it is empty."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Bring a database up to date, each step in a transaction of its own; `NewerSchema` when it has seen more steps than these."""
    for number in range(version(connection) + 1, len(steps) + 1):
        with transaction(connection):
            if version(connection) >= number:  # another program was quicker
                continue
            step = steps[number - 1]
            if isinstance(step, str):
                for statement in _statements(step):
                    connection.execute(statement)
            else:
                step(connection)
            connection.execute(f"PRAGMA user_version = {number}")
    require_version(connection, len(steps))


def require_version(connection: sqlite3.Connection, known: int) -> None:
    """Raise `NewerSchema` when a database has seen more migrations than the `known` ones."""
    if version(connection) > known:
        raise NewerSchema


def misplaced(error: sqlite3.Error) -> bool:
    """Tell whether the path names a file that is not ours to touch: no database, another program's, or a newer version's."""
    return isinstance(error, ForeignDatabase | NewerSchema) or getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_NOTADB


def damaged(error: BaseException | None) -> bool:
    """Tell whether an error says that a file is no database or one that contradicts itself; not so of another program's and of a newer version's."""
    return isinstance(error, DamagedDatabase) or getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


@contextmanager
def translated(what: str, path: Path, error: Callable[[str], Exception], if_damaged: str = "") -> Iterator[None]:
    """Raise SQLite's and the system's errors as `error(sentence)`; `what` names the file's part, such as "the ledger".

    What else can be done about a damaged file, `if_damaged`, is said after the rest.
    Mistakes in our own statements (`ProgrammingError`, `IntegrityError`) pass unchanged: they are bugs, or the caller's to judge.
    """
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise
    except (sqlite3.Error, OSError) as caught:
        remedy = f", or {if_damaged}" if if_damaged and damaged(caught) else ""
        raise error(sentence(caught, what, path) + remedy) from caught


def sentence(error: sqlite3.Error | OSError, what: str, path: Path) -> str:
    """Say in one sentence what went wrong with which file, and what to do."""
    return f"{what} {path} {_complaint(error)}"


_COMPLAINTS = {
    sqlite3.SQLITE_NOTADB: "is not an SQLite database; move it away or name another path",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full; free some space and run again",
    sqlite3.SQLITE_READONLY: "cannot be written because the file or its folder is read-only; change its rights or name another path",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; see that its folder exists and may be read and written",
    sqlite3.SQLITE_PERM: "cannot be opened; see that its folder exists and may be read and written",
    sqlite3.SQLITE_BUSY: f"is locked by another program and stayed so for {BUSY_SECONDS:.0f} s; close that program and run again",
    sqlite3.SQLITE_LOCKED: "is locked by another program; close that program and run again",
    sqlite3.SQLITE_IOERR: "cannot be read or written because the disk reports an error; check the disk and run again",
    sqlite3.SQLITE_NOMEM: "cannot be read because memory ran out; free some and run again",
    sqlite3.SQLITE_ERROR: "lacks tables or columns that belong there; restore it from a backup or name another path",
}


def _complaint(error: sqlite3.Error | OSError) -> str:
    match error:
        case ForeignDatabase():
            return "is a database of another program; name another path"
        case NewerSchema():
            return "was written by a newer version of otto-import; install that version or name another path"
        case DamagedDatabase():
            return _COMPLAINTS[sqlite3.SQLITE_CORRUPT]
        case OSError():
            return f"cannot be opened: {error.strerror or type(error).__name__}; see that its folder exists and may be read and written"
        case _:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            return _COMPLAINTS.get(code & 0xFF, f"cannot be used ({name}); check the disk, then run again")


def _make_folders(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    with suppress(FileExistsError):  # another program was quicker, or a file stands there: then opening it says so
        folder.mkdir(mode=0o700)


def _make_file(path: Path) -> None:
    # Only a file that is new may be closed here: closing an existing one would drop the locks this process holds on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _claim(connection: sqlite3.Connection, application_id: int) -> None:
    _refuse_foreign(connection, application_id)
    if _number(connection, "PRAGMA application_id") != application_id:
        connection.execute(f"PRAGMA application_id = {application_id:d}")


def _refuse_foreign(connection: sqlite3.Connection, application_id: int) -> None:
    """Refuse a database that is neither empty nor carries our number; reading it also shows whether it is a database at all."""
    tables = _number(connection, "SELECT count(*) FROM sqlite_master")
    found = _number(connection, "PRAGMA application_id")
    if application_id not in (0, found) and (tables > 0 or found != 0):
        raise ForeignDatabase


def _number(connection: sqlite3.Connection, question: str) -> int:
    with closing(connection.execute(question)) as cursor:
        return int(cursor.fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """Split a script into statements; `executescript` would commit the transaction it stands in."""
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            if statement.strip(" \n\t;"):
                yield statement
            statement = ""
