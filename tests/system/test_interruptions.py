"""Signals and sudden death at any moment: nothing is lost, nothing stands twice, and the next calm run makes it good."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from otto_import.ledger.lock import RunLock
from otto_import.otto.demo import DemoOtto, serve
from tests.listener import listening
from tests.system_shop import DAYS, Child, Ended, Place, wait_until
from tests.system_world import check_goods

MANY = 600
SLOW = 0.05
PATIENT = {"max_cancellations": 1000}
_WHOLE = """
SELECT sales_order_id, status, total, paid_at IS NOT NULL, set_status, item_ids, expired, complete,
    (SELECT count(*) FROM order_lines WHERE order_id = o.id), (SELECT group_concat(placeholder) FROM order_addresses WHERE order_id = o.id)
FROM orders AS o ORDER BY sales_order_id"""


class Otto:
    """Hold where a slow demo is served, and its clock, which can be set."""

    def __init__(self) -> None:
        self.clock = DAYS[0]
        self.base_url = ""


@pytest.fixture
def otto() -> Iterator[Otto]:
    """Give a slow demo with many orders."""
    it = Otto()
    with serve(DemoOtto(lambda: it.clock, size=MANY, latency=SLOW)) as it.base_url:
        yield it


def _makes_good(place: Place, clock: datetime) -> Ended:
    """Run calmly once, and see that a second run has nothing to do."""
    place.configure(otto={"base_url": None, "demo_orders": MANY})
    run = place.done(now=clock)
    after = place.done(now=clock).summary
    assert {"created": 0, "updated": 0, "adopted": 0, "in_doubt": 0, "requests": {"otto": 1, "shop": 0}}.items() <= after.items()
    return run


def _writing(place: Place, child: Child) -> None:
    wait_until(lambda: place.table("orders"), child)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_with_a_summary_and_the_next_run_completes_it(number: signal.Signals, code: int, otto: Otto, tmp_path: Path) -> None:
    place, once = Place(tmp_path / "twice", otto={"base_url": otto.base_url}), Place(tmp_path / "once", otto={"demo_orders": MANY})
    with place.child("sync") as child:
        _writing(place, child)
        stopped = child.ended(number)
    assert code == stopped.summary["exit"]
    assert (0, len(place.statuses())) == (stopped.summary["in_doubt"], stopped.summary["created"])
    assert {line["sales_order_id"] for line in stopped.orders if line["result"] == "done"} == place.statuses().keys()
    assert None is stopped.summary["watermark"]
    rest = _makes_good(place, DAYS[0])
    assert 0 < rest.summary["created"] == once.done(now=DAYS[0]).summary["created"] - stopped.summary["created"]
    assert once.asked(_WHOLE) == place.asked(_WHOLE)


@pytest.mark.parametrize("apart", [0.2, 1.5])
def test_a_second_ctrl_c_ends_at_once_even_where_the_shop_never_answers(apart: float, tmp_path: Path) -> None:
    with listening() as shop:
        shop.hangs = True
        settings = {"url": f"{shop.url}/", "secret": "whsec_" + "QUFB" * 8}
        place = Place(tmp_path, shop={"writer": "webhook", "sqlite": None, "webhook": settings})
        with place.child("sync", now=DAYS[0]) as child:
            wait_until(lambda: shop.heard, child)
            child.send(signal.SIGINT)
            time.sleep(apart)
            assert child.alive, "one Ctrl-C lets the orders in flight come to their end"
            began = time.monotonic()
            ended = child.ended(signal.SIGINT)
            assert time.monotonic() - began < 5
    assert 130 == ended.code
    assert "Traceback" not in ended.err
    assert [("ok",)] == place.asked("PRAGMA integrity_check", file=place.ledger)
    assert place.asked("SELECT count(*) FROM intentions", file=place.ledger)[0][0] > 0
    with RunLock(place.ledger, 0):
        pass


def test_a_signal_before_anything_was_written_is_told_too(otto: Otto, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"base_url": otto.base_url})
    with place.child("sync") as child:
        wait_until(lambda: place.table("runs", place.ledger), child)
        stopped = child.ended(signal.SIGTERM)
    assert 143 == stopped.summary["exit"]
    assert "stopped by a signal" in stopped.err


def test_a_signal_while_a_preview_looks_leaves_nothing_behind(otto: Otto, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"base_url": otto.base_url})
    with place.child("sync", "--dry-run") as child:
        wait_until((tmp_path / "ledger.db.token").exists, child)
        stopped = child.ended(signal.SIGTERM)
    assert 143 == stopped.summary["exit"]
    assert {"config.toml", "ledger.db.token"} == {path.name for path in tmp_path.iterdir()}


def test_runs_killed_at_random_moments_neither_double_nor_lose_an_order(otto: Otto, tmp_path: Path) -> None:
    chance = random.Random(20260609)
    place, calm = Place(tmp_path / "killed", limits=PATIENT), Place(tmp_path / "calm", otto={"demo_orders": MANY}, limits=PATIENT)
    for otto.clock in DAYS[:3]:
        clock = otto.clock
        place.configure(otto={"base_url": otto.base_url, "demo_orders": None})
        for _ in range(3):
            begun = len(place.table("runs", place.ledger))
            with place.child("sync", now=clock) as child:
                wait_until(lambda: len(place.table("runs", place.ledger)) > begun, child)  # noqa: B023  – called at once
                time.sleep(chance.uniform(0.0, 0.25))
                child.send(signal.SIGKILL)
        _makes_good(place, clock)
        calm.done(now=clock)
        assert calm.asked(_WHOLE) == place.asked(_WHOLE)
        check_goods(place, clock, MANY)
    ((unfinished,),) = place.asked("SELECT count(*) FROM runs WHERE ended_at IS NULL", file=place.ledger)
    assert unfinished > 3


def test_a_killed_backfill_is_made_good_by_the_next_one(otto: Otto, tmp_path: Path) -> None:
    days = ("backfill", "--from", "2026-05-29", "--to", "2026-06-09")
    place, once = Place(tmp_path / "killed", otto={"base_url": otto.base_url}), Place(tmp_path / "once", otto={"demo_orders": MANY})
    for _ in range(2):
        with place.child(*days) as child:
            _writing(place, child)
            child.send(signal.SIGKILL)
    place.configure(otto={"base_url": None, "demo_orders": MANY})
    assert 0 == place.run(*days, now=DAYS[0]).code
    assert 0 == once.run(*days, now=DAYS[0]).code
    assert once.asked(_WHOLE) == place.asked(_WHOLE)
    assert [] == place.table("progress", place.ledger)
