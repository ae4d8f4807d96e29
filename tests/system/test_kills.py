"""The program is killed (`kill -9`) at chosen and at random moments; one run repairs, and every order stands once, as it must."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.killing import RANGE, Blow, KillingWorld, Moment, Shop, killing
from tests.system_shop import DAYS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a POSIX matter")
SLICE_SECONDS, SLICE_AT_LEAST = 11.0, 4
KILLS = 300
_LATEST = {
    Moment.OTTO_ASKED: 6,
    Moment.OTTO_ANSWERED: 6,
    Moment.SHOP_ASKED: 60,
    Moment.SHOP_WRITTEN: 60,
    Moment.SHOP_COMMITTED: 5,
    Moment.LEDGER_COMMITTED: 12,
    Moment.ANY: 300,
}
"""Up to which number of each moment the blow may fall (`ANY`: milliseconds)."""

FAR, NEAR = frozenset({Moment.SHOP_ASKED, Moment.SHOP_WRITTEN}), frozenset({Moment.SHOP_COMMITTED})
Case = tuple[Shop, tuple[str, ...], datetime]


@pytest.fixture
def world() -> Iterator[KillingWorld]:
    with killing() as made:
        yield made


class Court:
    """Carry out kills, and see after each that one run makes good what is left."""

    def __init__(self, world: KillingWorld, folder: Path, seed: int) -> None:
        self.struck: Counter[Moment] = Counter()
        self._world = world
        self._folder = folder
        self._random = Random(seed)
        self._calm: dict[Case, dict[str, tuple[Any, ...]]] = {}
        self._number = 0

    def kill(self) -> None:
        """Kill one run somewhere, repair, and compare with what a calm run leaves."""
        shop, command = self._random.choice(list(Shop)), self._random.choice([("sync",), RANGE])
        clock = self._random.choice([DAYS[0], DAYS[2]])
        moments = [moment for moment in Moment if moment not in (FAR if shop is Shop.FILE else NEAR)]
        moment = self._random.choice(moments)
        blow = Blow(moment, self._random.randint(1, _LATEST[moment]))
        expected = self._expected((shop, command, clock))
        with self._world.installed(self._fresh(), shop) as place:
            if clock > DAYS[0]:
                assert 0 == place.run(command, DAYS[0]).code
            if not place.killed(command, clock, blow):
                return
            self.struck[moment] += 1
            place.pass_time()
            repaired = place.run(command, clock)
            assert (0, 0, 0) == (repaired.code, repaired.summary["in_doubt"], repaired.summary["failed"]), blow
            assert expected == place.told(), blow
            after = place.run(("sync",), clock).summary
            assert (0, 0) == (after["exit"], after["in_doubt"])
            if command == ("sync",):
                assert {"created": 0, "updated": 0, "adopted": 0}.items() <= after.items()

    def _expected(self, case: Case) -> dict[str, tuple[Any, ...]]:
        if case not in self._calm:
            shop, command, clock = case
            with self._world.installed(self._fresh(), shop) as place:
                for day in sorted({DAYS[0], clock}):
                    assert 0 == place.run(command, day).code
                self._calm[case] = place.told()
        return self._calm[case]

    def _fresh(self) -> Path:
        self._number += 1
        return self._folder / str(self._number)


def test_a_slice_of_the_kills(world: KillingWorld, tmp_path: Path) -> None:
    court = Court(world, tmp_path, seed=int(time.time()) // 86_400)  # another slice every day
    until = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < until or court.struck.total() < SLICE_AT_LEAST:
        court.kill()


@pytest.mark.slow
def test_three_hundred_kills_neither_double_nor_lose_an_order(world: KillingWorld, tmp_path: Path) -> None:
    court = Court(world, tmp_path, seed=1)
    while court.struck.total() < KILLS:
        court.kill()
    print("\n" + "\n".join(f"{moment}: {count}" for moment, count in court.struck.items()))  # noqa: T201  – the measurement, shown by -s
    assert set(Moment) == set(court.struck)
