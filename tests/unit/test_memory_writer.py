"""The memory shop keeps the contract, and shows tests what it holds."""

from __future__ import annotations

import pytest

from otto_import.orders import ItemState
from otto_import.plan import Role
from otto_import.testing import Look, MemoryWriter, WriterContract, samples
from otto_import.testing.basis import same, wrote
from otto_import.writers.base import Writer


class TestMemoryWriter(WriterContract):
    @pytest.fixture(autouse=True)
    def shop(self) -> None:
        self._shop = MemoryWriter()

    def writer(self) -> Writer:
        return self._shop

    def move(self, ref: str, status: str) -> None:
        self._shop.move(ref, status)

    def delete(self, ref: str) -> None:
        self._shop.delete(ref)

    def look(self, ref: str) -> Look:
        return self._shop.look(ref)

    def traces(self) -> object:
        return dict(self._shop.orders)


def test_the_history_of_an_order_lists_its_statuses() -> None:
    shop = MemoryWriter()
    ref = wrote(shop, samples.create(samples.order(), "processing")).ref
    shop.move(ref, "completed")
    wrote(shop, samples.update(samples.order(), ref, "completed", "cancelled"))
    assert shop.orders[ref].history == ("processing", "completed", "cancelled")


def test_the_stock_adds_up_over_orders_and_leaves_out_cancelled_ones() -> None:
    shop = MemoryWriter()
    refs = [wrote(shop, samples.create(samples.order(number), "processing")).ref for number in (1, 2)]
    wrote(shop, samples.update(samples.order(1), refs[0], "processing", "cancelled"))
    assert shop.stock == {"SKU-2-lamp": 2, "SKU-2-book": 1}


def test_a_status_that_the_config_maps_to_a_cancellation_gives_the_stock_back() -> None:
    shop = MemoryWriter({Role.CANCELLED_BY_PARTNER: "storniert"})
    ref = wrote(shop, samples.create(samples.order(), "processing")).ref
    wrote(shop, samples.update(samples.order(), ref, "processing", "storniert"))
    assert shop.stock == {}


def test_orders_create_no_requests_until_asked() -> None:
    shop = MemoryWriter()
    shop.find([])
    shop.read([])
    list(shop.write([]))
    assert shop.requests == 0


def test_a_create_without_a_status_is_refused() -> None:
    (outcome,) = MemoryWriter().write([samples.create(samples.order(state=ItemState.ANNOUNCED), None)])
    assert getattr(outcome, "code", None) == "no_status"


def test_a_comparison_that_fails_says_what_differs() -> None:
    with pytest.raises(AssertionError, match="total: expected 1, found 2"):
        same(1, 2, "total")
