"""A dry run says what the run then does, and leaves no trace but the token."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from otto_import.ledger.lock import RunLock
from tests.system_shop import DAYS, START, Ended, Place
from tests.system_world import order_id

OWN_TO_A_PREVIEW = {"dry_run", "requests", "seconds", "exit"}
TOKEN = "ledger.db.token"
RANGE = ("--from", "2026-05-25", "--to", "2026-06-12")


def _as_done(line: dict[str, Any]) -> dict[str, Any]:
    """Show a planned line as that of the deed."""
    return {**line, "result": "done" if line["result"] == "planned" else line["result"]}


def _same(planned: Ended, done: Ended) -> None:
    """See that a preview's lines are those of the run, but for references that did not exist yet."""
    assert (0, "") == (planned.code, planned.err)
    refs = {line["sales_order_id"]: line["shop_ref"] for line in planned.orders}
    expected = [{**_as_done(line), "shop_ref": refs[line["sales_order_id"]] and line["shop_ref"]} for line in planned.orders]
    assert expected == [{**line, "shop_ref": refs[line["sales_order_id"]] and line["shop_ref"]} for line in done.orders]
    assert all(ref is None or ref.isdecimal() for ref in refs.values())
    counted = {name: value for name, value in planned.summary.items() if name not in OWN_TO_A_PREVIEW}
    assert counted == {name: value for name, value in done.summary.items() if name not in OWN_TO_A_PREVIEW}


def _preview_then_run(place: Place, *command: str, now: datetime) -> Ended:
    before = place.files()
    planned = place.run(*command, "--dry-run", "-v", now=now)
    assert before == place.files()
    done = place.run(*command, "-v", now=now)
    _same(planned, done)
    return done


@pytest.mark.parametrize(
    ("clocks", "imports"),
    [
        (DAYS, {}),
        (DAYS, {"announced": False}),
        ((DAYS[0], DAYS[4], DAYS[14]), {}),
        (DAYS[:9], {"after_deadline": "wait"}),
        (DAYS[4:6], {"suspected_fraud": "hold"}),
    ],
    ids=["daily", "announced off", "now and then", "deadline only listed", "with holds"],
)
def test_a_preview_says_what_the_run_then_does(clocks: Sequence[datetime], imports: dict[str, Any], tmp_path: Path) -> None:
    place = Place(tmp_path, imports=imports)
    for clock in clocks:
        _preview_then_run(place, "sync", now=clock)


def test_a_preview_of_a_large_world_says_what_the_run_then_does(tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"demo_orders": 1500}, limits={"max_cancellations": 1000})
    for clock in (DAYS[0], DAYS[3]):
        assert _preview_then_run(place, "sync", now=clock).summary["created"] > 100


def test_a_preview_with_conflicts_standing_says_what_the_run_then_does(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    place.merchant(
        "UPDATE orders SET status = 'packing' WHERE sales_order_id IN (?, ?)", order_id("paid_on_wednesday"), order_id("cancelled_by_partner")
    )
    place.merchant("DELETE FROM orders WHERE sales_order_id IN (?, ?)", order_id("partly_sent"), order_id("partly_cancelled"))
    codes = [_preview_then_run(place, "sync", now=clock).code for clock in DAYS[1:]]
    assert 1 == codes[0]


@pytest.mark.parametrize("limit", [0, 3])
def test_a_preview_with_cancellations_held_back_says_what_the_run_then_does(limit: int, tmp_path: Path) -> None:
    place = Place(tmp_path, limits={"max_cancellations": limit})
    runs = [_preview_then_run(place, "sync", now=clock) for clock in (DAYS[0], DAYS[1], DAYS[2], DAYS[3], DAYS[3])]
    assert 4 == runs[-1].code
    _preview_then_run(place, "sync", "--force", now=DAYS[3])


@pytest.mark.parametrize("clock", [DAYS[0], DAYS[5]])
@pytest.mark.parametrize("options", [(), ("--fulfilled",)])
def test_a_preview_of_a_backfill_says_what_it_then_does(options: tuple[str, ...], clock: datetime, tmp_path: Path) -> None:
    place = Place(tmp_path)
    _preview_then_run(place, "backfill", *RANGE, *options, now=clock)
    _preview_then_run(place, "backfill", *RANGE, *options, now=clock)
    _preview_then_run(place, "sync", now=DAYS[6])


def test_a_preview_where_nothing_exists_yet_leaves_the_token_alone(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.sync("--dry-run").summary["created"] > 10
    assert {"config.toml", TOKEN} == {path.name for path in tmp_path.iterdir()}


def test_a_preview_makes_no_folder_for_shop_or_ledger_but_the_tokens(tmp_path: Path) -> None:
    place = Place(tmp_path, state={"path": "state/of/ledger.db"}, shop={"sqlite": {"path": "shop/of/shop.db"}})
    place.done("--dry-run")
    assert {"config.toml", "state", "of", TOKEN} == {path.name for path in tmp_path.rglob("*")}


def test_a_preview_exits_with_10_if_asked_to_and_something_is_to_do(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert 10 == place.sync("--dry-run", "--exit-code").summary["exit"]
    place.done()
    assert 0 == place.sync("--dry-run", "--exit-code").summary["exit"]


def test_a_preview_exits_with_0_whatever_it_shows(tmp_path: Path) -> None:
    place = Place(tmp_path, limits={"max_cancellations": 0})
    place.done(now=DAYS[0])
    place.merchant("DELETE FROM orders WHERE sales_order_id = ?", order_id("partly_cancelled"))
    shown = place.done("--dry-run", "--strict", now=DAYS[3]).summary
    assert (1, 6) == (shown["conflicts"], shown["cancellations_held_back"])


def test_a_preview_takes_no_lock_and_waits_for_none(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    with RunLock(place.ledger, wait=0):
        assert 6 == place.sync("--wait", "0", now=DAYS[1]).code
        assert place.done("--dry-run", now=DAYS[1]).summary["created"] > 0
        assert place.run("backfill", *RANGE, "--dry-run", now=DAYS[1]).code == 0


def test_a_preview_shows_no_half_of_another_runs_writing(tmp_path: Path) -> None:
    import sqlite3

    place = Place(tmp_path)
    place.done(now=DAYS[0])
    planned = place.done("--dry-run", "-v", now=DAYS[1])
    for file in (place.ledger, place.shop):
        with closing(sqlite3.connect(file, isolation_level=None)) as writing:
            writing.execute("BEGIN IMMEDIATE")
            writing.execute("DELETE FROM orders" if file == place.shop else "DELETE FROM marks")
            assert planned.orders == place.done("--dry-run", "-v", now=DAYS[1]).orders
            writing.execute("ROLLBACK")


def test_a_preview_without_the_clock_is_one_of_the_default_clock(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.done("--dry-run", now=START).orders == place.done("--dry-run").orders
