"""When an announced order is past its deadline (design: Deadline)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from otto_import.plan import Policy, Reason, Stage

if TYPE_CHECKING:
    from otto_import.orders import Order, Reading

MAX_SKEW = timedelta(minutes=5)
PREPAYMENT = "PREPAYMENT"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say whether the deadline has passed; `overdue` says why an order past its time is not treated so; `ask` that OTTO must be asked by id first."""

    passed: bool = False
    overdue: Reason | None = None
    ask: bool = False


def judge(reading: Reading, order: Order, stage: Stage, policy: Policy, now: datetime) -> Verdict:
    """Judge one announced order; one never imported is passed over on the list's word, since nothing is written."""
    if now < order.placed_at + policy.deadline:
        return Verdict()
    if order.payment_method not in {None, PREPAYMENT}:
        return Verdict(overdue=Reason("not_prepaid", "still announced past the deadline, but not payable in advance; OTTO decides"))
    if stage is Stage.ANNOUNCED and not policy.cancel_after_deadline:
        return Verdict(passed=True, overdue=Reason("waiting", f'unpaid after {policy.deadline.days} days; listed only (after_deadline = "wait")'))
    if stage is Stage.ANNOUNCED and not reading.by_id:
        return Verdict(ask=True)
    if reading.skew is None:
        return Verdict(overdue=Reason("clock_unknown", "past the deadline, but OTTO's answer names no time, so our clock cannot be trusted"))
    if abs(reading.skew) > MAX_SKEW:
        minutes = round(reading.skew.total_seconds() / 60)
        return Verdict(
            overdue=Reason("clock_wrong", f"past the deadline by our clock, but it is {minutes:+d} minutes off OTTO's; set the clock right")
        )
    return Verdict(passed=True)
