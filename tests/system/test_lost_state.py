"""The state between runs goes wrong: a full disk, a folder that cannot be written, a ledger damaged, too new, or of yesterday, a clock set back."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faulty_world import PATIENT, goods
from tests.system_shop import DAYS, Ended, Place
from tests.system_world import check_goods

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits and rights of files are POSIX matters")
SIZE, FEW = 200, 60


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path, otto={"demo_orders": SIZE}, limits=PATIENT)
    made.done(now=DAYS[0])
    return made


def calm(folder: Path) -> Place:
    """Give what two calm runs leave."""
    made = Place(folder, otto={"demo_orders": SIZE}, limits=PATIENT)
    made.done(now=DAYS[0])
    made.done(now=DAYS[2])
    return made


def limited(place: Place, *command: str, before: Callable[[], None], through: tuple[str, ...] = ()) -> Ended:
    """Run in a process of its own with something taken from it before it begins, `through` another program if need be."""
    started = [*through, sys.executable, "-m", "otto_import", *place.arguments(*command)]
    ended = subprocess.run(started, capture_output=True, check=False, timeout=30, encoding="utf-8", preexec_fn=before)
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def no_more_than(size: int) -> Callable[[], None]:
    """Let no file grow beyond a size: to a program that is a full disk, but for the error's number."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


# --- a full disk --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 4_096, 20_000, 60_000, 150_000])
def test_a_disk_that_fills_up_under_the_ledger_costs_no_order(size: int, tmp_path: Path) -> None:
    place = Place(tmp_path / "full", otto={"demo_orders": SIZE}, limits=PATIENT)
    full = limited(place, "sync", "--now", DAYS[0].isoformat(), before=no_more_than(size))
    assert full.code in (3, 5)
    assert "bug" not in full.err
    assert full.err.startswith("✗ ")
    assert "Traceback" not in full.err
    place.done(now=DAYS[0])
    check_goods(place, DAYS[0], SIZE)
    place.done(now=DAYS[2])
    assert goods(calm(tmp_path / "calm")) == goods(place)


@pytest.mark.parametrize("room", [0, 300, 5_000])
def test_a_disk_that_fills_up_under_the_event_stream_leaves_whole_lines_and_each_event_once(room: int, tmp_path: Path) -> None:
    table = {"writer": "jsonl", "sqlite": None, "jsonl": {"path": "orders.jsonl"}}
    place = Place(tmp_path, otto={"demo_orders": 500}, shop=table, limits=PATIENT)
    stream = tmp_path / "orders.jsonl"
    place.done(now=DAYS[0])
    size = stream.stat().st_size
    assert size > place.ledger.stat().st_size + 50_000  # so that it is the stream that grows too large
    full = limited(place, "sync", "--now", DAYS[2].isoformat(), before=no_more_than(size + room))
    assert (5, True) == (full.code, "orders.jsonl" in full.err)
    place.done(now=DAYS[2])
    events = [json.loads(line) for line in stream.read_text(encoding="utf-8").splitlines()]
    created = [event["otto_key"] for event in events if event["type"] == "order.created"]
    ids = [event["event_id"] for event in events if event["type"] != "stream"]
    assert (len(set(created)), len(set(ids))) == (len(created), len(ids))
    assert len(place.table("orders", place.ledger)) >= len(created) > 400


def test_standard_output_on_a_full_disk_does_not_stop_the_work(place: Place) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "otto_import", *place.arguments("sync", now=DAYS[2])]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=30, encoding="utf-8")
    assert "Traceback" not in ended.stderr
    place.done(now=DAYS[2])
    check_goods(place, DAYS[2], SIZE)


# --- a folder that cannot be written ------------------------------------------------------------------------------------------------------------


def test_a_state_folder_that_cannot_be_written_is_3_and_writes_no_order(tmp_path: Path) -> None:
    state = tmp_path / "state"
    place = Place(tmp_path, otto={"demo_orders": 36}, state={"path": "state/ledger.db"})
    state.mkdir()
    state.chmod(0o555)
    refused = limited(place, "sync", before=nothing, through=unprivileged())
    assert (3, True) == (refused.code, "see that its folder may be written to" in refused.err)
    assert [] == [*state.iterdir(), *tmp_path.glob("shop.db*")]
    state.chmod(0o755)
    place.done(now=DAYS[0])


def nothing() -> None:
    """Take nothing."""


def unprivileged() -> tuple[str, ...]:
    """Give what to put before a command so that the rights of files hold for it, which they do not for root."""
    if os.geteuid() != 0:
        return ()
    setpriv = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")
    if shutil.which("setpriv") is None or subprocess.run([*setpriv, "true"], check=False, capture_output=True).returncode:
        pytest.skip("root may write anywhere, and cannot give that up here")
    return setpriv


# --- a damaged ledger ---------------------------------------------------------------------------------------------------------------------------


