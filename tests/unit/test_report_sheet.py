"""Texts that fit their stream, and readers that go away."""

from __future__ import annotations

import io
import os

import pytest

from otto_import.report.sheet import Sheet, visible


def _sheet(encoding: str) -> tuple[Sheet, io.BytesIO]:
    buffer = io.BytesIO()
    return Sheet(io.TextIOWrapper(buffer, encoding=encoding, write_through=True)), buffer


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("plain", "plain"),
        ("Müller’s → ✓", "Müller’s → ✓"),
        ("\\x1b[31mred", "\x1b[31mred"),
        ("two lines", "two\nlines"),
        ("a\\u202eb", "a\u202eb"),
        ("a\\u200bb", "a\u200bb"),
        ("a b", "a\xa0b"),
        ("\\x9b31m", "\x9b31m"),
        ("\\ud800", "\ud800"),
    ],
)
def test_what_would_move_the_cursor_is_made_visible(expected: str, text: str) -> None:
    assert expected == visible(text)


@pytest.mark.parametrize(
    ("expected", "encoding"),
    [
        ("on-hold → Köln … ✗", "utf-8"),
        ("on-hold -> K?ln ... #", "ascii"),
        ("on-hold -> Köln ... #", "latin-1"),
        ("on-hold -> Köln ... #", "cp1252"),
    ],
)
def test_signs_the_encoding_lacks_get_their_ascii_cousins(expected: str, encoding: str) -> None:
    sheet, buffer = _sheet(encoding)
    sheet.write(sheet.fit("on-hold → Köln … ✗"))
    assert expected == buffer.getvalue().decode(encoding)


def test_a_reader_that_goes_away_silences_the_sheet_and_closing_does_not_fail_either() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w", encoding="utf-8")
    sheet = Sheet(stream)
    sheet.write("heard\n")
    os.close(reading)
    sheet.write("not heard\n")
    sheet.write("nor this\n")
    stream.write("nor what is written past the sheet\n")
    stream.close()
    assert stream.closed


def test_a_program_without_standard_output_may_write_into_the_void() -> None:
    sheet = Sheet(None)
    sheet.write("nothing")
    assert sheet.fit("→") == "→"
