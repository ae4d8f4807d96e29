from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from otto_import.errors import LedgerError, LockHeld
from otto_import.ledger.lock import RunLock
from tests.integration.ledger_values import ROOT

HOLDER = """
import sys
from pathlib import Path
from otto_import.ledger.lock import RunLock
with RunLock(Path(sys.argv[1]), 0):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert "held\n" == holder.stdout.readline()
            yield holder
        finally:
            holder.kill()


def test_the_lock_of_another_process_is_a_sentence_at_once(path: Path) -> None:
    with held_elsewhere(path):
        start = time.monotonic()
        with pytest.raises(LockHeld, match="another run holds the lock") as refused:
            RunLock(path, 0).acquire()
        assert time.monotonic() - start < 1
    assert (True, 6) == (f"{path}.lock" in str(refused.value), refused.value.exit_code)


def test_the_lock_is_waited_for_as_long_as_asked(path: Path) -> None:
    with held_elsewhere(path):
        start = time.monotonic()
        with pytest.raises(LockHeld, match=r"waited 0\.3 s"):
            RunLock(path, 0.3).acquire()
        assert 0.3 <= time.monotonic() - start


def test_the_lock_is_taken_as_soon_as_the_other_run_ends(path: Path) -> None:
    with held_elsewhere(path) as holder:
        assert holder.stdin is not None
        holder.stdin.close()
        with RunLock(path, 20):
            assert (path.parent / "ledger.db.lock").exists()


def test_a_killed_run_leaves_no_lock_behind(path: Path) -> None:
    with held_elsewhere(path):
        pass
    with RunLock(path, 0) as lock:
        assert path.parent / "ledger.db.lock" == lock.path


@pytest.mark.skipif(os.name != "posix", reason="rights are a POSIX matter")
def test_the_locks_file_and_folder_are_for_this_user_alone(path: Path) -> None:
    with RunLock(path, 0) as lock:
        assert (0o600, 0o700) == (lock.path.stat().st_mode & 0o777, lock.path.parent.stat().st_mode & 0o777)


def test_in_a_pause_another_run_may_have_the_lock(path: Path) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        with held_elsewhere(path):
            pass

    with RunLock(path, 0, sleep) as lock:
        lock.pause(0.2)
        with pytest.raises(LockHeld):
            try_elsewhere(path)
    assert [0.2] == slept


def test_after_a_pause_in_which_another_run_took_the_lock_and_keeps_it_the_run_gives_up(path: Path) -> None:
    with held_elsewhere(path.with_name("unused")), RunLock(path, 0) as lock:
        lock.release()
        with held_elsewhere(path), pytest.raises(LockHeld):
            lock.pause(0)


def test_releasing_twice_and_taking_again_is_fine(path: Path) -> None:
    lock = RunLock(path, 0)
    with lock:
        lock.release()
    lock.release()
    with lock, pytest.raises(LockHeld):
        try_elsewhere(path)
    try_elsewhere(path)


def test_a_link_to_the_ledger_has_the_same_lock(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    (path.parent / "link.db").symlink_to(path)
    with RunLock(path.parent / "link.db", 0) as lock:
        assert path.resolve().with_name("ledger.db.lock") == lock.path


def test_a_lock_that_cannot_be_made_is_a_sentence(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(LedgerError, match="cannot be taken"):
        RunLock(path, 0).acquire()


def try_elsewhere(path: Path) -> None:
    """Take the lock in another process and give it back; `LockHeld` when that process could not."""
    tried = subprocess.run([sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, input="", check=False, capture_output=True, text=True)
    if tried.returncode:
        assert "otto_import.errors.LockHeld" in tried.stderr
        raise LockHeld(tried.stderr)
