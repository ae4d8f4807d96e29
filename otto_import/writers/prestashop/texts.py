"""Texts as PrestaShop takes them: it refuses whole records for one forbidden sign in a name."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r'[0-9!<>,;?=+()/\\@#"°*`{}_^$%:¤\[\]|]')
_FULL_STOP: Final = re.compile(r"([.。])(?!\s|$)")
_STREET: Final = re.compile(r"[!<>?=+@{}_$%]")
_CITY: Final = re.compile(r'[!<>;?=+@#"°{}_$%]')
_GENERIC: Final = re.compile(r"[<>={}]")
_POSTCODE: Final = re.compile(r"[^A-Za-z0-9 -]")
_PHONE: Final = re.compile(r"[^+0-9. ()/-]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")

LONGEST_NAME: Final = 255
LONGEST_STREET: Final = 128
LONGEST_CITY: Final = 64
LONGEST_POSTCODE: Final = 12
LONGEST_PHONE: Final = 32


def name(given: str) -> str:
    """Give a first or last name: digits and most signs become blanks, a full stop is followed by a blank; "-" where nothing is left."""
    return _fitted(_NAME, _FULL_STOP.sub(r"\1 ", given), LONGEST_NAME) or "-"


def street(given: str) -> str:
    """Give a street or an addition."""
    return _fitted(_STREET, given, LONGEST_STREET)


def city(given: str) -> str:
    """Give a town; "-" where nothing is left."""
    return _fitted(_CITY, given, LONGEST_CITY) or "-"


def postcode(given: str) -> str:
    """Give a postcode."""
    return _fitted(_POSTCODE, given, LONGEST_POSTCODE)


def phone(given: str) -> str:
    """Give a telephone number."""
    return _fitted(_PHONE, given, LONGEST_PHONE)


def generic(given: str, longest: int = LONGEST_NAME) -> str:
    """Give a company's name, an article's name, a remark."""
    return _fitted(_GENERIC, given, longest)


def _fitted(forbidden: re.Pattern[str], given: str, longest: int) -> str:
    return " ".join(forbidden.sub(" ", _CONTROL.sub(" ", given)).split())[:longest].strip()
