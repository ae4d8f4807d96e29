"""An order that nothing helps is set aside: every word about runs and orders says so, it blocks nobody, and `retry` brings it back."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.metrics_read import metrics
from tests.system_shop import DAYS, Place, in_process
from tests.system_world import order_id, order_number

WEDNESDAY = order_id("paid_on_wednesday")
NUMBER = order_number("paid_on_wednesday")
GIVE_UP = 3
LATER = DAYS[2] + timedelta(hours=3)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give a place with one order that the merchant moved, and that was looked at as often as is allowed."""
    made = Place(tmp_path, limits={"give_up_after": GIVE_UP})
    made.done(now=DAYS[0])
    assert 1 == made.merchant("UPDATE orders SET status = 'packing' WHERE sales_order_id = ?", WEDNESDAY)
    runs = [made.sync(now=DAYS[1])]
    while not runs[-1].summary["set_aside"]:
        assert len(runs) < 2 * GIVE_UP
        let_time_pass(made)
        runs.append(made.sync(now=DAYS[1]))
    assert (GIVE_UP, 1) == (len(runs), runs[-1].code)
    return made


def let_time_pass(place: Place) -> None:
    """Make every pause be over: pauses follow the real clock, which no test waits for."""
    with closing(sqlite3.connect(place.ledger, isolation_level=None)) as ledger:
        ledger.execute("UPDATE orders SET pending_next = 0 WHERE pending_next IS NOT NULL")


def told(place: Place, *command: str) -> str:
    """Give what people read."""
    return in_process(*command, "--config", str(place.config)).out


def pending(place: Place) -> dict[str, Any]:
    (line,) = [line for line in place.run("orders").lines if line.get("pending")]
    found: dict[str, Any] = line["pending"]
    return found


def test_the_pauses_between_looks_grow(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    place.merchant("UPDATE orders SET status = 'packing' WHERE sales_order_id = ?", WEDNESDAY)
    pauses = []
    for _ in range(5):
        place.sync(now=DAYS[1])
        ((since, following),) = place.asked("SELECT pending_since, pending_next FROM orders WHERE pending_kind IS NOT NULL", file=place.ledger)
        pauses.append((following - since) // 60_000)
        let_time_pass(place)
    assert sorted(pauses) == pauses
    assert [0, 1, 5, 15, 60] == pauses


def test_every_summary_counts_it(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "otto.prom"
    for _ in range(2):
        run = place.sync("--metrics-file", str(file), now=LATER)
        assert (1, 1, 1) == (run.code, run.summary["set_aside"], run.summary["set_aside_paid"])
        assert (1, 1) == (metrics(file)["orders_set_aside"], metrics(file)["orders_set_aside_paid"])
    people = told(place, "sync", "--now", LATER.isoformat())
    assert "1 order is set aside after limits.give_up_after looks" in people
    assert (0, 1) == ((dry := place.sync("--dry-run", now=LATER)).code, dry.summary["set_aside"])


def test_every_list_shows_it(place: Place) -> None:
    (row,) = [row for row in told(place, "orders").splitlines() if "set aside" in row]
    assert row.startswith(NUMBER)
    assert "conflict, set aside: paid, but the shop says packing" in row
    assert (True, None, GIVE_UP) == (pending(place)["set_aside"], pending(place)["next_at"], pending(place)["attempts"])
    rows = csv.DictReader(io.StringIO(told(place, "orders", "--csv", "-").removeprefix("\ufeff")))
    assert [NUMBER] == [row["order_number"] for row in rows if row["set_aside"] == "yes"]


def test_it_can_be_listed_alone_and_together_with_other_troubles(place: Place) -> None:
    calm = Place(place.folder / "calm")
    calm.done(now=DAYS[0])
    none = calm.run("orders", "--set-aside")
    assert (0, []) == (none.code, none.lines[:-1])
    (line,) = place.run("orders", "--set-aside").lines[:-1]
    assert (NUMBER, True) == (line["order_number"], line["pending"]["set_aside"])
    assert [line] == place.run("orders", "--held", "--set-aside").lines[:-1]
    assert [] == place.run("orders", "--held").lines[:-1]
    assert [] == place.run("orders", "--set-aside", "--state", "sent").lines[:-1]
    assert 0 == place.run("retry", now=LATER).summary["set_aside"]
    assert [] == place.run("orders", "--set-aside").lines[:-1]


def test_the_runs_the_check_and_the_story_tell_of_it(place: Place) -> None:
    assert "1 set aside" in told(place, "runs").splitlines()[1]
    assert 1 == place.run("runs").lines[0]["set_aside"]
    assert "1 order looked at limits.give_up_after times and not any more" in told(place, "check")
    story = told(place, "explain", NUMBER)
    assert "set aside    not looked at again until OTTO changes it, or you run `otto-import retry`" in story
    assert f"we left it waiting: set aside after {GIVE_UP} looks" in story
    assert True is json.loads(in_process("explain", NUMBER, "--json", "--config", str(place.config)).out)["pending"]["set_aside"]


def test_it_costs_nothing_while_otto_says_nothing_new_of_it(place: Place) -> None:
    place.sync(now=LATER)
    assert {"otto": 1, "shop": 0} == place.sync(now=LATER).summary["requests"]


def test_it_blocks_nobody(place: Place, tmp_path: Path) -> None:
    calm = Place(tmp_path / "calm")
    calm.done(now=DAYS[0])
    for day in DAYS[1:6]:
        place.sync(now=day)
        calm.sync(now=day)
    others = {one: status for one, status in calm.statuses().items() if one != WEDNESDAY}
    assert others == {one: status for one, status in place.statuses().items() if one != WEDNESDAY}


@pytest.mark.parametrize("names", [(), (NUMBER,), (WEDNESDAY,)], ids=["all", "number", "id"])
def test_retry_brings_it_back(names: tuple[str, ...], place: Place) -> None:
    assert 0 == place.run("retry", *names, now=LATER).summary["set_aside"]
    again = pending(place)
    assert (False, 1) == (again["set_aside"], again["attempts"])
    place.merchant("UPDATE orders SET status = 'processing' WHERE sales_order_id = ?", WEDNESDAY)
    assert 0 == place.run("retry", *names, now=LATER).code
    assert 0 == place.sync(now=LATER).summary["conflicts"]