def cut_in_half(ledger: Path) -> None:
    os.truncate(ledger, ledger.stat().st_size // 2)


def rubbish(ledger: Path) -> None:
    ledger.write_bytes(b"a shopping list\n" * 4_000)


def overwritten(ledger: Path) -> None:
    with ledger.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xa5" * (ledger.stat().st_size - 4_096))


DAMAGES = pytest.mark.parametrize("damage", [cut_in_half, rubbish, overwritten])
WITH_A_LEDGER = [("sync",), ("sync", "--dry-run"), ("retry",), ("orders",), ("backfill", "--from", "2026-06-01", "--to", "2026-06-02")]


@DAMAGES
def test_a_damaged_ledger_is_refused_with_the_way_out_and_left_as_it_is(damage: Callable[[Path], None], place: Place) -> None:
    damage(place.ledger)
    content, shop = place.ledger.read_bytes(), goods(place)
    for command in WITH_A_LEDGER:
        refused = place.run(*command)
        assert (3, True) == (refused.code, "otto-import rebuild" in refused.err)
    assert 3 == place.run("check").code
    assert (content, shop) == (place.ledger.read_bytes(), goods(place))


@DAMAGES
def test_rebuild_sets_a_damaged_ledger_aside_and_begins_anew_from_the_shop(damage: Callable[[Path], None], place: Place, tmp_path: Path) -> None:
    damage(place.ledger)
    content = place.ledger.read_bytes()
    rebuilt = place.run("rebuild", now=DAYS[2])
    assert 0 == rebuilt.code
    (aside,) = place.folder.glob("ledger.db.damaged-*Z")
    assert content == aside.read_bytes()
    assert [f"the damaged ledger was set aside as {aside}"] == rebuilt.summary["notices"]
    place.done("--strict", now=DAYS[2])
    assert goods(calm(tmp_path / "calm")) == goods(place)
    assert [] == place.run("rebuild", now=DAYS[2]).summary["notices"]
    assert [aside] == list(place.folder.glob("ledger.db.damaged-*"))


def test_a_second_damaged_ledger_does_not_replace_the_first(place: Place) -> None:
    for _ in range(3):
        rubbish(place.ledger)
        assert 0 == place.run("rebuild", now=DAYS[0]).code
    assert 3 == len(list(place.folder.glob("ledger.db.damaged-*")))


def test_a_damaged_ledger_stays_where_the_shop_cannot_list_its_orders(tmp_path: Path) -> None:
    place = Place(tmp_path, shop={"writer": "jsonl", "sqlite": None, "jsonl": {"path": "orders.jsonl"}})
    place.done(now=DAYS[0])
    rubbish(place.ledger)
    refused = place.run("rebuild", now=DAYS[0])
    assert (2, True) == (refused.code, "cannot list its orders" in refused.err)
    assert [] == list(place.folder.glob("*.damaged-*"))


@pytest.mark.parametrize("change", ["PRAGMA user_version = 9999", "PRAGMA application_id = 77"])
def test_a_ledger_of_a_newer_version_or_another_program_is_refused_and_never_set_aside(change: str, place: Place) -> None:
    with closing(sqlite3.connect(place.ledger)) as connection:
        connection.execute(change)
    before = goods(place)
    for command in [*WITH_A_LEDGER, ("rebuild",)]:
        refused = place.run(*command)
        assert (3, False) == (refused.code, "rebuild" in refused.err)
    assert before == goods(place)
    assert [] == list(place.folder.glob("*.damaged-*"))


# --- a ledger of yesterday, and a clock set back ------------------------------------------------------------------------------------------------


def test_a_ledger_from_yesterdays_backup_doubles_nothing_and_moves_nothing_back(tmp_path: Path) -> None:
    place = Place(tmp_path / "restored", otto={"demo_orders": FEW}, limits=PATIENT)
    for number, clock in enumerate(DAYS):
        if number and number % 3 == 0:
            place.done(now=clock)
            shutil.copyfile(tmp_path / "backup.db", place.ledger)
        if place.ledger.exists():
            shutil.copyfile(place.ledger, tmp_path / "backup.db")
        place.done("--strict", now=clock)
        check_goods(place, clock, FEW)
    untouched = Place(tmp_path / "calm", otto={"demo_orders": FEW}, limits=PATIENT)
    for clock in DAYS:
        untouched.done(now=clock)
    assert goods(untouched) == goods(place)


def test_a_clock_that_jumps_back_an_hour_changes_nothing(place: Place, tmp_path: Path) -> None:
    earlier = place.sync(now=DAYS[0] - timedelta(hours=1))
    assert {"created": 0, "updated": 0, "failed": 0, "conflicts": 0}.items() <= earlier.summary.items()
    for clock in (DAYS[2], DAYS[2] - timedelta(hours=1), DAYS[2]):
        place.done("--strict", now=clock)
    check_goods(place, DAYS[2], SIZE)
    assert goods(calm(tmp_path / "calm")) == goods(place)
