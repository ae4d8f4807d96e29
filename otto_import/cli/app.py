"""The tree of commands. Nothing heavy is imported here: `--help` must be quick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from otto_import import __version__
from otto_import.cli import checking, looking, repairing, setup, writers
from otto_import.cli import options as given
from otto_import.cli.running import finish, run_options

if TYPE_CHECKING:
    from otto_import.cli.jobs import Jobs
    from otto_import.config import Config
    from otto_import.outcome import Summary
    from otto_import.sync.options import Emit, RunOptions, Stop

app = typer.Typer(name="otto-import", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"otto-import {__version__}")
        raise typer.Exit


@app.callback(epilog="Example: otto-import sync --dry-run --config config.toml")
def root(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)] = False,
) -> None:
    """Bring orders from OTTO Market into a shop: announced, paid, cancelled, each exactly once."""


app.command(epilog=setup.EXAMPLE)(setup.init)
app.command(epilog=checking.EXAMPLE)(checking.check)


@app.command(epilog="Example: otto-import sync --dry-run -v")
def sync(
    context: typer.Context,
    *,
    config: given.ConfigPath = None,
    dry_run: given.DryRun = False,
    exit_code: given.ExitCode = False,
    force: given.Force = False,
    strict: given.Strict = False,
    wait: given.Wait = given.WAIT,
    now: given.Now = None,
    metrics_file: given.MetricsFile = None,
    as_json: given.AsJson = False,
    verbose: given.Verbose = 0,
    quiet: given.Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Fetch what changed since the last run and bring the shop up to date."""
    _need_dry_run(exit_code=exit_code, dry_run=dry_run)
    options = run_options(dry_run=dry_run, force=force, strict=strict, wait=wait, now=now)
    speech = given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)

    jobs: Jobs = context.obj

    def job(loaded: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        return jobs.sync(loaded, options, emit, stop)

    finish(context, job, given.Call(title="sync", config=config, announce_changes=exit_code, metrics_file=metrics_file, speech=speech), options)


@app.command(epilog="Example: otto-import backfill --from 2026-01-01 --to 2026-02-01 --dry-run")
def backfill(
    context: typer.Context,
    *,
    first: given.FirstDay,
    last: given.LastDay,
    fulfilled: given.Fulfilled = False,
    config: given.ConfigPath = None,
    dry_run: given.DryRun = False,
    exit_code: given.ExitCode = False,
    force: given.Force = False,
    strict: given.Strict = False,
    wait: given.Wait = given.WAIT,
    now: given.Now = None,
    metrics_file: given.MetricsFile = None,
    as_json: given.AsJson = False,
    verbose: given.Verbose = 0,
    quiet: given.Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Import a range of order dates once; go on where an interrupted import stopped."""
    from otto_import.cli.values import days

    _need_dry_run(exit_code=exit_code, dry_run=dry_run)
    start, end = days(first, last)
    options = run_options(dry_run=dry_run, force=force, strict=strict, wait=wait, now=now)
    speech = given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)

    jobs: Jobs = context.obj

    def job(loaded: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        return jobs.backfill(loaded, start, end, fulfilled, options, emit, stop)

    finish(context, job, given.Call(title="backfill", config=config, announce_changes=exit_code, metrics_file=metrics_file, speech=speech), options)


@app.command(epilog="Example: otto-import retry cbn4kqmhyn --accept")
def retry(
    context: typer.Context,
    orders: given.Orders = None,
    *,
    recreate: given.Recreate = False,
    accept: given.Accept = False,
    config: given.ConfigPath = None,
    force: given.Force = False,
    strict: given.Strict = False,
    wait: given.Wait = given.WAIT,
    now: given.Now = None,
    metrics_file: given.MetricsFile = None,
    as_json: given.AsJson = False,
    verbose: given.Verbose = 0,
    quiet: given.Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Try failed, held and conflicting orders again now."""
    names = tuple(dict.fromkeys(name.strip() for name in orders or ()))
    _check_names(names, recreate=recreate, accept=accept)
    options = run_options(dry_run=False, force=force, strict=strict, wait=wait, now=now)
    speech = given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)

    jobs: Jobs = context.obj

    def job(loaded: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        return jobs.retry(loaded, names, recreate, accept, options, emit, stop)

    finish(context, job, given.Call(title="retry", config=config, metrics_file=metrics_file, speech=speech), options)


looking.add_to(app)
repairing.add_to(app)
app.command(epilog=writers.EXAMPLE)(writers.writers)


def _need_dry_run(*, exit_code: bool, dry_run: bool) -> None:
    if exit_code and not dry_run:
        message = "needs '--dry-run'."
        raise typer.BadParameter(message, param_hint="'--exit-code'")


def _check_names(names: tuple[str, ...], *, recreate: bool, accept: bool) -> None:
    if "" in names:
        message = "an empty name is no order."
        raise typer.BadParameter(message, param_hint="'ORDER'")
    for option, asked in (("--recreate", recreate), ("--accept", accept)):
        if asked and not names:
            message = "needs at least one ORDER."
            raise typer.BadParameter(message, param_hint=f"'{option}'")
    if recreate and accept:
        message = "cannot go together with '--recreate': one takes the shop as it is, the other makes the order again."
        raise typer.BadParameter(message, param_hint="'--accept'")
