"""What does the whole import cost, beside a bare loop that only fetches and parses the same pages?

Run by hand from the repository's folder, five to ten minutes: `python -m tests.benchmarks.against_bare_loop [--orders 100000] [--pairs 3]`.

The demo serves a real socket of the loopback from a process and a core of its own. Its pages are rendered beforehand, by a dry run, and kept, so that
neither side waits for the stand-in; 128 orders a page, pacing off. Each pair is a backfill into the `sqlite` writer and a `bare_loop` over the same
pages, both as fresh processes on the other core, in turns. Prints the times and their ratios without latency and with 50 ms a page (medians, least
and greatest), then whether the latter holds: at most 1.1. Ends with 1 if it does not.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.backfill import A_PERSON_IS_NEEDED, BACKFILL
from tests.benchmarks.fresh import PROGRAM, last_summary, measure, say, spread, write_config

NOW = BACKFILL[BACKFILL.index("--now") + 1]
JUDGED = 0.05
LATENCIES = (0.0, JUDGED)
LARGEST_RATIO = 1.1


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="Measure a backfill against a bare loop over the same pages.")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--latency", type=float, action="append", help="seconds a page; may be given several times")
    given = parser.parse_args()
    server_core, client_core = _cores()
    if client_core is not None:
        os.sched_setaffinity(0, {client_core})  # the measured processes inherit it
    ratios = {}
    for latency in given.latency or LATENCIES:
        with _server(given.orders, latency, server_core) as base_url:
            ratios[latency] = _compare(given.orders, given.pairs, latency, base_url)
    judged = ratios.get(JUDGED)
    if judged is None:
        return 0
    holds = judged <= LARGEST_RATIO
    say(f"the ratio at 50 ms a page {'holds' if holds else 'DOES NOT HOLD'}: {judged:.3f}, at most {LARGEST_RATIO}")
    return 0 if holds else 1


def _compare(orders: int, pairs: int, latency: float, base_url: str) -> float:
    with tempfile.TemporaryDirectory(prefix="otto-import-pages-") as name:
        _backfill(Path(name), orders, base_url, "--dry-run")
    pages = _kept(base_url)
    loop = [sys.executable, str(Path(__file__).with_name("bare_loop.py")), base_url, *pages["starts"]]
    ours, bare, read = [], [], 0
    for _ in range(pairs):
        with tempfile.TemporaryDirectory(prefix="otto-import-pages-") as name:
            ours.append(_backfill(Path(name), orders, base_url))
            read = last_summary(Path(name))["orders"]
        bare.append(measure(loop).seconds)
    if _kept(base_url) != pages:
        message = "the two sides did not walk the same pages"
        raise RuntimeError(message)
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    say(f"{latency * 1000:.0f} ms a page, {read:,} orders on {pages['pages']} pages:")
    say(f"  otto-import {spread(ours)} s, bare loop {spread(bare)} s, ratio {spread(ratios, '.3f')}")
    return statistics.median(ratios)


def _backfill(folder: Path, orders: int, base_url: str, *options: str) -> float:
    write_config(folder, orders, base_url)
    return measure([PROGRAM, *BACKFILL, *options], folder, good=(0, A_PERSON_IS_NEEDED)).seconds


def _kept(base_url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{base_url}/kept") as answer:
        kept: dict[str, Any] = json.load(answer)
    return kept


@contextmanager
def _server(orders: int, latency: float, core: int | None) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.kept_pages", "--orders", str(orders), "--latency", str(latency), "--now", NOW]
    if core is not None:
        command += ["--core", str(core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip() if process.stdout else ""
        process.communicate()


def _cores() -> tuple[int | None, int | None]:
    """Give the server's core and the client's; (None, None) where there are not two, or they cannot be chosen."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


if __name__ == "__main__":
    sys.exit(main())
