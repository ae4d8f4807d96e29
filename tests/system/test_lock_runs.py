"""One run at a time on a ledger: who waits, who is told of whom, and what a lock that was left behind means. Real processes, a real OTTO that hangs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otto_import.ledger.lock import RunLock
from tests.system_shop import START, Child, Place, in_process, wait_until
from tests.system_world import order_number

RANGE = ("--from", "2026-05-01", "--to", "2026-06-09")
WRITING = (
    ("sync",),
    ("sync", "--force"),
    ("backfill", *RANGE),
    ("retry",),
    ("retry", "cbn4kqmhyn", "--accept"),
    ("rebuild",),
    ("adopt", "--csv", "pairs.csv"),
    ("reconcile", *RANGE, "--fix"),
    ("purge", "--older-than", "30d"),
)
LOOKING = (
    ("check",),
    ("sync", "--dry-run"),
    ("backfill", *RANGE, "--dry-run"),
    ("reconcile", *RANGE),
    ("explain", order_number("paid_on_wednesday")),
    ("orders",),
    ("runs",),
    ("schedule", "--cron"),
    ("writers",),
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.done(now=START)
    (tmp_path / "pairs.csv").write_text("order_number,shop_ref\n", encoding="utf-8")
    return made


def lock_of(place: Place) -> Path:
    return Path(f"{place.ledger}.lock")


@contextmanager
def at_work(place: Place) -> Iterator[Child]:
    """Let a run hold the lock in a process of its own, for as long as an OTTO that never answers keeps it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place.configure(otto={"base_url": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        Path(f"{place.ledger}.token").unlink(missing_ok=True)
        with place.child("sync", now=START) as child:
            wait_until(lambda: lock_of(place).exists() and str(child.process.pid).encode() in lock_of(place).read_bytes(), child)
            place.configure(otto={"base_url": None})
            yield child


def test_the_second_run_waits_and_then_says_since_when_and_by_which_process_the_first_runs(place: Place) -> None:
    before = datetime.now(UTC)
    with at_work(place) as first:
        started = time.monotonic()
        second = place.sync("--wait", "1", now=START)
        assert 1 <= time.monotonic() - started < 10
        pid = first.process.pid
    assert (6, "") == (second.code, second.out)
    found = re.search(rf"another run holds the lock \S+ledger\.db\.lock: process {pid}, since (\S+ \S+) \(Berlin\) \(waited 1 s\)", second.err)
    assert found is not None, second.err
    since = datetime.fromisoformat(found[1]).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert before - timedelta(seconds=2) <= since <= datetime.now(UTC)


def test_a_program_is_told_process_and_time_as_fields(place: Place) -> None:
    with at_work(place) as first:
        second = place.sync("--wait", "0", "--log-json", now=START)
        (line,) = map(json.loads, second.err.splitlines())
        assert (6, first.process.pid, "command.failed") == (second.code, line["holder_pid"], line["event"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["holder_since"])


def test_the_second_run_goes_on_as_soon_as_the_first_has_ended(place: Place) -> None:
    with at_work(place) as first, place.child("sync", "--wait", "25", now=START) as second:
        time.sleep(0.5)
        assert second.alive
        assert 143 == first.ended(signal.SIGTERM).code
        assert 0 == second.ended().code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_who_waits_for_the_lock_can_be_stopped(number: signal.Signals, code: int, place: Place) -> None:
    with at_work(place) as first, place.child("sync", "--wait", "60", now=START) as second:
        time.sleep(1)
        started = time.monotonic()
        ended = second.ended(number)
        assert time.monotonic() - started < 5
        assert first.alive
    assert (code, "") == (ended.code, ended.out)
    assert "before anything was begun" in ended.err


def test_the_lock_of_a_run_that_was_killed_is_no_obstacle(place: Place) -> None:
    with at_work(place) as first:
        first.send(signal.SIGKILL)
        first.process.wait()
        assert str(first.process.pid).encode() in lock_of(place).read_bytes()
        place.done("--wait", "0", now=START)


RUBBISH = (
    b"",
    b"\x00\xff" * 3000,
    b"[" * 500,
    b"[1, 2]",
    b'{"pid": "1", "since": "2026-05-04T08:15:30Z", "host": "h"}',
    b'{"pid": 4711, "since": "soon", "host": null}',
    b'{"pid": 4711, "since": "9999-12-31T23:59:59+00:00", "host": "elsewhere"}',
    json.dumps({"pid": 1, "since": "2026-05-04T08:15:30+00:00", "host": "\x1b[2Jelsewhere"}).encode(),
)


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_whatever_stands_in_the_locks_file_is_harmless(rubbish: bytes, place: Place) -> None:
    lock_of(place).write_bytes(rubbish)
    place.done("--wait", "0", now=START)
    with RunLock(place.ledger, 0):
        lock_of(place).write_bytes(rubbish)
        second = place.sync("--wait", "0", now=START)
    assert (6, "") == (second.code, second.out)
    assert "another run holds the lock" in second.err
    assert "\x1b" not in second.err
    place.done("--wait", "0", now=START)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone lists its locks")
def test_the_word_of_a_run_that_died_is_not_believed_against_the_system(place: Place) -> None:
    with at_work(place) as first:
        first.send(signal.SIGKILL)
        first.process.wait()
    left = lock_of(place).read_bytes()
    with RunLock(place.ledger, 0):
        lock_of(place).write_bytes(left)
        second = place.sync("--wait", "0", now=START)
    assert f"ledger.db.lock: process {os.getpid()} (waited" in second.err


def test_a_run_on_another_host_is_named_with_its_host(place: Place) -> None:
    with RunLock(place.ledger, 0):
        lock_of(place).write_bytes(json.dumps({"pid": 12, "since": "2026-05-04T08:15:30+00:00", "host": "shop-2"}).encode())
        second = place.sync("--wait", "0", now=START)
    assert "process 12 on shop-2, since 2026-05-04 10:15:30 (Berlin)" in second.err


@pytest.mark.skipif(os.name != "posix", reason="links are a POSIX matter")
def test_a_link_in_the_locks_place_is_not_written_through(place: Place) -> None:
    lock_of(place).unlink()
    (place.folder / "diary.txt").write_text("dear diary", encoding="utf-8")
    lock_of(place).symlink_to(place.folder / "diary.txt")
    ended = place.sync("--wait", "0", now=START)
    assert "dear diary" == (place.folder / "diary.txt").read_text(encoding="utf-8")
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_whatever_writes_takes_the_lock(command: tuple[str, ...], place: Place) -> None:
    before = place.files()
    arguments = [str(place.folder / part) if part == "pairs.csv" else part for part in command]
    with RunLock(place.ledger, 0):
        ended = in_process(*arguments, "--wait", "0", "--json", "--config", str(place.config))
    assert (6, "") == (ended.code, ended.out), ended.err
    assert f"process {os.getpid()}, since " in ended.err
    assert before == place.files()


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_whatever_looks_takes_none(command: tuple[str, ...], place: Place) -> None:
    with RunLock(place.ledger, 0):
        ended = in_process(*command, "--config", str(place.config))
    assert ended.code in {0, 1}, ended.err
    assert "holds the lock" not in ended.err
