"""Run commands as fresh processes and measure them; shared by the benchmarks, which print what they find with `say`."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).with_name("otto-import"))
_CONFIG = """
[otto]
environment = "demo"
demo_orders = {orders}
{base_url}
[status]
announced = "on-hold"
processable = "processing"
cancelled = "cancelled"
[state]
path = "ledger.db"
[shop]
writer = "sqlite"
[shop.sqlite]
path = "shop.db"
"""
# An installed program has its compiled files and buffers what it prints; a developer's settings must not be measured.
_DEVELOPERS = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"})
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in _DEVELOPERS}
_UNIT_OF_PEAK = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Hold a finished process: wall time and processor time in seconds, peak of resident memory in MB, what it printed."""

    seconds: float
    processor: float
    peak: float
    printed: str


def measure(command: Sequence[str], folder: Path | None = None, *, good: Sequence[int] = (0,)) -> Measured:
    """Run a command to its end, its output going through a pipe as under cron; RuntimeError if it ends with another exit code than the good ones.

    The peak counts the memory of this process too while it starts the other (Linux keeps the greater of the two), so this one stays small.
    """
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=_ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        printed = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        message = f"{' '.join(command)} ended with {process.returncode}"
        raise RuntimeError(message)
    return Measured(seconds=seconds, processor=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss * _UNIT_OF_PEAK / 1e6, printed=printed)


def write_config(folder: Path, orders: int, base_url: str | None = None) -> None:
    """Write a config for the demo with so many orders; with a base URL they come over a socket."""
    folder.mkdir(parents=True, exist_ok=True)
    text = _CONFIG.format(orders=orders, base_url=f'base_url = "{base_url}"' if base_url else "")
    (folder / "config.toml").write_text(text, encoding="utf-8")


def last_summary(folder: Path) -> dict[str, Any]:
    """Read what the ledger keeps of the last run."""
    with closing(sqlite3.connect(folder / "ledger.db")) as ledger:
        (text,) = ledger.execute("SELECT summary FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    summary: dict[str, Any] = json.loads(text)
    return summary


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """Write the median and, in brackets, the least and the greatest."""
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def say(sentence: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
