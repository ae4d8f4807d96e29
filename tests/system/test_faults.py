"""Answers that break on their way: whatever the network, a gateway or a tired server does, every order ends where it must, once, and nobody is needed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from otto_import.http import RetryRules
from otto_import.sync import jobs
from tests.fault_proxy import EVERY, Kind
from tests.faulty_world import HASTE, PATIENT, CountingReceiver, World, backfilling, both_through, goods, otto_through
from tests.listener import listening
from tests.system_shop import DAYS, Place
from tests.system_world import check_goods

FEW, MANY = 160, 11_300
"""How large the demo's world is; of the larger one 10,085 orders have been placed by the first day."""

PLACED = 8_000
ENDED_BY_A_FAULT = frozenset({0, 1, 5})


def receiver_of(world: World) -> CountingReceiver:
    assert world.receiver is not None
    return world.receiver


def live(world: World, most: int) -> dict[str, tuple[Any, ...]]:
    """Import the past, and bring it up to date two days later; give what stands then."""
    world.converge(backfilling, most)
    world.clock = DAYS[2]
    world.converge(jobs.sync, most)
    return receiver_of(world).told()


def check_once(world: World) -> None:
    """See that no order was told of as two, and that nobody has to do anything."""
    receiver = receiver_of(world)
    assert [] == [key for key, ids in receiver.made.items() if len(ids) > 1]
    assert [] == receiver.wrong
    last = world.summaries[-1]
    assert (0, 0, 0, 0, 0, 0) == (last.exit, last.held, last.conflicts, last.failed, last.in_doubt, last.set_aside)
    assert {run.exit for run in world.summaries} <= ENDED_BY_A_FAULT


@pytest.mark.parametrize("looks_up", [True, False])
def test_runs_through_broken_answers_end_as_calm_ones(looks_up: bool, tmp_path: Path) -> None:
    with both_through(tmp_path / "calm", FEW, rate=0.0) as calm:
        expected = live(calm, 1)
    with both_through(tmp_path / "faults", FEW, seed=20260609, looks_up=looks_up) as world:
        assert expected == live(world, 40)
        check_once(world)
        assert world.shop is not None
        assert 5 < world.shop.count.total()


@pytest.mark.slow
@pytest.mark.parametrize("looks_up", [True, False])
def test_ten_thousand_orders_converge_though_every_tenth_answer_breaks(looks_up: bool, tmp_path: Path) -> None:
    with both_through(tmp_path / "calm", MANY, rate=0.0) as calm:
        expected = live(calm, 1)
    with both_through(tmp_path / "faults", MANY, seed=1, looks_up=looks_up) as world:
        assert expected == live(world, 400)
        check_once(world)
        assert world.shop is not None
        assert set(EVERY) == set(world.shop.count)
        broken = world.shop.count.total() + world.otto.count.total()
        print(  # noqa: T201  – the measurement, shown by -s
            f"\ncalm {calm.seconds:.0f} s; {broken} of {world.shop.asked + world.otto.asked} answers broken: {world.seconds:.0f} s in {world.runs} runs"
        )
    assert PLACED < len(expected)


@pytest.mark.parametrize("kind", EVERY)
def test_whatever_breaks_at_otto_the_shop_ends_as_it_must(kind: Kind, tmp_path: Path) -> None:
    place = Place(tmp_path, limits=PATIENT)
    with listening() as elsewhere, otto_through(place, FEW, rate=0.35, seed=4, kinds=(kind,)) as world:
        world.otto.elsewhere = f"{elsewhere.url}/v4/orders"
        world.converge(jobs.sync, 60)
        assert 0 < world.otto.count[kind]
    assert [] == elsewhere.heard
    place.configure(otto={"demo_orders": FEW})
    calm = Place(tmp_path / "calm", otto={"demo_orders": FEW}, limits=PATIENT)
    calm.done(now=DAYS[0])
    assert goods(calm) == goods(place)
    check_goods(place, DAYS[0], FEW)


def test_nothing_follows_a_redirect_of_the_shop(tmp_path: Path) -> None:
    with listening() as elsewhere, both_through(tmp_path, FEW, rate=0.0) as world:
        assert world.shop is not None
        world.shop.kinds, world.shop.rate, world.shop.elsewhere = (Kind.ELSEWHERE,), 1.0, f"{elsewhere.url}/otto/events/"
        ended = world.run(jobs.sync)
        assert (5, 0, 0) == (ended.exit, ended.created, ended.failed)
        world.shop.rate = 0.0
        world.converge(jobs.sync, 1)
    assert [] == elsewhere.heard


# --- TLS ----------------------------------------------------------------------------------------------------------------------------------------


def test_an_answer_that_speaks_no_tls_ends_the_run_and_writes_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with otto_through(place, FEW, rate=0.0) as world:
        world.otto.url = world.otto.url.replace("http:", "https:")
        ended = world.run(jobs.sync)
    assert 5 == ended.exit
    assert "OTTO: cannot be reached" in str(ended.error)
    assert [] == place.table("orders")


# --- a shop that is down ------------------------------------------------------------------------------------------------------------------------


def standing(world: World) -> Counter[str]:
    """Count the ledger's orders by what stands of them."""
    rows = world.place.asked("SELECT pending_kind, pending_attempts FROM orders", file=world.place.ledger)
    return Counter(str(kind) for kind, _ in rows)


@pytest.mark.parametrize("looks_up", [True, False])
@pytest.mark.parametrize("way", [Kind.RESET_BEFORE, Kind.GATEWAY, Kind.SLOW_DOWN])
def test_a_shop_that_is_down_ends_the_run_early_and_no_order_is_marked_for_it(way: Kind, looks_up: bool, tmp_path: Path) -> None:
    with both_through(tmp_path, FEW, rate=0.0, looks_up=looks_up) as world:
        assert world.shop is not None
        world.shop.kinds, world.shop.rate = (way,), 1.0
        world.patience = RetryRules(total=0.1, longest_wait=0.02, first_wait=0.02, jitter=0.0)
        world.place.configure(limits={"give_up_after": 2})
        for _ in range(4):
            ended = world.run(jobs.sync)
            assert (5, 0, 0, 0, 0) == (ended.exit, ended.created, ended.failed, ended.conflicts, ended.set_aside)
            assert ended.in_doubt <= 16
        assert {"None"} >= set(standing(world))
        world.shop.rate, world.patience = 0.0, HASTE
        world.converge(jobs.sync, 1)
        check_once(world)
