"""The demo's orders, asked of its world itself: what a whole run must end in, whoever carried it there."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

from otto_import.orders import CANCELLED, ItemState, Order
from otto_import.otto.demo import DEFAULT_SIZE, ids
from otto_import.otto.demo.lives import PROCESSABLE
from otto_import.otto.demo.moments import moment
from otto_import.otto.demo.render import order_json
from otto_import.otto.demo.schedule import SCHEDULE
from otto_import.otto.demo.world import World
from otto_import.otto.translate import translate
from tests.system_shop import STATUS, Place


def order_id(life: str, placed: str = "") -> str:
    """Give the `salesOrderId` of the first named order with a life, placed on a day like "06-03" if one is given."""
    return ids.sales_order_id(_number(life, placed))


def order_number(life: str, placed: str = "") -> str:
    """Give the `orderNumber` of the first named order with a life."""
    return ids.order_number(_number(life, placed))


def _number(life: str, placed: str) -> int:
    days = (datetime.fromisoformat(f"2026-{placed}T00:00Z"), datetime.fromisoformat(f"2026-{placed}T23:59:59Z")) if placed else None
    return next(
        number
        for number, named in enumerate(SCHEDULE)
        if named.life.name == life and (days is None or moment(days[0]) <= named.placed <= moment(days[1]))
    )


def says(clock: datetime, size: int = DEFAULT_SIZE) -> dict[str, Order]:
    """Give every order as OTTO shows it at a clock."""
    world, at = World(size), moment(clock)
    found: dict[str, Order] = {}
    for index in range(world.placed_until(at)):
        seen = world.seen(index, at)
        assert seen is not None
        order = translate(json.loads(order_json(seen), parse_float=Decimal))
        assert isinstance(order, Order)
        found[order.sales_order_id] = order
    return found


def ends(*, announced: bool = True) -> dict[str, str]:
    """Give the status in which the schedule lets each imported order end; without announced import only what becomes payable is imported."""
    return {
        ids.sales_order_id(number): STATUS[named.ends]
        for number, named in enumerate(SCHEDULE)
        if named.ends is not None and (announced or any(step.to == PROCESSABLE for step in named.life.steps))
    }


def check_goods(place: Place, clock: datetime, size: int = DEFAULT_SIZE) -> None:
    """See that each order of the shop holds the units and has the total that OTTO's word demands: nothing once it is cancelled, or had left before."""
    orders, stock = says(clock, size), place.stock()
    spared = {one for (one,) in place.asked("SELECT sales_order_id FROM orders WHERE spares_stock = 1")}
    units = {one: 0 if cancelled(place, one) or one in spared else len(orders[one].living) for one in stock}
    assert units == stock
    totals = {one: Decimal(total) for one, total in place.asked("SELECT sales_order_id, total FROM orders")}
    living = {one for one in totals if orders[one].state not in CANCELLED}
    assert {one: orders[one].total for one in living} == {one: totals[one] for one in living}


def cancelled(place: Place, one: str) -> bool:
    """Tell whether the shop shows an order as cancelled."""
    return place.status(one) in {STATUS["cancelled"], STATUS["cancelled_by_partner"]}


def payable(order: Order) -> bool:
    """Tell whether OTTO says that an order may be sent now."""
    return order.state is ItemState.PROCESSABLE
