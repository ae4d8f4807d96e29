"""How fast is a backfill, and does its memory stay flat?

Run by hand from the repository's folder, two to three minutes: `python -m tests.benchmarks.backfill [--rounds 3]`.

Imports 10,000 and 100,000 orders of the demo, which is served in process, into the `sqlite` writer, each time as a fresh process in a new folder on
the disk of the temporary folder. Prints for each size the wall time, orders a second and the peak of resident memory (median, least and greatest),
then whether the memory holds: below 150 MB, and for 100,000 orders within 10 MB of that for 10,000. Ends with 1 if it does not.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.fresh import PROGRAM, Measured, last_summary, measure, say, spread, write_config

SIZES = (10_000, 100_000)
BACKFILL = ("backfill", "--from", "2026-05-28", "--to", "2026-06-12", "--now", "2026-06-12T12:00:00Z", "--config", "config.toml")
A_PERSON_IS_NEEDED = 1
LARGEST_PEAK, LARGEST_GROWTH = 150.0, 10.0


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="Measure a backfill of demo orders.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="let it print JSON lines instead of a table")
    given = parser.parse_args()
    options = ("--json",) if given.json else ()
    peaks = []
    for size in SIZES:
        runs = [_backfill(size, options) for _ in range(given.rounds)]
        peaks.append(statistics.median(run.peak for run, _ in runs))
        say(
            f"{size:>7,} orders: {spread([run.seconds for run, _ in runs])} s, "
            f"{spread([read / run.seconds for run, read in runs], ',.0f')} orders a second, "
            f"processor {spread([run.processor for run, _ in runs])} s, peak {spread([run.peak for run, _ in runs], '.1f')} MB"
        )
    growth = peaks[-1] - peaks[0]
    holds = max(peaks) < LARGEST_PEAK and growth <= LARGEST_GROWTH
    say(f"memory {'holds' if holds else 'DOES NOT HOLD'}: peak {max(peaks):.1f} MB (below {LARGEST_PEAK:.0f}), growth {growth:+.1f} MB (at most 10)")
    return 0 if holds else 1


def _backfill(size: int, options: tuple[str, ...]) -> tuple[Measured, int]:
    with tempfile.TemporaryDirectory(prefix="otto-import-backfill-") as name:
        folder = Path(name)
        write_config(folder, size)
        measured = measure([PROGRAM, *BACKFILL, *options], folder, good=(0, A_PERSON_IS_NEEDED))
        return measured, last_summary(folder)["orders"]


if __name__ == "__main__":
    sys.exit(main())
