"""The lines of an order in Shopware: articles, free-text lines, freight; and how those that are there differ from those wanted."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from otto_import.writers.shopware6 import prices
from otto_import.writers.web import fee_label, line_fields

if TYPE_CHECKING:
    from otto_import.orders import DeliveryFee, Line
    from otto_import.plan import OrderKey
    from otto_import.writers.shopware6.api import Document
    from otto_import.writers.shopware6.facts import Article

NAMESPACE: Final = uuid.UUID("6c1f6a53-0f1b-5b57-9d36-1f1d6c0f2a5e")
OURS: Final = "otto_line"
_LABEL: Final = 255
_PRODUCT: Final = "product"
_CUSTOM: Final = "custom"
"""Shopware counts lines of the type `product` alone as taken from the stock."""


def derived(key: OrderKey, *parts: str) -> str:
    """Make the id of something that belongs to an order: the same one each time."""
    return uuid.uuid5(NAMESPACE, "|".join((key, *parts))).hex


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold one line as it is to be: its record, and what it costs."""

    id: str
    price: Decimal
    quantity: int
    vat_rate: Decimal
    record: Document

    @property
    def total(self) -> Decimal:
        """Multiply price and quantity."""
        return self.price * self.quantity


def wanted(key: OrderKey, lines: Iterable[Line], fees: Iterable[DeliveryFee], articles: Mapping[str, Article], *, stock: bool) -> list[Wanted]:
    """Lay lines out; freight stands on a line of its own name, other fees make up the shipping costs. Without `stock` none is taken."""
    found = [_line(key, line, articles.get(line.sku), stock=stock) for line in lines]
    found += [_freight(key, fee, number) for number, fee in enumerate(fee for fee in fees if fee.freight)]
    for place, line in enumerate(found, 1):
        line.record["position"] = place
    return found


def costs(fees: Iterable[DeliveryFee]) -> list[DeliveryFee]:
    """Give the fees that are shipping costs."""
    return [fee for fee in fees if not fee.freight]


def _line(key: OrderKey, line: Line, article: Article | None, *, stock: bool) -> Wanted:
    record = derived(key, "line", line.sku, str(line.price.normalize()), str(line.vat_rate.normalize()))
    number = article.number if article else line.sku
    document: Document = {
        **_common(record, line.title or line.sku, line.price, line.quantity, line.vat_rate),
        "type": _PRODUCT if article and stock else _CUSTOM,
        "identifier": article.id if article else record,
        "payload": {"productNumber": number},
        "customFields": {OURS: "1", "otto_sku": line.sku, "otto_ship_by": None, "otto_weee_pickup": None, "otto_sent": None, **line_fields(line)},
    }
    if article:
        document |= {"productId": article.id, "referencedId": article.id}
    return Wanted(record, line.price, line.quantity, line.vat_rate, document)


def _freight(key: OrderKey, fee: DeliveryFee, number: int) -> Wanted:
    record = derived(key, "freight", fee.name, str(number))
    document = {
        **_common(record, fee_label(fee), fee.amount, 1, fee.vat_rate),
        "type": _CUSTOM,
        "identifier": record,
        "payload": {},
        "customFields": {OURS: "1", "otto_fee": fee.name},
    }
    return Wanted(record, fee.amount, 1, fee.vat_rate, document)


def _common(record: str, label: str, price: Decimal, quantity: int, vat_rate: Decimal) -> Document:
    return {
        "id": record,
        "label": label[:_LABEL],
        "quantity": quantity,
        "price": prices.calculated(price, quantity, vat_rate),
        "priceDefinition": prices.definition(price, quantity, vat_rate),
        "good": True,
        "removable": True,
        "stackable": True,
    }


@dataclass(frozen=True, slots=True)
class Edits:
    """Hold how the lines that are there become those wanted.

    `lines` are the wanted ones under the ids they have in the shop; `changed` those of them that cost another amount, or are new, or stand for
    another article; `gone` the ids of ours that are wanted no more. `strange` tells that lines of somebody else's remain.
    """

    lines: Sequence[Wanted]
    changed: Sequence[Wanted]
    gone: Sequence[str]
    strange: bool


def compared(there: Sequence[Document], wanted_lines: Sequence[Wanted], sold: Collection[tuple[str, Decimal]]) -> Edits:
    """Compare the lines of a shop's order with those wanted. A line without our mark is taken over where article and price agree.

    `sold` are the articles (id, price) that OTTO's order ever had: of an order on which no line bears our mark yet, theirs count as ours.
    """
    claimed = not marked(there)
    by_id = {record["id"]: record for record in there}
    taken: dict[str, str] = {line.id: line.id for line in wanted_lines if line.id in by_id}
    for line in wanted_lines:
        if line.id not in taken:
            match = next((record["id"] for record in there if _agrees(record, line) and record["id"] not in taken.values()), None)
            if match is not None:
                taken[line.id] = match
    lines = [_under(line, taken.get(line.id, line.id)) for line in wanted_lines]
    kept = {line.id for line in lines}
    others = [record for record in there if record["id"] not in kept]
    return Edits(
        lines=lines,
        changed=[line for line in lines if line.id not in by_id or _costs_otherwise(by_id[line.id], line)],
        gone=[record["id"] for record in others if _ours(record) or (claimed and _sold(record, sold))],
        strange=any(not (_ours(record) or (claimed and _sold(record, sold))) for record in others),
    )


def marked(there: Iterable[Document]) -> bool:
    """Tell whether any line bears our mark."""
    return any(_ours(record) for record in there)


def _sold(record: Document, sold: Collection[tuple[str, Decimal]]) -> bool:
    return (record.get("productId"), _unit(record)) in sold


def _agrees(record: Document, line: Wanted) -> bool:
    return not _ours(record) and bool(record.get("productId")) and record["productId"] == line.record.get("productId") and _unit(record) == line.price


def _costs_otherwise(record: Document, line: Wanted) -> bool:
    return (record.get("quantity"), _unit(record)) != (line.quantity, line.price)


def _under(line: Wanted, record: str) -> Wanted:
    return line if line.id == record else Wanted(record, line.price, line.quantity, line.vat_rate, {**line.record, "id": record})


def _ours(record: Document) -> bool:
    fields: Any = record.get("customFields")
    return isinstance(fields, dict) and fields.get(OURS) == "1"


def _unit(record: Document) -> Decimal:
    return cents(record.get("unitPrice"))


def cents(value: object) -> Decimal:
    """Read an amount, to the cent."""
    return Decimal(str(value if isinstance(value, int | float | Decimal) else 0)).quantize(Decimal("0.01"))
