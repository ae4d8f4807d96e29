"""Builders for orders, knowledge and shop orders; every argument not named has a sensible value."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from otto_import.orders import Address, DeliveryFee, Item, ItemState, Order, Reading
from otto_import.plan import Known, OrderKey, Policy, Role, ShopOrder, Stage
from otto_import.planner import fingerprints

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
STATUSES = {
    Role.ANNOUNCED: "on-hold",
    Role.PROCESSABLE: "processing",
    Role.CANCELLED: "cancelled",
    Role.SENT: "completed",
    Role.RETURNED: "refunded",
}
ADDRESS = Address("Jürgen", "O'Connor", "Straße der Einheit", "7b", "01069", "Dresden", "DE", salutation="MR", addition="c/o Müller 🌻")
STATUS_AT = {
    Stage.ANNOUNCED: "on-hold",
    Stage.PROCESSABLE: "processing",
    Stage.FULFILLED: "completed",
    Stage.EXPIRED: "cancelled",
    Stage.CANCELLED: "cancelled",
}


def item(state: ItemState = ItemState.PROCESSABLE, number: int = 1, **over: Any) -> Item:
    """Build a position item of 19.99 at 19 %."""
    values: dict[str, Any] = {
        "id": f"item-{number}",
        "state": state,
        "sku": "SKU-1",
        "title": "Kühlschrank",
        "gross": Decimal("19.99"),
        "vat_rate": Decimal(19),
    }
    return Item(**{**values, **over})


def order(*states: ItemState, number: int = 1, age: timedelta = timedelta(days=1), **over: Any) -> Order:
    """Build an order with one item a state; addresses are there unless an item is announced."""
    states = states or (ItemState.PROCESSABLE,)
    open_yet = ItemState.ANNOUNCED in states or set(states) <= {ItemState.CANCELLED_BY_MARKETPLACE, ItemState.CANCELLED_BY_PARTNER}
    ids = [f"{number}-{index}" for index in range(len(states))]
    values: dict[str, Any] = {
        "sales_order_id": f"otto-{number}",
        "order_number": f"number{number}",
        "placed_at": NOW - age,
        "modified_at": NOW - timedelta(hours=1),
        "items": tuple(replace(item(state), id=item_id) for state, item_id in zip(states, ids, strict=True)),
        "fees": (DeliveryFee("DELIVERY_FEE_STANDARD", Decimal("2.95"), Decimal(19), frozenset(ids)),),
        "delivery_address": None if open_yet else ADDRESS,
        "invoice_address": None if open_yet else ADDRESS,
        "payment_method": "PREPAYMENT",
    }
    return Order(**{**values, **over})


def reading(of: Order, *, by_id: bool = False, skew: timedelta | None = timedelta(0), date: datetime | None = NOW) -> Reading:
    """Build OTTO's answer."""
    return Reading(of, date=date, skew=skew, by_id=by_id)


def policy(**over: Any) -> Policy:
    """Build a policy with every status mapped and announced import on."""
    values: dict[str, Any] = {"prefix": "main", "status": STATUSES, "announced": True, "first_run": NOW - timedelta(days=30), "wall": NOW}
    return Policy(**{**values, **over})


def key(number: int = 1) -> OrderKey:
    """Build an order's key."""
    return OrderKey(f"main:otto-{number}")


def known(stage: Stage, of: Order | None = None, **over: Any) -> Known:
    """Build what the ledger would know of an order at a stage, written as it is now."""
    of = of or order()
    own = OrderKey(f"main:{of.sales_order_id}")
    values: dict[str, Any] = {
        "key": own,
        "sales_order_id": of.sales_order_id,
        "order_number": of.order_number,
        "placed_at": of.placed_at,
        "stage": stage,
        "ref": None if stage is Stage.NEVER else "12",
        "status": STATUS_AT.get(stage),
        "items": tuple(one.id for one in of.items),
        "lines": fingerprints.of_lines(of),
        "address": fingerprints.of_address(own, of),
        "total": of.total,
        "paid": stage in {Stage.PROCESSABLE, Stage.FULFILLED},
    }
    return Known(**{**values, **over})


def shop_order(status: str, of: Order | None = None, **over: Any) -> ShopOrder:
    """Build the shop's side of an order, whole and with our receipt."""
    of = of or order()
    values: dict[str, Any] = {
        "ref": "12",
        "key": OrderKey(f"main:{of.sales_order_id}"),
        "status": status,
        "set_status": status,
        "complete": True,
        "item_ids": frozenset(of.living_ids),
        "total": of.total,
        "paid": True,
        "addressed": True,
    }
    return ShopOrder(**{**values, **over})
