"""What there may be to tell: the topics, and an ear that picks them out of a run's lines as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from otto_import.outcome import ActionName, Result

if TYPE_CHECKING:
    from otto_import.outcome import OrderLine

MOST_NAMED = 10
"""How many orders of one topic a message names; the others are counted."""

LATE = "late payment"
"""The notice on the line of an order that was paid after our deadline had cancelled it (`planner.following`)."""

_LONGEST_NAME, _LONGEST_REASON = 40, 200


class Topic(StrEnum):
    """Name what a message may be about; the words of `notify.on` in the config."""

    FAILURE = "failure"
    CONFLICT = "conflict"
    HELD_BACK = "held_back"
    SET_ASIDE = "set_aside"
    LATE_PAYMENT = "late_payment"
    SILENCE = "silence"


class Ending(StrEnum):
    """Name how a run ended: to its end, by an error or a bug, by a signal, or not begun, since another run was at work or nobody could mean it."""

    WHOLE = "whole"
    FAILED = "failed"
    STOPPED = "stopped"
    NOT_BEGUN = "not begun"


@dataclass(frozen=True, slots=True)
class SetAside:
    """Hold an order that was set aside: how it is called, and why."""

    name: str
    reason: str


@dataclass(slots=True)
class Named:
    """Count orders, and hold the first of them as they are told."""

    count: int
    told: list[str]

    def add(self, name: str, reason: str) -> None:
        """Take one more."""
        self.count += 1
        if len(self.told) < MOST_NAMED:
            self.told.append(f"{order_name(name)}: {sentence(reason)}")


class Ear:
    """Listen to the lines of a run, in memory that does not grow: new conflicts, late payments, and when the latest order was placed."""

    def __init__(self) -> None:
        self.conflicts = Named(0, [])
        self.late = Named(0, [])
        self.newest: datetime | None = None

    def take(self, lines: Sequence[OrderLine]) -> None:
        """Take lines; called often, and for each order of a large backfill."""
        for line in lines:
            placed = line.placed_at
            if placed is not None and (self.newest is None or placed > self.newest):
                self.newest = placed
            if line.new and line.action is not ActionName.HOLD:
                # After a write that went through, the contradiction stands where otherwise an error would.
                self.conflicts.add(_name(line), line.reason if line.action is ActionName.CONFLICT else line.error or line.reason)
            if line.notices and LATE in line.notices and line.result is Result.DONE:
                self.late.add(_name(line), line.reason)


def _name(line: OrderLine) -> str:
    return line.order_number or line.sales_order_id or ""


def order_name(name: str) -> str:
    """Give an order's number as it may stand in any message: OTTO's own are letters, digits and dashes, and whatever else comes is blotted out."""
    return (
        "".join(sign if sign.isascii() and (sign.isalnum() or sign == "-") else "?" for sign in name[:_LONGEST_NAME]) or "an order without a number"
    )


def sentence(text: str, most: int = _LONGEST_REASON) -> str:
    """Give a sentence as it may stand in any message: one line, without control characters, cut where it is too long."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return line if len(line) <= most else f"{line[: most - 1]}…"
