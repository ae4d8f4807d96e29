"""Outcomes as JSON lines, for programs. The fields and their order are a promise; new ones go after the promised ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from otto_import.outcome import ActionName, OrderLine, Summary
from otto_import.report.sheet import Sheet

_encode = json.JSONEncoder(ensure_ascii=False).encode
_encode_ascii = json.JSONEncoder(ensure_ascii=True).encode


def timestamp(moment: datetime) -> str:
    """Write a moment as UTC with milliseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def order_fields(line: OrderLine) -> dict[str, object]:
    """Give the fields of an order's line, in their order."""
    return {
        "type": "order",
        "sales_order_id": line.sales_order_id,
        "order_number": line.order_number,
        "otto_state": line.otto_state,
        "action": line.action,
        "shop_status": line.shop_status,
        "previous_shop_status": line.previous_shop_status,
        "shop_status_found": line.shop_status_found,
        "shop_ref": line.shop_ref,
        "reason": line.reason,
        "notices": line.notices,
        "result": line.result,
        "error": line.error,
        "code": line.code,
        "cancels": line.cancels,
        "new": line.new,
    }


def summary_fields(summary: Summary) -> dict[str, object]:
    """Give the fields of a run's summary, in their order."""
    return {
        "type": "summary",
        "command": summary.command,
        "dry_run": summary.dry_run,
        "created": summary.created,
        "updated": summary.updated,
        "adopted": summary.adopted,
        "skipped": summary.skipped,
        "held": summary.held,
        "conflicts": summary.conflicts,
        "failed": summary.failed,
        "overdue": summary.overdue,
        "set_aside": summary.set_aside,
        "cancellations_held_back": summary.cancellations_held_back,
        "watermark": timestamp(summary.watermark) if summary.watermark else None,
        "requests": {"otto": summary.otto_requests, "shop": summary.shop_requests},
        "seconds": round(summary.seconds, 3),
        "exit": summary.exit,
        "in_doubt": summary.in_doubt,
        "orders": summary.orders,
        "set_aside_paid": summary.set_aside_paid,
        "notices": summary.notices,
        "error": summary.error,
    }


def json_text(fields: Mapping[str, object], sheet: Sheet) -> str:
    """Write an object as one line; umlauts stay as they are unless the stream lacks them, what would break the line or move the cursor is escaped."""
    text = _encode(fields)
    if not text.isprintable():
        text = "".join(character if character.isprintable() else _encode_ascii(character)[1:-1] for character in text)
    return text if sheet.encodable(text) else _encode_ascii(fields)


class JsonReport:
    """Write one JSON object a line; `verbose` shows skipped orders too."""

    def __init__(self, sheet: Sheet, *, verbose: bool) -> None:
        self._sheet = sheet
        self._verbose = verbose

    def emit(self, lines: Sequence[OrderLine]) -> None:
        """Write orders as soon as they are known."""
        shown = [json_text(order_fields(line), self._sheet) for line in lines if self._verbose or line.action is not ActionName.SKIP]
        if shown:
            self._sheet.write("\n".join(shown) + "\n")

    def finish(self, summary: Summary) -> None:
        """Write the summary, the last line."""
        self._sheet.write(json_text(summary_fields(summary), self._sheet) + "\n")
