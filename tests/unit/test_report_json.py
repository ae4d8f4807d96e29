"""The JSON lines, as the contract shows them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta, timezone

from otto_import.outcome import ActionName, Result, Summary
from otto_import.report.jsonlines import JsonReport, timestamp
from otto_import.report.sheet import Sheet
from tests.jobs import line

ORDER_FIELDS = [
    "type",
    "sales_order_id",
    "order_number",
    "otto_state",
    "action",
    "shop_status",
    "previous_shop_status",
    "shop_status_found",
    "shop_ref",
    "reason",
    "notices",
    "result",
    "error",
]
SUMMARY_FIELDS = [
    "type",
    "command",
    "dry_run",
    "created",
    "updated",
    "adopted",
    "skipped",
    "held",
    "conflicts",
    "failed",
    "overdue",
    "set_aside",
    "cancellations_held_back",
    "watermark",
    "requests",
    "seconds",
    "exit",
]


class Flushes(io.StringIO):
    """Count how often a stream was flushed."""

    encoding = "utf-8"
    count = 0

    def flush(self) -> None:
        self.count += 1


def _written(report: JsonReport, stream: io.BytesIO) -> list[str]:
    return stream.getvalue().decode().split("\n")


def _report(encoding: str = "utf-8", *, verbose: bool = False) -> tuple[JsonReport, io.BytesIO]:
    stream = io.BytesIO()
    return JsonReport(Sheet(io.TextIOWrapper(stream, encoding=encoding, newline="\n")), verbose=verbose), stream


def test_an_orders_line_has_the_promised_fields_first_and_in_their_order() -> None:
    report, stream = _report()
    report.emit([line()])
    fields = json.loads(stream.getvalue())
    assert list(fields)[: len(ORDER_FIELDS)] == ORDER_FIELDS
    assert list(fields)[len(ORDER_FIELDS) :] == ["code", "cancels", "new"]


def test_an_orders_line_says_what_happened() -> None:
    report, stream = _report()
    report.emit([line(action=ActionName.UPDATE, result=Result.FAILED, error="E42", notices=("late payment",), previous_shop_status="on-hold")])
    fields = json.loads(stream.getvalue())
    assert fields == fields | {
        "type": "order",
        "order_number": "cbn4kqmhyn",
        "action": "update",
        "result": "failed",
        "error": "E42",
        "notices": ["late payment"],
        "shop_status": "processing",
        "previous_shop_status": "on-hold",
        "shop_status_found": None,
    }


def test_the_summary_has_the_promised_fields_first_and_in_their_order() -> None:
    report, stream = _report()
    at = datetime(2026, 5, 4, 10, 15, 30, 123_999, tzinfo=timezone(timedelta(hours=2)))
    report.finish(Summary(command="sync", dry_run=True, created=3, watermark=at, otto_requests=3, shop_requests=4, seconds=1.23456, exit=10))
    fields = json.loads(stream.getvalue())
    assert list(fields)[: len(SUMMARY_FIELDS)] == SUMMARY_FIELDS
    assert fields == fields | {
        "type": "summary",
        "dry_run": True,
        "created": 3,
        "watermark": "2026-05-04T08:15:30.123Z",
        "requests": {"otto": 3, "shop": 4},
        "seconds": 1.235,
        "exit": 10,
    }


def test_a_summary_without_watermark_says_null() -> None:
    report, stream = _report()
    report.finish(Summary(command="retry", dry_run=False))
    assert json.loads(stream.getvalue())["watermark"] is None


def test_a_timestamp_on_the_second_has_milliseconds_all_the_same() -> None:
    assert timestamp(datetime(2026, 5, 4, 8, 15, 30, tzinfo=UTC)) == "2026-05-04T08:15:30.000Z"


def test_skipped_orders_show_only_when_asked_for() -> None:
    silent, nothing = _report()
    talkative, something = _report(verbose=True)
    for report in (silent, talkative):
        report.emit([line(action=ActionName.SKIP, result=Result.NONE)])
    assert nothing.getvalue() == b""
    assert json.loads(something.getvalue())["action"] == "skip"


def test_umlauts_stand_as_they_are_and_each_object_keeps_to_one_line() -> None:
    report, stream = _report()
    report.emit([line(reason="Käufer: \u2028 \x85 \x9b \n \xa0 \U000e0001")])
    (text, rest) = _written(report, stream)
    assert rest == ""
    assert "Käufer" in text
    assert text.splitlines() == [text]
    assert json.loads(text)["reason"] == "Käufer: \u2028 \x85 \x9b \n \xa0 \U000e0001"


def test_a_stream_without_umlauts_gets_escapes_that_read_back_the_same() -> None:
    report, stream = _report("ascii")
    report.emit([line(reason="Käufer → ✓ 😀")])
    assert json.loads(stream.getvalue())["reason"] == "Käufer → ✓ 😀"


def test_every_emission_is_flushed_at_once() -> None:
    stream = Flushes()
    report = JsonReport(Sheet(stream), verbose=False)
    report.emit([line(), line()])
    report.emit([line()])
    report.finish(Summary(command="sync", dry_run=False))
    assert stream.count == 3
    assert len(stream.getvalue().splitlines()) == 4
