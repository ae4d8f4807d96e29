"""How a real ledger is, seen from outside: its pages, its lock, its rights."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from otto_import.checks import Proof
from otto_import.checks.files import config_file, state
from otto_import.errors import LedgerError
from otto_import.ledger.base import Note
from otto_import.ledger.health import inspect
from otto_import.ledger.identity import Identity
from otto_import.ledger.lock import RunLock
from otto_import.ledger.opening import open_ledger
from otto_import.ledger.surroundings import file_system, holder
from otto_import.plan import Known, OrderKey

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
on_posix = pytest.mark.skipif(os.name != "posix", reason="rights of this kind exist on POSIX systems")
on_linux = pytest.mark.skipif(not Path("/proc/locks").exists(), reason="Linux alone lists its locks and mounts")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a ledger with one good run."""
    path = tmp_path / "ledger.db"
    with closing(open_ledger(path)) as ledger:
        ledger.set_identity(Identity("demo", "main", "sqlite", "abc"))
        ledger.end_run(ledger.begin_run("sync", NOW, NOW), NOW, 0, "{}")
    return path


def grades(proofs: Iterable[Proof]) -> list[str]:
    return [proof.finding.grade.value for proof in proofs]


def test_a_sound_ledger_tells_all_and_is_left_as_it_is(path: Path) -> None:
    before = {each.name: each.stat().st_mtime_ns for each in path.parent.iterdir()}
    found = inspect(path)
    assert found is not None
    assert ((), True, path.stat().st_size) == (found.complaints, found.write_ahead, found.size)
    assert Identity("demo", "main", "sqlite", "abc") == found.identity()
    assert [("sync", 0)] == [(run.command, run.exit) for run in found.runs]
    assert before == {each.name: each.stat().st_mtime_ns for each in path.parent.iterdir()}


def test_a_ledger_in_use_is_seen_with_what_stands_in_its_log(path: Path) -> None:
    with closing(open_ledger(path)) as ledger:
        ledger.begin_run("retry", NOW, NOW)
        found = inspect(path)
        assert found is not None
        assert ["retry", "sync"] == [run.command for run in found.runs]
        assert found.size > path.stat().st_size


def test_there_is_none_where_there_is_no_file_or_an_empty_one(tmp_path: Path) -> None:
    assert inspect(tmp_path / "none.db") is None
    (tmp_path / "empty.db").touch()
    assert inspect(tmp_path / "empty.db") is None


def test_a_torn_page_is_found_before_a_run_meets_it(path: Path) -> None:
    with closing(open_ledger(path)) as ledger:
        ledger.note([Note(Known(key=OrderKey(f"demo:main:{number}"), sales_order_id="", order_number=f"{number}")) for number in range(300)])
    torn = bytearray(path.read_bytes())
    at = torn.index(b"demo:main:299") // 4096 * 4096
    torn[at : at + 8] = b"\xff" * 8
    path.write_bytes(torn)
    found = inspect(path)
    assert found is not None
    assert found.complaints


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + bytes(4000)])
def test_what_is_no_ledger_is_refused_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"ledger\.db"):
        inspect(path)


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("CREATE TABLE photos (id)")
    with pytest.raises(LedgerError, match="another program"):
        inspect(tmp_path / "ledger.db")


@on_linux
def test_a_held_lock_is_seen_with_its_process_and_stays_free_to_take(path: Path) -> None:
    assert holder(path) is None
    with RunLock(path, 0):
        assert os.getpid() == holder(path)
    assert holder(path) is None
    with RunLock(path, 0):
        pass


def test_other_locks_are_not_ours(path: Path) -> None:
    with RunLock(path, 0):
        inode = Path(f"{path}.lock").stat().st_ino
    others = f"1: POSIX  ADVISORY  WRITE 7 00:1b:{inode} 0 EOF\n2: FLOCK  ADVISORY  WRITE 8 00:1b:{inode + 1} 0 EOF\nnonsense\n"
    assert holder(path, others) is None
    assert 9 == holder(path, f"{others}3: FLOCK  ADVISORY  WRITE 9 00:1b:{inode} 0 EOF\n")


@on_linux
def test_the_file_system_of_a_path_is_told_by_its_name(tmp_path: Path) -> None:
    kind = file_system(tmp_path / "not" / "there")
    assert kind
    assert kind in Path("/proc/self/mountinfo").read_text(encoding="utf-8")


@on_posix
def test_files_open_to_others_are_warned_about_with_the_command_that_closes_them(path: Path) -> None:
    assert ["good"] == grades(state(path))
    path.chmod(0o640)
    (finding,) = [proof.finding for proof in state(path)]
    assert ("warning", f"chmod 600 {path}") == (finding.grade, finding.remedy)


@on_posix
def test_a_config_that_others_may_write_is_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.touch(mode=0o600)
    assert ["good"] == grades([config_file(path)])
    path.chmod(0o620)
    assert ("warning", f"chmod go-w {path}") == (config_file(path).finding.grade, config_file(path).finding.remedy)


def test_a_folder_that_cannot_be_made_is_bad(tmp_path: Path) -> None:
    (tmp_path / "occupied").touch()
    assert ["bad"] == grades(state(tmp_path / "occupied" / "ledger.db"))
    assert ["good"] == grades(state(tmp_path / "deep" / "down" / "ledger.db"))
    assert stat.S_ISREG((tmp_path / "occupied").stat().st_mode)
