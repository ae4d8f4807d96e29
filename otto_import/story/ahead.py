"""What the next run would do with an order, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otto_import.outcome import ActionName, OrderLine, Result
from otto_import.plan import PendingKind
from otto_import.story.values import Ahead

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.plan import Known


_UNTOUCHED = {ActionName.HOLD: "wait", ActionName.CONFLICT: "report a conflict", ActionName.SKIP: "leave it as it is"}


def ahead_of(line: OrderLine, known: Known | None, wall: datetime) -> Ahead:
    """Tell what a run would do, and that it may wait: an order set aside is looked at again only at its time, one held back only when asked for."""
    pending = known.pending if known else None
    text = _deed(line)
    if pending is None or (known is not None and known.intention is not None):
        return Ahead(text=f"the next run would {text}", line=line)
    if pending.kind is PendingKind.HELD_BACK:
        return Ahead(text=f"nothing until `sync --force`, or `retry` with its number; then it would {text}", line=line)
    if pending.next_at is None:
        return Ahead(text=f"nothing, since it is set aside, unless OTTO changes it or you `retry` it; then it would {text}", line=line)
    if pending.next_at <= wall:
        return Ahead(text=f"the next run would {text}", line=line)
    return Ahead(text=f"nothing yet, unless OTTO changes it or you `retry` it; then it would {text}", line=line, not_before=pending.next_at)


def _deed(line: OrderLine) -> str:
    """Say one line of a plan as a deed."""
    if line.result is Result.HELD_BACK:
        return f"hold its cancellation back, because limits.max_cancellations is reached: {line.reason}"
    before = line.shop_status_found or line.previous_shop_status
    match line.action:
        case ActionName.CREATE:
            deed = f"create it in the shop as {line.shop_status}"
        case ActionName.UPDATE if line.cancels:
            deed = f"cancel it in the shop ({before} → {line.shop_status})"
        case ActionName.UPDATE if before == line.shop_status:
            deed = f"update it in the shop, where it stays {before}"
        case ActionName.UPDATE:
            deed = f"set it in the shop from {before} to {line.shop_status}"
        case ActionName.ADOPT:
            deed = f"take it over as the shop has it ({line.shop_status})"
        case _:
            deed = _UNTOUCHED[line.action]
    return f"{deed}: {line.reason}"
