"""`--metrics-file`: every real run leaves its metrics behind, whole and readable, however it ended."""

from __future__ import annotations

import os
import stat
import time
from datetime import datetime
from pathlib import Path

import pytest

from otto_import.ledger.lock import RunLock
from tests.metrics_read import labels, metrics
from tests.system_shop import START, Place


def test_the_metrics_of_a_run_are_its_summary(tmp_path: Path) -> None:
    place, path = Place(tmp_path), tmp_path / "otto.prom"
    summary = place.done("--metrics-file", str(path), now=START).summary
    found = metrics(path)
    assert {("main", "demo", "sync")} == labels(path)
    assert summary["created"] == found["last_run_orders.create"] > 0
    assert summary["requests"] == {name: found[f"last_run_requests.{name}"] for name in ("otto", "shop")}
    assert (START - datetime.fromisoformat(summary["watermark"])).total_seconds() == pytest.approx(found["watermark_age_seconds"])
    assert 60 > time.time() - found["last_run_timestamp_seconds"]
    assert {"otto.prom", "config.toml", "ledger.db", "ledger.db.lock", "ledger.db.token", "shop.db"} >= {one.name for one in tmp_path.iterdir()}


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
def test_new_metrics_are_for_all_to_read_and_old_ones_keep_their_mode(tmp_path: Path) -> None:
    place, path = Place(tmp_path), tmp_path / "otto.prom"
    before = os.umask(0o077)
    try:
        place.done("--metrics-file", str(path), now=START)
        assert 0o644 == stat.S_IMODE(path.stat().st_mode)
        path.chmod(0o640)
        place.done("--metrics-file", str(path), now=START)
    finally:
        os.umask(before)
    assert 0o640 == stat.S_IMODE(path.stat().st_mode)


def test_a_run_that_ends_early_writes_its_metrics_too(tmp_path: Path) -> None:
    place, path = Place(tmp_path), tmp_path / "otto.prom"
    place.done("--metrics-file", str(path), now=START)
    whole = metrics(path)
    with RunLock(place.ledger, 0):
        place.sync("--wait", "0", "--metrics-file", str(path), now=START)
    busy = metrics(path)
    assert (6, 0) == (busy["last_run_exit_code"], busy["last_run_orders.create"])
    standing = {name: value for name, value in whole.items() if not name.startswith("last_run_")}
    assert standing == {name: value for name, value in busy.items() if not name.startswith("last_run_")}
    place.ledger.write_bytes(b"rubbish" * 100)
    place.run("retry", "--metrics-file", str(path), now=START)
    broken = metrics(path)
    assert 3 == broken["last_run_exit_code"]
    assert [] == [name for name in broken if not name.startswith("last_run_")]
    assert {("main", "demo", "retry")} == labels(path)


def test_even_a_config_that_is_wrong_is_seen_in_the_metrics(tmp_path: Path) -> None:
    place, path = Place(tmp_path, otto={"acount": "x"}), tmp_path / "otto.prom"
    assert 3 == place.sync("--metrics-file", str(path)).code
    assert (3, {("", "", "sync")}) == (metrics(path)["last_run_exit_code"], labels(path))


@pytest.mark.parametrize("name", ["nowhere/otto.prom", "folder", ""])
def test_metrics_that_cannot_be_written_are_a_warning(name: str, tmp_path: Path) -> None:
    place = Place(tmp_path)
    (tmp_path / "folder").mkdir()
    ended = place.sync("--metrics-file", str(tmp_path / name), now=START)
    assert (0, 1) == (ended.code, ended.err.count("the metrics could not be written"))
    assert [] == list(tmp_path.rglob("*.tmp"))
    assert [] == list((tmp_path / "folder").iterdir())
