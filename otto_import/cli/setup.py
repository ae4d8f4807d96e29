"""The command `init`: ask, prove, and write a config."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from otto_import.cli import checking
from otto_import.cli import options as given
from otto_import.cli.running import refuse_quiet_and_verbose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from otto_import.checks import Proof
    from otto_import.cli.interview import Interview
    from otto_import.setup import Answers

EXAMPLE = "Example: otto-import init --config config.toml"
_ANSWERS, _SECRET = "Answers given beforehand", "Where the client secret lives"

Target = Annotated[Path | None, typer.Option("--config", "-c", metavar="PATH", help="The file to write; else $OTTO_IMPORT_CONFIG, ./config.toml.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a config that is there.")]
NonInteractive = Annotated[bool, typer.Option("--non-interactive", help="Ask nothing: take the options, and the defaults for the rest.")]
NoCheck = Annotated[bool, typer.Option("--no-check", help="Ask neither OTTO nor the shop whether the answers are right.")]
Environment = Annotated[str | None, typer.Option(metavar="NAME", help="demo, sandbox or production.", rich_help_panel=_ANSWERS)]
Account = Annotated[str | None, typer.Option(metavar="NAME", help="A short name for the seller account.", rich_help_panel=_ANSWERS)]
ClientId = Annotated[str | None, typer.Option(metavar="ID", help="The client id of your app at OTTO.", rich_help_panel=_ANSWERS)]
BaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="Another address for OTTO, for tests.", rich_help_panel=_ANSWERS)]
StartDate = Annotated[str | None, typer.Option(metavar="DATE", help="The first day whose orders you want.", rich_help_panel=_ANSWERS)]
WriterName = Annotated[str | None, typer.Option("--writer", metavar="NAME", help="Which shop.", rich_help_panel=_ANSWERS)]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the shop.", rich_help_panel=_ANSWERS)]
Announced = Annotated[bool | None, typer.Option(help="Import announced (unpaid) orders.", show_default=False, rich_help_panel=_ANSWERS)]
Statuses = Annotated[list[str] | None, typer.Option("--status", metavar="ROLE=STATUS", help="A status of the shop.", rich_help_panel=_ANSWERS)]
SecretEnv = Annotated[str | None, typer.Option(metavar="NAME", help="In an environment variable.", rich_help_panel=_SECRET)]
SecretFile = Annotated[str | None, typer.Option(metavar="PATH", help="In a file that its owner alone can read.", rich_help_panel=_SECRET)]
SecretCommand = Annotated[str | None, typer.Option(metavar="TEXT", help="A program that prints it.", rich_help_panel=_SECRET)]
SecretKeyring = Annotated[str | None, typer.Option(metavar="SERVICE/USER", help="In the system's keyring.", rich_help_panel=_SECRET)]
SecretStdin = Annotated[bool, typer.Option("--secret-stdin", help="Read it from standard input; --secret-file is made.", rich_help_panel=_SECRET)]


class Manner(NamedTuple):
    """Hold how `init` goes about it."""

    path: Path
    force: bool
    attended: bool
    proved: bool
    secret_stdin: bool
    as_json: bool
    quiet: bool
    log_json: bool


def init(
    *,
    config: Target = None,
    force: Force = False,
    non_interactive: NonInteractive = False,
    no_check: NoCheck = False,
    environment: Environment = None,
    account: Account = None,
    client_id: ClientId = None,
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    secret_command: SecretCommand = None,
    secret_keyring: SecretKeyring = None,
    secret_stdin: SecretStdin = False,
    base_url: BaseUrl = None,
    start_date: StartDate = None,
    writer: WriterName = None,
    settings: Settings = None,
    announced: Announced = None,
    status: Statuses = None,
    as_json: checking.AsJson = False,
    verbose: checking.Verbose = 0,
    quiet: checking.Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Ask a few questions, prove each answer, and write a config."""
    from otto_import.cli.logs import logging_to_stderr

    refuse_quiet_and_verbose(quiet=quiet, verbose=verbose)
    for option, asked in (("--json", as_json), ("--secret-stdin", secret_stdin)):
        if asked and not non_interactive:
            message = "needs '--non-interactive'."
            raise typer.BadParameter(message, param_hint=f"'{option}'")
    plain = {"environment": environment, "account": account, "client-id": client_id, "base-url": base_url, "start-date": start_date, "writer": writer}
    plain |= {"secret-env": secret_env, "secret-file": secret_file, "secret-command": secret_command, "secret-keyring": secret_keyring}
    if sum(value is not None for key, value in plain.items() if key.startswith("secret-")) > 1:
        message = "a secret lives in one place: give one of these options."
        raise typer.BadParameter(message, param_hint="'--secret-…'")
    answers = {key: value for key, value in plain.items() if value is not None}
    answers |= {} if announced is None else {"announced": "y" if announced else "n"}
    answers |= _pairs("set", settings or ()) | _pairs("status", status or ())
    path = (config or Path(os.environ.get("OTTO_IMPORT_CONFIG") or "config.toml")).absolute()
    manner = Manner(path, force, not non_interactive, not no_check, secret_stdin, as_json, quiet, log_json)
    with logging_to_stderr(verbose=verbose, quiet=quiet, as_json=log_json):
        raise typer.Exit(_set_up(answers, manner))


