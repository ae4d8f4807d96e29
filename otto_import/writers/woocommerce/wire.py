"""What WooCommerce says of an order, read once: documents in, `ShopOrder` out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar, cast

from otto_import.plan import OrderKey, ShopOrder
from otto_import.writers.web import Receipt
from otto_import.writers.web.client import Fault
from otto_import.writers.web.shapes import fits
from otto_import.writers.woocommerce.shapes import ORDER, WHOLE

_T = TypeVar("_T")
Document = Mapping[str, Any]
"""An order, a line, a product as the shop's JSON has it."""

ORDERS: Final = "/wp-json/wc/v3/orders"
DRAFT: Final = "checkout-draft"
PENDING: Final = "pending"
REFUNDED: Final = "refunded"
REASON: Final = "OTTO: in part cancelled"
"""The reason of our refunds, by which they are told from others."""
PREFIX: Final = "_otto_"
STEP: Final = "_otto_step"
"""The mark of an order that stands for a moment in `pending`, so that its stock is counted anew: the status it comes from."""
HELD: Final = "_otto_held_email"
"""Where the buyer's e-mail waits while a status is set, so that the shop has nobody to write to."""
SPARES: Final = "_otto_spares_stock"
ITEM_IDS: Final = "_otto_item_ids"
FEE: Final = "_otto_fee"

BRIEF: Final = "id,status,total,created_via,date_paid_gmt,transaction_id,customer_note,meta_data,refunds"
FULL: Final = f"{BRIEF},billing,shipping,line_items,shipping_lines,fee_lines,tax_lines"
MOST: Final = 100
"""The most records that the shop gives, or takes, at once."""

_REF: Final = re.compile(r"[1-9][0-9]{0,17}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_VIA: Final = "otto:"
_LONGEST_VIA: Final = 100


def created_via(key: OrderKey) -> str:
    """Give what stands in `created_via` of the order: the one field of ours by which the shop can be asked, at most 100 characters without blanks and commas."""
    if _PLAIN.fullmatch(key) and len(key) <= _LONGEST_VIA - len(_VIA):
        return f"{_VIA}{key}"
    return f"{_VIA}sha256-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


def is_ref(ref: str) -> bool:
    """Tell whether a text can be an order's id."""
    return _REF.fullmatch(ref) is not None


def money(value: object) -> Decimal:
    """Read an amount; what is none counts as nothing."""
    try:
        found = Decimal(str(value or "0"))
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def fields(document: Document) -> dict[str, object]:
    """Give the meta fields by name."""
    return {each["key"]: each["value"] for each in document.get("meta_data") or ()}


def as_meta(pairs: Mapping[str, str | None]) -> list[dict[str, str | None]]:
    """Lay fields out as the shop wants them; None takes a field away."""
    return [{"key": key, "value": value} for key, value in pairs.items()]


def receipt_of(document: Document) -> Receipt | None:
    """Read our receipt from an order."""
    return Receipt.read(fields(document), PREFIX)


def refunded(document: Document) -> Decimal:
    """Add up what was refunded, as a positive amount.

    An order set to `refunded` gets a refund of all the rest from the shop itself, which says what became of the money, not what was ordered; of
    such an order only our own refunds count.
    """
    ours_alone = document["status"] == REFUNDED
    counted = (refund for refund in document.get("refunds") or () if not ours_alone or refund.get("reason") == REASON)
    return -sum((money(refund["total"]) for refund in counted), Decimal(0))


def total(document: Document) -> Decimal:
    """Give what the order comes to: its total stays as it was when a part is refunded, so that is taken off."""
    return money(document["total"]) - refunded(document)


def shop_order(document: Document) -> ShopOrder:
    """Tell of an order. One that we left half-made shows the status it is on its way to, marked as incomplete."""
    receipt = receipt_of(document)
    order = ShopOrder(ref=str(document["id"]), key=None, status=document["status"], total=total(document), paid=bool(document.get("date_paid_gmt")))
    if receipt is None:
        return order
    on_its_way = under_way(document)
    return replace(
        order,
        key=receipt.key,
        status=on_its_way or order.status,
        set_status=receipt.status,
        complete=False if on_its_way else receipt.complete,
        expired=receipt.expired,
        item_ids=receipt.items,
        paid=order.paid if receipt.paid is None else receipt.paid,
        addressed=receipt.addressed,
        order_number=receipt.order_number or None,
        placed_at=receipt.placed,
    )


def under_way(document: Document) -> str | None:
    """Give the status that an order of ours is on its way to, if it stands between two of our writes.

    While the shop saves a new draft it is pending for a moment, and stays so if the shop itself is cut off there.
    """
    receipt = receipt_of(document)
    if receipt is not None and receipt.complete is False and document["status"] in {DRAFT, PENDING}:
        return receipt.status
    step = fields(document).get(STEP)
    return step if document["status"] == PENDING and isinstance(step, str) and step else None


_NO_ORDER: Final = "gives an answer that is no order; see whether the address is the shop's"


def no_list(answer: object) -> str | None:
    """Say that an answer is no list of records, if so: then it is not the shop that answers."""
    return None if fits(answer, [dict]) else "gives an answer that is no list; see whether the address is the shop's"


def no_list_of(shape: object) -> Fault:
    """Make the judgement whether an answer is a list of records of a shape."""
    return lambda answer: no_list(answer) or (None if fits(answer, [shape]) else "gives an answer with a record that cannot be read")


def no_orders(answer: object) -> str | None:
    """Say that an answer is no list of orders, if so."""
    return no_list(answer) or (None if all(no_order(each) is None for each in cast("list[object]", answer)) else _NO_ORDER)


def no_order(answer: object) -> str | None:
    """Say that an answer is no order, if so."""
    return None if fits(answer, ORDER) else _NO_ORDER


def no_whole_order(answer: object) -> str | None:
    """Say that an answer is no order with all its parts, if so."""
    return None if fits(answer, WHOLE) else _NO_ORDER


def chunks(things: Sequence[_T], size: int) -> Iterable[Sequence[_T]]:
    """Cut a sequence into pieces."""
    return (things[start : start + size] for start in range(0, len(things), size))
