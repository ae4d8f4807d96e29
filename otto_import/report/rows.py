"""An order's outcome as the cells of a row, in words for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from otto_import.outcome import ActionName, OrderLine, Result


class Kind(Enum):
    """Name what a row is about: its sign, the word of the legend, its colour on a terminal."""

    CREATE = ("+", "create", "green")
    UPDATE = ("~", "update", "cyan")
    CANCEL = ("x", "cancel", "magenta")
    ADOPT = ("=", "adopt", "blue")
    HOLD = ("!", "hold", "yellow")
    CONFLICT = ("✗", "conflict", "red")
    SKIP = ("·", "skip", "dim")

    def __init__(self, sign: str, word: str, style: str) -> None:
        self.sign = sign
        self.word = word
        self.style = style


DONE = "✓"
_KINDS = {
    ActionName.CREATE: Kind.CREATE,
    ActionName.UPDATE: Kind.UPDATE,
    ActionName.ADOPT: Kind.ADOPT,
    ActionName.SKIP: Kind.SKIP,
    ActionName.HOLD: Kind.HOLD,
    ActionName.CONFLICT: Kind.CONFLICT,
}
_GONE = "deleted"
_WRITES = frozenset({Kind.CREATE, Kind.UPDATE, Kind.CANCEL, Kind.ADOPT})
_TROUBLE = {Result.FAILED: "failed", Result.IN_DOUBT: "in doubt", Result.HELD_BACK: "held back"}


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the cells of one order, each a single line that fits its stream; `mark` is the sign of the kind and of the deed."""

    kind: Kind
    mark: str
    number: str
    age: str
    states: tuple[str, ...]
    status: str
    why: str
    notices: tuple[str, ...]


def kind_of(line: OrderLine) -> Kind:
    """Tell what a row is about."""
    return Kind.CANCEL if line.cancels and line.action is ActionName.UPDATE else _KINDS[line.action]


def needs_person(line: OrderLine) -> bool:
    """Tell whether somebody should look at an order even where only trouble is shown."""
    return line.action in {ActionName.HOLD, ActionName.CONFLICT} or line.result in _TROUBLE


def row(line: OrderLine, clock: datetime, fit: Callable[[str], str]) -> Row:
    """Make an order's row; `clock` is the run's clock, `fit` makes a text fit its stream."""
    kind = kind_of(line)
    return Row(
        kind=kind,
        mark=fit(f"{kind.sign} {DONE}" if line.result is Result.DONE and kind in _WRITES else kind.sign),
        number=fit(line.order_number or line.sales_order_id or "–"),
        age=fit(age(line.placed_at, clock)),
        states=tuple(map(fit, _states(line))),
        status=fit(_status(line)),
        why=fit(_why(line)),
        notices=tuple(fit(f"note: {notice}") for notice in line.notices),
    )


def age(placed_at: datetime | None, clock: datetime) -> str:
    """Tell how long ago an order was placed, in the largest unit that says enough."""
    if placed_at is None:
        return "–"
    passed = clock - placed_at
    if passed < timedelta(0):
        return "future"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} min"
    if passed < timedelta(days=2):
        return f"{passed // timedelta(hours=1)} h"
    return f"{passed.days} d"


def _states(line: OrderLine) -> tuple[str, ...]:
    if not line.items:
        return (line.otto_state or "–",)
    first = sorted(line.items.items(), key=lambda counted: counted[0] != line.otto_state)
    return tuple(f"{state} {count}" for state, count in first)


def _status(line: OrderLine) -> str:
    """Show the shop status now and then; an order that is not in the shop, or no longer, has none."""
    if line.code == _GONE:
        return "–"
    now = None if line.action is ActionName.CREATE else line.shop_status_found or line.previous_shop_status
    then = line.shop_status or now
    if then == now:
        return now or "–"
    return f"{now or '–'} → {then}"


def _why(line: OrderLine) -> str:
    trouble = _TROUBLE.get(line.result)
    if trouble is None:
        return line.reason if line.error is None else f"{line.reason} ({line.error})"
    return f"{trouble}: {line.reason}" if line.error is None else f"{trouble} ({line.error}): {line.reason}"
