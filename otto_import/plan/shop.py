"""What a shop says: of its orders, of its statuses, of its health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from otto_import.plan.known import OrderKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOrder:
    """Hold what a shop says of one of its orders; None where the shop cannot tell.

    `key` is the OTTO key it carries; `set_status`, `complete`, `expired` and `item_ids` come from our receipt on it;
    `intermediate` marks a status through which the writer itself passes between two writes; `addressed` is False for a placeholder.
    `foreign` marks an order that another program made of this OTTO order: it carries no receipt of ours yet. `order_number` and `placed_at`
    (aware UTC) are OTTO's, from the receipt too.
    """

    ref: str
    key: OrderKey | None
    status: str
    intermediate: bool = False
    set_status: str | None = None
    complete: bool | None = None
    expired: bool = False
    item_ids: frozenset[str] | None = None
    total: Decimal | None = None
    paid: bool | None = None
    addressed: bool | None = None
    foreign: bool = False
    order_number: str | None = None
    placed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Hold the shop's answer about one order: every hit of a look-up by key, or the one order read by its reference (none: it is gone).

    `missing` are the SKUs of its living items whose articles the shop lacks; asked where the order may have to be made.
    """

    hits: tuple[ShopOrder, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopStatus:
    """Describe a status of a shop and what it does; None: the shop does not say."""

    code: str
    label: str
    takes_stock: bool | None = None
    means_paid: bool | None = None
    gives_stock_back: bool | None = None
    mails_buyer: bool | None = None
    makes_invoice: bool | None = None


class Grade(StrEnum):
    """Grade a finding of a check."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one finding of a check: what was looked at, what was seen, and the remedy."""

    grade: Grade
    subject: str
    text: str
    remedy: str = ""
