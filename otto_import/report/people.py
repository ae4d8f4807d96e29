"""The report for people: the first orders as a table, all of them line by line if asked for, and closing sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TextIO

from rich.console import Console
from rich.text import Text

from otto_import.outcome import ActionName, OrderLine, Result, Summary
from otto_import.report.closing import closing, effort, in_short, standing
from otto_import.report.rows import Kind, Row, kind_of, needs_person, row
from otto_import.report.sheet import Sheet
from otto_import.report.table import fixed, fixed_heading, legend, rendered, table, width_of

FIRST = 50
"""Rows shown as a table. A table of all rows of a large backfill would cost hundreds of megabytes."""


class PeopleReport:
    """Show orders and closing sentences; `columns` is the terminal's width, None for a pipe, `clock` the run's clock.

    `verbose` prints every order as it comes, skipped ones included; `quiet` shows only what needs a person.
    """

    def __init__(self, stream: TextIO | None, *, clock: datetime, columns: int | None, verbose: bool = False, quiet: bool = False) -> None:
        self._sheet = Sheet(stream)
        self._clock = clock
        self._verbose = verbose
        self._quiet = quiet
        self._width = width_of(columns)
        self._console = Console(file=stream, width=self._width, height=100, highlight=False, markup=False, emoji=False)
        self._first: list[Row] = []
        self._kinds: set[Kind] = set()
        self._done = False
        self._touched = 0
        self._cancelled = 0

    def emit(self, lines: Sequence[OrderLine]) -> None:
        """Take orders as they come: print them, or keep the first and count the rest."""
        for line in lines:
            self._cancelled += line.cancels and line.result in {Result.DONE, Result.PLANNED}
        shown = [line for line in lines if self._wanted(line)]
        if not shown:
            return
        self._kinds.update(map(kind_of, shown))
        self._done = self._done or any(line.result is Result.DONE for line in shown)
        if self._verbose:
            heading = "" if self._touched else f"{fixed_heading()}\n"
            self._sheet.write(heading + "".join(f"{fixed(self._row(line))}\n" for line in shown))
        else:
            self._first.extend(map(self._row, shown[: FIRST - len(self._first)]))
        self._touched += len(shown)

    def finish(self, summary: Summary) -> None:
        """Print the table, what was done, and what stands."""
        if self._touched:
            self._print_orders()
        if self._quiet:
            # What merely stands was told when it was new: cron shall not write a mail about it every five minutes.
            if summary.exit or self._touched:
                self._say(*filter(None, [in_short(summary)]))
            return
        self._say(*closing(summary, self._cancelled), style="bold")
        self._say(*standing(summary))
        if self._verbose:
            self._say(effort(summary))

    def _wanted(self, line: OrderLine) -> bool:
        if self._quiet:
            return needs_person(line)
        return self._verbose or line.action is not ActionName.SKIP

    def _row(self, line: OrderLine) -> Row:
        return row(line, self._clock, self._sheet.fit)

    def _print_orders(self) -> None:
        explained = legend(self._kinds, self._sheet.fit, done=self._done)
        if self._verbose:
            self._sheet.write("\n" + rendered(self._console, explained, ""))
            return
        more = self._touched - len(self._first)
        rest = Text(self._sheet.fit(f"… and {more} more (`-v` or `--json`)\n" if more else ""))
        self._sheet.write(rendered(self._console, explained, "", table(self._first, self._width), rest))

    def _say(self, *sentences: str, style: str = "") -> None:
        self._sheet.write(rendered(self._console, *(Text(self._sheet.fit(sentence), style=style) for sentence in sentences)))
