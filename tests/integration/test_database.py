"""Private SQLite files: rights, refusals, migrations, and what is said when something is wrong."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from otto_import import database

OURS = 77
needs_posix = pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
needs_a_common_user = pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "deeper" / "a file?.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(database.open_private(path, OURS)) as opened:
        opened.execute("CREATE TABLE words (word TEXT NOT NULL UNIQUE) STRICT")
        yield opened


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


@needs_posix
def test_file_side_files_and_new_folders_belong_to_this_user_alone(path: Path, connection: sqlite3.Connection) -> None:
    assert [0o600, 0o600, 0o600] == [_mode(file) for file in path.parent.iterdir()]
    assert [0o700, 0o700] == [_mode(path.parent), _mode(path.parent.parent)]


@needs_posix
def test_rights_of_what_exists_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    file.touch(0o640)
    file.chmod(0o640)
    database.open_private(file, OURS).close()
    assert _mode(file) == 0o640


@needs_posix
def test_a_link_to_nowhere_makes_a_private_file_where_it_points(tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "real.db")
    database.open_private(link, OURS).close()
    assert _mode(tmp_path / "real.db") == 0o600


def test_a_private_file_is_safe_against_power_cuts_and_keeps_its_references(connection: sqlite3.Connection) -> None:
    settings = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")]
    assert ["wal", 2, 1, 10_000] == settings


def test_opening_for_reading_makes_nothing(path: Path) -> None:
    assert database.open_readonly(path, OURS) is None
    assert not path.parent.parent.exists()


def test_a_file_that_is_still_empty_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert database.open_readonly(tmp_path / "empty.db", OURS) is None


def test_reading_a_closed_database_leaves_no_file_behind(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO words VALUES ('kept')")
    connection.close()
    reader = database.open_readonly(path, OURS)
    assert reader is not None
    with closing(reader):
        assert [("kept",)] == reader.execute("SELECT word FROM words").fetchall()
        assert [path.name] == _names(path)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM words")
    assert [path.name] == _names(path)


def test_reading_sees_what_another_connection_has_just_written(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO words VALUES ('fresh')")
    before = _names(path)
    reader = database.open_readonly(path, OURS)
    assert reader is not None
    with closing(reader):
        assert [("fresh",)] == reader.execute("SELECT word FROM words").fetchall()
    assert before == _names(path)


def test_a_temporary_database_forgets_everything() -> None:
    with closing(database.temporary()) as first, closing(database.temporary()) as second:
        first.execute("CREATE TABLE words (word TEXT)")
        assert [] == second.execute("SELECT name FROM sqlite_master").fetchall()


def test_a_transaction_is_done_wholly_or_not_at_all(connection: sqlite3.Connection) -> None:
    with database.transaction(connection):
        connection.execute("INSERT INTO words VALUES ('one')")
    with pytest.raises(sqlite3.IntegrityError), database.transaction(connection):
        connection.executemany("INSERT INTO words VALUES (?)", [("two",), ("one",)])
    assert [("one",)] == connection.execute("SELECT word FROM words").fetchall()
    assert connection.in_transaction is False


def test_migrations_run_once_and_only_the_missing_ones(connection: sqlite3.Connection) -> None:
    calls: list[int] = []
    script = "CREATE TABLE a (x TEXT);\nCREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END;\n-- the end"
    database.migrate(connection, [script])
    database.migrate(connection, [script, lambda opened: calls.append(database.version(opened))])
    database.migrate(connection, [script, lambda opened: calls.append(database.version(opened))])
    assert [1] == calls
    assert database.version(connection) == 2


def test_a_migration_that_fails_leaves_the_version_before_it(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        database.migrate(connection, ["CREATE TABLE a (x TEXT)", "CREATE TABLE b (x TEXT); CREATE NONSENSE"])
    assert database.version(connection) == 1
    assert [] == connection.execute("SELECT name FROM sqlite_master WHERE name = 'b'").fetchall()


def _sentence(path: Path, *, reading: bool = False) -> str:
    with pytest.raises(RuntimeError) as caught, database.translated("the ledger", path, RuntimeError):
        _use(path, reading=reading)
    return str(caught.value)


def _use(path: Path, *, reading: bool) -> None:
    connection = database.open_readonly(path, OURS) if reading else database.open_private(path, OURS)
    if connection is not None:
        with closing(connection):
            database.migrate(connection, [])
            connection.execute("SELECT count(*) FROM words").fetchone()


@pytest.mark.parametrize("reading", [True, False])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, reading: bool) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("a shopping list, " * 100)
    assert f"the ledger {file} is not an SQLite database; move it away or name another path" == _sentence(file, reading=reading)
    assert file.read_text() == "a shopping list, " * 100
    assert ["notes.txt"] == _names(file)


@pytest.mark.parametrize("reading", [True, False])
def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path, reading: bool) -> None:
    file = tmp_path / "accounts.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE accounts (x)")
    before = file.read_bytes()
    assert f"the ledger {file} is a database of another program; name another path" == _sentence(file, reading=reading)
    assert file.read_bytes() == before


def test_a_newer_versions_database_is_refused(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA user_version = 9")
    assert f"the ledger {path} was written by a newer version of otto-import; install that version or name another path" == _sentence(path)


def test_missing_tables_are_said_to_be_missing(tmp_path: Path) -> None:
    assert "lacks tables or columns that belong there" in _sentence(tmp_path / "bare.db")


def test_a_damaged_database_is_said_to_be_damaged(path: Path, connection: sqlite3.Connection) -> None:
    connection.close()
    raw = bytearray(path.read_bytes())
    raw[100:200] = b"\xff" * 100
    path.write_bytes(raw)
    assert f"the ledger {path} is damaged; restore it from a backup" == _sentence(path)


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    assert f"the ledger {tmp_path} cannot be opened" in _sentence(tmp_path)


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be opened" in _sentence(tmp_path / "file" / "ledger.db")


@needs_posix
@needs_a_common_user
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot be opened: Permission denied" in _sentence(tmp_path / "ledger.db")


def test_a_full_disk_and_a_lock_are_told_apart(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")
    with (
        pytest.raises(RuntimeError, match="the disk is full"),
        database.translated("the ledger", path, RuntimeError),
        database.transaction(connection),
    ):
        connection.executemany("INSERT INTO words VALUES (?)", [(f"{number}" * 500,) for number in range(100)])
    with (
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other,
        database.transaction(connection),
        pytest.raises(RuntimeError, match="is locked by another program"),
        database.translated("the ledger", path, RuntimeError),
    ):
        other.execute("BEGIN IMMEDIATE")


def test_a_read_only_connection_says_so(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(RuntimeError, match="the file or its folder is read-only"), database.translated("the ledger", path, RuntimeError):
        connection.execute("INSERT INTO words VALUES ('no')")


def test_an_error_without_a_sentence_of_its_own_is_named_by_its_code(tmp_path: Path) -> None:
    assert database.sentence(sqlite3.InterfaceError(), "the ledger", tmp_path).endswith(
        "lacks tables or columns that belong there; restore it from a backup or name another path"
    )
    odd = sqlite3.OperationalError()
    odd.sqlite_errorcode, odd.sqlite_errorname = sqlite3.SQLITE_PROTOCOL, "SQLITE_PROTOCOL"
    assert database.sentence(odd, "the ledger", tmp_path).endswith("cannot be used (SQLITE_PROTOCOL); check the disk, then run again")


def test_a_broken_rule_of_the_tables_is_the_callers_to_judge(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO words VALUES ('twice')")
    with pytest.raises(sqlite3.IntegrityError), database.translated("the ledger", path, RuntimeError):
        connection.execute("INSERT INTO words VALUES ('twice')")
