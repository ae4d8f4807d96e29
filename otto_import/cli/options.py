"""The options that several commands share. Help texts are plain ASCII, so that `--help` never fails on an old terminal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

_OUTPUT = "Output"
WAIT = "30"

ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", metavar="PATH", readable=False, help="The config file; else $OTTO_IMPORT_CONFIG, ./config.toml, the user's config folder."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and why; write nothing.")]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="With --dry-run: exit with 10 if there is something to do.")]
Force = Annotated[bool, typer.Option("--force", help="Carry out cancellations beyond limits.max_cancellations too.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 as long as any hold or conflict stands.")]
Wait = Annotated[str, typer.Option("--wait", metavar="SECONDS", help="How long to wait for another run to end; 0: not at all.")]
Now = Annotated[str | None, typer.Option("--now", metavar="TIMESTAMP", help="Set the clock of the run; in the demo only.")]

MetricsFile = Annotated[
    Path | None, typer.Option("--metrics-file", metavar="PATH", readable=False, help="After a real run, write metrics for Prometheus into this file.")
]

FirstDay = Annotated[str, typer.Option("--from", metavar="DATE", help="The first order date, like 2026-01-01.")]
LastDay = Annotated[str, typer.Option("--to", metavar="DATE", help="The last order date, included.")]
Fulfilled = Annotated[bool, typer.Option("--fulfilled", help="Also create orders that were sent or returned long ago.")]

Orders = Annotated[list[str] | None, typer.Argument(metavar="ORDER", help="Order numbers or salesOrderIds; none: all that wait.", show_default=False)]
Recreate = Annotated[bool, typer.Option("--recreate", help="Make an order again that was deleted in the shop.")]
Accept = Annotated[bool, typer.Option("--accept", help="Take the shop as it is and close the conflict.")]

AsJson = Annotated[bool, typer.Option("--json", help="JSON lines on standard output: one an order, then a summary.", rich_help_panel=_OUTPUT)]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose", "-v", count=True, help="Show every order, skipped ones too; twice: log more.", show_default=False, rich_help_panel=_OUTPUT
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show only errors and what needs a person.", rich_help_panel=_OUTPUT)]
LogJson = Annotated[bool, typer.Option("--log-json", help="Logs and errors as JSON lines on standard error.", rich_help_panel=_OUTPUT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Hold how a command speaks."""

    as_json: bool = False
    verbose: int = 0
    quiet: bool = False
    log_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Hold what all commands have in common; `announce_changes` turns a dry run's 0 into 10 if something is to do."""

    title: str
    config: Path | None
    speech: Speech
    announce_changes: bool = False
    metrics_file: Path | None = None
