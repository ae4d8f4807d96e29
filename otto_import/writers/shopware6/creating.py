"""A new order: one document with everything in it, so that the shop has the whole order or none."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otto_import.writers import buyers
from otto_import.writers.shopware6 import lines, people, prices, reading, states
from otto_import.writers.shopware6.lines import derived
from otto_import.writers.web.receipt import issued

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from otto_import.orders import DeliveryFee, Order
    from otto_import.plan import Change, Create, OrderKey
    from otto_import.writers.base import WriterContext
    from otto_import.writers.shopware6.api import Document
    from otto_import.writers.shopware6.facts import Article, Facts
    from otto_import.writers.shopware6.settings import Shopware6Settings

_COMING: Final = frozenset({states.CANCELLED, states.COMPLETED})
SPARED: Final = "otto_spares_stock"
PAID_AT: Final = "otto_paid_at"


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold an order ready to be sent, the states it begins with, and those it is then to be moved to."""

    document: Document
    begins: Mapping[str, str]
    wanted: Mapping[str, str]


def beginning(change: Change) -> tuple[dict[str, str], dict[str, str]]:
    """Say in which states an order begins, and which ones are wanted.

    The old handling of stock takes an article away as an order is completed: one that is made as completed would never take any.
    """
    wanted = {
        states.ORDER: states.OPEN,
        states.TRANSACTION: states.PAID if change.paid else states.OPEN,
        states.DELIVERY: states.OPEN,
        **states.parsed(change.status or ""),
    }
    begins = dict(wanted)
    if not change.spares_stock and wanted[states.ORDER] in _COMING:
        begins[states.ORDER] = states.OPEN
    return begins, wanted


def remembered(order: Order, change: Change, context: WriterContext) -> dict[str, Any]:
    """Give the custom fields of an order besides the receipt."""
    told: dict[str, Any] = {}
    if order.payment_method:
        told["otto_payment_method"] = order.payment_method
    if change.paid:
        told[PAID_AT] = stamp(change.paid_at or context.now())
    if email := buyers.forwarding_email(change.invoice, context.buyer_email) or buyers.forwarding_email(change.delivery, context.buyer_email):
        told["otto_forwarding_email"] = email
    if change.fees is not None:
        told["otto_fees"] = "; ".join(f"{fee.name} {fee.amount}" for fee in change.fees) or None
    return told


def stamp(moment: datetime) -> str:
    """Write a moment as the shop does."""
    return moment.isoformat().replace("+00:00", "Z")


def draft(action: Create, facts: Facts, settings: Shopware6Settings, context: WriterContext, articles: Mapping[str, Article]) -> Draft:
    """Lay out a new order."""
    key, order, change = action.key, action.order, action.change
    begins, wanted = beginning(change)
    graph, channel = facts.graph(), facts.channel()
    fees = change.fees or ()
    made = lines.wanted(key, change.lines or (), fees, articles, stock=not change.spares_stock)
    costs = lines.costs(fees)
    amounts = [(line.total, line.vat_rate) for line in made], [(fee.amount, fee.vat_rate) for fee in costs]
    whole = prices.cart(*amounts)
    receipt = issued(key, order, change, complete=begins == wanted)
    marks = {**receipt.fields(), **remembered(order, change, context), **({SPARED: "1"} if change.spares_stock else {})}
    if begins != wanted:
        marks[reading.MOVING] = reading.moving(begins, wanted)
    document: Document = {
        "id": derived(key, "order"),
        "orderNumber": f"{settings.order_number_prefix}{order.order_number}"[:64],
        "orderDateTime": stamp(order.placed_at),
        "salesChannelId": channel.id,
        "currencyId": facts.currency(),
        "currencyFactor": 1,
        "stateId": graph[states.ORDER].ids[begins[states.ORDER]],
        **_people(key, change, facts, settings, phone=order.freight),
        "price": whole,
        "shippingCosts": prices.shipping(costs),
        "itemRounding": prices.ROUNDING,
        "totalRounding": prices.ROUNDING,
        "lineItems": [line.record for line in made],
        "deliveries": [_delivery(key, made, costs, facts, graph[states.DELIVERY].ids[begins[states.DELIVERY]], _ship_by(order))],
        "transactions": [
            {
                "id": derived(key, "transaction"),
                "paymentMethodId": facts.payment() or channel.payment,
                "amount": prices.payment(whole["totalPrice"], [*amounts[0], *amounts[1]]),
                "stateId": graph[states.TRANSACTION].ids[begins[states.TRANSACTION]],
            }
        ],
        "customFields": marks,
    }
    if change.note:
        document["customerComment"] = change.note
    return Draft(document, begins, wanted)


def _people(key: OrderKey, change: Change, facts: Facts, settings: Shopware6Settings, *, phone: bool) -> Document:
    stand_in = buyers.placeholder(settings.placeholder)
    to = change.delivery or change.invoice or stand_in
    bill = change.invoice or to
    greetings, countries, at_home = facts.salutations(), facts.countries(), facts.channel().country
    places = [
        people.address(derived(key, kind), found, countries, greetings, phone=phone, otherwise=at_home)
        for kind, found in (("billing", bill), ("shipping", to))
    ]
    buyer = people.customer(derived(key, "customer"), bill, greetings)
    return {"billingAddressId": places[0]["id"], "addresses": places, "orderCustomer": {**buyer, "email": people.unreachable(key)}}


def _delivery(key: OrderKey, made: list[lines.Wanted], costs: list[DeliveryFee], facts: Facts, state: str, ship_by: datetime) -> Document:
    return {
        "id": derived(key, "delivery"),
        "shippingOrderAddressId": derived(key, "shipping"),
        "shippingMethodId": facts.shipping() or facts.channel().shipping,
        "shippingDateEarliest": stamp(ship_by),
        "shippingDateLatest": stamp(ship_by),
        "shippingCosts": prices.shipping(costs),
        "stateId": state,
        "positions": [{"id": position(line.id), "orderLineItemId": line.id, "price": line.record["price"]} for line in made],
    }


def position(line: str) -> str:
    """Make the id of a line's place in the delivery."""
    return uuid.uuid5(lines.NAMESPACE, f"{line}|position").hex


def _ship_by(order: Order) -> datetime:
    return min((line.ship_by for line in order.lines if line.ship_by), default=order.placed_at)
