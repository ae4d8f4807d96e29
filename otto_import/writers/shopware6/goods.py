"""What becomes of the goods of an order that is there: its lines, its costs, its sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from otto_import.orders import ItemState
from otto_import.writers.shopware6 import lines, prices, reading
from otto_import.writers.shopware6.creating import SPARED, position
from otto_import.writers.web import Refusal

if TYPE_CHECKING:
    from decimal import Decimal

    from otto_import.plan import Update
    from otto_import.writers.shopware6.api import Document
    from otto_import.writers.shopware6.facts import Facts

UNKNOWN_SKU: Final = "unknown_sku"
Operations = Mapping[str, tuple[str, str, Sequence["Document"]]]


@dataclass(frozen=True, slots=True)
class Goods:
    """Hold what becomes of an order's lines and costs."""

    edits: lines.Edits
    costs: Document
    price: Document
    amount: Document
    needed: bool


def compared(action: Update, record: Document, facts: Facts, *, hold: bool) -> Goods | None:
    """Compare the lines and costs of a shop's order with those asked for; None where nothing is asked. `hold` refuses articles the shop lacks."""
    change = action.change
    if change.lines is None:
        return None
    articles = facts.articles(change.lines)
    spared = change.spares_stock or reading.fields(record).get(SPARED) == "1"
    fees = change.fees or ()
    edits = lines.compared(
        record.get("lineItems") or (), lines.wanted(action.key, change.lines, fees, articles, stock=not spared), _sold(action, record, facts)
    )
    there = {line["id"] for line in record.get("lineItems") or ()}
    if hold and any(_lacks_article(line, there) for line in edits.changed):
        where = "lines"
        raise Refusal(where, 0, UNKNOWN_SKU)
    costs = lines.costs(fees)
    positions, extra = [(line.total, line.vat_rate) for line in edits.lines], [(fee.amount, fee.vat_rate) for fee in costs]
    price, shipping = prices.cart(positions, extra), prices.shipping(costs)
    wrong = not edits.strange and lines.cents(record.get("amountTotal")) != price["totalPrice"]
    costs_differ = lines.cents(record.get("shippingTotal")) != shipping["totalPrice"]
    needed = bool(edits.changed or edits.gone or wrong or costs_differ)
    return Goods(edits, shipping, price, prices.payment(price["totalPrice"], [*positions, *extra]), needed)


def _sold(action: Update, record: Document, facts: Facts) -> set[tuple[str, Decimal]]:
    """Give the articles of all items of OTTO's order, cancelled ones too, where the lines do not tell by themselves whose they are."""
    if lines.marked(record.get("lineItems") or ()):
        return set()
    every = replace(action.order, items=tuple(replace(item, state=ItemState.PROCESSABLE) for item in action.order.items)).lines
    articles = facts.articles(every)
    return {(articles[line.sku].id, line.price) for line in every if line.sku in articles}


def _lacks_article(line: lines.Wanted, there: set[str]) -> bool:
    return line.id not in there and "otto_sku" in line.record["customFields"] and "productId" not in line.record


def operations(record: Document, goods: Goods) -> Operations:
    """Give the writes that change lines and costs, all but the lines that go."""
    ref, place = record["id"], reading.delivery(record)
    old = {spot["orderLineItemId"]: spot["id"] for spot in (place or {}).get("positions") or ()}
    spots = [
        {"id": old.get(line.id, position(line.id)), "orderDeliveryId": place["id"], "orderLineItemId": line.id, "price": line.record["price"]}
        for line in goods.edits.changed
        if place
    ]
    sums = {"shippingCosts": goods.costs, **({} if goods.edits.strange else {"price": goods.price})}
    return {
        "lines": ("order_line_item", "upsert", [{**line.record, "orderId": ref} for line in goods.edits.changed]),
        "places": ("order_delivery_position", "upsert", spots),
        "delivery": ("order_delivery", "upsert", [{"id": place["id"], "shippingCosts": goods.costs}] if place else []),
        "order": ("order", "upsert", [{"id": ref, **sums}]),
    }


def marks(record: Document, goods: Goods) -> list[Document]:
    """Give what the lines are to say besides amounts; the shop's recalculation renames them after its own articles."""
    there = {line["id"]: line for line in record.get("lineItems") or ()}
    wanted = [{name: line.record[name] for name in ("id", "label", "position", "customFields")} for line in goods.edits.lines]
    return [each for each in wanted if goods.needed or _differs(there.get(each["id"]) or {}, each)]


def _differs(there: Document, mark: Document) -> bool:
    told = reading.fields(there)
    return there.get("label") != mark["label"] or any(told.get(name) != value for name, value in mark["customFields"].items())


def payment(record: Document, goods: Goods) -> list[Document]:
    """Give the payment's amount where it is another one."""
    paid = reading.transaction(record)
    amount = paid.get("amount") if paid else None
    told = lines.cents(amount.get("totalPrice")) if isinstance(amount, dict) else None
    total: Decimal = goods.price["totalPrice"]
    return [{"id": paid["id"], "amount": goods.amount}] if paid and told != total else []
