"""Whole lives of orders as an event stream: who follows it knows what the shop would, whatever was cut off in between."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from otto_import import database
from otto_import.ledger.met import Met
from otto_import.ledger.schema import STEPS, tune
from otto_import.ledger.sqlite import SqliteLedger
from otto_import.orders import CANCELLED, ItemState
from otto_import.otto.demo import DemoOtto, serve
from otto_import.sync import jobs
from otto_import.sync.house import House
from tests import build
from tests.fakes import FakeOtto, Fuse, Fused, Life, NoStop, PowerCut, Told
from tests.jsonl_stream import SCHEMA, Line, events, followed, heard, open_stream, written
from tests.system_shop import DAYS, Place, wait_until
from tests.system_world import ends, order_id, says

MANY = 300
CALLS = 28
"""No run of the stories asks the ledger more often."""
SHOP = {"writer": "jsonl", "sqlite": None, "jsonl": {"path": "orders.jsonl"}}
A, P, S, R, CM = (ItemState.ANNOUNCED, ItemState.PROCESSABLE, ItemState.SENT, ItemState.RETURNED, ItemState.CANCELLED_BY_MARKETPLACE)
STORIES: Sequence[Sequence[tuple[ItemState, ItemState]]] = [
    [(A, A), (P, P), (S, S), (R, R)],
    [(P, P), (P, CM), (S, CM)],
    [(A, A), (P, P), (CM, CM)],
    [(A, A), (A, CM), (P, CM)],
    [(A, A), (A, A), (A, A)],
]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Run day after day until every order of the demo has come to its end."""
    place = Place(tmp_path_factory.mktemp("lived"), shop=SHOP)
    for clock in DAYS:
        run = place.done("--strict", now=clock)
        assert {"held": 0, "conflicts": 0, "failed": 0, "in_doubt": 0}.items() <= run.summary.items()
    return place


def test_who_follows_the_stream_knows_where_every_order_ended(lived: Place) -> None:
    orders = followed(events(lived.folder))
    assert ends() == {one: order["status"] for one, order in orders.items()}
    told = says(DAYS[-1])
    living = {one: order for one, order in orders.items() if told[one].state not in CANCELLED}
    assert {one: told[one].total for one in living} == {one: Decimal(order["total"]) for one, order in living.items()}
    assert all(order["delivery_address"]["city"] for order in living.values() if order["paid"])


def test_every_line_of_whole_lives_is_as_the_schema_says(lived: Place) -> None:
    validator = Draft202012Validator(SCHEMA)
    assert [] == [problem.message for line in written(lived.folder) for problem in validator.iter_errors(line)]


def test_an_order_is_told_step_by_step(lived: Place) -> None:
    def steps(one: str) -> list[tuple[str, str, str]]:
        return [(event["type"], event["previous_status"], event["status"]) for event in events(lived.folder) if event["sales_order_id"] == one]

    assert [
        ("order.created", None, "on-hold"),
        ("order.cancelled", "on-hold", "cancelled"),
        ("order.updated", "cancelled", "processing"),
        ("order.updated", "processing", "completed"),
    ] == steps(order_id("paid_late"))
    assert ["cancelled-by-us"] == [status for kind, _, status in steps(order_id("cancelled_by_partner")) if kind == "order.cancelled"]
    counts = [len(event["lines"]) for event in events(lived.folder) if event["sales_order_id"] == order_id("partly_cancelled") and "lines" in event]
    assert [3, 2] == counts[:2]


def test_a_further_run_tells_nothing_and_asks_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path, shop=SHOP)
    for clock in DAYS[:3]:
        place.done(now=clock)
    before = written(tmp_path)
    again = place.done("--strict", now=DAYS[2]).summary
    assert {"created": 0, "updated": 0, "requests": {"otto": 1, "shop": 0}}.items() <= again.items()
    assert before == written(tmp_path)


def test_a_preview_shows_what_the_run_then_tells(tmp_path: Path) -> None:
    place = Place(tmp_path, shop=SHOP)
    for clock in DAYS[:4]:
        before = place.files()
        plan = place.done("--dry-run", now=clock)
        assert before == place.files()
        deed = place.done(now=clock)
        assert [(line["action"], line["sales_order_id"], line["shop_status"]) for line in plan.orders] == [
            (line["action"], line["sales_order_id"], line["shop_status"]) for line in deed.orders
        ]


def test_a_stream_that_vanished_is_not_begun_anew_unasked(tmp_path: Path) -> None:
    place = Place(tmp_path, shop=SHOP)
    place.done(now=DAYS[0])
    (tmp_path / "orders.jsonl").unlink()
    run = place.sync(now=DAYS[1])
    assert 3 == run.code
    assert "a shop whose file is gone" in run.err
    assert not (tmp_path / "orders.jsonl").exists()


