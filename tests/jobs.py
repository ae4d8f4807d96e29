"""Jobs that follow a script, for tests of the command line; `python -m tests.jobs` runs the command line with them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from otto_import.cli.boundary import run
from otto_import.cli.watching import Unheard, Watch
from otto_import.config import Config
from otto_import.errors import Stopped, UsageError
from otto_import.outcome import ActionName, OrderLine, Result, Summary
from otto_import.sync.options import Emit, RunOptions, Stop

CLOCK = datetime(2026, 6, 9, 12, tzinfo=UTC)


def line(number: str = "cbn4kqmhyn", action: ActionName = ActionName.CREATE, **changes: Any) -> OrderLine:
    """Make an order's line: a paid order created as `processing`, unless told otherwise."""
    made = OrderLine(
        sales_order_id=f"9864623c-42a4-4892-9270-{number:>012}",
        order_number=number,
        otto_state="PROCESSABLE",
        action=action,
        shop_status="processing",
        previous_shop_status=None,
        shop_status_found=None,
        shop_ref="12",
        reason="paid",
        notices=(),
        result=Result.DONE,
        error=None,
        code="processable.new",
        placed_at=CLOCK - timedelta(days=3, hours=4),
        items={"PROCESSABLE": 2},
    )
    return replace(made, **changes)


@dataclass
class ScriptedJobs:
    """Emit lines and give a summary, or fail; remember what was asked."""

    lines: Sequence[OrderLine] = ()
    summary: Summary = field(default_factory=lambda: Summary(command="sync", dry_run=False, otto_requests=1))
    on_load: BaseException | None = None
    on_run: BaseException | None = None
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def load(self, path: Path | None) -> Config:
        self.asked.append(("load", path))
        if self.on_load is not None:
            raise self.on_load
        return cast("Config", object())  # nothing of it is looked at by the command line

    def clock(self, config: Config, options: RunOptions) -> datetime:
        if options.now is not None and options.now.year == 2030:
            text = "--now sets the clock of the demo; this config is for production"
            raise UsageError(text)
        return options.now or CLOCK

    def watch(self, command: str, metrics_file: Path | None, stop: Stop) -> Watch:
        return Unheard()

    def sync(self, config: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        self.asked.append(("sync", options))
        return self._play(options, emit, stop)

    def backfill(self, config: Config, first: date, last: date, fulfilled: bool, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        self.asked.append(("backfill", first, last, fulfilled, options))
        return self._play(options, emit, stop)

    def retry(self, config: Config, names: Sequence[str], recreate: bool, accept: bool, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        self.asked.append(("retry", tuple(names), recreate, accept, options))
        return self._play(options, emit, stop)

    def _play(self, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        if self.on_run is not None:
            raise self.on_run
        for one in self.lines:
            emit([one])
        return replace(self.summary, dry_run=options.dry_run)


class SlowJobs(ScriptedJobs):
    """Work until a signal comes: `writing` ends after the order in flight, `waiting` at once, `stubborn` not before the second Ctrl-C."""

    def _play(self, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        mode = os.environ["SLOW_JOBS"]
        emit([line()])
        deadline = time.monotonic() + 20
        try:
            while time.monotonic() < deadline:
                if mode == "waiting":
                    stop.check()
                elif mode == "writing" and stop():
                    emit([line("b2kk2x12c4")])
                    return replace(self.summary, created=2, otto_requests=2, exit=128 + signal.SIGTERM)
                time.sleep(0.01)
        except Stopped as stopped:
            return replace(self.summary, created=1, otto_requests=2, exit=128 + stopped.signal_number)
        return self.summary


def _shown() -> Iterable[OrderLine]:
    yield line()
    yield line("b2kk2x12c4", ActionName.CONFLICT, reason="Müller: paid, but the shop says →", shop_status="refunded", previous_shop_status="on-hold")


if __name__ == "__main__":
    jobs = SlowJobs() if "SLOW_JOBS" in os.environ else ScriptedJobs(tuple(_shown()), Summary(command="sync", dry_run=False, created=1, conflicts=1))
    sys.exit(run(sys.argv[1:], jobs))
