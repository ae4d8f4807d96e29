"""A finding together with whose fault it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from otto_import.errors import ConfigError, LedgerError, ServiceError
from otto_import.plan import Finding, Grade


@dataclass(frozen=True, slots=True)
class Proof:
    """Hold a finding; `away` tells that it is OTTO or the shop that is out of reach or refuses us, not our own settings."""

    finding: Finding
    away: bool = False

    @property
    def bad(self) -> bool:
        """Tell whether nothing can run like this."""
        return self.finding.grade is Grade.BAD


def exit_code(proofs: Iterable[Proof]) -> int:
    """Give the exit code: 5 where a service is away or refuses us, else 3 where something of ours is wrong, else 0; warnings do not count."""
    bad = [proof for proof in proofs if proof.bad]
    if any(proof.away for proof in bad):
        return ServiceError.exit_code
    return LedgerError.exit_code if bad else 0


def good(subject: str, text: str) -> Proof:
    """Say that something is as it should be, or worth knowing."""
    return Proof(Finding(Grade.GOOD, subject, text))


def warning(subject: str, text: str, remedy: str = "") -> Proof:
    """Say that something may be wrong, or cannot be told."""
    return Proof(Finding(Grade.WARNING, subject, text, remedy))


def bad(subject: str, text: str, remedy: str = "", *, away: bool = False) -> Proof:
    """Say that nothing can run like this."""
    return Proof(Finding(Grade.BAD, subject, text, remedy), away)


def from_config(error: ConfigError) -> Iterator[Proof]:
    """Turn the problems of a config into findings, one each."""
    for problem in error.problems:
        text, _, remedy = problem.text.partition("; ")
        yield bad(problem.key, text, remedy) if problem.key else bad("config", f"{error.where}: {text}", remedy)
