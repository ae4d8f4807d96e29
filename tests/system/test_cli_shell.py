"""The command line around the jobs: arguments, exit codes, errors, logs. The jobs follow a script."""

from __future__ import annotations

import json
import logging
import signal
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from otto_import.cli.boundary import run
from otto_import.errors import ConfigError, LedgerError, LockHeld, OttoImportError, Problem, ServiceError, Stopped, UsageError
from otto_import.outcome import Crash, Summary
from otto_import.sync.options import Emit, RunOptions, Stop
from tests.jobs import ScriptedJobs, line

BACKFILL = ("backfill", "--from", "2026-01-01", "--to", "2026-02-01")
CHANGED = Summary(command="sync", dry_run=False, created=1, otto_requests=2)

pytestmark = pytest.mark.usefixtures("stable_terminal")


# --- what the jobs are asked ---------------------------------------------------------------------------------------------------------------


def test_sync_asks_for_what_its_options_say() -> None:
    jobs = ScriptedJobs()
    assert run(["sync", "-c", "some.toml", "--dry-run", "--force", "--strict", "--wait", "1.5", "--now", "2026-06-10T12:00:00Z"], jobs) == 0
    options = RunOptions(dry_run=True, force=True, strict=True, wait=1.5, now=datetime(2026, 6, 10, 12, tzinfo=UTC))
    assert jobs.asked == [("load", Path("some.toml")), ("sync", options)]


def test_without_options_the_defaults_of_a_run_hold() -> None:
    jobs = ScriptedJobs()
    run(["sync"], jobs)
    assert jobs.asked == [("load", None), ("sync", RunOptions())]


def test_backfill_asks_for_both_days_included() -> None:
    jobs = ScriptedJobs()
    assert run([*BACKFILL, "--fulfilled"], jobs) == 0
    assert jobs.asked[1] == ("backfill", date(2026, 1, 1), date(2026, 2, 1), True, RunOptions())


def test_a_range_may_be_one_day() -> None:
    jobs = ScriptedJobs()
    assert run(["backfill", "--from", "2026-01-01", "--to", "2026-01-01"], jobs) == 0


def test_retry_asks_for_each_named_order_once() -> None:
    jobs = ScriptedJobs()
    assert run(["retry", "b2kk2x12c4", "cbn4kqmhyn", "b2kk2x12c4", "--recreate"], jobs) == 0
    assert jobs.asked[1] == ("retry", ("b2kk2x12c4", "cbn4kqmhyn"), True, False, RunOptions())


def test_retry_without_names_asks_for_all() -> None:
    jobs = ScriptedJobs()
    assert run(["retry"], jobs) == 0
    assert jobs.asked[1] == ("retry", (), False, False, RunOptions())


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        (datetime(2026, 6, 10, 10, tzinfo=UTC), "2026-06-10T12:00:00"),
        (datetime(2026, 1, 10, 11, tzinfo=UTC), "2026-01-10T12:00:00"),
        (datetime(2026, 6, 9, 22, tzinfo=UTC), "2026-06-10"),
        (datetime(2026, 6, 10, 7, tzinfo=UTC), "2026-06-10T12:00:00+05:00"),
    ],
)
def test_a_time_without_zone_is_berlins(expected: datetime, given: str) -> None:
    jobs = ScriptedJobs()
    run(["sync", "--now", given], jobs)
    assert jobs.asked[1] == ("sync", RunOptions(now=expected))


# --- wrong usage ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["sync", "--frobnicate"],
        ["sync", "surplus"],
        ["sync", "--exit-code"],
        ["sync", "--quiet", "-v"],
        ["sync", "--wait", "-1"],
        ["sync", "--wait", "nan"],
        ["sync", "--wait", "inf"],
        ["sync", "--wait", "soon"],
        ["sync", "--now", "yesterday"],
        ["sync", "--now", "0001-01-01T00:00:00+14:00"],
        ["sync", "--now", "2030-01-01T00:00:00Z"],
        ["backfill"],
        ["backfill", "--from", "2026-01-01"],
        ["backfill", "--from", "2026-02-02", "--to", "2026-02-01"],
        ["backfill", "--from", "2026-02-30", "--to", "2026-03-01"],
        ["backfill", "--from", "0026-01-01", "--to", "2026-03-01"],
        ["backfill", "--from", "2026-01-01", "--to", "9999-12-31"],
        [*BACKFILL, "--exit-code"],
        ["retry", "--accept"],
        ["retry", "--recreate"],
        ["retry", "b2kk2x12c4", "--accept", "--recreate"],
        ["retry", " "],
    ],
)
def test_wrong_usage_exits_with_2_and_says_so_on_standard_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    jobs = ScriptedJobs()
    assert run(arguments, jobs) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err
    assert not [asked for asked in jobs.asked if asked[0] != "load"]


