"""What an order is, derived from its position items."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from otto_import.orders import CANCELLED, Address, DeliveryFee, ItemState
from tests import build

_SEQUENCE = [ItemState.ANNOUNCED, ItemState.PROCESSABLE, ItemState.SENT, ItemState.RETURNED]


@pytest.mark.parametrize("states", list(product(ItemState, repeat=2)), ids=str)
def test_the_least_advanced_item_that_is_not_cancelled_decides(states: tuple[ItemState, ItemState]) -> None:
    state = build.order(*states).state

    if ItemState.UNKNOWN in states:
        assert ItemState.UNKNOWN is state
    elif set(states) <= CANCELLED:
        assert (ItemState.CANCELLED_BY_MARKETPLACE if ItemState.CANCELLED_BY_MARKETPLACE in states else ItemState.CANCELLED_BY_PARTNER) is state
    else:
        assert min((one for one in states if one not in CANCELLED), key=_SEQUENCE.index) is state


def test_units_of_one_article_share_a_line_unless_price_or_vat_differ() -> None:
    base = build.order(ItemState.PROCESSABLE, ItemState.PROCESSABLE, ItemState.PROCESSABLE, ItemState.PROCESSABLE)
    first, second, third, fourth = base.items
    order = replace(base, items=(first, second, replace(third, reduced=Decimal("17.99")), replace(fourth, vat_rate=Decimal(7))))

    assert [(2, Decimal("39.98")), (1, Decimal("17.99")), (1, Decimal("19.99"))] == [(line.quantity, line.total) for line in order.lines]


def test_a_reduced_price_of_nothing_is_a_price() -> None:
    assert Decimal(0) == build.item(reduced=Decimal(0)).price
    assert Decimal("19.99") == build.item(reduced=None).price


def test_the_total_counts_living_items_and_the_fees_that_concern_them() -> None:
    order = build.order(ItemState.PROCESSABLE, ItemState.CANCELLED_BY_MARKETPLACE)
    lost = DeliveryFee("FREIGHT", Decimal("39.95"), Decimal(19), frozenset({order.items[1].id}))
    order = replace(order, fees=(*order.fees, lost))

    assert Decimal("22.94") == order.total
    assert not order.freight
    assert replace(order, fees=(replace(lost, item_ids=frozenset({order.items[0].id})),)).freight


def test_an_order_with_no_living_item_costs_nothing() -> None:
    order = build.order(ItemState.CANCELLED_BY_PARTNER)

    assert (Decimal(0), (), ()) == (order.total, order.lines, order.living_fees)


def test_a_line_says_how_many_of_its_units_have_left_and_when_the_first_is_due() -> None:
    order = build.order(ItemState.SENT, ItemState.PROCESSABLE)
    early, late = build.NOW, build.NOW + timedelta(days=1)
    order = replace(order, items=(replace(order.items[0], ship_by=late), replace(order.items[1], ship_by=early, weee_pickup=True)))

    (line,) = order.lines

    assert (1, early, True) == (line.sent, line.ship_by, line.weee_pickup)
    assert order.partly_fulfilled
    assert not build.order(ItemState.SENT).partly_fulfilled


def test_an_order_is_paid_when_its_first_item_became_processable() -> None:
    order = build.order(ItemState.PROCESSABLE, ItemState.PROCESSABLE)
    first, second = order.items
    order = replace(order, items=(replace(first, processable_at=build.NOW), replace(second, processable_at=build.NOW - timedelta(hours=1))))

    assert build.NOW - timedelta(hours=1) == order.paid_at
    assert build.order().paid_at is None


def test_no_text_form_of_an_order_shows_the_buyer() -> None:
    order = build.order()

    assert "Jürgen" in order.delivery_address.first_name if order.delivery_address else False
    assert not any(word in f"{order!r} {build.ADDRESS}" for word in ("Jürgen", "O'Connor", "Einheit", "01069", "Dresden"))
    assert "Address(…)" == repr(Address("a", "b", "c", "d", "e", "f", "DE"))
