"""A whole installation in a folder of its own: config, ledger and shop, run by the real command, looked at from outside."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import tomli_w

from otto_import.cli.boundary import run

START = datetime(2026, 6, 9, 12, tzinfo=UTC)
DAYS = tuple(START + timedelta(days=day) for day in range(15))
"""The default clock and the fourteen days after it, up to the day of which the demo's schedule tells the ends."""

STATUS = {
    "announced": "on-hold",
    "processable": "processing",
    "cancelled": "cancelled",
    "cancelled_by_partner": "cancelled-by-us",
    "sent": "completed",
    "returned": "refunded",
}
_PATIENCE = 30.0
_STOCK = """
SELECT o.sales_order_id, coalesce(sum(CASE m.kind WHEN 'reserved' THEN m.quantity ELSE -m.quantity END), 0)
FROM orders AS o LEFT JOIN stock_moves AS m ON m.order_id = o.id GROUP BY o.id"""
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """Hold how a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Read standard output as JSON lines."""
        return [json.loads(text) for text in self.out.splitlines()]

    @property
    def orders(self) -> list[dict[str, Any]]:
        """Give the lines about orders."""
        return [line for line in self.lines if line["type"] == "order"]

    @property
    def summary(self) -> dict[str, Any]:
        """Give the last line, which must be the only summary and know the exit code."""
        last = self.lines[-1]
        assert ["summary"] == [line["type"] for line in self.lines if line["type"] != "order"]
        assert self.code == last["exit"]
        return last

    def told(self, order_id: str) -> dict[str, Any]:
        """Give the one line about an order."""
        (line,) = [line for line in self.orders if order_id in {line["sales_order_id"], line["order_number"]}]
        return line


class Place:
    """Work in one folder; tables of the config given as keywords are merged over a demo with every status mapped and announced import on."""

    def __init__(self, folder: Path, **tables: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.config = folder / "config.toml"
        self.ledger = folder / "ledger.db"
        self.shop = folder / "shop.db"
        self._tables: dict[str, dict[str, Any]] = {
            "otto": {"environment": "demo"},
            "import": {"announced": True},
            "status": STATUS,
            "state": {"path": "ledger.db"},
            "shop": {"writer": "sqlite", "sqlite": {"path": "shop.db"}},
        }
        self.configure(**tables)

    def configure(self, **tables: Mapping[str, Any]) -> None:
        """Change settings (None removes one) and write the config file anew; `imports` stands for the table `import`."""
        for name, changes in tables.items():
            key = "import" if name == "imports" else name
            merged = {**self._tables.get(key, {}), **changes}
            self._tables[key] = {setting: value for setting, value in merged.items() if value is not None}
        self.config.write_text(tomli_w.dumps(self._tables), encoding="utf-8")
        self.config.chmod(0o600)

    def arguments(self, *command: str, now: datetime | None = None) -> list[str]:
        """Complete a command line with the config, JSON lines and the clock."""
        clock = [] if now is None else ["--now", now.isoformat()]
        return [*command, "--json", "--config", str(self.config), *clock]

    def run(self, *command: str, now: datetime | None = None) -> Ended:
        """Run a command in this process."""
        return in_process(*self.arguments(*command, now=now))

    def sync(self, *options: str, now: datetime | None = None) -> Ended:
        """Run `sync` in this process."""
        return self.run("sync", *options, now=now)

    def done(self, *options: str, now: datetime | None = None) -> Ended:
        """Run `sync` and see that it ended well."""
        ended = self.sync(*options, now=now)
        assert (0, "") == (ended.code, ended.err)
        return ended

    def child(self, *command: str, now: datetime | None = None, **environment: str) -> AbstractContextManager[Child]:
        """Run a command in a process of its own."""
        return child(*self.arguments(*command, now=now), **environment)

    def asked(self, question: str, *values: object, file: Path | None = None) -> list[Row]:
        """Ask the shop's database, or another one, as a foreign program would."""
        with closing(sqlite3.connect(f"{(file or self.shop).as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(question, values).fetchall()

    def table(self, name: str, file: Path | None = None) -> list[Row]:
        """Give the rows of a table of the shop, or of another file; none while there is no such table yet."""
        if not (file or self.shop).exists() or not self.asked("SELECT 1 FROM sqlite_master WHERE name = ?", name, file=file):
            return []
        return self.asked(f"SELECT * FROM {name}", file=file)

    def merchant(self, deed: str, *values: object) -> int:
        """Change the shop by hand; give the number of rows touched."""
        with closing(sqlite3.connect(self.shop, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            return connection.execute(deed, values).rowcount

    def statuses(self) -> dict[str, str]:
        """Give the shop's status of each order by `salesOrderId`; no order stands twice."""
        rows = self.asked("SELECT sales_order_id, status FROM orders")
        assert len(rows) == len(dict(rows))
        return dict(rows)

    def status(self, order_id: str) -> str:
        """Give the shop's status of one order."""
        return self.statuses()[order_id]

    def stock(self) -> dict[str, int]:
        """Give the units each order holds: reserved minus released."""
        return dict(self.asked(_STOCK))

    def files(self) -> dict[str, tuple[bytes, int, int]]:
        """Give every file of the folder but the token: its bytes, its mode, its time; of a lock the mode alone, for whoever has it writes down who it is."""
        found = [path for path in sorted(self.folder.rglob("*")) if path.is_file() and not path.name.endswith(".token")]
        return {str(path.relative_to(self.folder)): _kept(path) for path in found}


def _kept(path: Path) -> tuple[bytes, int, int]:
    status = path.stat()
    return (b"", status.st_mode, 0) if path.name.endswith(".lock") else (path.read_bytes(), status.st_mode, status.st_mtime_ns)


def in_process(*arguments: str) -> Ended:
    """Run a command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(arguments))
    return Ended(code, out.getvalue(), err.getvalue())


class Child:
    """Watch a command in a process of its own; its output goes to files, so that it never waits for a reader."""

    def __init__(self, process: subprocess.Popen[bytes], out: IO[bytes], err: IO[bytes]) -> None:
        self.process = process
        self._out, self._err = out, err

    @property
    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ended(self, sent: signal.Signals | None = None) -> Ended:
        """Wait for its end, after sending it a signal if so asked."""
        if sent is not None:
            self.send(sent)
        code = self.process.wait(timeout=_PATIENCE)
        out, err = ((file.seek(0), file.read().decode())[1] for file in (self._out, self._err))
        return Ended(code, out, err)


@contextmanager
def child(*arguments: str, **environment: str) -> Iterator[Child]:
    """Run a command line in a process of its own, which does not outlive the block."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "TERM", "OTTO_IMPORT_CONFIG"}}
    command = [sys.executable, "-m", "otto_import", *arguments]
    surroundings = {**kept, "PYTHONIOENCODING": "utf-8", **environment}
    with (
        TemporaryFile() as out,
        TemporaryFile() as err,
        subprocess.Popen(command, env=surroundings, stdin=subprocess.DEVNULL, stdout=out, stderr=err) as process,
    ):
        try:
            yield Child(process, out, err)
        finally:
            if process.poll() is None:
                process.kill()


def wait_until(true: Callable[[], object], running: Child) -> None:
    """Wait until something holds, as long as a process lives and for half a minute at most."""
    deadline = time.monotonic() + _PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        assert running.alive, running.ended().err
        time.sleep(0.005)
