"""The ledger's history in words: OTTO said, we did, we decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otto_import.ledger.base import Event, EventKind
from otto_import.story.values import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

BUYER, OTTO, DEED, DECISION = "buyer", "otto", "deed", "decision"
_DEEDS = {
    "create": "we made an order of it in the shop",
    "update": "we changed the shop's order",
    "adopt": "we took over the shop's order",
    "conflict": "we completed the shop's order and left the rest to you",
}


def timeline(placed_at: datetime | None, history: Sequence[Event]) -> tuple[Moment, ...]:
    """Tell an order's history, oldest first; the buyer's order comes before what is known of it."""
    placed = () if placed_at is None else (Moment(placed_at, BUYER, "placed", "the buyer ordered at OTTO"),)
    return (*placed, *map(_moment, history))


def _moment(event: Event) -> Moment:
    match event.kind:
        case EventKind.OTTO:
            return Moment(event.at, OTTO, event.code, event.text.replace("says", "said", 1), event.status)
        case EventKind.DEED:
            shows = f", which shows {event.status}" if event.status else ""
            return Moment(event.at, DEED, event.code, f"{_DEEDS.get(event.code, event.code)}{shows}: {event.text}", event.status)
        case EventKind.DECISION:
            found = f" (the shop said {event.status})" if event.status else ""
            return Moment(event.at, DECISION, event.code, f"we left it waiting: {event.text}{found}", event.status)
