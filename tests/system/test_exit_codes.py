"""What goes wrong has its exit code and a sentence; with `--json` the summary stays the last line once a run has begun."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otto_import.ledger.lock import RunLock
from otto_import.otto.demo import DemoOtto, serve
from tests.system_shop import DAYS, START, Ended, Place, in_process

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SECRET = "s3cret-of-the-seller"
LIVE = {"environment": "sandbox", "client_id": "app-1", "client_secret": SECRET, "start_date": date(2026, 1, 1)}


def _refused(run: Ended, code: int, *said: str) -> None:
    """See that a command ended before its run began: no line on standard output, one sentence with these words on standard error."""
    assert (code, "") == (run.code, run.out)
    assert not [word for word in said if word not in run.err]
    assert "Traceback" not in run.err


def _answering(status: str) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """Make an OTTO that gives tokens and answers everything else alike."""
    demo = DemoOtto(lambda: START)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/oauth2/token":
            return demo(environ, start_response)
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    return answer


# --- 3: the config and the ledger ---------------------------------------------------------------------------------------------------------------


def test_a_missing_config_is_3(tmp_path: Path) -> None:
    _refused(in_process("sync", "--json", "-c", str(tmp_path / "none.toml")), 3, "none.toml")


def test_a_folder_as_config_is_3(tmp_path: Path) -> None:
    _refused(in_process("sync", "--json", "-c", str(tmp_path)), 3, str(tmp_path))


def test_a_misspelt_key_is_3_and_the_right_one_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"acount": "main"}, limits={"max_cancelations": 3})
    _refused(place.sync(), 3, "otto.acount", "account", "limits.max_cancelations", "max_cancellations")
    assert {"config.toml"} == {path.name for path in tmp_path.iterdir()}


def test_a_missing_status_is_3(tmp_path: Path) -> None:
    _refused(Place(tmp_path, status={"announced": None, "processable": None}).sync(), 3, "status.announced", "status.processable")


def test_a_clear_secret_that_others_can_read_is_3_with_the_remedy_and_without_the_secret(tmp_path: Path) -> None:
    place = Place(tmp_path, otto=LIVE)
    place.config.chmod(0o644)
    run = place.sync()
    _refused(run, 3, "chmod 600")
    assert SECRET not in run.err


@pytest.mark.parametrize("changes", [{"otto": {"account": "other"}}, {"shop": {"sqlite": {"path": "other.db"}}}], ids=["account", "shop"])
def test_a_ledger_that_belongs_elsewhere_is_3(changes: dict[str, Any], tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    before = place.files()
    place.configure(**changes)
    for options in ((), ("--dry-run",)):
        _refused(place.sync(*options, now=DAYS[1]), 3, "this ledger belongs to", "ledger.db")
    assert {**before, "config.toml": ()} == {**place.files(), "config.toml": ()}


def test_a_shop_whose_file_is_gone_is_3_and_is_not_filled_anew(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    place.shop.unlink()
    _refused(place.sync(now=DAYS[1]), 3, "this ledger belongs to")
    assert not place.shop.exists()


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    "damage", [lambda sound: b"no database at all" * 100, lambda sound: sound[:4096] + os.urandom(len(sound) - 4096)], ids=["foreign", "torn"]
)
def test_a_damaged_ledger_is_3(damage: Callable[[bytes], bytes], options: tuple[str, ...], tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    broken = damage(place.ledger.read_bytes())
    place.ledger.write_bytes(broken)
    run = place.sync(*options, now=DAYS[1])
    assert 3 == run.code
    assert "ledger.db" in run.err
    assert "Traceback" not in run.err
    assert broken == place.ledger.read_bytes() or options == ()


def test_a_shop_file_that_is_no_database_is_3(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.shop.write_text("Rechnungen 2025", encoding="utf-8")
    for options in ((), ("--dry-run",)):
        _refused(place.sync(*options), 3, "shop.db")
    assert "Rechnungen 2025" == place.shop.read_text(encoding="utf-8")


def test_a_torn_shop_is_5(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    sound = place.shop.read_bytes()
    place.shop.write_bytes(sound[:4096] + random.Random(5).randbytes(len(sound) - 4096))
    run = place.sync(now=DAYS[1])
    assert 5 == run.code
    assert "shop.db" in run.err
    place.shop.write_bytes(sound)
    place.done(now=DAYS[1])


@pytest.mark.parametrize("where", ["state", "shop"])
def test_a_path_below_a_file_is_told_in_a_sentence(where: str, tmp_path: Path) -> None:
    (tmp_path / "occupied").touch()
    settings: dict[str, Any] = {"state": {"path": "occupied/ledger.db"}} if where == "state" else {"shop": {"sqlite": {"path": "occupied/shop.db"}}}
    run = Place(tmp_path, **settings).sync()
    assert (3 if where == "state" else 5) == run.code
    assert "occupied" in run.err
    assert "Traceback" not in run.err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom rights stop")
def test_a_folder_that_may_not_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    place = Place(tmp_path)
    tmp_path.chmod(0o500)
    try:
        run = place.sync()
    finally:
        tmp_path.chmod(0o700)
    _refused(run, 3, "ledger.db")


# --- 2, 6, 0 ------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("sync",), ("sync", "--dry-run"), ("retry",), ("backfill", "--from", "2026-06-01", "--to", "2026-06-02")])
def test_the_clock_cannot_be_set_outside_the_demo(command: tuple[str, ...], tmp_path: Path) -> None:
    place = Place(tmp_path, otto=LIVE)
    _refused(place.run(*command, now=START), 2, "--now")
    assert {"config.toml"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("command", [("sync",), ("retry",), ("backfill", "--from", "2026-06-01", "--to", "2026-06-02")])
def test_a_lock_that_is_held_is_6(command: tuple[str, ...], tmp_path: Path) -> None:
    place = Place(tmp_path)
    with RunLock(place.ledger, wait=0):
        began = time.monotonic()
        _refused(place.run(*command, "--wait", "0"), 6, "ledger.db.lock")
        assert time.monotonic() - began < 5
        assert 6 == place.run(*command, "--wait", "0.2").code
    assert 0 == place.run(*command, "--wait", "0").code


def test_a_switched_off_import_does_nothing_and_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path, imports={"enabled": False})
    run = place.done()
    assert (1, "import.enabled") == (len(run.lines), run.summary["notices"][0].partition(" ")[0])
    assert {"otto": 0, "shop": 0} == run.summary["requests"]
    assert "import.enabled is false" in in_process("sync", "-c", str(place.config)).out
    assert {"config.toml"} == {path.name for path in tmp_path.iterdir()}


# --- 5: OTTO ------------------------------------------------------------------------------------------------------------------------------------


def test_a_wrong_secret_is_5_and_stays_unsaid(tmp_path: Path) -> None:
    with serve(DemoOtto(lambda: START)) as base_url:
        place = Place(tmp_path, otto={**LIVE, "client_secret": "wrong", "base_url": base_url})
        run = place.sync("-vv")
    assert 5 == run.summary["exit"]
    assert "client_secret" in run.err
    assert "HTTP 401" in run.err
    assert "wrong" not in run.out + run.err


def test_a_secret_that_cannot_be_fetched_is_told_with_its_key(tmp_path: Path) -> None:
    with serve(DemoOtto(lambda: START)) as base_url:
        run = Place(tmp_path, otto={**LIVE, "client_secret": {"env": "NO_SUCH_VARIABLE_HERE"}, "base_url": base_url}).sync()
    assert 3 == run.code
    assert "NO_SUCH_VARIABLE_HERE" in run.err


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Not Found"])
@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--dry-run", "--exit-code")])
def test_an_otto_that_refuses_is_5_after_the_summary(options: tuple[str, ...], status: str, tmp_path: Path) -> None:
    with serve(_answering(status)) as base_url:
        place = Place(tmp_path, otto={"base_url": base_url})
        run = place.sync(*options)
    assert (5, 0) == (run.summary["exit"], run.summary["created"])
    assert status[:3] in run.err
    assert "/v4/orders" in run.err
    assert run.summary["error"] in run.err


def test_an_otto_that_is_away_in_the_midst_leaves_the_watermark_and_the_next_run_makes_it_good(tmp_path: Path) -> None:
    place = Place(tmp_path)
    before = place.done(now=DAYS[0]).summary["watermark"]
    with serve(_answering("400 Bad Request")) as base_url:
        place.configure(otto={"base_url": base_url})
        assert (5, before) == ((run := place.sync(now=DAYS[1])).code, run.summary["watermark"])
    place.configure(otto={"base_url": None})
    assert place.done(now=DAYS[1]).summary["created"] > 0


@contextmanager
def _closed_port() -> Iterator[str]:
    """Give an address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_wait_for_an_otto_that_is_away(number: signal.Signals, code: int, tmp_path: Path) -> None:
    with _closed_port() as base_url:
        place = Place(tmp_path, otto={"base_url": base_url})
        with place.child("sync") as child:
            deadline = time.monotonic() + 20
            while not place.table("runs", place.ledger) and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(0.3)
            began = time.monotonic()
            run = child.ended(number)
    assert time.monotonic() - began < 5
    assert code == run.summary["exit"]
