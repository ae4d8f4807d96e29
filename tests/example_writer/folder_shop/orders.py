"""An order as the JSON text in its file."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from otto_import.orders import Address, DeliveryFee, Line
from otto_import.plan import Change, Create, OrderKey, ShopOrder

Stored = dict[str, Any]


def created(action: Create, now: datetime) -> Stored:
    """Make a new order of an action."""
    bare: Stored = {
        "otto_key": action.key,
        "order_number": action.order.order_number,
        "placed_at": action.order.placed_at.isoformat(),
        "status": None,
        "set_status": None,
        "expired": False,
        "paid_at": None,
        "note": "",
        "lines": [],
        "shipping": [],
        "delivery": None,
        "invoice": None,
    }
    return changed(bare, action.change, now)


def changed(order: Stored, change: Change, now: datetime) -> Stored:
    """Give an order as a change wants it. What the change leaves out stays as it is."""
    after = dict(order)
    if change.status is not None:
        after["status"] = after["set_status"] = change.status
    if change.lines is not None:
        after["lines"] = [_line(line) for line in change.lines]
        after["shipping"] = [_shipping(fee) for fee in change.fees or ()]
    if change.delivery is not None:
        after["delivery"] = _address(change.delivery)
    if change.invoice is not None:
        after["invoice"] = _address(change.invoice)
    if change.paid:
        paid_at = change.paid_at.isoformat() if change.paid_at else after["paid_at"]
        after["paid_at"] = paid_at or now.isoformat()
    if change.expired is not None:
        after["expired"] = change.expired
    if change.note and change.note not in after["note"].split("\n"):
        after["note"] = f"{after['note']}\n{change.note}".strip()
    return after


def text(order: Stored) -> bytes:
    """Write an order for its file; UnicodeEncodeError for a text that no file can hold."""
    return json.dumps(order, ensure_ascii=False, indent=2).encode()


def parsed(written: bytes) -> Stored:
    """Read an order's file."""
    order: Stored = json.loads(written)
    return order


def told(ref: str, written: bytes) -> ShopOrder:
    """Read a file as otto-import wants to know of it. One that somebody spoilt is an order without a key: nobody's."""
    try:
        order = parsed(written)
        return ShopOrder(
            ref=ref,
            key=OrderKey(order["otto_key"]),
            status=str(order["status"]),
            set_status=order["set_status"],
            complete=True,
            expired=order["expired"],
            item_ids=frozenset(item for line in order["lines"] for item in line["item_ids"]),
            total=total(order),
            paid=order["paid_at"] is not None,
            addressed=order["delivery"] is not None,
        )
    except (ValueError, KeyError, TypeError, InvalidOperation):
        return ShopOrder(ref=ref, key=None, status="")


def total(order: Stored) -> Decimal:
    """Add up what the file says, so that a mistake in writing it shows."""
    articles = (Decimal(line["price"]) * line["quantity"] for line in order["lines"])
    return sum(articles, Decimal("0.00")) + sum((Decimal(fee["amount"]) for fee in order["shipping"]), Decimal(0))


def _line(line: Line) -> Stored:
    return {
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "price": f"{line.price:.2f}",
        "vat_rate": str(line.vat_rate),
        "ship_by": line.ship_by.isoformat() if line.ship_by else None,
        "item_ids": list(line.item_ids),
    }


def _shipping(fee: DeliveryFee) -> Stored:
    return {"name": fee.name, "amount": f"{fee.amount:.2f}", "vat_rate": str(fee.vat_rate)}


def _address(address: Address) -> Stored:
    return {**asdict(address), "email": ""}  # the shop mails nobody, so it need not know how
