"""The state table as data: what OTTO says against what we know, what is done, and why, in a merchant's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from otto_import.orders import ItemState
from otto_import.plan import Policy, Reason, Role, Stage


class Row(StrEnum):
    """Name what OTTO says of an order: the rows of the state table."""

    ANNOUNCED_OFF = "ANNOUNCED, import off"
    ANNOUNCED = "ANNOUNCED, import on, before the deadline"
    ANNOUNCED_LATE = "ANNOUNCED, deadline passed"
    PROCESSABLE = "PROCESSABLE"
    FULFILLED = "SENT / RETURNED"
    CANCELLED_BY_MARKETPLACE = "CANCELLED_BY_MARKETPLACE"
    CANCELLED_BY_PARTNER = "CANCELLED_BY_PARTNER"
    UNKNOWN = "UNKNOWN"


class Verdict(StrEnum):
    """Name what a cell of the table asks for; the planner's paragraphs refine it."""

    SKIP = "skip"
    CREATE = "create"
    CREATE_FULFILLED = "create fulfilled"
    KEEP = "keep"
    NOTHING = "nothing"
    AS_IMPORT_ON = "as import on"
    MOVE = "move"
    EXPIRE = "expire"
    ADVANCE = "advance"
    ADVANCE_IF_MAPPED = "advance if mapped"
    CANCEL = "cancel"
    CONFLICT = "conflict"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold one decision: the verdict, how README's table shows it, and the reason given to the merchant."""

    verdict: Verdict
    shown: str
    reason: Reason


def _cell(verdict: Verdict, shown: str, code: str, text: str) -> Cell:
    return Cell(verdict, shown, Reason(code, text))


_ANNOUNCED_BACK = _cell(
    Verdict.CONFLICT,
    "conflict: went backwards",
    "went_backwards",
    "OTTO says announced again, though the order had gone further; look at it in OTTO and in the shop",
)
_PAID_BACK = _cell(
    Verdict.CONFLICT,
    "conflict: went backwards",
    "went_backwards",
    "OTTO says ready to ship again, though the order was already sent; look at it in OTTO and in the shop",
)
_AFTER_CANCEL = _cell(
    Verdict.CONFLICT,
    "conflict: back after OTTO cancelled",
    "back_after_cancellation",
    "OTTO says announced, though it had cancelled the order; look at it in OTTO",
)
_STILL_EXPIRED = _cell(Verdict.NOTHING, "nothing", "still_expired", "still unpaid; we cancelled it after the deadline")
_AS_ON = _cell(
    Verdict.AS_IMPORT_ON, "as in the next two rows", "as_import_on", "imported before announced import was switched off, so it is followed"
)
_HOLD = _cell(
    Verdict.HOLD,
    "hold: state not known",
    "unknown_state",
    "OTTO sent an item state this version does not know; nothing is done until it is understood",
)
_SKIP_CANCELLED = _cell(Verdict.SKIP, "skip: cancelled before import", "cancelled_before_import", "cancelled before it was imported")
_CANCEL_BY_OTTO = _cell(Verdict.CANCEL, "update to `cancelled`", "cancelled_by_otto", "OTTO cancelled the order")
_CANCEL_BY_PARTNER = _cell(
    Verdict.CANCEL, "update to `cancelled_by_partner` (default: as `cancelled`)", "cancelled_by_partner", "cancelled at OTTO by the seller"
)
_CANCELLED_AFTER_SENT = _cell(
    Verdict.CONFLICT,
    "conflict: cancelled after it was sent",
    "cancelled_after_sent",
    "OTTO says cancelled, though the order was already sent; the goods may be on their way",
)
_CONFIRMED = _cell(Verdict.NOTHING, "nothing (OTTO confirmed)", "cancellation_confirmed", "OTTO confirmed the cancellation")
_ALREADY_CANCELLED = _cell(Verdict.NOTHING, "nothing", "already_cancelled", "already cancelled")
_ADVANCE = _cell(Verdict.ADVANCE, "update: addresses, paid, lines, mapped status; not mapped: conflict", "fulfilled", "OTTO says it has left")

