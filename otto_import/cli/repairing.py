"""The commands for what was lost or has drifted: `reconcile`, `rebuild`, `adopt`, `purge`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otto_import.cli import options as given
from otto_import.cli.running import finish, refuse_quiet_and_verbose, run_options

if TYPE_CHECKING:
    from datetime import timedelta

    from otto_import.config import Config
    from otto_import.outcome import Summary
    from otto_import.sync.options import Emit, RunOptions, Stop

_DAYS = re.compile(r"([0-9]{1,5})d")

Fix = Annotated[bool, typer.Option("--fix", help="Repair what differs, as a sync would.")]
Csv = Annotated[Path, typer.Option("--csv", metavar="FILE", readable=False, help="A CSV file with the columns order_number,shop_ref.")]
OlderThan = Annotated[str, typer.Option("--older-than", metavar="DAYS", help="Orders placed longer ago, like 90d; at least 30d.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(epilog="Example: otto-import reconcile --from 2026-01-01 --to 2026-01-31 --fix")(reconcile)
    app.command(epilog="Example: otto-import rebuild && otto-import sync --dry-run")(rebuild)
    app.command(epilog="Example: otto-import adopt --csv orders.csv")(adopt)
    app.command(epilog="Example: otto-import purge --older-than 90d")(purge)


def reconcile(
    context: typer.Context,
    *,
    first: given.FirstDay,
    last: given.LastDay,
    fix: Fix = False,
    config: given.ConfigPath = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Without --fix: exit with 10 if something differs.")] = False,
    force: given.Force = False,
    strict: given.Strict = False,
    wait: given.Wait = given.WAIT,
    now: given.Now = None,
    as_json: given.AsJson = False,
    verbose: given.Verbose = 0,
    quiet: given.Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Compare OTTO, ledger and shop over a range of order dates, and report what differs."""
    from otto_import.cli.values import days

    if exit_code and fix:
        message = "cannot go together with '--fix'."
        raise typer.BadParameter(message, param_hint="'--exit-code'")
    start, end = days(first, last)
    options = run_options(dry_run=not fix, force=force, strict=strict, wait=wait, now=now)

    def job(loaded: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        from otto_import.wiring import repairs

        return repairs.reconcile(loaded, start, end, options, emit, stop)

    speech = given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)
    finish(context, job, given.Call(title="reconcile", config=config, announce_changes=exit_code, speech=speech), options)


def rebuild(
    context: typer.Context,
    *,
    config: given.ConfigPath = None,
    wait: given.Wait = given.WAIT,
    now: given.Now = None,
    as_json: given.AsJson = False,
    verbose: given.Verbose = 0,
    quiet: given.Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Fill an empty or lost ledger from the receipts on the shop's orders."""
    options = run_options(wait=wait, now=now)

    def job(loaded: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        from otto_import.wiring import repairs

        return repairs.rebuild(loaded, options, emit, stop)

    speech = given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)
    finish(context, job, given.Call(title="rebuild", config=config, speech=speech), options)


def adopt(
    context: typer.Context,
    *,
    csv: Csv,
    config: given.ConfigPath = None,
    wait: given.Wait = given.WAIT,
    now: given.Now = None,
    as_json: given.AsJson = False,
    verbose: given.Verbose = 0,
    quiet: given.Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Take over shop orders that another connector made, as a CSV file names them."""
    options = run_options(wait=wait, now=now)

    def job(loaded: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        from otto_import.wiring import repairs

        return repairs.adopt(loaded, csv, options, emit, stop)

    speech = given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)
    finish(context, job, given.Call(title="adopt", config=config, speech=speech), options)


def purge(
    context: typer.Context,
    *,
    older_than: OlderThan,
    config: given.ConfigPath = None,
    wait: given.Wait = given.WAIT,
    now: given.Now = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.", rich_help_panel="Output")] = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="Log more.", show_default=False, rich_help_panel="Output")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing.", rich_help_panel="Output")] = False,
    log_json: given.LogJson = False,
) -> None:
    """Forget finished orders in the ledger; the shop keeps them."""
    age = _age(older_than)
    options = run_options(wait=wait, now=now)
    refuse_quiet_and_verbose(quiet=quiet, verbose=verbose)
    from otto_import.cli.logs import logging_to_stderr
    from otto_import.cli.signals import Signals

    with logging_to_stderr(verbose=verbose, quiet=quiet, as_json=log_json), Signals() as stop:
        from otto_import.wiring import repairs

        forgotten = repairs.purge(context.obj.load(config), age, options, stop)
    if as_json:
        import json

        sys.stdout.write(json.dumps({"type": "summary", "command": "purge", "older_than_days": age.days, "forgotten": forgotten, "exit": 0}) + "\n")
    elif not quiet:
        finished = "finished order" if forgotten == 1 else "finished orders"
        sys.stdout.write(f"{forgotten} {finished} forgotten; the shop keeps them.\n")


def _age(text: str) -> timedelta:
    from datetime import timedelta

    found = _DAYS.fullmatch(text.strip())
    if found is None:
        message = f"{text!r} is no age; write it in days, like 90d."
        raise typer.BadParameter(message, param_hint="'--older-than'")
    return timedelta(days=int(found[1]))
