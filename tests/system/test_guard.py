"""The guard: many cancellations at once are held back until a person says that they are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from otto_import.otto.demo.schedule import SCHEDULE
from tests.system_shop import DAYS, Ended, Place
from tests.system_world import check_goods, ends, order_id

DAY = DAYS[3]
BACKFILL = ("backfill", "--from", "2026-06-01", "--to", "2026-06-12")
DOOMED = frozenset(
    {
        order_id("never_paid", "06-03"),
        order_id("never_paid", "06-04"),
        order_id("forgotten", "06-04"),
        order_id("cancelled_by_partner"),
        order_id("cancelled_after_payment", "06-08"),
        order_id("cancelled_before_payment", "06-08"),
    }
)
"""What is to be cancelled on the fourth day of what was imported on the first: four placed in the first slice of the backfill, two in the second."""
LATE = order_id("paid_late")  # its deadline passes on the second day, its payment comes on the third


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give a shop after its first run, with a guard that lets one cancellation pass."""
    place = Place(tmp_path, limits={"max_cancellations": 1})
    place.done(now=DAYS[0])
    return place


def _held_back(run: Ended) -> set[str]:
    return {line["sales_order_id"] for line in run.orders if line["result"] == "held_back"}


def _cancelled(place: Place) -> set[str]:
    return {one for one, status in place.statuses().items() if status in {"cancelled", "cancelled-by-us"}}


def test_too_many_cancellations_are_all_held_back_and_everything_else_is_done(place: Place) -> None:
    run = place.sync(now=DAY)
    assert (4, 6) == (run.code, run.summary["cancellations_held_back"])
    assert DOOMED == _held_back(run)
    assert set() == _cancelled(place)
    assert run.summary["created"] == sum(named.placed > SCHEDULE[32].placed for named in SCHEDULE)
    assert "completed" == place.status(order_id("paid_on_wednesday"))


def test_what_is_held_back_exits_with_4_in_every_run_without_a_look_at_the_shop(place: Place) -> None:
    place.sync(now=DAY)
    for _ in range(3):
        run = place.sync(now=DAY)
        assert (4, 6) == (run.code, run.summary["cancellations_held_back"])
        assert {"otto": 1, "shop": 0} == run.summary["requests"]
        assert [] == run.orders
    assert set() == _cancelled(place)


def test_a_single_late_cancellation_is_held_back_too_while_others_are(tmp_path: Path) -> None:
    place = Place(tmp_path, limits={"max_cancellations": 4})
    assert [0, 0] == [place.sync(now=clock).code for clock in DAYS[:2]]
    few = {order_id("cancelled_before_payment", "06-08")}
    assert few == _cancelled(place)
    assert 5 == len(_held_back(place.sync(now=DAYS[2])))
    later = place.sync(now=DAYS[3])
    news = {order_id("forgotten", "06-04"), order_id("never_paid", "06-04")}  # of the second OTTO now says itself what our deadline had said
    assert (4, 5, news, few) == (later.code, later.summary["cancellations_held_back"], _held_back(later), _cancelled(place))


@pytest.mark.parametrize("command", [("sync", "--force"), ("retry", "--force")])
def test_force_carries_them_out(command: tuple[str, ...], place: Place) -> None:
    place.sync(now=DAY)
    run = place.run(*command, now=DAY)
    assert (0, 0, 6) == (run.code, run.summary["cancellations_held_back"], run.summary["updated"])
    assert DOOMED == _cancelled(place)
    place.done("--strict", now=DAY)
    check_goods(place, DAY)


def test_retry_of_one_order_carries_out_that_one(place: Place) -> None:
    place.sync(now=DAY)
    one = order_id("cancelled_by_partner")
    run = place.run("retry", one, now=DAY)
    assert (4, 5) == (run.code, run.summary["cancellations_held_back"])
    assert {one} == _cancelled(place)


def test_retry_of_all_is_guarded_too(place: Place) -> None:
    place.sync(now=DAY)
    run = place.run("retry", now=DAY)
    assert (4, 6) == (run.code, run.summary["cancellations_held_back"])
    assert set() == _cancelled(place)


def test_what_otto_takes_back_is_no_longer_held_back(place: Place) -> None:
    assert LATE in _held_back(place.sync(now=DAYS[2]))
    assert "on-hold" == place.status(LATE)
    run = place.sync(now=DAYS[3])
    assert (4, len(DOOMED)) == (run.code, run.summary["cancellations_held_back"])
    assert "processing" == place.status(LATE)


def test_a_higher_limit_lets_them_pass_by_retry(place: Place) -> None:
    place.sync(now=DAY)
    place.configure(limits={"max_cancellations": 6})
    assert 0 == place.run("retry", now=DAY).code
    assert DOOMED == _cancelled(place)


def test_a_life_under_a_narrow_guard_ends_well_with_force(place: Place) -> None:
    codes = {place.sync(now=clock).code for clock in DAYS[1:]}
    assert {4} == codes - {0}
    place.run("sync", "--force", now=DAYS[-1])
    assert ends() == place.statuses()
    check_goods(place, DAYS[-1])


def test_zero_lets_no_cancellation_pass(tmp_path: Path) -> None:
    place = Place(tmp_path, limits={"max_cancellations": 0})
    place.done(now=DAYS[0])
    assert 4 == place.sync(now=DAYS[1]).code
    assert set() == _cancelled(place)


@pytest.mark.parametrize(("limit", "carried_out"), [(3, 0), (4, 4), (5, 4), (6, 6)])
def test_a_backfill_counts_over_its_whole_range_and_closes_after_each_slice(limit: int, carried_out: int, tmp_path: Path) -> None:
    place = Place(tmp_path, limits={"max_cancellations": limit})
    place.done(now=DAYS[0])
    run = place.run(*BACKFILL, now=DAY)
    assert (0 if carried_out == 6 else 4, 6 - carried_out) == (run.code, run.summary["cancellations_held_back"])
    assert carried_out == len(_cancelled(place))
    assert DOOMED - _cancelled(place) == _held_back(run)


def test_a_merchant_who_cancels_by_hand_what_is_held_back_clears_it(place: Place) -> None:
    place.sync(now=DAY)
    for one in DOOMED:
        place.merchant("UPDATE orders SET status = ? WHERE sales_order_id = ?", ends()[one], one)
    run = place.run("sync", "--force", now=DAY)
    assert (0, {"adopt"}) == (run.code, {line["action"] for line in run.orders})
    place.done("--strict", now=DAY)
