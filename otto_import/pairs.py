"""CSV files of two columns, as people export them from spreadsheets: commas or semicolons, with or without a byte order mark, other columns ignored."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_LARGEST: Final = 64 * 1024 * 1024


class Pair(NamedTuple):
    """Hold one row: the line of the file it ends on, and its two values, neither of them empty."""

    line: int
    left: str
    right: str


def read_pairs(path: Path, left: str, right: str) -> list[Pair]:
    """Read the columns `left` and `right`; ValueError with one sentence that names the line, and holds nothing of the file."""
    text = _text(path, left, right)
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",", strict=True)
    try:
        if not {left, right} <= {name.strip() for name in reader.fieldnames or ()}:
            message = f"must begin with a line that names the columns {left},{right}"
            raise ValueError(message)
        return list(_rows(reader, left, right))
    except csv.Error:
        message = f"line {reader.line_num + 1} is no CSV"
        raise ValueError(message) from None


def _text(path: Path, left: str, right: str) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            message = "is too large for such a list"
            raise ValueError(message)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"cannot be read ({error.strerror or type(error).__name__}); name a CSV file with the columns {left},{right}"
        raise ValueError(message) from None
    except UnicodeDecodeError:
        message = "is not UTF-8 text; save it as CSV in UTF-8"
        raise ValueError(message) from None


def _rows(reader: csv.DictReader[str], left: str, right: str) -> Iterator[Pair]:
    for row in reader:
        values = {name.strip(): value.strip() for name, value in row.items() if isinstance(name, str) and isinstance(value, str)}
        pair = Pair(reader.line_num, values.get(left, ""), values.get(right, ""))
        if not pair.left and not pair.right:
            continue
        if not pair.left or not pair.right:
            message = f"line {pair.line} lacks a value; fill both columns, or remove the line"
            raise ValueError(message)
        yield pair