def _pairs(option: str, given_pairs: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in given_pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            message = "write it as KEY=VALUE."  # not repeated: it may hold a secret
            raise typer.BadParameter(message, param_hint=f"'--{option}'")
        found[f"{option} {key.strip()}"] = value.strip()
    return found


def _set_up(options: dict[str, str], manner: Manner) -> int:
    """Interview, judge, write, tell; give the exit code."""
    from otto_import.cli.asking import Nobody, Person, Questions
    from otto_import.cli.interview import Interview, Unproved
    from otto_import.cli.logs import complain

    _refuse_overwriting(manner)
    report = checking.findings(sys.stderr if manner.attended else sys.stdout, as_json=manner.as_json, quiet=manner.quiet)
    proofs: list[Proof] = []

    def tell(proof: Proof) -> None:
        proofs.append(proof)
        report.take(proof.finding)

    questions = Questions(options, Person() if manner.attended else Nobody(_piped() if manner.secret_stdin else None))
    interview = Interview(questions, manner.path, tell, today=_today(), proved=manner.proved)
    written: list[Path] = []
    following: list[str] = []
    code = 0
    try:
        answers = _interviewed(interview)
        written, following = _write(answers, manner), _next(manner.path)
        if not manner.as_json:
            _conclude(answers, written, following)
    except Unproved as refused:
        complain(f"✗ {refused}", as_json=manner.log_json)
        code = refused.code
    if manner.as_json:
        shown = {"config": str(manner.path), "written": [str(path) for path in written], "next": following}
        report.finish({"command": "init", **checking.counts(proofs), **shown, "exit": code})
    return code


def _refuse_overwriting(manner: Manner) -> None:
    from otto_import.errors import UsageError

    if manner.path.is_dir():
        message = f"{manner.path} is a folder; name the file in it with --config"
        raise UsageError(message)
    if manner.path.exists() and not manner.force:
        message = f"{manner.path} is there already and was left as it is; name another file with --config, or write over it with --force"
        raise UsageError(message)


def _interviewed(interview: Interview) -> Answers:
    """Hold the interview; whoever leaves it has changed nothing."""
    from otto_import.errors import Stopped, UsageError

    try:
        return interview.answers()
    except (typer.Abort, KeyboardInterrupt) as left:
        sys.stderr.write("\n")  # the cursor still stands behind a question
        if isinstance(left.__context__, EOFError):
            message = "the answers ended before the questions; give them as options with --non-interactive"
            raise UsageError(message) from left
        raise Stopped(signal.SIGINT) from left


def _write(answers: Answers, manner: Manner) -> list[Path]:
    """Write the config, and before it the files of secrets that were typed in; give their paths, the config first."""
    from otto_import.setup import render
    from otto_import.setup.saving import save_private
    from otto_import.wiring import proving

    text = render(answers, proving.fields_of(answers.writer))
    proving.judge(text, manner.path)
    files = {manner.path.parent / Path(str(secret.where)).expanduser(): secret.typed for secret in answers.secrets() if secret.fresh}
    for path, typed in files.items():
        save_private(path, f"{typed}\n", replace=False)
    save_private(manner.path, text, replace=manner.force)
    return [manner.path, *files]


def _next(path: Path) -> list[str]:
    """Give the commands that follow, a dry run first."""
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return [f"otto-import {command} --config {shlex.quote(str(shown))}" for command in ("sync --dry-run", "sync", "schedule --cron")]


def _conclude(answers: Answers, written: Sequence[Path], following: Sequence[str]) -> None:
    from otto_import.report.sheet import Sheet

    sheet = Sheet(sys.stdout)
    lines = ["", *(f"✓ {path} is written, for you alone" for path in written)]
    unset = [secret.where for secret in answers.secrets() if secret.place == "env" and not os.environ.get(str(secret.where))]
    lines += [f"! ${name} must be set where otto-import runs" for name in unset]
    lines += ["", "What comes next:", *(f"  {command}" for command in following)]
    sheet.write("".join(f"{sheet.fit(line)}\n" for line in lines))


def _piped() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _today() -> date:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from otto_import.cli.values import BERLIN

    return datetime.now(ZoneInfo(BERLIN)).date()
