"""The commands that look: `explain`, `orders`, `runs`, `schedule`, end to end on the demo."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from syrupy.assertion import SnapshotAssertion

from otto_import.ledger.lock import RunLock
from otto_import.otto.demo import serve
from tests.system.test_exit_codes import LIVE
from tests.system_shop import DAYS, Ended, Place, in_process

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.usefixtures("stable_terminal")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Two days of the demo's life, with announced import on."""
    made = Place(tmp_path)
    made.done(now=DAYS[0])
    made.done(now=DAYS[2])
    return made


def plain(place: Place, *command: str) -> Ended:
    """Run a command as people do, without `--json`."""
    return in_process(*command, "--config", str(place.config))


def one_object(run: Ended) -> dict[str, object]:
    assert (0, "") == (run.code, run.err)
    (line,) = run.lines
    return line


# --- explain -------------------------------------------------------------------------------------------------------------------------------


def test_explain_tells_a_story(place: Place, snapshot: SnapshotAssertion) -> None:
    run = plain(place, "explain", "c9jj7ab05c", "--now", DAYS[3].isoformat())
    assert (0, "") == (run.code, run.err)
    assert snapshot == run.out


def test_explain_gives_programs_one_object(place: Place) -> None:
    story = one_object(place.run("explain", "c9jj7ab05c", now=DAYS[3]))
    assert ("story", "c9jj7ab05c", "b5c7e924-acf5-4315-815b-2a3c5e7a3376") == (story["type"], story["order_number"], story["sales_order_id"])
    assert story == story | {"known": True, "stage": "cancelled by our deadline", "shop_status": "cancelled", "pending": None, "in_doubt": None}
    assert isinstance(ahead := story["next"], dict)
    assert ("update", "processing", "planned") == tuple(ahead["order"][name] for name in ("action", "shop_status", "result"))
    assert isinstance(timeline := story["timeline"], list)
    assert ["buyer", "otto", "deed", "deed"] == [moment["who"] for moment in timeline]


def test_explain_does_what_it_says_of_the_next_run(place: Place) -> None:
    told = {
        line["order_number"]: one_object(place.run("explain", line["order_number"], now=DAYS[5]))
        for line in place.run("sync", "--dry-run", now=DAYS[5]).orders
    }
    done = {line["order_number"]: line for line in place.sync(now=DAYS[5]).orders}
    assert done
    for number, story in told.items():
        assert isinstance(ahead := story["next"], dict)
        same = ("action", "shop_status", "reason", "code")
        assert {name: done[number][name] for name in same} == {name: ahead["order"][name] for name in same}


def test_explain_finds_an_order_by_its_id_and_one_the_ledger_does_not_know(place: Place) -> None:
    by_id = one_object(place.run("explain", "b5c7e924-acf5-4315-815b-2a3c5e7a3376", "--offline"))
    assert "c9jj7ab05c" == by_id["order_number"]
    first = Place(place.folder / "another").run("sync", "--dry-run", "-v", now=DAYS[0])
    skipped = next(line for line in first.orders if line["code"] == "already_fulfilled")
    unknown = one_object(place.run("explain", skipped["order_number"], now=DAYS[2]))
    assert (False, skipped["sales_order_id"]) == (unknown["known"], unknown["sales_order_id"])


@pytest.mark.parametrize("options", [(), ("--offline",)])
def test_an_unknown_order_is_2_with_a_sentence_and_no_guess(options: tuple[str, ...], place: Place) -> None:
    run = place.run("explain", "c9jj7ab05d", *options)
    assert (2, "") == (run.code, run.out)
    assert "give its orderNumber or salesOrderId" in run.err
    assert "did you mean" not in run.err.lower()


def test_looking_takes_no_lock_and_leaves_no_trace(place: Place) -> None:
    before = place.files()
    lock = RunLock(place.ledger, 0)
    lock.acquire()
    try:
        for command in (("explain", "c9jj7ab05c"), ("orders",), ("runs",), ("schedule", "--cron")):
            assert (0, "") == ((run := place.run(*command)).code, run.err)
    finally:
        lock.release()
    assert before == place.files()


