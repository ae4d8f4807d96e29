"""The findings of a check, for people and for programs, one line each, written as soon as they are known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TextIO

from rich.console import Console
from rich.text import Text

from otto_import.plan import Finding, Grade
from otto_import.report.sheet import Sheet
from otto_import.report.table import rendered

_SIGNS = {Grade.GOOD: ("✓", "green"), Grade.WARNING: ("!", "yellow"), Grade.BAD: ("✗", "bold red")}
_ONE_LINE = 10_000


class PeopleFindings:
    """Show each finding as one line, and at the end how many there were; `quiet` leaves out the good ones, and the end if all are good."""

    def __init__(self, stream: TextIO | None, *, quiet: bool = False) -> None:
        self._sheet = Sheet(stream)
        # With a height too, since rich takes a dumb terminal for 80 columns wide otherwise, whatever the width asked for.
        self._console = Console(file=stream, width=_ONE_LINE, height=_ONE_LINE, highlight=False, markup=False, emoji=False)
        self._quiet = quiet
        self._counts: Counter[Grade] = Counter()

    def take(self, finding: Finding) -> None:
        """Show a finding."""
        self._counts[finding.grade] += 1
        if self._quiet and finding.grade is Grade.GOOD:
            return
        sign, style = _SIGNS[finding.grade]
        said = f"{finding.subject}: {finding.text}" + (f" – {finding.remedy}" if finding.remedy else "")
        # One line however long, so that `grep` finds the whole of it; a terminal folds it by itself.
        line = Text.assemble((self._sheet.fit(sign), style), " ", self._sheet.fit(said))
        self._sheet.write(rendered(self._console, line))

    def finish(self, _summary: Mapping[str, object]) -> None:
        """Say how many findings there were."""
        bad, doubtful = self._counts[Grade.BAD], self._counts[Grade.WARNING]
        if self._quiet and not bad and not doubtful:
            return
        parts = [_counted(bad, "problem"), _counted(doubtful, "warning")]
        told = ", ".join(filter(None, parts))
        self._sheet.write(f"{told or 'All is well'}; {_counted(self._counts.total(), 'finding')}.\n")


class JsonFindings:
    """Write one JSON object a finding, and a summary."""

    def __init__(self, stream: TextIO | None) -> None:
        self._sheet = Sheet(stream)

    def take(self, finding: Finding) -> None:
        """Write a finding."""
        fields = {"grade": finding.grade.value, "subject": finding.subject, "text": finding.text, "remedy": finding.remedy}
        self._write({"type": "finding", **fields})

    def finish(self, summary: Mapping[str, object]) -> None:
        """Write the summary, the last line."""
        self._write({"type": "summary", **summary})

    def _write(self, fields: Mapping[str, object]) -> None:
        text = json.dumps(fields, ensure_ascii=False)
        plain = text.isprintable() and self._sheet.encodable(text)
        self._sheet.write((text if plain else json.dumps(fields, ensure_ascii=True)) + "\n")


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}" if count else ""
