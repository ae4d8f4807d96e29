"""One order as OTTO writes it, in JSON (otto-api.md 3).

Texts are put together by hand, since a benchmark of the importer should not measure the stand-in; nothing in them needs escaping.
Prices are cents written with two decimals, so that no binary fraction ever touches them.
"""

from __future__ import annotations

from otto_import.otto.demo import ids
from otto_import.otto.demo.articles import BY_SKU, PARCELS, Article
from otto_import.otto.demo.lives import ANNOUNCED, BY_MARKETPLACE, BY_PARTNER, PROCESSABLE, RETURNED, SENT, Unit
from otto_import.otto.demo.moments import DAY, wire
from otto_import.otto.demo.people import addresses
from otto_import.otto.demo.world import Seen

_DATES = {
    PROCESSABLE: "processableDate",
    SENT: "sentDate",
    RETURNED: "returnedDate",
    BY_PARTNER: "cancellationDate",
    BY_MARKETPLACE: "cancellationDate",
}
_PROMISED = frozenset({ANNOUNCED, PROCESSABLE, SENT})
_SHIPPED = frozenset({SENT, RETURNED})
_PLAIN_BASKETS = (1, 1, 1, 1, 1, 2, 2, 3)
_FEE = 295
_SURCHARGE = 3995


def order_json(seen: Seen) -> str:
    """Write an order as it stands: addresses only once it was processable, each date only once it happened."""
    draw = ids.mix(seen.number + 0x5EED)
    units = _basket(seen, draw)
    order_id = ids.sales_order_id(seen.number)
    item_ids = [ids.position_item_id(seen.number, item) for item in range(len(units))]
    items = ",".join(_item(seen, item, unit, article, item_ids[item]) for item, (unit, article) in enumerate(units))
    changed = wire(seen.times[-1])
    payments = seen.life.payments
    return (
        f'{{"salesOrderId":"{order_id}","orderNumber":"{ids.order_number(seen.number)}","orderDate":"{wire(seen.times[0])}",'
        f'"lastModifiedDate":"{changed}","positionItems":[{items}],"orderLifecycleInformation":{{"lifecycleChangeDate":"{changed}"}}'
        f"{_fees(units, item_ids, draw)}{_discounts(units, item_ids)}{_addresses(seen, units, draw)},"
        f'"payment":{{"paymentMethod":"{payments[draw % len(payments)]}"}},"links":[{{"rel":"self","href":"/v4/orders/{order_id}"}}]}}'
    )


def amount(cents: int) -> str:
    """Write cents as an amount of euro."""
    return f'{{"amount":{cents // 100}.{cents % 100:02d},"currency":"EUR"}}'


def _basket(seen: Seen, draw: int) -> list[tuple[Unit, Article]]:
    if seen.life.basket:
        return [(unit, BY_SKU[unit.sku]) for unit in seen.life.basket]
    chosen = (PARCELS[(draw >> 8 * item) % len(PARCELS)] for item in range(1, 1 + _PLAIN_BASKETS[draw >> 60 & 7]))
    return [(_UNITS[article.sku], article) for article in chosen]


_UNITS = {article.sku: Unit(article.sku) for article in PARCELS}


def _item(seen: Seen, item: int, unit: Unit, article: Article, item_id: str) -> str:
    steps = seen.life.steps
    trail = seen.life.trail(item, seen.passed)
    state = steps[trail[-1]].to if trail else ANNOUNCED
    text = f'{{"positionItemId":"{item_id}","fulfillmentStatus":"{state}","itemValueGrossPrice":{amount(article.cents)}'
    if unit.discount:
        text += f',"itemValueReducedGrossPrice":{amount(article.cents - unit.discount)},"itemValueDiscount":{amount(unit.discount)}'
    text += f',"product":{article.product}'
    if state in _PROMISED:
        promised = (seen.times[0] // DAY + (28 if article.freight else 7 + seen.number % 14)) * DAY
        text += f',"expectedDeliveryDate":"{wire(promised)}"'
    for number in trail:
        step = steps[number]
        text += f',"{_DATES[step.to]}":"{wire(seen.times[number + 1])}"'
        if step.reason:
            text += f',"cancellationReason":"{step.reason}"'
    if state in _SHIPPED:
        text += f',"trackingInfo":{{"carrier":"HERMES","trackingNumber":"H{ids.mix(seen.number) % 10**19:019d}"}}'
    if state == RETURNED:
        text += ',"returnAcceptedByMarketplace":false'
    if unit.weee:
        text += ',"weeePickup":true'
    if unit.deal:
        text += ',"dealId":"deal-4711","dealName":"OTTO UP Deal"'
    return text + "}"


def _listed(item_ids: list[str]) -> str:
    return '["' + '","'.join(item_ids) + '"]'


def _fees(units: list[tuple[Unit, Article]], item_ids: list[str], draw: int) -> str:
    heavy = [item_id for item_id, (_, article) in zip(item_ids, units, strict=True) if article.freight]
    if not heavy and not draw >> 20 & 3:
        return ""
    rate = max((article.vat for _, article in units), key=float)
    standard = f'{{"name":"DELIVERY_FEE_STANDARD","deliveryFeeAmount":{amount(_FEE)},"positionItemIds":{_listed(item_ids)},"vatRate":{rate}}}'
    if not heavy:
        return f',"initialDeliveryFees":[{standard}]'
    return (
        f',"initialDeliveryFees":[{standard},{{"name":"DELIVERY_FEE_FREIGHT_SURCHARGE","deliveryFeeAmount":{amount(_SURCHARGE)},'
        f'"positionItemIds":{_listed(heavy)},"vatRate":19.0}}]'
    )


def _discounts(units: list[tuple[Unit, Article]], item_ids: list[str]) -> str:
    parts = [
        f'{{"name":"PARTNER_DISCOUNT","discountId":"SOMMER26","discountName":"Sommerrabatt","discountAmount":{amount(unit.discount)},'
        f'"positionItemIds":["{item_id}"],"vatRate":{article.vat}}}'
        for item_id, (unit, article) in zip(item_ids, units, strict=True)
        if unit.discount
    ]
    return f',"initialDiscounts":[{",".join(parts)}]' if parts else ""


def _addresses(seen: Seen, units: list[tuple[Unit, Article]], draw: int) -> str:
    """Write the addresses, which OTTO shows once an order has been processable (otto-api.md 4.1)."""
    if not any(step.to == PROCESSABLE for step in seen.life.steps[: seen.passed]):
        return ""
    freight = any(article.freight for _, article in units)
    delivery, invoice = addresses(draw >> 4, freight=freight)
    fraud = "true" if seen.life.suspected_fraud else "false"
    return f',"deliveryAddress":{delivery},"invoiceAddress":{invoice},"suspectedFraudCase":{fraud}'
