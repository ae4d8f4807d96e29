"""Findings as lines, for people and for programs."""

from __future__ import annotations

import io
import json

import pytest

from otto_import.plan import Finding, Grade
from otto_import.report.findings import JsonFindings, PeopleFindings

FOUND = (
    Finding(Grade.GOOD, "clock", "ours and OTTO's differ by 0 s"),
    Finding(Grade.WARNING, "currency", "not told", "look it up"),
    Finding(Grade.BAD, "status.sent", 'the shop has no status "Größe"\n→', 'did you mean "gross"?'),
)

pytestmark = pytest.mark.usefixtures("stable_terminal")


def shown(*, encoding: str = "utf-8", quiet: bool = False, found: tuple[Finding, ...] = FOUND) -> list[str]:
    buffer = io.BytesIO()
    report = PeopleFindings(io.TextIOWrapper(buffer, encoding=encoding, write_through=True), quiet=quiet)
    for finding in found:
        report.take(finding)
    report.finish({"exit": 0})
    return buffer.getvalue().decode(encoding).splitlines()


def test_each_finding_is_one_line_with_its_sign_and_its_remedy() -> None:
    assert [
        "✓ clock: ours and OTTO's differ by 0 s",
        "! currency: not told – look it up",
        '✗ status.sent: the shop has no status "Größe" → – did you mean "gross"?',
        "1 problem, 1 warning; 3 findings.",
    ] == shown()


def test_where_there_is_ascii_alone_the_signs_have_their_cousins() -> None:
    assert [
        "* clock: ours and OTTO's differ by 0 s",
        "! currency: not told - look it up",
        '# status.sent: the shop has no status "Gr??e" -> - did you mean "gross"?',
        "1 problem, 1 warning; 3 findings.",
    ] == shown(encoding="ascii")


def test_quiet_leaves_out_what_is_good() -> None:
    assert ["!", "✗", "1"] == [line.split()[0] for line in shown(quiet=True)]
    assert [] == shown(quiet=True, found=FOUND[:1])


def test_all_well_is_said_so() -> None:
    assert "All is well; 1 finding." == shown(found=FOUND[:1])[-1]
    assert "2 problems; 2 findings." == shown(found=FOUND[2:] * 2)[-1]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_programs_get_one_object_a_finding_and_a_summary(encoding: str) -> None:
    buffer = io.BytesIO()
    report = JsonFindings(io.TextIOWrapper(buffer, encoding=encoding, write_through=True))
    for finding in FOUND:
        report.take(finding)
    report.finish({"command": "check", "exit": 3})
    lines = buffer.getvalue().decode(encoding).splitlines()
    *found, summary = map(json.loads, lines)
    assert {"type": "finding", "grade": "warning", "subject": "currency", "text": "not told", "remedy": "look it up"} == found[1]
    assert 'the shop has no status "Größe"\n→' == found[2]["text"]
    assert {"type": "summary", "command": "check", "exit": 3} == summary
    assert 4 == len(lines)
