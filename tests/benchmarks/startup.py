"""How quick is the command line before it does anything?

Run by hand from the repository's folder, half a minute: `python -m tests.benchmarks.startup [--rounds 20]`.

Measures `otto-import --version` and `--help` against `python -c "import typer"`, and `otto-import sync --help` against the help of the same command
of an empty Typer app with as many options; each as a fresh process, in turns. Prints medians (least and greatest) in milliseconds, the ratios of the
medians and whether they hold: 1.5, 3 and 1.25. Ends with 1 if one does not.
"""

from __future__ import annotations

import argparse
import inspect
import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.fresh import PROGRAM, measure, say, spread

_EMPTY_APP = """
from typing import Annotated
import typer

app = typer.Typer(name="empty")

@app.callback()
def root() -> None:
    "Hold one command."

@app.command()
def sync(*, {options}) -> None:
    "Do nothing."

app()
"""


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="Measure how quickly the command line answers.")
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="otto-import-startup-") as name:
        empty = Path(name) / "empty.py"
        empty.write_text(_EMPTY_APP.format(options=_options()), encoding="utf-8")
        commands = {
            "import typer": [sys.executable, "-c", "import typer"],
            "--version": [PROGRAM, "--version"],
            "--help": [PROGRAM, "--help"],
            "empty sync --help": [sys.executable, str(empty), "sync", "--help"],
            "sync --help": [PROGRAM, "sync", "--help"],
        }
        times: dict[str, list[float]] = {title: [] for title in commands}
        for command in commands.values():
            measure(command)  # so that all compiled files are there
        for _ in range(rounds):
            for title, command in commands.items():
                times[title].append(measure(command).seconds * 1000)
    for title, taken in times.items():
        say(f"{title:>18}: {spread(taken, '.0f')} ms")
    bounds = [("--version", "import typer", 1.5), ("--help", "import typer", 3.0), ("sync --help", "empty sync --help", 1.25)]
    verdicts = [_holds(times, *bound) for bound in bounds]
    return 0 if all(verdicts) else 1


def _holds(times: dict[str, list[float]], title: str, other: str, bound: float) -> bool:
    ratio = statistics.median(times[title]) / statistics.median(times[other])
    say(f"{title} is {ratio:.2f} × {other}, which {'holds' if ratio <= bound else 'DOES NOT HOLD'}: at most {bound}")
    return ratio <= bound


def _options() -> str:
    from otto_import.cli.app import sync

    count = sum(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in inspect.signature(sync).parameters.values())
    return ", ".join(f'option_{number}: Annotated[bool, typer.Option("--option-{number}", help="Do it.")] = False' for number in range(count))


if __name__ == "__main__":
    sys.exit(main())