TABLE: dict[tuple[Row, Stage], Cell] = {
    (Row.ANNOUNCED_OFF, Stage.NEVER): _cell(
        Verdict.SKIP,
        "skip: announced import is off",
        "announced_off",
        "announced (not yet paid or checked); importing announced orders is switched off",
    ),
    (Row.ANNOUNCED_OFF, Stage.ANNOUNCED): _AS_ON,
    (Row.ANNOUNCED_OFF, Stage.PROCESSABLE): _AS_ON,
    (Row.ANNOUNCED_OFF, Stage.FULFILLED): _ANNOUNCED_BACK,
    (Row.ANNOUNCED_OFF, Stage.EXPIRED): _STILL_EXPIRED,
    (Row.ANNOUNCED_OFF, Stage.CANCELLED): _AFTER_CANCEL,
    (Row.ANNOUNCED, Stage.NEVER): _cell(
        Verdict.CREATE, "create with `announced`, placeholder address, unpaid", "announced", "announced: goods reserved, not yet paid, do not ship"
    ),
    (Row.ANNOUNCED, Stage.ANNOUNCED): _cell(Verdict.KEEP, "nothing", "still_announced", "still announced; the goods stay reserved"),
    (Row.ANNOUNCED, Stage.PROCESSABLE): _ANNOUNCED_BACK,
    (Row.ANNOUNCED, Stage.FULFILLED): _ANNOUNCED_BACK,
    (Row.ANNOUNCED, Stage.EXPIRED): _STILL_EXPIRED,
    (Row.ANNOUNCED, Stage.CANCELLED): _AFTER_CANCEL,
    (Row.ANNOUNCED_LATE, Stage.NEVER): _cell(
        Verdict.SKIP, "skip: unpaid past the deadline", "unpaid_before_import", "unpaid past the deadline, never imported"
    ),
    (Row.ANNOUNCED_LATE, Stage.ANNOUNCED): _cell(
        Verdict.EXPIRE,
        '`after_deadline = "cancel"`: update to `cancelled`; `"wait"`: nothing, listed as overdue',
        "unpaid",
        "unpaid after {days} days",
    ),
    (Row.ANNOUNCED_LATE, Stage.PROCESSABLE): _ANNOUNCED_BACK,
    (Row.ANNOUNCED_LATE, Stage.FULFILLED): _ANNOUNCED_BACK,
    (Row.ANNOUNCED_LATE, Stage.EXPIRED): _STILL_EXPIRED,
    (Row.ANNOUNCED_LATE, Stage.CANCELLED): _AFTER_CANCEL,
    (Row.PROCESSABLE, Stage.NEVER): _cell(Verdict.CREATE, "create with `processable`, paid, with addresses", "processable", "paid: ready to ship"),
    (Row.PROCESSABLE, Stage.ANNOUNCED): _cell(Verdict.MOVE, "update to `processable`: addresses, paid, lines", "paid", "paid: ready to ship"),
    (Row.PROCESSABLE, Stage.PROCESSABLE): _cell(Verdict.KEEP, "nothing; lines or address changed: update", "up_to_date", "up to date"),
    (Row.PROCESSABLE, Stage.FULFILLED): _PAID_BACK,
    (Row.PROCESSABLE, Stage.EXPIRED): _cell(
        Verdict.MOVE, "update to `processable`, notice «late payment»", "late_payment", "paid after we had cancelled it: ready to ship again"
    ),
    (Row.PROCESSABLE, Stage.CANCELLED): _cell(
        Verdict.CONFLICT,
        "conflict: paid after OTTO cancelled",
        "paid_after_cancellation",
        "OTTO says paid, after it had cancelled the order; ask OTTO before you ship",
    ),
    (Row.FULFILLED, Stage.NEVER): _cell(
        Verdict.CREATE_FULFILLED,
        "placed before the first run: skip, already fulfilled (`import.fulfilled`: create); since then: create with the mapped status, not mapped: conflict",
        "already_fulfilled",
        "already sent before the first run",
    ),
    (Row.FULFILLED, Stage.ANNOUNCED): _ADVANCE,
    (Row.FULFILLED, Stage.PROCESSABLE): _cell(Verdict.ADVANCE_IF_MAPPED, "mapped: update; else nothing", "fulfilled", "OTTO says it has left"),
    (Row.FULFILLED, Stage.FULFILLED): _cell(Verdict.ADVANCE_IF_MAPPED, "forward: update; else nothing", "fulfilled", "OTTO says it has left"),
    (Row.FULFILLED, Stage.EXPIRED): _ADVANCE,
    (Row.FULFILLED, Stage.CANCELLED): _cell(
        Verdict.CONFLICT,
        "conflict: sent after OTTO cancelled",
        "sent_after_cancellation",
        "OTTO says sent, after it had cancelled the order; look at it in OTTO",
    ),
    (Row.CANCELLED_BY_MARKETPLACE, Stage.NEVER): _SKIP_CANCELLED,
    (Row.CANCELLED_BY_MARKETPLACE, Stage.ANNOUNCED): _CANCEL_BY_OTTO,
    (Row.CANCELLED_BY_MARKETPLACE, Stage.PROCESSABLE): _CANCEL_BY_OTTO,
    (Row.CANCELLED_BY_MARKETPLACE, Stage.FULFILLED): _CANCELLED_AFTER_SENT,
    (Row.CANCELLED_BY_MARKETPLACE, Stage.EXPIRED): _CONFIRMED,
    (Row.CANCELLED_BY_MARKETPLACE, Stage.CANCELLED): _ALREADY_CANCELLED,
    (Row.CANCELLED_BY_PARTNER, Stage.NEVER): _SKIP_CANCELLED,
    (Row.CANCELLED_BY_PARTNER, Stage.ANNOUNCED): _CANCEL_BY_PARTNER,
    (Row.CANCELLED_BY_PARTNER, Stage.PROCESSABLE): _CANCEL_BY_PARTNER,
    (Row.CANCELLED_BY_PARTNER, Stage.FULFILLED): _CANCELLED_AFTER_SENT,
    (Row.CANCELLED_BY_PARTNER, Stage.EXPIRED): _CONFIRMED,
    (Row.CANCELLED_BY_PARTNER, Stage.CANCELLED): _ALREADY_CANCELLED,
    **{(Row.UNKNOWN, stage): _HOLD for stage in Stage},
}