def test_where_otto_refuses_us_the_story_is_told_without_it(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])

    def refusing(_: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("401 Unauthorized", [("Content-Length", "2")])
        return [b"{}"]

    with serve(refusing) as address:
        place.configure(otto={"base_url": address})
        for kept in tmp_path.glob("*.token"):
            kept.unlink()
        story = one_object(place.run("explain", "c9jj7ab05c"))
        assert isinstance(otto := story["otto"], dict)
        assert (False, None) == (otto["answered"], otto["state"])
        assert "does not accept client_id" in otto["text"]
        unknown = place.run("explain", "c9jj7ab05d")
    assert (5, "") == (unknown.code, unknown.out)


def test_a_ledger_that_belongs_elsewhere_is_3_for_every_look(place: Place) -> None:
    place.configure(otto={"account": "other"})
    for command in (("explain", "c9jj7ab05c"), ("orders",), ("runs",)):
        run = place.run(*command)
        assert (3, "") == (run.code, run.out)
        assert "this ledger belongs to" in run.err


def test_before_the_first_run_there_is_nothing_to_see_and_nothing_is_made(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert (0, "No such orders.\n") == ((run := plain(place, "orders")).code, run.out)
    assert (0, "No run yet.\n") == ((run := plain(place, "runs")).code, run.out)
    assert {"config.toml"} == {path.name for path in tmp_path.iterdir()}


# --- orders --------------------------------------------------------------------------------------------------------------------------------


def test_orders_lists_the_latest_first(place: Place) -> None:
    *orders, last = place.run("orders").lines
    assert ("summary", "orders", len(orders), 0) == tuple(last[name] for name in ("type", "command", "orders", "exit"))
    assert {"known_order"} == {line["type"] for line in orders}
    assert (moments := [line["placed_at"] for line in orders]) == sorted(moments, reverse=True)
    assert place.statuses() == {line["sales_order_id"]: line["shop_status"] for line in orders if line["shop_ref"]}


@pytest.mark.parametrize("state", ["processable", "PROCESSABLE", "Processable"])
def test_orders_of_one_state_are_asked_for_in_any_case(state: str, place: Place) -> None:
    lines = place.run("orders", "--state", state).lines[:-1]
    assert {"PROCESSABLE"} == {line["otto_state"] for line in lines}


@pytest.mark.parametrize(
    ("hint", "state"),
    [("did you mean PROCESSABLE?", "procesable"), ("did you mean CANCELLED_BY_PARTNER or", "cancelled"), ("there are: ANNOUNCED, PROCESSABLE", "x")],
)
def test_an_unknown_state_is_2_with_the_one_that_was_meant(hint: str, state: str, place: Place) -> None:
    run = place.run("orders", "--state", state, "--log-json")
    assert (2, "") == (run.code, run.out)
    assert hint in json.loads(run.err)["message"]


def test_only_orders_in_trouble_are_listed_where_asked_for(place: Place) -> None:
    moved = place.asked("SELECT sales_order_id FROM orders WHERE status = 'on-hold'")[0][0]
    place.merchant("UPDATE orders SET status = 'packed' WHERE sales_order_id = ?", moved)
    for day in DAYS[3:8]:
        place.sync(now=day)
    conflicts = place.run("orders", "--conflict").lines[:-1]
    assert {"conflict"} == {line["pending"]["kind"] for line in conflicts}
    assert moved in {line["sales_order_id"] for line in conflicts}
    assert not place.run("orders", "--held").lines[:-1]
    assert conflicts == place.run("orders", "--held", "--failed", "--conflict").lines[:-1]


def test_csv_goes_to_a_file_of_ones_own_and_replaces_the_one_before(place: Place) -> None:
    target = place.folder / "orders.csv"
    first = plain(place, "orders", "--csv", str(target))
    assert (0, f"27 orders written to {target}.\n", "") == (first.code, first.out, first.err)
    assert 0o600 == stat.S_IMODE(target.stat().st_mode)
    target.chmod(0o644)
    again = plain(place, "orders", "--csv", str(target), "--decimal-comma", "--state", "processable")
    assert again.out.endswith(", replacing what was there.\n")
    assert 0o644 == stat.S_IMODE(target.stat().st_mode)
    rows = list(csv.DictReader(io.StringIO(target.read_bytes().decode("utf-8-sig"), newline=""), delimiter=";"))
    assert {"PROCESSABLE"} == {row["otto_state"] for row in rows}
    assert all(row["total"].count(",") == 1 for row in rows)
    assert ["orders.csv"] == [path.name for path in place.folder.iterdir() if "csv" in path.name]


def test_csv_may_go_to_standard_output(place: Place) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "otto_import", "orders", "--csv", "-", "-c", str(place.config)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    assert shown.startswith(b"\xef\xbb\xbforder_number,")
    assert 28 == shown.count(b"\r\n")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there is no /dev/null")
def test_a_device_is_not_replaced_by_a_file(place: Place) -> None:
    assert 0 == plain(place, "orders", "--csv", "/dev/null").code
    assert Path("/dev/null").is_char_device()


def test_a_file_that_cannot_be_written_is_2_and_leaves_nothing_behind(place: Place) -> None:
    run = plain(place, "orders", "--csv", str(place.folder / "none" / "orders.csv"))
    assert (2, "") == (run.code, run.out)
    assert "--csv" in run.err
    assert 2 == plain(place, "orders", "--csv", str(place.folder)).code


# --- runs ----------------------------------------------------------------------------------------------------------------------------------


def test_runs_tells_of_the_last_ones(place: Place) -> None:
    *runs, last = place.run("runs").lines
    assert (2, "runs") == (last["runs"], last["command"])
    assert [2, 1] == [line["id"] for line in runs]
    assert ("sync", 0, "done") == tuple(runs[0][name] for name in ("command", "exit", "ending"))
    assert DAYS[2].isoformat(timespec="milliseconds").replace("+00:00", "Z") == runs[0]["clock"]
    assert [2] == [line["id"] for line in place.run("runs", "-n", "1").lines[:-1]]


# --- schedule ------------------------------------------------------------------------------------------------------------------------------


def test_schedule_names_this_installation_and_this_config(place: Place) -> None:
    (line,) = [line for line in plain(place, "schedule", "--cron").out.splitlines() if not line.startswith("#")]
    words = line.split()
    assert "sync" in words
    assert str(place.config) == words[-1]
    program = words[words.index("sync") - 1]
    assert Path(program).is_absolute()
    assert os.access(program, os.X_OK)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("name", ["plain", '100% of $what\'s "odd"'])
@pytest.mark.parametrize("every", ["15", "120"])
def test_systemd_finds_nothing_wrong_with_the_units(name: str, every: str, tmp_path: Path) -> None:
    place = Place(tmp_path / name, otto=LIVE | {"client_secret": {"env": "OTTO_SECRET"}, "start_date": date(2026, 1, 1)})
    files = one_object(place.run("schedule", "--systemd", "--every", every))["files"]
    assert isinstance(files, list)
    units = []
    for file in files:
        unit = tmp_path / Path(file["path"]).name
        unit.write_text(file["text"], encoding="utf-8")
        units.append(str(unit))
    verdict = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False, timeout=60)
    assert (0, "") == (verdict.returncode, verdict.stderr)
    assert [".service", ".timer"] == [Path(unit).suffix for unit in units]


def test_schedule_needs_exactly_one_kind(place: Place) -> None:
    assert 2 == plain(place, "schedule").code
    assert 2 == plain(place, "schedule", "--cron", "--systemd").code
    assert 2 == plain(place, "schedule", "--cron", "--every", "7").code


def test_in_the_demo_no_secret_is_waited_for(place: Place) -> None:
    place.configure(otto={"client_secret": {"env": "OTTO_SECRET"}})
    assert "OTTO_SECRET" not in plain(place, "schedule", "--systemd").out


# --- wrong usage -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain"],
        ["explain", " "],
        ["explain", "c9jj7ab05c", "--now", "soon"],
        ["orders", "--decimal-comma"],
        ["orders", "--csv", " "],
        ["orders", "--csv", "x.csv", "--json"],
        ["runs", "-n", "0"],
        ["runs", "--quiet", "-v"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    run = in_process(*arguments)
    assert (2, "") == (run.code, run.out)
    assert run.err
