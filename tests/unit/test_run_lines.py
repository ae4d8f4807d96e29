"""The last runs in words."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from otto_import.ledger.base import RunRow
from otto_import.report.local import lasted, local
from otto_import.report.runs import show_runs, write_runs
from otto_import.story import run_lines
from otto_import.story.runs import CRASHED, ENDINGS, UNENDED
from tests.build import NOW

pytestmark = pytest.mark.usefixtures("stable_terminal")

SUMMARY = json.dumps({"created": 3, "updated": 0, "skipped": 214, "conflicts": 1, "error": None})
ROW = RunRow(7, "sync", NOW, NOW, NOW + timedelta(seconds=3), 0, SUMMARY)
OPEN = replace(ROW, ended_at=None, exit=None, summary="")


def test_a_run_tells_what_it_did_and_what_stood_after_it() -> None:
    (run,) = run_lines([ROW])
    assert ("3 created, 214 skipped", "1 in conflict", "done", timedelta(seconds=3)) == (run.did, run.stands, run.ending, run.took)


@pytest.mark.parametrize(("code", "ending"), ENDINGS.items())
def test_each_exit_code_has_its_words(code: int, ending: str) -> None:
    assert ending == next(run_lines([replace(ROW, exit=code)])).ending


def test_an_exit_code_of_a_later_version_is_told_as_a_number() -> None:
    assert "ended with exit code 77" == next(run_lines([replace(ROW, exit=77)])).ending


def test_the_latest_run_without_an_end_may_still_be_at_work() -> None:
    assert [UNENDED, "done"] == [run.ending for run in run_lines([OPEN, ROW])]


def test_an_earlier_run_without_an_end_crashed() -> None:
    assert ["done", CRASHED] == [run.ending for run in run_lines([ROW, OPEN])]


def test_a_backfill_may_be_at_work_though_a_sync_began_after_it() -> None:
    assert ["done", UNENDED] == [run.ending for run in run_lines([ROW, replace(OPEN, command="backfill")])]


@pytest.mark.parametrize("summary", ["", "{", "[]", '{"created": "many", "error": 3}'])
def test_a_summary_that_cannot_be_read_costs_only_its_numbers(summary: str) -> None:
    (run,) = run_lines([replace(ROW, summary=summary)])
    assert ({}, None, "nothing to do") == (run.counts, run.error, run.did)


def test_people_see_a_table_in_german_time() -> None:
    out = io.StringIO()
    failed = replace(ROW, id=8, exit=5, summary=json.dumps({"created": 0, "error": "OTTO: is away"}))
    show_runs(list(run_lines([failed, ROW])), out, columns=None)
    heading, first, second = out.getvalue().splitlines()
    assert ["run", "began", "took", "command", "did", "ended"] == heading.split()
    assert "8  2026-06-09 14:00 CEST  3.0 s  sync     nothing" in first
    assert first.endswith("OTTO or the shop was away, or refused the credentials (exit code 5): OTTO: is away")
    assert second.endswith("3 created, 214 skipped; stands: 1 in conflict  done")


def test_without_runs_that_is_said() -> None:
    out = io.StringIO()
    show_runs([], out, columns=None)
    assert "No run yet.\n" == out.getvalue()


def test_programs_get_one_object_a_run() -> None:
    out = io.StringIO()
    write_runs(list(run_lines([ROW, OPEN])), out)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert ("run", 7, "2026-06-09T12:00:00.000Z", 3.0, 0, 3) == tuple(
        first[name] for name in ("type", "id", "started_at", "seconds", "exit", "created")
    )
    assert (None, None, None, CRASHED) == tuple(second[name] for name in ("ended_at", "seconds", "exit", "ending"))


@pytest.mark.parametrize(
    ("shown", "seconds"), [("0.0 s", -3), ("0.3 s", 0.26), ("59.9 s", 59.9), ("1 min 0 s", 60), ("59 min 59 s", 3599), ("2 h 5 min", 7500)]
)
def test_how_long_something_took_is_told_in_the_unit_that_says_enough(shown: str, seconds: float) -> None:
    assert shown == lasted(timedelta(seconds=seconds))


def test_no_time_is_a_dash() -> None:
    assert ("–", "–") == (lasted(None), local(None))


def test_local_time_says_its_zone() -> None:
    assert ("2026-06-09 14:00 CEST", "2026-12-09 13:00 CET") == (local(NOW), local(NOW.replace(month=12)))