_ROWS = {
    ItemState.PROCESSABLE: Row.PROCESSABLE,
    ItemState.SENT: Row.FULFILLED,
    ItemState.RETURNED: Row.FULFILLED,
    ItemState.CANCELLED_BY_MARKETPLACE: Row.CANCELLED_BY_MARKETPLACE,
    ItemState.CANCELLED_BY_PARTNER: Row.CANCELLED_BY_PARTNER,
    ItemState.UNKNOWN: Row.UNKNOWN,
}

CANCELLING = frozenset({Row.CANCELLED_BY_MARKETPLACE, Row.CANCELLED_BY_PARTNER})
PAID = frozenset({Row.PROCESSABLE, Row.FULFILLED})

_TARGETS = {
    Row.ANNOUNCED_OFF: Stage.ANNOUNCED,
    Row.ANNOUNCED: Stage.ANNOUNCED,
    Row.ANNOUNCED_LATE: Stage.EXPIRED,
    Row.PROCESSABLE: Stage.PROCESSABLE,
    Row.FULFILLED: Stage.FULFILLED,
    Row.CANCELLED_BY_MARKETPLACE: Stage.CANCELLED,
    Row.CANCELLED_BY_PARTNER: Stage.CANCELLED,
}

# How far forward a stage is: a shop status may be adopted as the base only when it is further than what we know.
RANK = {Stage.NEVER: 0, Stage.ANNOUNCED: 1, Stage.PROCESSABLE: 2, Stage.FULFILLED: 3}


def row_of(state: ItemState) -> Row:
    """Give the row of a state that needs no clock (every state but ANNOUNCED)."""
    return _ROWS[state]


def target_of(row: Row) -> Stage:
    """Give the stage an order is in once the shop shows what the row wants."""
    return _TARGETS[row]


def status_of(row: Row, state: ItemState, policy: Policy) -> str | None:
    """Give the shop status a row wants, or None where it is not mapped; `returned` falls back to `sent`, `cancelled_by_partner` to `cancelled`."""
    status = policy.status
    match row:
        case Row.ANNOUNCED | Row.ANNOUNCED_OFF:
            return status.get(Role.ANNOUNCED)
        case Row.PROCESSABLE:
            return status.get(Role.PROCESSABLE)
        case Row.FULFILLED:
            sent = status.get(Role.SENT)
            return status.get(Role.RETURNED, sent) if state is ItemState.RETURNED else sent
        case Row.ANNOUNCED_LATE | Row.CANCELLED_BY_MARKETPLACE:
            return status.get(Role.CANCELLED)
        case Row.CANCELLED_BY_PARTNER:
            return status.get(Role.CANCELLED_BY_PARTNER, status.get(Role.CANCELLED))
        case _:
            return None


def stages_of(status: str, policy: Policy, *, expired: bool = False) -> tuple[Stage, ...]:
    """Give the stages a shop status may stand for by today's mapping, least advanced first."""
    meant = {role for role, mapped in policy.status.items() if mapped == status}
    stages = []
    if Role.ANNOUNCED in meant:
        stages.append(Stage.ANNOUNCED)
    if Role.PROCESSABLE in meant:
        stages.append(Stage.PROCESSABLE)
    if meant & {Role.SENT, Role.RETURNED}:
        stages.append(Stage.FULFILLED)
    if meant & {Role.CANCELLED, Role.CANCELLED_BY_PARTNER}:
        stages.append(Stage.EXPIRED if expired else Stage.CANCELLED)
    return tuple(stages)


def as_markdown() -> str:
    """Print the state table for README."""
    head = "| OTTO says ↓ · we know → | " + " | ".join(stage.value for stage in Stage) + " |"
    rule = "|---" * (len(Stage) + 1) + "|"
    rows = [f"| {row.value} | " + " | ".join(TABLE[row, stage].shown for stage in Stage) + " |" for row in Row]
    return "\n".join([head, rule, *rows])
