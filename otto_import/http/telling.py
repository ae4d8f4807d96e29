"""What of an answer may be told to people: nothing that could repeat a credential or a buyer's data."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from otto_import.http.answers import http_date

if TYPE_CHECKING:
    from otto_import.http.answers import Request

_STRUCTURED_DATE = re.compile(r"@(-?[0-9]{1,12})")
_WARN_CODE = re.compile(r"([0-9]{3})(?:[ ,]|$)")
_NO_SECRET = frozenset({"grant_type", "scope"})
_ASKS_FOR_TOKEN, _LARGEST_ASKING = b'"client_secret":', 4096
_SHORTEST, _MOST = 4, 64


def announced(name: str, value: str) -> str:
    """Give what a header Deprecation (RFC 9745, and its drafts), Sunset (RFC 8594) or Warning (RFC 9111) says in a fixed form, "" if that is none."""
    value = value.strip()
    if name == "Warning":
        found = _WARN_CODE.match(value)
        return found[1] if found else ""
    if name == "Deprecation" and value.lower() in {"true", "?1"}:
        return "true"
    moment = _structured(value) or http_date(value)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _structured(value: str) -> datetime | None:
    found = _STRUCTURED_DATE.fullmatch(value)
    try:
        return datetime.fromtimestamp(int(found[1]), UTC) if found else None
    except (ValueError, OverflowError, OSError):
        return None


class Credentials:
    """Know the credentials that were sent lately, so that none of them is told again where an answer repeats it."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}

    def sent(self, request: Request) -> None:
        """Note what a request carries: the header Authorization, and the fields by which a token is asked for."""
        for name, value in _fields(request).items():
            if isinstance(value, str) and name not in _NO_SECRET:
                self._note(value)
        for part in _parts(request.headers.get("Authorization", "")):
            self._note(part)

    def in_text(self, text: str) -> bool:
        """Tell whether a text repeats one of them."""
        return any(secret in text for secret in tuple(self._known))

    def _note(self, secret: str) -> None:
        if len(secret) < _SHORTEST or secret in self._known:
            return
        self._known[secret] = None
        if len(self._known) > _MOST:  # tokens change; the oldest are worth nothing by then
            self._known.pop(next(iter(self._known)), None)


def _fields(request: Request) -> Mapping[str, object]:
    if request.form is not None:
        return request.form
    if request.body is None or _ASKS_FOR_TOKEN not in request.body[:_LARGEST_ASKING]:
        return {}
    try:
        found = json.loads(request.body)
    except ValueError:  # no question for a token, but something in which these words stand
        return {}
    return found if isinstance(found, dict) else {}


def _parts(header: str) -> Iterator[str]:
    """Give what stands in a header Authorization: behind the scheme, and unpacked where it is a user and a password."""
    scheme, _, value = header.partition(" ")
    yield value or scheme
    if scheme.lower() == "basic":
        try:
            yield from base64.b64decode(value, validate=True).decode().split(":", 1)
        except (binascii.Error, ValueError):
            return
