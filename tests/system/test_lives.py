"""Whole lives of orders: runs from day to day, and every order ends where the state table says."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from otto_import.otto.demo import DemoOtto, serve
from otto_import.otto.demo.schedule import SCHEDULE
from tests.system_shop import DAYS, START, STATUS, Ended, Place
from tests.system_world import check_goods, ends, order_id

END = DAYS[-1]
SIX_HOURS = tuple(START + timedelta(hours=6 * step) for step in range(57))
CALENDARS = {
    "daily": DAYS,
    "every six hours": SIX_HOURS,
    "without five days": (*DAYS[:1], *DAYS[6:]),
    "without five other days": (*DAYS[:4], *DAYS[9:]),
    "now and then": (DAYS[0], DAYS[5], DAYS[10], DAYS[14]),
    "first and last day alone": (DAYS[0], DAYS[-1]),
    "now or never": (*sorted(random.Random(11).sample(SIX_HOURS[1:-1], 9)), END),
}


def _live(place: Place, clocks: Sequence[datetime]) -> list[Ended]:
    """Run at each clock; nothing may fail, be held or need a person."""
    runs = [place.done("--strict", now=clock) for clock in clocks]
    for run in runs:
        assert (
            dict.fromkeys(("held", "conflicts", "failed", "overdue", "set_aside", "cancellations_held_back", "in_doubt"), 0).items()
            <= run.summary.items()
        )
    return runs


@pytest.mark.parametrize("clocks", [(START, *clocks[1:]) for clocks in CALENDARS.values()], ids=list(CALENDARS))
def test_every_order_ends_where_the_schedule_says_whenever_the_runs_are(clocks: Sequence[datetime], tmp_path: Path) -> None:
    place = Place(tmp_path)
    _live(place, clocks)
    assert ends() == place.statuses()
    check_goods(place, END)


def test_there_are_more_than_thirty_histories() -> None:
    assert len(SCHEDULE) >= 30


def test_without_announced_import_no_announced_order_is_ever_created_and_the_others_end_the_same(tmp_path: Path) -> None:
    place = Place(tmp_path, imports={"announced": False})
    runs = _live(place, DAYS)
    assert ends(announced=False) == place.statuses()
    assert "ANNOUNCED" not in {line["otto_state"] for run in runs for line in run.orders}
    assert [] == place.asked("SELECT 1 FROM status_history WHERE to_status = ?", STATUS["announced"])
    check_goods(place, END)


def test_the_goods_are_right_on_every_day(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for clock in DAYS:
        place.done(now=clock)
        check_goods(place, clock)


@pytest.mark.parametrize("day", [0, 3, 7, 14])
def test_a_further_run_at_the_same_clock_has_nothing_to_do(day: int, tmp_path: Path) -> None:
    place = Place(tmp_path)
    _live(place, DAYS[: day + 1])
    before = place.asked("SELECT * FROM orders"), place.asked("SELECT * FROM stock_moves"), place.asked("SELECT * FROM status_history")
    again = place.done("--strict", now=DAYS[day]).summary
    assert {"created": 0, "updated": 0, "adopted": 0}.items() <= again.items()
    assert {"otto": 1, "shop": 0} == again["requests"]
    assert before == (place.asked("SELECT * FROM orders"), place.asked("SELECT * FROM stock_moves"), place.asked("SELECT * FROM status_history"))


def test_an_order_goes_through_its_statuses_one_after_the_other(tmp_path: Path) -> None:
    place = Place(tmp_path)
    _live(place, DAYS)

    def history(one: str) -> list[str]:
        rows = place.asked(
            "SELECT to_status FROM status_history AS h JOIN orders AS o ON o.id = h.order_id WHERE sales_order_id = ? ORDER BY h.id", one
        )
        return [status for (status,) in rows]

    assert history(order_id("paid_on_wednesday")) == ["on-hold", "processing", "completed"]
    assert history(order_id("paid_late")) == ["on-hold", "cancelled", "processing", "completed"]
    assert history(order_id("forgotten", "06-04")) == ["on-hold", "cancelled"]
    assert history(order_id("never_paid", "06-04")) == ["on-hold", "cancelled"]
    assert history(order_id("sent_then_returned", "06-07")) == ["processing", "completed", "refunded"]
    assert history(order_id("cancelled_by_partner")) == ["processing", "cancelled-by-us"]
    assert history(order_id("partly_sent")) == ["processing", "completed"]


def test_a_partial_cancellation_leaves_the_living_lines(tmp_path: Path) -> None:
    place = Place(tmp_path)
    one = order_id("partly_cancelled")
    skus = "SELECT sku FROM order_lines WHERE kind = 'article' AND order_id = (SELECT id FROM orders WHERE sales_order_id = ?) ORDER BY position"
    place.done(now=DAYS[0])
    assert [("Pfanne_28",), ("Tasse-blau-2er",), ("Roman Möwe",)] == place.asked(skus, one)
    place.done(now=DAYS[1])
    assert [("Pfanne_28",), ("Roman Möwe",)] == place.asked(skus, one)
    assert place.stock()[one] == 2


def test_a_clock_that_goes_back_undoes_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    _live(place, DAYS)
    before = place.statuses()
    back = place.done(now=DAYS[3]).summary
    assert {"created": 0, "updated": 0, "adopted": 0, "conflicts": 0, "held": 0}.items() <= back.items()
    assert before == place.statuses()


def test_without_the_deadlines_cancellation_unpaid_orders_are_listed_as_overdue(tmp_path: Path) -> None:
    place = Place(tmp_path, imports={"after_deadline": "wait"})
    overdue = [place.done(now=clock).summary["overdue"] for clock in DAYS]
    expected = {**ends(), order_id("forgotten", "06-04"): STATUS["announced"]}
    assert expected == place.statuses()
    assert 1 == overdue[-1]


def test_fourteen_days_over_a_real_socket_end_the_same(tmp_path: Path) -> None:
    clock = START
    with serve(DemoOtto(lambda: clock)) as base_url:
        far, near = Place(tmp_path / "far", otto={"base_url": base_url}), Place(tmp_path / "near")
        for clock in DAYS:
            assert near.done("-v", now=clock).orders == far.done("-v", now=clock).orders
    assert ends() == far.statuses()
    check_goods(far, END)
