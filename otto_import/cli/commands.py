"""How a command is carried out: config, signals, logs, progress, report, exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TextIO

from otto_import.cli.logs import complain, logging_to_stderr
from otto_import.cli.signals import Signals
from otto_import.cli.watching import Unheard
from otto_import.outcome import Crash

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.cli.jobs import Jobs
    from otto_import.cli.options import Call, Speech
    from otto_import.cli.watching import Watch
    from otto_import.config import Config
    from otto_import.outcome import OrderLine, Summary
    from otto_import.report.progress import OrderBar
    from otto_import.sync.options import Emit, RunOptions, Stop

    Job = Callable[[Config, RunOptions, Emit, Stop], Summary]

SOMETHING_TO_DO = 10
HEARD = frozenset({"sync", "backfill", "retry"})
"""The commands that others are told of: what runs unattended. Whoever repairs by hand sees for himself."""


class Report(Protocol):
    """Show lines as they come, and the summary."""

    def emit(self, lines: Sequence[OrderLine]) -> None:
        """Take lines."""
        ...

    def finish(self, summary: Summary) -> None:
        """Take the summary, at last."""
        ...


def carry_out(jobs: Jobs, job: Job, call: Call, options: RunOptions) -> int:
    """Load the config, run a job, report, tell those who are not here; give the exit code."""
    speech = call.speech
    stopping = Signals(_tell_stopping) if _sociable(speech) else Signals()
    with logging_to_stderr(verbose=speech.verbose, quiet=speech.quiet, as_json=speech.log_json), stopping as stop:
        watch = Unheard() if options.dry_run or call.title not in HEARD else jobs.watch(call.title, call.metrics_file, stop)
        try:
            summary = _reported(jobs, job, call, replace(options, begun=watch.begun), watch, stop)
        except BaseException as error:
            watch.failed(error)
            raise
        watch.ended(summary)
    return summary.exit


def _reported(jobs: Jobs, job: Job, call: Call, options: RunOptions, watch: Watch, stop: Stop) -> Summary:
    speech = call.speech
    config = jobs.load(call.config)
    clock = jobs.clock(config, options)
    watch.know(config, clock)
    report = _report(speech, clock)
    try:
        with _bar(speech, call.title) as bar:
            summary = job(config, options, _emit(report, bar, watch), stop)
    except Crash as crash:  # the summary is the last line even then; the boundary tells of the bug
        report.finish(replace(crash.summary, error=crash.summary.error or str(crash)))
        raise
    if call.announce_changes and summary.exit == 0 and (summary.changes or (call.title == "reconcile" and summary.conflicts)):
        summary = replace(summary, exit=SOMETHING_TO_DO)
    report.finish(summary)
    if summary.error is not None:
        complain(f"✗ {summary.error}", as_json=speech.log_json)
    return summary


def _emit(report: Report, bar: OrderBar | None, watch: Watch) -> Emit:
    def emit(lines: Sequence[OrderLine]) -> None:
        report.emit(lines)
        watch.take(lines)
        if bar is not None:
            bar.advance(len(lines))

    return emit


def _report(speech: Speech, clock: datetime) -> Report:
    if speech.as_json:
        from otto_import.report.jsonlines import JsonReport
        from otto_import.report.sheet import Sheet

        return JsonReport(Sheet(sys.stdout), verbose=bool(speech.verbose))
    from otto_import.report.people import PeopleReport

    return PeopleReport(sys.stdout, clock=clock, columns=columns(), verbose=bool(speech.verbose), quiet=speech.quiet)


def columns() -> int | None:
    """Give the width to write for: the terminal's, or what COLUMNS asks for; None for a pipe or a file."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    if not _is_terminal(sys.stdout):
        return None
    return os.get_terminal_size(sys.stdout.fileno()).columns or 80


def _bar(speech: Speech, title: str) -> AbstractContextManager[OrderBar | None]:
    """Give a progress bar where somebody watches and nothing else moves."""
    rows_go_by = speech.verbose and _is_terminal(sys.stdout)
    if not _sociable(speech) or rows_go_by:
        return nullcontext()
    from otto_import.report.progress import OrderBar

    return OrderBar(sys.stderr, title)


def _sociable(speech: Speech) -> bool:
    return not (speech.as_json or speech.quiet or speech.log_json) and _is_terminal(sys.stderr)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _tell_stopping(_number: int) -> None:
    """Say that the run is about to end; straight to the file, since a signal may come in the midst of a buffered write."""
    os.write(2, b"\nStopping after the orders in flight; Ctrl-C again ends at once.\n")
