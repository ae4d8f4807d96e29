"""From OTTO's wire to the language of orders. Pure; whatever comes in, an `Order` or a `BrokenOrder` goes out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from otto_import.orders import CANCELLED, Address, BrokenOrder, DeliveryFee, Item, ItemState, Order
from otto_import.otto.countries import alpha_2
from otto_import.otto.money import Untrusted, euros, percent
from otto_import.otto.schema import InitialDeliveryFee, PartnerOrder, PositionItem, WireAddress, read_order
from otto_import.otto.values import read_text

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ORDER_NUMBER = re.compile(r"[A-Za-z0-9-]{1,30}")
_NOT_SYMBOLIC = re.compile(r"[^A-Z_0-9]")
_LONGEST_WORD = 40
_STATES: dict[str, ItemState] = {state.value: state for state in ItemState if state is not ItemState.UNKNOWN}


def translate(value: object) -> Order | BrokenOrder:
    """Translate one order as parsed from JSON (numbers as Decimal); a `BrokenOrder` says why, with whichever id is legible."""
    wire = read_order(value)
    if isinstance(wire, str):
        return _broken(value, wire)
    try:
        return _order(wire)
    except Untrusted as error:
        return _broken(value, str(error))


def order_id(text: str) -> str | None:
    """Give a text that may be a `salesOrderId`, None for any other. Dots alone are no id: they would mean another path."""
    return text if _ID.fullmatch(text) and text.strip(".") else None


def order_number(text: str) -> str | None:
    """Give a text that may be an `orderNumber`, None for any other."""
    return text if _ORDER_NUMBER.fullmatch(text) else None


def _broken(value: object, text: str) -> BrokenOrder:
    fields = value if isinstance(value, dict) else {}
    return BrokenOrder(
        sales_order_id=order_id(read_text(fields.get("salesOrderId"))),
        order_number=order_number(read_text(fields.get("orderNumber"))),
        text=text,
    )


def _order(wire: PartnerOrder) -> Order:
    sales_order_id, number = order_id(wire.sales_order_id), order_number(wire.order_number)
    if sales_order_id is None:
        raise Untrusted(because="the salesOrderId is missing or not legible")
    if number is None:
        raise Untrusted(because="the orderNumber is missing or not legible")
    if wire.order_date is None:
        raise Untrusted(because="the order date is missing or not legible")
    if not wire.position_items:
        raise Untrusted(because="there are no position items")
    notices: list[str] = []
    unknown: list[str] = []
    items = tuple(_item(item, position, notices, unknown) for position, item in enumerate(wire.position_items, 1))
    ids = frozenset(item.id for item in items)
    if len(ids) < len(items):
        raise Untrusted(because="a positionItemId occurs twice")
    fees = tuple(_fee(fee, ids, notices) for fee in wire.initial_delivery_fees or () if fee is not None)
    freight = _by_freight(fees, items)
    return Order(
        sales_order_id=sales_order_id,
        order_number=number,
        placed_at=wire.order_date,
        items=items,
        modified_at=wire.last_modified_date,
        fees=fees,
        delivery_address=_address(wire.delivery_address, "delivery", freight=freight),
        invoice_address=_address(wire.invoice_address, "invoice", freight=freight),
        payment_method=_symbolic(wire.payment.payment_method) or None if wire.payment else None,
        suspected_fraud=wire.suspected_fraud_case,
        notices=tuple(notices),
        unknown_states=tuple(dict.fromkeys(unknown)),
    )


def _item(wire: PositionItem, position: int, notices: list[str], unknown: list[str]) -> Item:
    here = f"position item {position}"
    product = wire.product
    if order_id(wire.position_item_id) is None:
        raise Untrusted(because=f"{here}: the positionItemId is missing or not legible")
    if product is None or not product.sku:
        raise Untrusted(because=f"{here}: the SKU is missing")
    state = _STATES.get(wire.fulfillment_status, ItemState.UNKNOWN)
    if state is ItemState.UNKNOWN:
        unknown.append(_NOT_SYMBOLIC.sub("", wire.fulfillment_status)[:_LONGEST_WORD] or "UNREADABLE")
    gross = euros(wire.item_value_gross_price, f"{here}: the gross price")
    return Item(
        id=wire.position_item_id,
        state=state,
        sku=product.sku,
        title=product.product_title,
        gross=gross,
        vat_rate=percent(product.vat_rate, f"{here}: the VAT rate"),
        reduced=_reduced(wire, gross, here, notices),
        article_number=product.article_number,
        ean=product.ean,
        ship_by=wire.expected_delivery_date,
        processable_at=wire.processable_date,
        sent_at=wire.sent_date,
        returned_at=wire.returned_date,
        cancelled_at=wire.cancellation_date,
        cancellation_reason=_symbolic(wire.cancellation_reason),
        weee_pickup=wire.weee_pickup,
    )


def _reduced(wire: PositionItem, gross: Decimal, here: str, notices: list[str]) -> Decimal | None:
    reduced_price, discount_price = wire.item_value_reduced_gross_price, wire.item_value_discount
    reduced = None if reduced_price is None else euros(reduced_price, f"{here}: the reduced price")
    if discount_price is None:
        return reduced
    discount = euros(discount_price, f"{here}: the discount")
    if reduced is None:
        if discount:
            notices.append(f"{here}: OTTO names a discount but no reduced price; the gross price is taken")
    elif gross - discount != reduced:
        notices.append(f"{here}: gross price less discount is not the reduced price; the reduced price is taken")
    return reduced


def _fee(wire: InitialDeliveryFee, ids: frozenset[str], notices: list[str]) -> DeliveryFee:
    amount = euros(wire.delivery_fee_amount, "a delivery fee")
    concerned = ids.intersection(wire.position_item_ids or ())
    if not concerned:
        # A fee without an item would never be charged; and charged it was.
        concerned = ids
        notices.append("a delivery fee names none of the position items; it is taken for the whole order")
    return DeliveryFee(name=wire.name, amount=amount, vat_rate=percent(wire.vat_rate, "the VAT rate of a delivery fee"), item_ids=concerned)


def _by_freight(fees: Iterable[DeliveryFee], items: Iterable[Item]) -> bool:
    surcharges = [fee for fee in fees if fee.freight]
    return bool(surcharges) and any(item.id in fee.item_ids and item.state not in CANCELLED for item in items for fee in surcharges)


def _address(wire: WireAddress | None, which: str, *, freight: bool) -> Address | None:
    if wire is None or not (wire.last_name or wire.street or wire.city):
        return None
    country = alpha_2(wire.country_code)
    if country is None:
        raise Untrusted(because=f"the country code of the {which} address is not known")
    return Address(
        first_name=wire.first_name,
        last_name=wire.last_name,
        street=wire.street,
        house_number=wire.house_number,
        zip_code=wire.zip_code,
        city=wire.city,
        country=country,
        salutation=_symbolic(wire.salutation),
        addition=wire.addition,
        phone=wire.phone_number if freight else "",
        email=wire.email,
    )


def _symbolic(text: str) -> str:
    return _NOT_SYMBOLIC.sub("", text.upper())[:_LONGEST_WORD] if text else ""
