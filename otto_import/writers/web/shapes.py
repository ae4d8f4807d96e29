"""What an answer must look like before anything is read from it: a shop's documents are taken whole or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?([Ee]-?[0-9])?")
_WORD: Final = re.compile(r"[\w.:=,-]{1,200}")


@dataclass(frozen=True, slots=True)
class Maybe:
    """Allow that something is missing, or null."""

    shape: object


@dataclass(frozen=True, slots=True)
class Once:
    """Want a list of records of which none is told twice: what stands twice would be taken for one too many, and be removed."""

    shape: object


def fits(found: object, shape: object) -> bool:
    """Tell whether a document has a shape.

    A shape is a type (`int` takes no truth values), a function that judges a value, a tuple of shapes of which one must fit, a list with the shape of
    every entry (`Once` if their ids must differ), or a dictionary with shapes by name: other names may be there, these must, unless they are `Maybe`.
    """
    match shape:
        case Once():
            return fits(found, [shape.shape]) and isinstance(found, list) and len(found) == len({str(each["id"]) for each in found})
        case dict():
            return isinstance(found, dict) and all(
                _lacks(found, name, each) or (name in found and fits(found[name], _inner(each))) for name, each in shape.items()
            )
        case list():
            return isinstance(found, list) and all(fits(each, shape[0]) for each in found)
        case tuple():
            return any(fits(found, each) for each in shape)
        case type():
            return isinstance(found, shape) and (shape is bool or not isinstance(found, bool))
        case _:
            return callable(shape) and bool(shape(found))


def nothing(found: object) -> bool:
    """Judge whether there is nothing: null, or the empty list that PHP makes of an empty object."""
    return found is None or found == []


def amount(found: object) -> bool:
    """Judge whether a value is an amount of money or a rate: a number, or a text that is one, of modest length."""
    return isinstance(found, str | int | Decimal) and not isinstance(found, bool) and _AMOUNT.fullmatch(str(found)) is not None


def whole(found: object) -> bool:
    """Judge whether a value is a whole number of at most 18 digits, not negative; as text too."""
    return isinstance(found, str | int) and not isinstance(found, bool) and str(found).isascii() and str(found).isdecimal() and len(str(found)) <= 18  # noqa: PLR2004  – what fits into 64 bits


def word(found: object) -> bool:
    """Judge whether a value is a word of modest length, as ids, slugs and statuses are."""
    return isinstance(found, str) and _WORD.fullmatch(found) is not None


def _inner(shape: object) -> object:
    return shape.shape if isinstance(shape, Maybe) else shape


def _lacks(found: dict[str, object], name: str, shape: object) -> bool:
    return isinstance(shape, Maybe) and found.get(name) is None
