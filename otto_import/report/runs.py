"""The last runs, as a table for people and as JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from otto_import.report.jsonlines import json_text, timestamp
from otto_import.report.local import lasted, local
from otto_import.report.sheet import Sheet
from otto_import.report.storyfields import moment_text
from otto_import.report.table import rendered, width_of

if TYPE_CHECKING:
    from otto_import.story import RunLine

_HEADINGS = ("run", "began", "took", "command", "did", "ended")


def show_runs(runs: Sequence[RunLine], stream: TextIO | None, *, columns: int | None) -> None:
    """Print the runs as a table, the latest first."""
    sheet = Sheet(stream)
    if not runs:
        sheet.write("No run yet.\n")
        return
    console = Console(file=stream, width=width_of(columns), highlight=False, markup=False, emoji=False)
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in _HEADINGS:
        grid.add_column(heading, overflow="fold", no_wrap=heading == "began", justify="right" if heading in {"run", "took"} else "left")
    for run in runs:
        did = f"{run.did}; stands: {run.stands}" if run.stands else run.did
        row = (str(run.id), local(run.started_at), lasted(run.took), run.command, did, _ended(run))
        *plain, ended = (sheet.fit(text) for text in row)
        grid.add_row(*map(Text, plain), Text(ended, style="" if run.exit == 0 else "red"))
    sheet.write(rendered(console, grid))


def _ended(run: RunLine) -> str:
    code = "" if run.exit in {None, 0} else f" (exit code {run.exit})"
    return f"{run.ending}{code}{f': {run.error}' if run.error else ''}"


def write_runs(runs: Sequence[RunLine], stream: TextIO | None) -> None:
    """Write one JSON object a run, the latest first."""
    sheet = Sheet(stream)
    for run in runs:
        sheet.write(json_text(run_fields(run), sheet) + "\n")


def run_fields(run: RunLine) -> dict[str, object]:
    """Give the fields of a run, in their order; times are UTC by the real clock, `clock` is the run's own."""
    return {
        "type": "run",
        "id": run.id,
        "command": run.command,
        "started_at": timestamp(run.started_at),
        "ended_at": moment_text(run.ended_at),
        "seconds": None if run.took is None else run.took.total_seconds(),
        "clock": timestamp(run.clock),
        "exit": run.exit,
        "ending": run.ending,
        **run.counts,
        "error": run.error,
    }
