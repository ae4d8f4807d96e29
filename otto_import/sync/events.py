"""What a run tells the log. The names of the events are a promise (docs/logs.md); no line holds a buyer's data."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from otto_import.outcome import ActionName, Result

if TYPE_CHECKING:
    from otto_import.outcome import OrderLine, Summary

log = logging.getLogger(__name__)

EVENTS = {
    Result.DONE: "order.done",
    Result.FAILED: "order.failed",
    Result.IN_DOUBT: "order.in_doubt",
    Result.HELD_BACK: "order.held_back",
    Result.PLANNED: "order.planned",
    Result.NONE: "order.not_begun",
}
"""The event of an order whose line came to a result."""

EVENTS_WITHOUT_DEED = {
    ActionName.HOLD: "order.held",
    ActionName.CONFLICT: "order.conflict",
    ActionName.SKIP: "order.skipped",
}
"""The event of an order that was left as it is."""


def run_started(run_id: int | None, command: str) -> None:
    """Tell that a run began; previews have no id."""
    log.info("%s began", command, extra={"event": "run.started", "run": run_id, "command": command})


def run_ended(run_id: int | None, summary: Summary) -> None:
    """Tell that a run ended, however it did; `duration` is in seconds."""
    fields = {"run": run_id, "command": summary.command, "exit": summary.exit, "duration": summary.seconds, "changes": summary.changes}
    log.info("%s ended with exit code %d", summary.command, summary.exit, extra={"event": "run.ended", **fields})


def orders_told(lines: Sequence[OrderLine], *, preview: bool) -> None:
    """Tell what became of orders; those passed over only in detail."""
    if not log.isEnabledFor(logging.INFO):
        return
    for line in lines:
        event = _event(line, preview=preview)
        fields = {
            "order": line.order_number or line.sales_order_id,
            "sales_order_id": line.sales_order_id,
            "action": line.action.value,
            "result": line.result.value,
            "code": line.code,
            "shop_status": line.shop_status,
        }
        level = logging.DEBUG if line.action is ActionName.SKIP else logging.INFO
        log.log(level, "%s: %s", line.action, line.reason, extra={"event": event, **fields})


def _event(line: OrderLine, *, preview: bool) -> str:
    if line.action is ActionName.SKIP:
        return EVENTS_WITHOUT_DEED[ActionName.SKIP]
    if preview:
        return EVENTS[Result.PLANNED]
    if line.action is ActionName.CONFLICT or line.result is Result.NONE:
        return EVENTS_WITHOUT_DEED.get(line.action, EVENTS[Result.NONE])
    return EVENTS[line.result]
