"""How single values of OTTO's answers are read: texts, moments, numbers, JSON itself."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from otto_import.http import Unreadable

LONGEST_TEXT = 500
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_NAN = Decimal("NaN")
_JOINER = "\u200d"  # joins the parts of one emoji, so it stays though it is a format character
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_NONCHARACTERS = frozenset(range(0xFDD0, 0xFDF0))


def read_text(value: object) -> str:
    """Read a text, or a number as text: stripped, without control characters, at most 500 characters; "" for anything else.

    Line breaks, tabs and odd spaces become spaces; direction marks and halves of characters go.
    """
    if isinstance(value, str):
        text = value if value.isprintable() else "".join(map(_sign, value))
        return text.strip()[:LONGEST_TEXT]
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)[:LONGEST_TEXT]
    return ""


def read_moment(value: object) -> datetime | None:
    """Read every form of date met in OTTO's answers (otto-api.md 3.8) as aware UTC; without a zone it is UTC.

    None if it is no date, or one outside the years 2000 to 2099.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # 0001-01-01 and 9999-12-31 stand for "no date" in many systems; nobody could reckon with them.
    return moment if _FIRST_YEAR <= moment.year < _LAST_YEAR else None


def read_json(body: bytes) -> dict[str, Any]:
    """Read a JSON object, every number as Decimal from its very text; `Unreadable` if it is none.

    A number that cannot be one becomes NaN, so that it breaks the order it stands in and not the page.
    """
    try:
        document = json.loads(body, parse_float=_number, parse_int=_number, parse_constant=_number)
    except (ValueError, RecursionError) as error:
        msg = "gave an answer that is not JSON, or only a part of it"
        raise Unreadable(msg) from error
    if not isinstance(document, dict):
        msg = "gave an answer that is no JSON object"
        raise Unreadable(msg)
    return document


def _sign(sign: str) -> str:
    if sign.isspace():
        return " "
    if sign != _JOINER and unicodedata.category(sign) in _DROPPED:
        return ""
    point = ord(sign)
    return "" if point & 0xFFFE == 0xFFFE or point in _NONCHARACTERS else sign  # noqa: PLR2004  – the last two of every plane are no characters


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return _NAN
