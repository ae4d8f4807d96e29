"""The values a story is made of. Times are aware UTC; nothing in them tells who the buyer is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from otto_import.orders import CANCELLED, ItemState, OrderState
from otto_import.outcome import OrderLine
from otto_import.plan import Known, OrderKey, ShopOrder, Stage
from otto_import.rules import Row, Verdict


@dataclass(frozen=True, slots=True)
class Moment:
    """Hold one line of the time line: when (run clock), who ("buyer", "otto", "deed", "decision"), a stable code, our sentence, the shop's status."""

    at: datetime
    who: str
    code: str
    text: str
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """Hold what OTTO or the shop says at present: whether it answered, a sentence (also where it did not answer, and why), and its own word."""

    answered: bool
    text: str
    state: OrderState | None = None
    found: tuple[ShopOrder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """Hold one position item as OTTO shows it; `since` is when it came into its state, where OTTO says so."""

    id: str
    state: ItemState
    sku: str
    title: str
    price: Decimal
    since: datetime | None = None
    ship_by: datetime | None = None
    reason: str = ""

    @property
    def living(self) -> bool:
        """Tell whether the item is not cancelled."""
        return self.state not in CANCELLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Hold the cell of the state table that applies; `fresh` is False where OTTO was not heard, so that it rests on what the ledger remembers."""

    row: Row
    stage: Stage
    verdict: Verdict
    shown: str
    reason: str
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Hold what comes next: our sentence, the line a run would print (None: it cannot be told), and when at the earliest (real clock; None: next run)."""

    text: str
    line: OrderLine | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Hold all there is to tell of one order; `known` is what the ledger remembers (None: nothing), `told_at` the run's clock."""

    key: OrderKey
    sales_order_id: str | None
    order_number: str | None
    placed_at: datetime | None
    told_at: datetime
    known: Known | None
    timeline: tuple[Moment, ...]
    otto: Word
    shop: Word
    items: tuple[ItemLine, ...]
    rule: Rule | None
    ahead: Ahead
    notices: tuple[str, ...] = ()
