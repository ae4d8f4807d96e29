"""The language both sides share: what an OTTO order is, without OTTO's wire names and without any shop's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property


class ItemState(StrEnum):
    """Name the fulfilment status of a position item, least advanced first; an order's derived state uses the same names.

    Source: otto-api.md 3.2 and 4.1.
    """

    ANNOUNCED = "ANNOUNCED"
    PROCESSABLE = "PROCESSABLE"
    SENT = "SENT"
    RETURNED = "RETURNED"
    CANCELLED_BY_PARTNER = "CANCELLED_BY_PARTNER"
    CANCELLED_BY_MARKETPLACE = "CANCELLED_BY_MARKETPLACE"
    UNKNOWN = "UNKNOWN"


OrderState = ItemState
CANCELLED = frozenset({ItemState.CANCELLED_BY_PARTNER, ItemState.CANCELLED_BY_MARKETPLACE})
FULFILLED = frozenset({ItemState.SENT, ItemState.RETURNED})
_SEQUENCE = (ItemState.ANNOUNCED, ItemState.PROCESSABLE, ItemState.SENT, ItemState.RETURNED)


@dataclass(frozen=True, slots=True)
class Address:
    """Hold one address; `country` is ISO 3166-1 alpha-2. Its text form shows nothing of it."""

    first_name: str
    last_name: str
    street: str
    house_number: str
    zip_code: str
    city: str
    country: str
    salutation: str = ""
    addition: str = ""
    phone: str = ""
    email: str = ""

    def __repr__(self) -> str:
        return "Address(…)"


@dataclass(frozen=True, slots=True)
class Item:
    """Hold one position item: one unit of one article (otto-api.md 3.2). Times are aware UTC; prices gross euro; VAT in percent."""

    id: str
    state: ItemState
    sku: str
    title: str
    gross: Decimal
    vat_rate: Decimal
    reduced: Decimal | None = None
    article_number: str = ""
    ean: str = ""
    ship_by: datetime | None = None
    processable_at: datetime | None = None
    sent_at: datetime | None = None
    returned_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancellation_reason: str = ""
    weee_pickup: bool = False

    @property
    def price(self) -> Decimal:
        """Give the price the buyer pays: reduced where OTTO names one (0 counts), else gross."""
        return self.gross if self.reduced is None else self.reduced

    @property
    def living(self) -> bool:
        """Tell whether the item is not cancelled."""
        return self.state not in CANCELLED


@dataclass(frozen=True, slots=True)
class DeliveryFee:
    """Hold one delivery fee as agreed at checkout (otto-api.md 3.5)."""

    name: str
    amount: Decimal
    vat_rate: Decimal
    item_ids: frozenset[str]

    @property
    def freight(self) -> bool:
        """Tell a freight surcharge from an ordinary fee, by its name."""
        return "FREIGHT" in self.name.upper()


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one line of a shop order: the living items of one SKU, price and VAT rate. `sent` of the `item_ids` have already left."""

    sku: str
    title: str
    price: Decimal
    vat_rate: Decimal
    item_ids: tuple[str, ...]
    article_number: str = ""
    ean: str = ""
    ship_by: datetime | None = None
    weee_pickup: bool = False
    sent: int = 0

    @property
    def quantity(self) -> int:
        """Count the units."""
        return len(self.item_ids)

    @property
    def total(self) -> Decimal:
        """Multiply price and quantity."""
        return self.price * len(self.item_ids)


@dataclass(frozen=True)
class Order:
    """Hold one OTTO order as read (otto-api.md 3.1). Addresses are absent while OTTO withholds them.

    `notices` are sentences about oddities met while reading that do not forbid the import (no buyer's data in them).
    `unknown_states` are the words OTTO used for item states this version does not know.
    """

    sales_order_id: str
    order_number: str
    placed_at: datetime
    items: tuple[Item, ...]
    modified_at: datetime | None = None
    fees: tuple[DeliveryFee, ...] = ()
    delivery_address: Address | None = field(default=None, repr=False)
    invoice_address: Address | None = field(default=None, repr=False)
    payment_method: str | None = None
    suspected_fraud: bool = False
    notices: tuple[str, ...] = ()
    unknown_states: tuple[str, ...] = ()

    @cached_property
    def state(self) -> OrderState:
        """Derive the order's state: the least advanced item that is not cancelled decides (otto-api.md 4.3)."""
        states = {item.state for item in self.items}
        if ItemState.UNKNOWN in states:
            return ItemState.UNKNOWN
        for state in _SEQUENCE:
            if state in states:
                return state
        return ItemState.CANCELLED_BY_MARKETPLACE if ItemState.CANCELLED_BY_MARKETPLACE in states else ItemState.CANCELLED_BY_PARTNER

    @cached_property
    def living(self) -> tuple[Item, ...]:
        """Give the items that are not cancelled."""
        return tuple(item for item in self.items if item.living)

    @cached_property
    def living_ids(self) -> tuple[str, ...]:
        """Give the ids of the living items, sorted."""
        return tuple(sorted(item.id for item in self.living))

    @cached_property
    def living_fees(self) -> tuple[DeliveryFee, ...]:
        """Give the delivery fees that concern at least one living item."""
        alive = set(self.living_ids)
        return tuple(fee for fee in self.fees if alive & fee.item_ids)

    @cached_property
    def total(self) -> Decimal:
        """Add up the living items and their delivery fees."""
        return sum((item.price for item in self.living), Decimal(0)) + sum((fee.amount for fee in self.living_fees), Decimal(0))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Group the living items into one line per SKU, price and VAT rate, in OTTO's order."""
        groups: dict[tuple[str, Decimal, Decimal], list[Item]] = defaultdict(list)
        for item in self.living:
            groups[item.sku, item.price, item.vat_rate].append(item)
        return tuple(_line(items) for items in groups.values())

    @property
    def freight(self) -> bool:
        """Tell whether a forwarder brings it: only then is the buyer's phone number handed on (design: Lines)."""
        return any(fee.freight for fee in self.living_fees)

    @property
    def paid_at(self) -> datetime | None:
        """Give the time the first living item became processable, or None where OTTO does not say."""
        return min((item.processable_at for item in self.living if item.processable_at), default=None)

    @property
    def partly_fulfilled(self) -> bool:
        """Tell whether some living items have left and others have not."""
        return 0 < sum(item.state in FULFILLED for item in self.living) < len(self.living)


def _line(items: list[Item]) -> Line:
    first = items[0]
    return Line(
        sku=first.sku,
        title=first.title,
        price=first.price,
        vat_rate=first.vat_rate,
        item_ids=tuple(item.id for item in items),
        article_number=first.article_number,
        ean=first.ean,
        ship_by=min((item.ship_by for item in items if item.ship_by), default=None),
        weee_pickup=any(item.weee_pickup for item in items),
        sent=sum(item.state in FULFILLED for item in items),
    )


@dataclass(frozen=True, slots=True)
class BrokenOrder:
    """Stand for an order that cannot be read or must not be trusted; `text` says why, without any of its values."""

    sales_order_id: str | None
    order_number: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """Stand for an order that OTTO does not show us (404 or 403)."""

    sales_order_id: str | None
    order_number: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold one answer about one order: when OTTO gave it by its own clock, how far ours is off, and whether it was asked by id in this run.

    `date` is the answer's Date header (None: there was none); `skew` is our clock minus that date (None: cannot be told).
    """

    order: Order | BrokenOrder | Withheld
    date: datetime | None = None
    skew: timedelta | None = None
    by_id: bool = False
