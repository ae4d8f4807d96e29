"""Asking for many things in few requests, none of whose addresses grows longer than servers take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

LONGEST: Final = 3000
"""How many characters of an address the values may take; with path and fields it stays below 4,000, and many a server takes no more than 4,096."""

_BETWEEN: Final = len("%2C")


def written(value: str) -> int:
    """Count the characters that a value takes in an address."""
    return len(quote(value, safe="", errors="replace"))


def bundled(values: Iterable[str], most: int, *, longest: int = LONGEST, between: int = _BETWEEN) -> Iterator[list[str]]:
    """Part values into bundles of at most `most`, each value once, which take up to `longest` characters of an address as they are written there.

    `between` is what stands between two of them. A value that alone is longer is left out: no shop keeps such a number or name.
    """
    bundle: list[str] = []
    length = 0
    for value in dict.fromkeys(values):
        size = written(value) + between
        if size > longest:
            continue
        if bundle and (len(bundle) == most or length + size > longest):
            yield bundle
            bundle, length = [], 0
        bundle.append(value)
        length += size
    if bundle:
        yield bundle
