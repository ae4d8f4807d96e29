"""What the commands that run a job have in common: their options, put together, and their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from otto_import.cli.commands import Job
    from otto_import.cli.options import Call
    from otto_import.sync.options import RunOptions


def run_options(*, dry_run: bool = False, force: bool = False, strict: bool = False, wait: str, now: str | None) -> RunOptions:
    """Read the options of a run as they were typed; `typer.BadParameter` for what cannot be meant."""
    from otto_import.cli.values import moment, seconds
    from otto_import.sync.options import RunOptions

    return RunOptions(dry_run=dry_run, force=force, strict=strict, wait=seconds(wait, "--wait"), now=moment(now, "--now"))


def finish(context: typer.Context, job: Job, call: Call, options: RunOptions) -> NoReturn:
    """Carry a job out, and leave with its exit code."""
    from otto_import.cli.commands import carry_out

    refuse_quiet_and_verbose(quiet=call.speech.quiet, verbose=call.speech.verbose)
    raise typer.Exit(carry_out(context.obj, job, call, options))


def refuse_quiet_and_verbose(*, quiet: bool, verbose: int) -> None:
    """Refuse to be silent and talkative at once."""
    if quiet and verbose:
        message = "cannot go together with '--verbose'."
        raise typer.BadParameter(message, param_hint="'--quiet'")
