"""Articles that the shop lacks, orders that left long ago, and shops that date every order today: what the plan makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from otto_import.orders import ItemState, Order
from otto_import.plan import Action, Create, Found, Hold
from otto_import.planner import make_plan
from tests import build

NEW = build.order(age=timedelta(hours=2))
SENT = build.order(ItemState.SENT, age=timedelta(days=60))


def planned(order: Order, found: Found, **over: Any) -> Action:
    return make_plan([build.reading(order)], {}, {build.key(): found}, build.policy(**over), build.NOW).actions[0]


def test_an_order_with_an_article_that_the_shop_lacks_waits_and_says_which() -> None:
    action = planned(NEW, Found(missing=("SKU-1", "SKU-2")))
    assert isinstance(action, Hold)
    assert "unknown_sku" == action.reason.code
    assert "SKU-1, SKU-2" in action.reason.text
    assert action.settled


def test_a_shop_that_takes_free_text_gets_it_with_a_notice() -> None:
    action = planned(NEW, Found(missing=("SKU-1",)), holds_unknown=False)
    assert isinstance(action, Create)
    assert ("not in the shop, so written as free text: SKU-1",) == action.notices


def test_an_order_whose_articles_are_all_there_says_nothing_of_them() -> None:
    action = planned(NEW, Found())
    assert isinstance(action, Create)
    assert () == action.notices


@pytest.mark.parametrize(("expected", "age"), [(True, timedelta(days=2)), (False, timedelta(hours=20))])
def test_where_the_shop_dates_orders_itself_the_preview_says_so_of_older_ones(expected: bool, age: timedelta) -> None:
    action = planned(build.order(age=age), Found(), keeps_dates=False)
    assert expected == any("OTTO's date stands on the order" in notice for notice in action.notices)
    assert () == planned(build.order(age=age), Found(), keeps_dates=True).notices


@pytest.mark.parametrize(
    ("expected", "order", "first_run"),
    [
        (True, SENT, build.NOW - timedelta(days=30)),
        (False, SENT, build.NOW - timedelta(days=90)),
        (False, replace(SENT, items=build.order(number=1).items, delivery_address=build.ADDRESS), build.NOW - timedelta(days=30)),
    ],
    ids=["left before the first run", "left since then", "has not left"],
)
def test_only_what_left_before_the_first_run_spares_the_stock(expected: bool, order: Order, first_run: Any) -> None:
    action = planned(order, Found(), fulfilled=True, first_run=first_run)
    assert isinstance(action, Create)
    assert expected == action.change.spares_stock
