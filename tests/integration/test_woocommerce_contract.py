"""The writer for WooCommerce keeps the contract, on a shop of today and on one from before 9.9, which cannot be asked for an order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from otto_import.testing import Look, WriterContract
from otto_import.writers.base import Writer
from tests.woocommerce_imitation import imitated
from tests.woocommerce_merchant import samples_articles
from tests.woocommerce_state import Shop


class TestWooCommerce(WriterContract):
    old = False

    @pytest.fixture(autouse=True)
    def shop(self) -> Iterator[None]:
        shop = Shop(old=self.old)
        for sku, _, tax_class in samples_articles():
            shop.add(sku, tax_class=tax_class)
        with imitated(shop) as imitation:
            self._merchant = imitation.merchant()
            yield
            self._merchant.close()
        assert [] == shop.mails

    def writer(self) -> Writer:
        return self._merchant.writer()

    def move(self, ref: str, status: str) -> None:
        self._merchant.move(ref, status)

    def delete(self, ref: str) -> None:
        self._merchant.delete(ref)

    def look(self, ref: str) -> Look:
        return self._merchant.look(ref)

    def traces(self) -> object:
        return self._merchant.traces()


class TestOldWooCommerce(TestWooCommerce):
    old = True
