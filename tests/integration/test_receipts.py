"""A ledger filled from the shop's receipts, and a range compared with a shop that can list its orders: doubles, vanished orders, interruptions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from otto_import.errors import ShopUnavailable
from otto_import.orders import ItemState
from otto_import.outcome import ActionName
from otto_import.plan import PendingKind, ShopOrder, Stage
from otto_import.sync import repairs
from tests import build
from tests.fakes import FakeShop
from tests.sync_world import START, World, world

A, P, S, C = ItemState.ANNOUNCED, ItemState.PROCESSABLE, ItemState.SENT, ItemState.CANCELLED_BY_MARKETPLACE
COMPARE = partial(repairs.reconcile, first=date(2026, 5, 25), last=date(2026, 6, 7))


@dataclass
class ListingShop(FakeShop):
    """List its orders as well; `cut` ends a listing after so many, `torn` is one whose receipt proves nothing."""

    cut: int | None = None
    torn: str = ""

    def ours(self, since: datetime | None) -> Iterator[ShopOrder]:
        """List every order; our receipts name OTTO's date."""
        assert since is None or since.tzinfo is not None
        for index, order in enumerate(self.orders.values()):
            if index == self.cut:
                where = "GET /orders"
                raise ShopUnavailable(where, "is down")
            yield replace(self._told(order), placed_at=START, complete=order.ref != self.torn)


@contextmanager
def listing() -> Iterator[tuple[World, ListingShop]]:
    with world() as here:
        shop = ListingShop(lambda: here.now)
        here.shop = shop
        yield here, shop


def double(shop: ListingShop, number: int = 1) -> str:
    """Let an order stand in the shop a second time."""
    order = next(order for order in shop.orders.values() if order.key == build.key(number))
    ref = f"{order.ref}-again"
    shop.orders[ref] = replace(order, ref=ref)
    return ref


@pytest.mark.parametrize("lost", [True, False])
def test_rebuild_tells_of_a_double_and_the_next_looks_confirm_it_until_it_is_gone(lost: bool) -> None:
    with listing() as (here, shop):
        here.order(1, (0, (P,)))
        here.order(2, (0, (P,)))
        here.run()
        again = double(shop)
        if lost:
            here.ledger.forget([build.key(1), build.key(2)])

        rebuilt = here.run(repairs.rebuild)

        twice = f"twice in the shop: 1, {again}; keep one and delete the rest"
        assert [(ActionName.CONFLICT, twice)] == [(line.action, line.reason) for line in here.lines if line.code == "twice"]
        assert (2 if lost else 0, 1, 1) == (rebuilt.adopted, rebuilt.conflicts, rebuilt.exit)
        here.pass_hours(1)
        assert 1 == here.run().conflicts
        shop.delete(again)
        here.pass_hours(7)
        assert (0, "processing") == (here.run().conflicts, here.status())
        assert 2 == len(shop.orders)


def test_a_lost_ledger_finds_a_double_by_itself() -> None:
    with listing() as (here, shop):
        here.order(1, (0, (P,)))
        here.run()
        double(shop)
        here.ledger.forget([build.key(1)])
        fresh = World()
        try:
            fresh.otto, fresh.shop, fresh.now = here.otto, shop, here.now
            assert (1, 0) == ((summary := fresh.run()).conflicts, summary.created)
            known = fresh.known()
            assert known is not None
            assert known.pending is not None
            assert (PendingKind.CONFLICT, "twice") == (known.pending.kind, known.pending.reason.code)
        finally:
            fresh.ledger.close()


def test_an_interrupted_filling_goes_on_and_forgets_no_double() -> None:
    with listing() as (here, shop):
        for number in range(1, 301):
            here.order(number, (0, (P,)))
        here.run()
        double(shop, 3)
        here.ledger.forget([build.key(number) for number in range(1, 301)])
        shop.cut = 200
        assert 5 == here.run(repairs.rebuild).exit
        shop.cut = None

        rebuilt = here.run(repairs.rebuild)

        assert (300, 1) == (len([number for number in range(1, 301) if here.known(number)]), rebuilt.conflicts)
        known = here.known(3)
        assert known is not None
        assert known.pending is not None
        assert "twice" == known.pending.reason.code