# --- exit codes ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 4, 5, 130, 143])
def test_the_summary_gives_the_exit_code(code: int) -> None:
    assert run(["sync"], ScriptedJobs(summary=Summary(command="sync", dry_run=False, exit=code))) == code


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (1, OttoImportError("broken")),
        (2, UsageError("--now is for the demo")),
        (3, ConfigError("config.toml", [Problem("otto.account", "is missing")])),
        (3, LedgerError("this ledger belongs to another account")),
        (5, ServiceError("OTTO", "POST /v1/token 503", "is away")),
        (6, LockHeld("another run is at work")),
        (130, Stopped(signal.SIGINT)),
        (143, Stopped(signal.SIGTERM)),
        (130, KeyboardInterrupt()),
    ],
)
@pytest.mark.parametrize("moment", ["on_load", "on_run"])
def test_an_error_before_the_run_has_its_exit_code_and_leaves_standard_output_empty(
    expected: int, error: BaseException, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failing: dict[str, Any] = {moment: error}
    assert run(["sync", "--json"], ScriptedJobs(**failing)) == expected
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("expected", "arguments", "summary"),
    [
        (10, ["sync", "--dry-run", "--exit-code"], CHANGED),
        (0, ["sync", "--dry-run"], CHANGED),
        (0, ["sync", "--dry-run", "--exit-code"], Summary(command="sync", dry_run=True, skipped=7)),
        (5, ["sync", "--dry-run", "--exit-code"], Summary(command="sync", dry_run=True, created=1, exit=5)),
        (10, [*BACKFILL, "--dry-run", "--exit-code"], CHANGED),
    ],
)
def test_a_dry_run_tells_by_its_exit_code_whether_there_is_something_to_do(expected: int, arguments: list[str], summary: Summary) -> None:
    assert run(arguments, ScriptedJobs(summary=summary)) == expected


def test_the_json_summary_names_the_exit_code_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--dry-run", "--exit-code", "--json"], ScriptedJobs(summary=CHANGED)) == 10
    assert json.loads(capsys.readouterr().out)["exit"] == 10


# --- errors in words -----------------------------------------------------------------------------------------------------------------------


def test_all_problems_of_a_config_are_told_one_a_line_below_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [Problem("otto.account", "is missing"), Problem("status.processable", "is missing")]
    run(["sync"], ScriptedJobs(on_load=ConfigError("/etc/config.toml", problems)))
    assert capsys.readouterr().err == "/etc/config.toml: 2 problems\n✗ otto.account: is missing\n✗ status.processable: is missing\n"


def test_a_problem_of_the_file_as_a_whole_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    run(["sync"], ScriptedJobs(on_load=ConfigError("config.toml", [Problem("", "is not there; copy config.example.toml")])))
    assert capsys.readouterr().err == "✗ config.toml: is not there; copy config.example.toml\n"


def test_an_error_within_the_run_is_told_after_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    summary = Summary(command="sync", dry_run=False, exit=5, error="OTTO: is away (GET /v4/orders 503)")
    assert run(["sync", "--json"], ScriptedJobs([line()], summary)) == 5
    said = capsys.readouterr()
    assert [json.loads(text)["type"] for text in said.out.splitlines()] == ["order", "summary"]
    assert said.err == "✗ OTTO: is away (GET /v4/orders 503)\n"


def test_a_bug_leaves_a_traceback_without_local_values_and_asks_for_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync"], ScriptedJobs(on_run=ZeroDivisionError("by a bug"))) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "ZeroDivisionError: by a bug" in said.err
    assert "locals" not in said.err
    assert said.err.splitlines()[-1].startswith("✗ This is a bug in otto-import.")


