"""Answers that break between the program and each kind of shop: every order stands there once in the end, as it would have without, and nobody is needed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from otto_import.http import RetryRules
from otto_import.sync import jobs
from tests.fault_proxy import EVERY, mute
from tests.faulty_world import World, front_through, led_to
from tests.front_doors import ASKED, shown, webhook
from tests.fronts import Front, Stood
from tests.system_shop import DAYS

ENDED_BY_A_FAULT = frozenset({0, 1, 5})
FEW = {"woocommerce": (80, 0.25), "old woocommerce": (60, 0.2), "shopware6": (40, 0.1), "prestashop": (25, 0.1)}
"""How many orders suffice, and how often answers must break, so that each shop gets its share: some are asked much more often than others."""
MANY = {"woocommerce": 2_500, "old woocommerce": 600, "shopware6": 2_500, "prestashop": 1_000}
"""A shop of the old WooCommerce is asked for each order alone, and PrestaShop a dozen times for each, so that fewer orders make as many answers."""


def live(world: World, front: Front, most: int) -> tuple[dict[str, Stood], Any]:
    """Import, and bring it up to date two days and a fortnight later; give what stands then, and what is left on the shelves."""
    for day in (0, 2, 14):
        world.clock = DAYS[day]
        world.converge(jobs.sync, most)
    return shown(front), front.stock()


def compare(name: str, size: int, folder: Path, *, seed: int, most: int, rate: float = 0.1) -> World:
    """Live once calmly and once through faults, and see that both end alike."""
    with ASKED[name](folder / "calm shop") as front, front_through(front, folder / "calm", size, rate=0.0) as calm:
        expected = live(calm, front, 2)
    with ASKED[name](folder / "shop") as front, front_through(front, folder / "faults", size, rate=rate, seed=seed) as world:
        found = live(world, front, most)
    assert expected == found
    last = world.summaries[-1]
    assert (0, 0, 0, 0, 0, 0) == (last.exit, last.held, last.conflicts, last.failed, last.in_doubt, last.set_aside)
    assert {run.exit for run in world.summaries} <= ENDED_BY_A_FAULT
    assert world.shop is not None
    broken, asked = world.shop.count.total() + world.otto.count.total(), world.shop.asked + world.otto.asked
    print(  # noqa: T201  – the measurement, shown by -s
        f"\n{name}, {len(found[0])} orders: calm {calm.seconds:.1f} s; {broken} of {asked} answers broken: {world.seconds:.1f} s in {world.runs} runs"
    )
    return world


@pytest.mark.parametrize("name", FEW)
def test_a_shop_ends_as_after_calm_runs_though_many_answers_break(name: str, tmp_path: Path) -> None:
    size, rate = FEW[name]
    world = compare(name, size, tmp_path, seed=1, most=60, rate=rate)
    assert world.shop is not None
    assert 10 < world.shop.count.total()


@pytest.mark.slow
@pytest.mark.parametrize("name", FEW)
def test_thousands_of_orders_end_so_in_each_kind_of_shop(name: str, tmp_path: Path) -> None:
    world = compare(name, MANY[name], tmp_path, seed=1, most=600)
    assert world.shop is not None
    assert set(EVERY) == set(world.shop.count)


# --- a shop that says nothing -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*FEW, "webhook", "webhook that cannot be asked"])
def test_a_shop_that_accepts_connections_and_says_nothing_ends_the_run_in_time(name: str, tmp_path: Path) -> None:
    opened = ASKED.get(name, partial(webhook, looks_up=False))
    with mute() as silent, opened(tmp_path / "shop") as front, front_through(front, tmp_path / "place", 60, rate=0.0) as world:
        world.place.configure(shop={front.tables["writer"]: led_to(silent, front)}, limits={"give_up_after": 2})
        world.patience = RetryRules(total=0.3, longest_wait=0.02, first_wait=0.02, jitter=0.0)
        for _ in range(3):
            ended = world.run(jobs.sync)
            assert (5, 0, 0, 0, 0) == (ended.exit, ended.created, ended.failed, ended.conflicts, ended.set_aside)
            assert "gave no answer in time" in str(ended.error) or "no_answer" in str(ended.error)
            assert ended.seconds < 3
