"""A range of order dates imported once: its bounds, its slices, its interruptions."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otto_import.ledger.lock import RunLock
from otto_import.orders import FULFILLED
from otto_import.otto.demo import DemoOtto, serve
from tests.system_shop import DAYS, START, Place, wait_until
from tests.system_world import check_goods, order_id, payable, says

RANGE = ("backfill", "--from", "2026-05-29", "--to", "2026-06-12")
MANY = 800
SLOW = 0.1
BERLIN = ZoneInfo("Europe/Berlin")


def _within(first: str, last: str, size: int = MANY) -> set[str]:
    """Give the orders that OTTO shows as payable at the default clock, placed on these days in Berlin."""
    begin = datetime.combine(date.fromisoformat(first), time(), BERLIN)
    end = datetime.combine(date.fromisoformat(last) + timedelta(days=1), time(), BERLIN)
    return {one for one, order in says(START, size).items() if payable(order) and begin <= order.placed_at < end}


@pytest.fixture(scope="module")
def slow_otto() -> Iterator[str]:
    """Serve many orders at the default clock, slowly."""
    with serve(DemoOtto(lambda: START, size=MANY, latency=SLOW)) as base_url:
        yield base_url


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-06-05", "2026-06-05"), ("2026-06-01", "2026-06-08"), ("2026-05-20", "2026-06-30")],
)
def test_both_days_are_included_as_berlin_reckons_them(first: str, last: str, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"demo_orders": MANY}, imports={"announced": False})
    run = place.run("backfill", "--from", first, "--to", last)
    expected = _within(first, last)
    assert len(expected) > 20
    assert (0, len(expected)) == (run.code, run.summary["created"])
    assert expected == place.statuses().keys()
    check_goods(place, START, MANY)


def test_orders_lie_close_enough_to_berlins_midnight_to_tell_it_from_others() -> None:
    assert _within("2026-06-05", "2026-06-05") != {
        one for one, order in says(START, MANY).items() if payable(order) and order.placed_at.date() == date(2026, 6, 5)
    }


def test_the_day_on_which_summer_time_begins_is_no_gap(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert 0 == place.run("backfill", "--from", "2026-03-25", "--to", "2026-04-05").code
    assert [] == place.table("progress", place.ledger)


def test_a_second_backfill_creates_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.run(*RANGE).summary["created"] > 10
    before = place.asked("SELECT * FROM orders")
    again = place.run(*RANGE)
    assert {"created": 0, "updated": 0, "adopted": 0, "exit": 0}.items() <= again.summary.items()
    assert before == place.asked("SELECT * FROM orders")


def test_a_backfill_and_a_sync_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    place, other = Place(tmp_path / "both"), Place(tmp_path / "sync alone")
    assert 0 == place.run(*RANGE).code
    place.done("--strict")
    other.done("--strict")
    assert other.statuses() == place.statuses()


def test_only_the_sync_moves_the_watermark(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.run(*RANGE).summary["watermark"] is None
    synced = place.done(now=DAYS[1]).summary["watermark"]
    assert synced == place.run(*RANGE, now=DAYS[2]).summary["watermark"]


def test_orders_sent_long_ago_are_created_only_if_asked_for(tmp_path: Path) -> None:
    sent = {one for one, order in says(START).items() if order.state in FULFILLED}
    place = Place(tmp_path)
    assert 0 == place.run(*RANGE).code
    assert set() == sent & place.statuses().keys()
    run = place.run(*RANGE, "--fulfilled")
    assert (0, len(sent)) == (run.code, run.summary["created"])
    assert {"completed"} == {place.status(one) for one in sent}
    check_goods(place, START)


def test_a_backfill_reaches_behind_the_start_date(tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"start_date": date(2026, 6, 8)}, imports={"announced": False})
    place.done()
    assert order_id("two_units", "05-31") not in place.statuses()
    assert 0 == place.run(*RANGE).code
    assert order_id("two_units", "05-31") in place.statuses()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interrupted_backfill_goes_on_where_it_stopped(number: signal.Signals, code: int, slow_otto: str, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"base_url": slow_otto}, imports={"announced": False})
    expected = _within("2026-05-29", "2026-06-12")
    with place.child(*RANGE) as child:
        wait_until(lambda: place.table("progress", place.ledger), child)
        stopped = child.ended(number)
    assert (code, True) == (stopped.summary["exit"], stopped.err.startswith("✗ stopped by "))
    done = len(place.statuses())
    assert stopped.summary["created"] == done
    assert 0 < done < len(expected)
    place.configure(otto={"base_url": None, "demo_orders": MANY})
    rest = place.run(*RANGE)
    assert (0, len(expected) - done) == (rest.code, rest.summary["created"])
    assert rest.summary["notices"][0].startswith("going on at 2026-06-")
    assert expected == place.statuses().keys()
    check_goods(place, START, MANY)
    assert [] == place.table("progress", place.ledger)
    assert [] == place.run(*RANGE).summary["notices"]


def test_progress_belongs_to_one_range_and_its_options(slow_otto: str, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"base_url": slow_otto})
    with place.child(*RANGE) as child:
        wait_until(lambda: place.table("progress", place.ledger), child)
        child.ended(signal.SIGTERM)
    place.configure(otto={"base_url": None, "demo_orders": MANY})
    assert [] == place.run(*RANGE[:-1], "2026-06-11").summary["notices"]
    assert [] == place.run(*RANGE, "--fulfilled").summary["notices"]
    assert [] != place.run(*RANGE, "--dry-run").summary["notices"]
    assert [] != place.run(*RANGE).summary["notices"]


def test_the_lock_is_given_back_between_slices(slow_otto: str, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"base_url": slow_otto}, imports={"announced": False})
    with place.child(*RANGE) as child:
        wait_until(lambda: place.table("orders"), child)
        with RunLock(place.ledger, wait=20):
            met = len(place.statuses())
            assert child.alive
        assert 0 == child.ended().summary["exit"]
    assert met < len(place.statuses())
    assert _within("2026-05-29", "2026-06-12") == place.statuses().keys()


def test_a_backfill_that_cannot_take_its_lock_again_ends_with_6_and_keeps_its_progress(slow_otto: str, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"base_url": slow_otto}, imports={"announced": False})
    with place.child(*RANGE, "--wait", "0") as child:
        wait_until(lambda: place.table("orders"), child)
        with RunLock(place.ledger, wait=20):
            assert 6 == child.ended().summary["exit"]
            assert 1 == len(place.table("progress", place.ledger))
    assert 0 == place.run(*RANGE).code
    assert _within("2026-05-29", "2026-06-12") == place.statuses().keys()
