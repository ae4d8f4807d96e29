"""What does a run cost that has nothing to do?

Run by hand from the repository's folder, half a minute: `python -m tests.benchmarks.idle [--orders 36] [--rounds 20]`.

Imports the demo's orders, then runs `sync` again and again with nothing new, each time as a fresh process with the token kept. Prints wall time and
peak of resident memory (median, least and greatest) and the requests of each run: one to OTTO and none to the shop, or it ends with 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.fresh import PROGRAM, measure, say, spread, write_config


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="Measure a sync that has nothing to do.")
    parser.add_argument("--orders", type=int, default=36)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    sync = [PROGRAM, "sync", "--json", "--config", "config.toml"]
    with tempfile.TemporaryDirectory(prefix="otto-import-idle-") as name:
        folder = Path(name)
        write_config(folder, given.orders)
        measure(sync, folder)
        runs = [measure(sync, folder) for _ in range(given.rounds)]
    requests = [json.loads(run.printed.splitlines()[-1])["requests"] for run in runs]
    inside = [json.loads(run.printed.splitlines()[-1])["seconds"] * 1000 for run in runs]
    say(
        f"an idle sync after {given.orders:,} orders: {spread([run.seconds * 1000 for run in runs], '.0f')} ms, {spread(inside, '.0f')} ms of it the run"
    )
    say(f"peak {spread([run.peak for run in runs], '.1f')} MB, requests {requests[0]}")
    return 0 if all(count == {"otto": 1, "shop": 0} for count in requests) else 1


if __name__ == "__main__":
    sys.exit(main())
