"""What `docs/logs.md` says of the logs is what the program logs."""

from __future__ import annotations

import ast
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from otto_import.cli import logs
from otto_import.cli.boundary import run
from otto_import.outcome import ActionName, Result, Summary
from otto_import.sync.events import EVENTS, EVENTS_WITHOUT_DEED, orders_told
from otto_import.sync.options import Emit, RunOptions, Stop
from tests.documents import blocks, section, table, ticked
from tests.jobs import ScriptedJobs, line
from tests.system_shop import DAYS, Place, in_process

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def listed() -> dict[str, tuple[str, set[str]]]:
    """Give each event of the document with its level and its own fields."""
    rows = table(section(DOCUMENT, "Events"), "| event |")
    return {ticked(row[0])[0]: (row[1], set(ticked(row[3])) if len(row) > 3 else set()) for row in rows}


def common() -> set[str]:
    return {field for row in table(section(DOCUMENT, "Fields"), "| field |") for field in ticked(row[0]) if row[1] != "events of orders"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """List the calls in the program that log something, each with its place."""
    for path in sorted((ROOT / "otto_import").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in {"log", "logger", "logging"}:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def extra(call: ast.Call) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == "extra"), None)


def event(call: ast.Call) -> ast.expr | None:
    fields = extra(call)
    if not isinstance(fields, ast.Dict):
        return None
    return next(
        (value for key, value in zip(fields.keys, fields.values, strict=True) if isinstance(key, ast.Constant) and key.value == "event"), None
    )


def test_every_call_that_logs_names_its_event() -> None:
    assert [] == [place for place, call in calls() if event(call) is None]


def test_the_document_lists_the_events_of_the_program_and_no_other() -> None:
    named = {value.value for _, call in calls() if isinstance(value := event(call), ast.Constant)}
    used = {*named, *EVENTS.values(), *EVENTS_WITHOUT_DEED.values(), logs.FOREIGN, logs.FAILED, logs.CRASHED}
    assert used == listed().keys()


def test_every_result_and_every_action_without_a_deed_has_its_event() -> None:
    assert set(Result) == EVENTS.keys()
    assert {ActionName.HOLD, ActionName.CONFLICT, ActionName.SKIP} == EVENTS_WITHOUT_DEED.keys()


def test_what_a_run_logs_is_what_the_document_says(tmp_path: Path) -> None:
    place = Place(tmp_path)
    records = [json.loads(text) for day in DAYS[:2] for text in place.sync("-vv", "--log-json", now=day).err.splitlines()]
    events = listed()
    for record in records:
        level, own = events[record["event"]]
        assert (record["event"], level) == (record["event"], record["level"])
        assert own <= record.keys() <= own | common()
        assert UTC == datetime.fromisoformat(record["time"]).tzinfo
    assert {"run.started", "run.ended", "order.done", "order.skipped", "page.fetched", "http.answered", "token.fetched"} <= {
        record["event"] for record in records
    }
    assert [1, 2] == sorted({record["run"] for record in records})


def test_the_examples_have_the_fields_of_their_events() -> None:
    for text in blocks("json", DOCUMENT)[0].splitlines():
        record = json.loads(text)
        level, own = listed()[record["event"]]
        assert (level, own | {"time", "level", "event", "logger", "message", "run"}) == (record["level"], set(record))


def test_a_preview_has_no_run_id_and_plans(tmp_path: Path) -> None:
    records = [json.loads(text) for text in Place(tmp_path).sync("--dry-run", "-v", "--log-json", now=DAYS[0]).err.splitlines()]
    assert {None} == {record.get("run") for record in records}
    assert {"run.started", "order.planned", "run.ended"} == {record["event"] for record in records}


def test_people_are_not_told_twice_what_the_report_says(tmp_path: Path) -> None:
    run = Place(tmp_path).sync("-v", now=DAYS[0])
    assert (0, "") == (run.code, run.err)
    assert "debug: page 1 of the list" in Place(tmp_path / "b").sync("-vv", now=DAYS[0]).err


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("order.done", {}),
        ("order.failed", {"result": Result.FAILED}),
        ("order.in_doubt", {"result": Result.IN_DOUBT}),
        ("order.held_back", {"result": Result.HELD_BACK}),
        ("order.held", {"action": ActionName.HOLD, "result": Result.NONE}),
        ("order.conflict", {"action": ActionName.CONFLICT, "result": Result.DONE}),
        ("order.not_begun", {"result": Result.NONE}),
        ("order.skipped", {"action": ActionName.SKIP, "result": Result.NONE}),
    ],
)
def test_each_fate_of_an_order_has_its_event(expected: str, changes: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "otto_import")
    orders_told([line(**changes)], preview=False)
    (record,) = caplog.records
    assert (expected, "cbn4kqmhyn") == (record.__dict__["event"], record.__dict__["order"])


class Chatty(ScriptedJobs):
    """Log as a run, its threads and a library do."""

    def sync(self, config: Any, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        ours = logging.getLogger("otto_import.test")
        ours.info("before", extra={"event": "http.answered"})
        ours.info("began", extra={"event": "run.started", "run": 7})
        logging.getLogger("library").warning("hm")
        ours.info("ended", extra={"event": "run.ended", "run": 7})
        ours.info("after", extra={"event": "http.answered"})
        return super().sync(config, options, emit, stop)


def test_every_line_between_the_beginning_and_the_end_of_a_run_has_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    run(["sync", "-v", "--log-json"], Chatty())
    records = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    assert [None, 7, 7, 7, None] == [record.get("run") for record in records]
    assert logs.FOREIGN == records[2]["event"]


@pytest.mark.parametrize("arguments", [("snyc",), ("sync", "--dryrun"), ("sync", "--wait", "soon"), ("orders", "--state", "x"), ("explain",)])
def test_wrong_usage_is_one_object_too(arguments: tuple[str, ...]) -> None:
    ended = in_process(*arguments, "--log-json")
    (record,) = [json.loads(text) for text in ended.err.splitlines()]
    assert (2, "", "command.failed", "error") == (ended.code, ended.out, record["event"], record["level"])
    assert re.match(r"✗ \S", record["message"])


def test_a_question_left_unanswered_is_one_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == run(["sync", "--log-json"], ScriptedJobs(on_load=typer.Abort()))
    assert "command.failed" == json.loads(capsys.readouterr().err)["event"]
