"""What is asked and what is answered, and what of an answer may be told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_TITLE = re.compile(r"[A-Z_0-9]{1,60}")
_LOGREF = re.compile(r"(?=.*[0-9])[A-Za-z0-9_-]{4,40}")  # an id has a digit somewhere; a name has none
_OAUTH_ERROR = re.compile(r"[a-z_]{1,60}")
_LONGEST_ERROR_BODY = 64 * 1024


class Unreadable(Exception):
    """Say that an answer arrived but is not what it should be, so that asking again makes sense; the text holds nothing of the answer."""


class Misshapen(Unreadable):
    """Say that an answer can be read but is none to what was asked: somebody else answered, for a moment or because the address is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Hold one request; values of query, form, body and headers never show in its text form. `body` is sent as it is, its type named in `headers`.

    `shown` stands for the path in messages and logs, where the path itself may be a secret.
    """

    method: str
    path: str = field(repr=False)
    shown: str = ""
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def where(self) -> str:
        """Name method and path, without the query."""
        return f"{self.method} {self.shown or self.path}"

    @property
    def endpoint(self) -> str:
        """Give the path without the ids at its end: its first two parts."""
        return self.shown or "/".join(self.path.split("/")[:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Hold one answer, body decompressed; `date` is its Date header, `skew` our clock at its arrival minus that date."""

    where: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    date: datetime | None = None
    skew: timedelta | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the request was granted."""
        return 200 <= self.status < 300  # noqa: PLR2004  – the range of granted answers in HTTP

    def codes(self, withheld: Callable[[str], bool] = lambda _: False) -> str:
        """Give the symbolic codes of OTTO's error body (otto-api.md 6) or of an OAuth error, and nothing else of it; "" if there are none.

        A code for which `withheld` is true is left out.
        """
        document = self._error_body()
        found: list[str] = []
        errors = document.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        if isinstance(first, dict):
            found += _matching(_TITLE, first.get("title"))
            found += [f"logref {ref}" for ref in _matching(_LOGREF, first.get("logref"))]
        found += _matching(_OAUTH_ERROR, document.get("error"))
        return ", ".join(code for code in found if not withheld(code))

    def _error_body(self) -> dict[str, object]:
        if len(self.body) > _LONGEST_ERROR_BODY:
            return {}
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}


def http_date(text: str | None) -> datetime | None:
    """Read an HTTP date as aware UTC; None for anything else."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _matching(pattern: re.Pattern[str], value: object) -> list[str]:
    return [value] if isinstance(value, str) and pattern.fullmatch(value) else []
