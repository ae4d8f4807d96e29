"""Which cell of the state table applies to an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otto_import.orders import ItemState, Order
from otto_import.plan import Stage
from otto_import.planner import deadline
from otto_import.planner.base import stand
from otto_import.rules import TABLE, Row, Verdict, row_of
from otto_import.story.values import Rule

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.orders import Reading
    from otto_import.plan import Known, Policy, ShopOrder


def rule_of(reading: Reading | None, known: Known | None, found: ShopOrder | None, policy: Policy, now: datetime) -> Rule | None:
    """Look the order up in the state table: by OTTO's word where it was heard, else by the one the ledger remembers; None where there is neither."""
    stage = _stage(known, found, policy)
    order = reading.order if reading else None
    if reading is not None and isinstance(order, Order):
        late = stage in {Stage.NEVER, Stage.ANNOUNCED} and deadline.judge(reading, order, stage, policy, now).passed
        return _rule(_row(order.state, stage, policy, late=late), stage, policy, fresh=True)
    if reading is not None or known is None or known.otto_state is None:
        return None
    late = known.placed_at is not None and now >= known.placed_at + policy.deadline and stage in {Stage.NEVER, Stage.ANNOUNCED}
    return _rule(_row(known.otto_state, stage, policy, late=late), stage, policy, fresh=False)


def _stage(known: Known | None, found: ShopOrder | None, policy: Policy) -> Stage:
    """Say how far the order has come: the shop's word may be further than ours."""
    if found is not None:
        return stand(known, found, policy).stage
    if known is None:
        return Stage.NEVER
    return known.intention.stage if known.stage is Stage.NEVER and known.intention else known.stage


def _row(state: ItemState, stage: Stage, policy: Policy, *, late: bool) -> Row:
    if state is not ItemState.ANNOUNCED:
        return row_of(state)
    if not policy.announced and TABLE[Row.ANNOUNCED_OFF, stage].verdict is not Verdict.AS_IMPORT_ON:
        return Row.ANNOUNCED_OFF
    return Row.ANNOUNCED_LATE if late else Row.ANNOUNCED


def _rule(row: Row, stage: Stage, policy: Policy, *, fresh: bool) -> Rule:
    cell = TABLE[row, stage]
    days = policy.deadline.days
    return Rule(row=row, stage=stage, verdict=cell.verdict, shown=cell.shown, reason=cell.reason.text.format(days=days), fresh=fresh)
