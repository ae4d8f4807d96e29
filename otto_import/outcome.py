"""What a run did, order by order, and its summary. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ActionName(StrEnum):
    """Name what was to be done with an order."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    SKIP = "skip"
    HOLD = "hold"
    CONFLICT = "conflict"


class Result(StrEnum):
    """Name how it went."""

    PLANNED = "planned"
    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    HELD_BACK = "held_back"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """Hold what happened to one order in a run; the fields are those of the contract's JSON line, and a few for people.

    `items` counts position items by state; `code` is the reason's stable code; `cancels` marks the cancellation of a whole order;
    `new` marks a hold or conflict that was not there before this run; `paid` tells that OTTO says PROCESSABLE.
    """

    sales_order_id: str | None
    order_number: str | None
    otto_state: str | None
    action: ActionName
    shop_status: str | None
    previous_shop_status: str | None
    shop_status_found: str | None
    shop_ref: str | None
    reason: str
    notices: tuple[str, ...]
    result: Result
    error: str | None
    code: str = ""
    placed_at: datetime | None = None
    items: Mapping[str, int] = field(default_factory=dict)
    total: str | None = None
    cancels: bool = False
    new: bool = False
    paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Hold a run's summary; the fields are those of the contract's JSON line.

    `held`, `conflicts`, `failed`, `in_doubt`, `overdue`, `set_aside`, `set_aside_paid` and `cancellations_held_back` count what stands after the run,
    met in it or not; the others what this run did.
    """

    command: str
    dry_run: bool
    created: int = 0
    updated: int = 0
    adopted: int = 0
    skipped: int = 0
    held: int = 0
    conflicts: int = 0
    failed: int = 0
    in_doubt: int = 0
    overdue: int = 0
    set_aside: int = 0
    set_aside_paid: int = 0
    cancellations_held_back: int = 0
    watermark: datetime | None = None
    otto_requests: int = 0
    shop_requests: int = 0
    seconds: float = 0.0
    exit: int = 0
    orders: int = 0
    notices: tuple[str, ...] = ()
    error: str | None = None

    @property
    def changes(self) -> int:
        """Count what the run did, or would do, in the shop."""
        return self.created + self.updated + self.adopted


class Crash(Exception):
    """Carry the summary of a run that a bug ended; the bug itself is the cause."""

    def __init__(self, summary: Summary) -> None:
        super().__init__("a bug in otto-import ended the run")
        self.summary = summary


NEEDS_A_PERSON = 1
GUARD_HELD = 4


class Tally:
    """Add up the lines of a run."""

    def __init__(self) -> None:
        self.created = self.updated = self.adopted = self.skipped = self.orders = 0
        self.nameless = 0
        self.troubled = False

    def add(self, line: OrderLine) -> None:
        """Count one line."""
        self.orders += 1
        if line.sales_order_id is None and line.order_number is None:
            self.nameless += 1
        if line.result in {Result.FAILED, Result.IN_DOUBT} or line.new:
            self.troubled = True
        if line.action is ActionName.SKIP:
            self.skipped += 1
        if line.result not in {Result.DONE, Result.PLANNED}:
            return
        if line.action is ActionName.CREATE:
            self.created += 1
        elif line.action is ActionName.UPDATE:
            self.updated += 1
        elif line.action is ActionName.ADOPT:
            self.adopted += 1


def exit_code(summary: Summary, *, troubled: bool, strict: bool) -> int:
    """Give the exit code of a run that came to its end: 4 before 1 (contract: Exit codes); a preview never complains."""
    if summary.dry_run:
        return 0
    if summary.cancellations_held_back:
        return GUARD_HELD
    if troubled or summary.failed or summary.in_doubt or summary.set_aside_paid or (strict and (summary.held or summary.conflicts)):
        return NEEDS_A_PERSON
    return 0