def test_an_order_listed_twice_by_the_shop_is_no_double() -> None:
    with listing() as (here, shop):
        here.order(1, (0, (P,)))
        here.run()
        shop.orders = {**shop.orders, "shown again": shop.orders["1"]}
        assert (0, 0) == ((rebuilt := here.run(repairs.rebuild)).conflicts, rebuilt.exit)


def test_orders_of_ours_that_otto_no_longer_lists_are_shown() -> None:
    with listing() as (here, _):
        here.order(1, (0, (P,)))
        here.order(2, (0, (P,)))
        here.run()
        here.otto.lives.pop("otto-1")
        here.pass_hours(1)

        here.run(COMPARE)

        assert {"otto-1": ("hold", "OTTO does not know this order (HTTP 404)")} == {
            line.sales_order_id: (line.action, line.reason) for line in here.lines if line.action is not ActionName.SKIP
        }
        assert ["otto-1"] == here.otto.asked


def test_what_the_merchant_moved_is_shown_and_not_remembered() -> None:
    with listing() as (here, shop):
        for number in (1, 2, 3):
            here.order(number, (0, (P,)))
        here.run()
        shop.move("1", "packed")
        shop.move("2", "completed")
        here.pass_hours(1)

        summary = here.run(COMPARE)

        assert {"otto-1": "packed", "otto-2": "completed"} == {
            line.sales_order_id: line.shop_status_found for line in here.lines if line.action is ActionName.CONFLICT
        }
        assert (0, 0) == (summary.conflicts, summary.exit)
        known = here.known(2)
        assert known is not None
        assert (None, Stage.PROCESSABLE, "processing") == (known.pending, known.stage, known.status)
        here.otto.lives["otto-2"] = replace(here.otto.lives["otto-2"], states=((here.now + timedelta(hours=1), (S,)),))
        here.pass_hours(2)
        assert (0, "completed") == (here.run().conflicts, here.status(2))


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize(("status", "then", "ends"), [("completed", S, "completed"), ("packed", S, "packed"), ("completed", C, "completed")])
def test_after_a_lost_ledger_the_merchants_moves_are_his_as_before(lists: bool, status: str, then: ItemState, ends: str) -> None:
    with listing() as (here, shop):
        here.order(1, (0, (P,)), (30, (then,)))
        here.run()
        shop.move("1", status)
        lost = World()
        try:
            lost.otto, lost.now = here.otto, here.now
            lost.shop = shop if lists else FakeShop(lambda: here.now, orders=shop.orders)
            here.pass_hours(1)
            asked = -1
            for _ in range(3):
                summary = lost.run()
                asked = summary.shop_requests
                assert (0, 0, 0, 0) == (summary.conflicts, summary.created, summary.updated, summary.exit)
                here.pass_hours(7)
                lost.now = here.now
            lost.now = here.now = START + timedelta(hours=31)
            after = lost.run()
            assert ends == lost.status()
            assert (1 if then is C else 0) == after.conflicts
            assert 0 == asked
        finally:
            lost.ledger.close()


@pytest.mark.parametrize("lists", [True, False])
def test_after_a_lost_ledger_an_announced_order_that_the_merchant_cancelled_is_no_contradiction(lists: bool) -> None:
    with listing() as (here, shop):
        here.order(1, (0, (A,)))
        here.run()
        shop.move("1", "cancelled")
        lost = World()
        try:
            lost.otto, lost.now = here.otto, here.now
            lost.shop = shop if lists else FakeShop(lambda: here.now, orders=shop.orders)
            summary = lost.run()
            assert (0, 0, "cancelled") == (summary.conflicts, summary.exit, lost.status())
        finally:
            lost.ledger.close()


@pytest.mark.parametrize("torn", ["1", "1-again"])
def test_a_double_of_which_one_copy_proves_nothing_is_a_contradiction_all_the_same(torn: str) -> None:
    with listing() as (here, shop):
        here.order(1, (0, (P,)))
        here.run()
        double(shop)
        shop.torn = torn
        lost = World()
        try:
            lost.otto, lost.shop = here.otto, shop
            here.pass_hours(1)
            lost.now = here.now
            assert 1 == lost.run().conflicts
        finally:
            lost.ledger.close()