@pytest.mark.parametrize("options", [(), ("--log-json",), ("-v", "-v")])
def test_a_bugs_own_words_are_not_told_since_they_may_be_a_buyers(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    bug = KeyError("Erika \x1b[2J")
    bug.__cause__ = ValueError("invalid literal for int() with base 10: 'Hauptstr. 1 \x1b[2J'")
    bug.add_note("Erika")
    assert 1 == run(["sync", *options], ScriptedJobs(on_run=bug))
    said = capsys.readouterr().err
    assert [] == [word for word in ("Erika", "Hauptstr", "\x1b", "2J") if word in said]
    assert "on_run" in said
    assert said.index("ValueError (its text is left out") < said.index("KeyError (its text is left out")


def test_a_bug_within_the_run_is_told_after_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    crash = Crash(Summary(command="sync", dry_run=False, created=1, exit=1))
    crash.__cause__ = ZeroDivisionError("by a bug")
    assert run(["sync", "--json"], ScriptedJobs(on_run=crash)) == 1
    said = capsys.readouterr()
    assert json.loads(said.out) == json.loads(said.out) | {"type": "summary", "created": 1, "exit": 1, "error": str(crash)}
    assert "ZeroDivisionError: by a bug" in said.err


def test_control_characters_in_an_error_have_no_effect(capsys: pytest.CaptureFixture[str]) -> None:
    run(["sync"], ScriptedJobs(on_load=LedgerError("\x1b[2J")))
    assert capsys.readouterr().err == "✗ \\x1b[2J\n"


@pytest.mark.parametrize("error", [LedgerError("elsewhere"), ZeroDivisionError("by a bug")])
def test_with_log_json_errors_are_objects_too(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    run(["sync", "--log-json"], ScriptedJobs(on_load=error))
    (said,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert said["level"] == "error"
    assert datetime.fromisoformat(said["time"]).tzinfo == UTC
    assert ("traceback" in said) == isinstance(error, ZeroDivisionError)


# --- logs ----------------------------------------------------------------------------------------------------------------------------------


class LoggingJobs(ScriptedJobs):
    """Log at every level while running."""

    def sync(self, config: Any, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        for name in ("otto_import.sync", "httpx"):
            for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
                logging.getLogger(name).log(level, "%s of %s", logging.getLevelName(level), name, extra={"order": "cbn4kqmhyn"})
        return super().sync(config, options, emit, stop)


@pytest.mark.parametrize(
    ("expected", "options"),
    [
        ("warning error", []),
        ("info warning error", ["-v"]),
        ("debug info warning error", ["-vv"]),
        ("debug info warning error", ["-vvvv"]),
        ("error", ["-q"]),
    ],
)
def test_the_options_choose_what_is_logged_and_foreign_loggers_never_say_more_than_warnings(
    expected: str, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(["sync", *options], LoggingJobs())
    said = capsys.readouterr().err.splitlines()
    assert expected.split() == [text.partition(":")[0] for text in said if "of otto_import.sync" in text]
    assert {"warning", "error"} >= {text.partition(":")[0] for text in said if "of httpx" in text}


def test_with_log_json_each_record_is_one_object_with_its_further_fields(capsys: pytest.CaptureFixture[str]) -> None:
    run(["sync", "--log-json"], LoggingJobs())
    first = json.loads(capsys.readouterr().err.splitlines()[0])
    assert first == first | {"level": "warning", "logger": "otto_import.sync", "message": "WARNING of otto_import.sync", "order": "cbn4kqmhyn"}
    assert first["time"].endswith("Z")


def test_loggers_are_left_as_they_were_found() -> None:
    names = ("", "otto_import", "httpx", "httpcore")
    before = [(logging.getLogger(name).level, list(logging.getLogger(name).handlers)) for name in names]
    run(["sync", "-vv"], LoggingJobs())
    assert before == [(logging.getLogger(name).level, list(logging.getLogger(name).handlers)) for name in names]


# --- signals -----------------------------------------------------------------------------------------------------------------------------------


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]
    run(["sync"], ScriptedJobs())
    assert before == [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]