class World:
    """Run the real job on FakeOtto's stories into a stream, through a fuse that may burn at any call of the ledger."""

    def __init__(self, folder: Path, stories: Sequence[Sequence[tuple[ItemState, ItemState]]] = STORIES) -> None:
        self.folder = folder
        self.now = datetime(2026, 6, 1, 8, tzinfo=UTC)
        self.otto = FakeOtto(lambda: self.now)
        for number, story in enumerate(stories):
            placed = self.now - timedelta(minutes=5 + number)
            order = build.order(P, P, number=number, placed_at=placed)
            states = tuple((placed + timedelta(hours=24 * step), pair) for step, pair in enumerate(story))
            self.otto.lives[order.sales_order_id] = Life(order, states, placed)
        connection = database.temporary()
        tune(connection)
        database.migrate(connection, STEPS)
        self.ledger = SqliteLedger(connection)

    def run(self, fuse: Fuse | None = None) -> Any:
        """Run a sync with a writer of its own, as each process has."""
        met = Met()
        writer = open_stream(self.folder, now=lambda: self.now)
        try:
            return jobs.sync(
                House(
                    source=self.otto,
                    ledger=Fused(self.ledger, fuse or Fuse()),
                    writer=writer,
                    policy=build.policy(first_run=self.now - timedelta(days=1), wall=self.now, can_find=writer.can_find),
                    met=met,
                    emit=Told(),
                    stop=NoStop(),
                    now=self.now,
                    wall=lambda: self.now,
                    tick=lambda: 0.0,
                )
            )
        finally:
            writer.close()
            met.close()

    def days(self) -> Iterator[int]:
        """Let the days pass after which every story has come to its end."""
        for day in range(9):
            yield day
            self.now += timedelta(days=1)


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_a_power_cut_between_line_and_deed_sends_the_same_event_again_and_loses_none(after: bool, tmp_path: Path) -> None:
    calm = World(tmp_path / "calm")
    with closing(calm.ledger):
        for _ in calm.days():
            calm.run()
    expected = heard(events(calm.folder))
    assert {"order.created", "order.updated", "order.cancelled"} == {event["type"] for event in expected.values()}
    twice = 0
    for cut in range(CALLS):
        world = World(tmp_path / str(cut))
        with closing(world.ledger):
            for _ in world.days():
                with suppress(PowerCut):
                    world.run(Fuse(cut, after=after))
                assert 0 == world.run().in_doubt
        sent = events(world.folder)
        assert expected == heard(sent)
        assert _bare(followed(expected.values())) == _bare(followed(sent))
        twice += len(sent) - len(expected)
    assert after is (twice == 0)  # a line is sent again only where the power failed before its deed was noted


def test_a_cancellation_is_told_even_if_nobody_could_note_that_the_order_was(tmp_path: Path) -> None:
    told = set()
    for cut in range(CALLS):
        world = World(tmp_path / str(cut), [[(P, P), (CM, CM)], [(A, A), (CM, CM)], [(P, P), (P, S), (S, S)]])
        with closing(world.ledger):
            for day in world.days():
                with suppress(PowerCut):
                    world.run(Fuse(None if day else cut))
        after = [(event["sales_order_id"], event["type"], event["status"]) for event in heard(events(world.folder)).values()]
        told |= {one for one, kind, _ in after if kind == "order.created"}
        ends = {one: status for one, _, status in after}
        assert {"cancelled"} >= {ends.get("otto-0", "cancelled"), ends.get("otto-1", "cancelled")}
        assert ("otto-2", "order.created", "processing") not in after or "completed" == ends["otto-2"]
    assert {"otto-0", "otto-1", "otto-2"} == told


def test_runs_killed_at_random_moments_lose_no_event_and_tear_no_line(tmp_path: Path) -> None:
    chance = random.Random(20260609)
    patient: dict[str, Any] = {"shop": SHOP, "limits": {"max_cancellations": 1000}}
    clock = DAYS[0]
    with serve(DemoOtto(lambda: clock, size=MANY, latency=0.03)) as base_url:
        killed = Place(tmp_path / "killed", otto={"base_url": base_url}, **patient)
        calm = Place(tmp_path / "calm", otto={"demo_orders": MANY}, **patient)
        for clock in DAYS[:2]:
            for _ in range(2):
                begun = len(killed.table("runs", killed.ledger))
                with killed.child("sync", now=clock) as child:
                    wait_until(lambda: len(killed.table("runs", killed.ledger)) > begun, child)  # noqa: B023  – called at once
                    time.sleep(chance.uniform(0.0, 0.2))
                    child.send(signal.SIGKILL)
            killed.done(now=clock)
            calm.done(now=clock)
            assert _bare(followed(events(calm.folder))) == _bare(followed(events(killed.folder)))


def _bare(orders: dict[str, Line]) -> dict[str, Line]:
    """Leave out the moment of sending, which differs where an event was sent twice."""
    return {one: {name: value for name, value in order.items() if name != "at"} for one, order in orders.items()}
