"""The command `check`: prove the config and everything it names."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Protocol, TextIO

import typer

from otto_import.cli import options as given
from otto_import.cli.running import refuse_quiet_and_verbose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otto_import.checks import Proof
    from otto_import.plan import Finding

OUTPUT = "Output"
EXAMPLE = "Example: otto-import check --config config.toml"

AsJson = Annotated[bool, typer.Option("--json", help="JSON lines on standard output: one a finding, then a summary.", rich_help_panel=OUTPUT)]
Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Log more; twice: still more.", show_default=False, rich_help_panel=OUTPUT)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show only what is wrong or may be.", rich_help_panel=OUTPUT)]


class Findings(Protocol):
    """Show findings as they come, and a summary."""

    def take(self, finding: Finding) -> None:
        """Take a finding."""
        ...

    def finish(self, summary: Mapping[str, object]) -> None:
        """Take the summary, at last."""
        ...


def check(
    *,
    config: given.ConfigPath = None,
    as_json: AsJson = False,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Prove the config: credentials, clock, shop, statuses, ledger; one line a finding, with the remedy."""
    from otto_import.checks import exit_code
    from otto_import.cli.logs import logging_to_stderr
    from otto_import.wiring import proving

    refuse_quiet_and_verbose(quiet=quiet, verbose=verbose)
    report = findings(sys.stdout, as_json=as_json, quiet=quiet)
    proofs: list[Proof] = []

    def tell(proof: Proof) -> None:
        proofs.append(proof)
        report.take(proof.finding)

    began = time.monotonic()
    with logging_to_stderr(verbose=verbose, quiet=quiet, as_json=log_json):
        asked = proving.check(config, tell)
    code = exit_code(proofs)
    report.finish({
        "command": "check",
        **counts(proofs),
        "requests": {"otto": asked.otto, "shop": asked.shop},
        "seconds": round(time.monotonic() - began, 3),
        "exit": code,
    })  # fmt: skip
    raise typer.Exit(code)


def findings(stream: TextIO | None, *, as_json: bool, quiet: bool) -> Findings:
    """Make the report: for people, or for programs."""
    from otto_import.report.findings import JsonFindings, PeopleFindings

    return JsonFindings(stream) if as_json else PeopleFindings(stream, quiet=quiet)


def counts(proofs: list[Proof]) -> dict[str, int]:
    """Count findings by grade."""
    grades = [proof.finding.grade.value for proof in proofs]
    return {"good": grades.count("good"), "warnings": grades.count("warning"), "bad": grades.count("bad")}
