"""The command `writers`: which writers are installed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from otto_import.cli import options as given
from otto_import.cli.running import refuse_quiet_and_verbose

if TYPE_CHECKING:
    from otto_import.writers.registry import Installed

EXAMPLE = "Example: otto-import writers"
_OUTPUT = "Output"
_HEADING = ("writer", "package", "version")

EachObject = Annotated[bool, typer.Option("--json", help="JSON lines on standard output: one a writer, then a summary.", rich_help_panel=_OUTPUT)]
LogMore = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Log more.", show_default=False, rich_help_panel=_OUTPUT)]
NoHeading = Annotated[bool, typer.Option("--quiet", "-q", help="No heading.", rich_help_panel=_OUTPUT)]


def writers(
    *,
    config: given.ConfigPath = None,  # noqa: ARG001  – every command takes it, so that a script may always give it
    as_json: EachObject = False,
    verbose: LogMore = 0,
    quiet: NoHeading = False,
    log_json: given.LogJson = False,  # noqa: ARG001  – the boundary finds it among the arguments
) -> None:
    """List the installed writers: their names for shop.writer, the packages they come from, their versions."""
    # Straight from the registry, past the room that wires everything: to list names nothing is loaded.
    from otto_import.report.sheet import Sheet
    from otto_import.writers.registry import installed

    refuse_quiet_and_verbose(quiet=quiet, verbose=verbose)
    sheet = Sheet(sys.stdout)
    for line in _as_json(installed()) if as_json else _as_table([] if quiet else [_HEADING], installed()):
        sheet.write(sheet.fit(line) + "\n")


def _as_json(found: list[Installed]) -> Iterable[str]:
    import json

    for one in found:
        yield json.dumps({"type": "writer", **one._asdict()})
    yield json.dumps({"type": "summary", "command": "writers", "writers": len(found), "exit": 0})


def _as_table(heading: list[tuple[str, str, str]], found: list[Installed]) -> Iterable[str]:
    rows = [*heading, *found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
