"""Days are Germany's, deadlines are hours, and no instant falls between two runs."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otto_import.orders import ItemState
from otto_import.otto.client import ListQuery, Page
from otto_import.outcome import Summary
from otto_import.report.local import local, local_plain
from otto_import.sync import jobs, repairs
from otto_import.sync.house import House
from tests.fakes import FakeOtto
from tests.sync_world import World, world

A, P, S = ItemState.ANNOUNCED, ItemState.PROCESSABLE, ItemState.SENT
INSTANT = timedelta(milliseconds=1)
DAYS = (
    ("2026-03-28", "2026-03-27T23:00Z"),
    ("2026-03-29", "2026-03-28T23:00Z"),  # the day of 23 hours
    ("2026-03-30", "2026-03-29T22:00Z"),
    ("2026-10-25", "2026-10-24T22:00Z"),  # the day of 25 hours
    ("2026-10-26", "2026-10-25T23:00Z"),
    ("2027-01-01", "2026-12-31T23:00Z"),
    ("2028-02-29", "2028-02-28T23:00Z"),
    ("2028-03-01", "2028-02-29T23:00Z"),
    ("2027-03-01", "2027-02-28T23:00Z"),
)
RANGES = (
    ("2026-03-28", "2026-03-30"),
    ("2026-10-20", "2026-11-02"),
    ("2026-12-30", "2027-01-02"),
    ("2028-02-27", "2028-03-01"),
    ("2026-03-29", "2026-03-29"),
)


class Listened(FakeOtto):
    """Remember what was listed."""

    queries: list[ListQuery]

    def pages(self, query: ListQuery) -> Generator[Page, None, None]:
        self.queries.append(query)
        yield from super().pages(query)


def listened(here: World) -> Listened:
    """Put an OTTO in place that remembers what was listed."""
    otto = Listened(lambda: here.now)
    otto.queries = []
    here.otto = otto
    return otto


@pytest.mark.parametrize(("day", "begins"), DAYS)
def test_a_day_begins_at_midnight_in_germany(day: str, begins: str) -> None:
    assert datetime.fromisoformat(begins) == jobs.midnight(date.fromisoformat(day))


@pytest.mark.parametrize(("first", "last"), RANGES)
@pytest.mark.parametrize("job", [jobs.backfill, repairs.reconcile], ids=["backfill", "reconcile"])
def test_a_range_of_days_holds_each_of_its_instants_once_and_none_beside_it(job: Callable[..., Summary], first: str, last: str) -> None:
    begin, end = (
        jobs.midnight(date.fromisoformat(first)).astimezone(UTC),
        jobs.midnight(date.fromisoformat(last) + timedelta(days=1)).astimezone(UTC),
    )
    with world() as here:
        otto = listened(here)
        hours = range(int((end - begin) / timedelta(hours=1)))
        inside = [begin, end - INSTANT, *(begin + timedelta(hours=hour, minutes=30) for hour in hours)]
        outside = [begin - INSTANT, end, begin - timedelta(minutes=30), end + timedelta(minutes=30)]
        for number, placed in enumerate([*inside, *outside]):
            here.now = placed
            here.order(number, (0, (P,)))
        here.now = end + timedelta(days=2)
        here.run(partial(job, first=date.fromisoformat(first), last=date.fromisoformat(last)), start=None)
        assert list(range(len(inside))) == sorted(int(line.sales_order_id.removeprefix("otto-")) for line in here.lines if line.sales_order_id)
        assert len(otto.queries) == (len(inside) > 7 * 24 + 30) + 1 if job is jobs.backfill else 1


@pytest.mark.parametrize("placed", ["2026-03-25T10:00Z", "2026-10-20T22:30Z", "2026-12-28T12:00Z", "2028-02-25T23:59Z"])
def test_a_deadline_counts_hours_whatever_the_clocks_on_the_wall_do(placed: str) -> None:
    with world() as here:
        here.now = datetime.fromisoformat(placed)
        here.order(1, (0, (A,)))
        here.run()
        for passed, status in ((timedelta(hours=168) - INSTANT, "on-hold"), (timedelta(hours=168), "cancelled")):
            here.now = datetime.fromisoformat(placed) + passed
            here.run()
            assert status == here.status()


def _without_overlap(house: House) -> Summary:
    return jobs.sync(replace(house, rhythm=replace(house.rhythm, overlap=timedelta(0))))


@given(changes=st.lists(st.integers(-3, 3), min_size=1, max_size=6), pause=st.integers(0, 3))
def test_no_change_at_the_instant_of_a_boundary_is_lost_even_without_an_overlap(changes: list[int], pause: int) -> None:
    with world() as here:
        first = here.now + timedelta(hours=1)
        for number, change in enumerate(changes):
            here.order(number, (0, (P,)), (1 + change / 3_600_000, (S,)))
        for moment in (first - 4 * INSTANT, first, first + pause * INSTANT, first + timedelta(minutes=5)):
            here.now = moment
            here.run(_without_overlap)
        assert ["completed"] * len(changes) == [here.status(number) for number in range(len(changes))]


@given(st.lists(st.tuples(st.integers(-3, 3), st.sampled_from([0, 1, 2, 3_599_998, 3_599_999, 3_600_000])), min_size=1, max_size=6))
def test_what_becomes_visible_late_lies_within_the_overlap_to_the_millisecond(changes: list[tuple[int, int]]) -> None:
    """A change made `lag` ms before the run, and not shown before the run is over, is found by the next one as long as `lag` is not above an hour."""
    with world() as here:
        here.order(0, (0, (P,)), (3, (S,)))  # drives the watermark up to the very moment of the run
        for number, (_, lag) in enumerate(changes, 1):
            here.order(number, (0, (P,)), (3 - lag / 3_600_000, (S,)))
        here.pass_hours(1)
        here.run()
        here.pass_hours(2)
        here.otto.lag = {f"otto-{number}": timedelta(milliseconds=lag + 1) for number, (_, lag) in enumerate(changes, 1)}
        here.run()
        here.otto.lag = {}
        here.now += timedelta(minutes=5) + changes[0][0] * INSTANT
        here.run()
        assert ["completed"] * (len(changes) + 1) == [here.status(number) for number in range(len(changes) + 1)]


@given(st.integers(0, 999_999))
def test_the_bound_that_otto_is_asked_for_is_never_later_than_meant(microsecond: int) -> None:
    meant = datetime(2026, 10, 25, 1, 59, 59, microsecond, tzinfo=UTC)
    asked = datetime.fromisoformat(dict(ListQuery(changed_from=meant).params())["fromDate"])
    assert timedelta(0) <= meant - asked < INSTANT


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert ("2026-10-25 02:30 CEST", "2026-10-25 02:30 CET") == (local(first), local(second))
    assert ("2027-01-01 00:00:00", "2028-02-29 00:00:00") == (
        local_plain(datetime(2026, 12, 31, 23, tzinfo=UTC)),
        local_plain(datetime(2028, 2, 28, 23, tzinfo=UTC)),
    )
