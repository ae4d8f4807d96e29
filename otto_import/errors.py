"""The family of errors, sorted by what the caller should do.

OttoImportError                 anything we can say in one sentence
├── UsageError                  the command line is wrong                         exit 2
├── ConfigError                 the config file is wrong; carries every problem   exit 3
├── LedgerError                 the ledger belongs elsewhere or cannot be used    exit 3
├── ServiceError                OTTO or the shop is away or refuses us            exit 5
│   ├── CredentialsRefused      … because of who we are
│   └── ShopUnavailable         … and it is the shop as a whole
│       └── WritesLost          … which answers, but took none of several writes in a row
├── LockHeld                    another run works on this account                 exit 6
└── Stopped                     a signal asked us to end                          exit 130, 143
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime

_ALIKE, _ONLY_BEGINS = 0.6, 0.15
"""How much two words must have in common (1: all), and how much less it counts if only the beginning is compared."""


class OttoImportError(Exception):
    """Say what went wrong, where, and what to do, in one sentence."""

    exit_code: ClassVar[int] = 1


class UsageError(OttoImportError):
    """Refuse arguments that cannot be meant."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the config: the dotted key, and a sentence with the remedy (never a value of a secret)."""

    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.key}: {self.text}" if self.key else self.text


class ConfigError(OttoImportError):
    """Refuse a config, naming every problem at once."""

    exit_code = 3

    def __init__(self, where: str, problems: list[Problem]) -> None:
        self.where = where
        self.problems = problems
        super().__init__(f"{where}: " + "; ".join(str(problem) for problem in problems))


class LedgerError(OttoImportError):
    """Refuse a ledger that belongs elsewhere, is damaged, or lies where it cannot be safe."""

    exit_code = 3


class ServiceError(OttoImportError):
    """Report a service that did not answer as it should.

    `service` is "OTTO" or "the shop"; `where` names method, path and, where there is one, the HTTP status; no body is ever carried.
    `status` is that of the answer (None: there was none), `unsent` tells that the request surely never reached the service.
    """

    exit_code = 5

    def __init__(self, service: str, where: str, text: str, *, status: int | None = None, unsent: bool = False) -> None:
        self.service = service
        self.where = where
        self.text = text
        self.status = status
        self.unsent = unsent
        super().__init__(f"{service}: {text} ({where})")


class CredentialsRefused(ServiceError):
    """Report that the service does not accept who we are or what we may do."""


class ShopUnavailable(ServiceError):
    """Report that the shop as a whole is down; what was under way is in doubt."""

    def __init__(self, where: str, text: str, *, status: int | None = None, unsent: bool = False) -> None:
        super().__init__("the shop", where, text, status=status, unsent=unsent)


class WritesLost(ShopUnavailable):
    """Report that the shop answers questions, but took none of several writes in a row: it is broken, or these orders are."""


class LockHeld(OttoImportError):
    """Report that another run holds the ledger's lock; `pid` and `since` (aware UTC) tell which, where that is known."""

    exit_code = 6

    def __init__(self, text: str, *, pid: int | None = None, since: datetime | None = None) -> None:
        self.pid = pid
        self.since = since
        super().__init__(text)


class Stopped(OttoImportError):
    """End early because a signal asked for it; `signal_number` gives the exit code (128 + number)."""

    def __init__(self, signal_number: int) -> None:
        self.signal_number = signal_number
        super().__init__("stopped by Ctrl-C" if signal_number == 2 else "stopped by a signal")  # noqa: PLR2004  – 2 is SIGINT on every system


def nearest(word: str, words: Iterable[str], most: int = 1) -> list[str]:
    """Name the words that were probably meant, the nearest first: those much alike, or whose beginning is, whatever the case."""
    from difflib import SequenceMatcher  # only once something went wrong

    def alike(other: str) -> float:
        return SequenceMatcher(None, word.casefold(), other.casefold()).ratio()

    scores = {each: max(alike(each), alike(each[: len(word)]) - _ONLY_BEGINS) for each in words if word}
    return sorted((each for each in scores if scores[each] >= _ALIKE), key=lambda each: -scores[each])[:most]
