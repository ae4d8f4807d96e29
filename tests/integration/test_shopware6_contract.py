"""The writer for Shopware 6 keeps the contract over an imitation of the shop: as 6.5, as 6.4, and with the new handling of stock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from otto_import.testing import Look, WriterContract, samples
from otto_import.writers.base import Writer, WriterContext
from otto_import.writers.shopware6 import plugin
from tests import shopware6_imitation as imitation
from tests import shopware6_shop as shop
from tests.shopware6_stand import settings


class TestShopware6(WriterContract):
    announced, processable, sent, cancelled = shop.ANNOUNCED, shop.PROCESSABLE, shop.SENT, shop.CANCELLED
    old, at_once = False, False

    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path) -> Iterator[None]:
        with ExitStack() as stack:
            self._shop = stack.enter_context(imitation.running(old=self.old, at_once=self.at_once))
            for number in (*range(1, 41), 501):
                self._shop.store.add(f"SKU-{number}-lamp")
                self._shop.store.add(f"SKU-{number}-book")
            self._merchant = shop.Merchant(self._shop.url, imitation.MERCHANT, imitation.MERCHANT_SECRET)
            stack.callback(self._merchant.close)
            self._merchant.stock_before = self._merchant.available()
            self._folder = tmp_path
            yield
            assert [] == self._shop.store.mails

    def writer(self) -> Writer:
        roles = samples.roles(self.announced, self.processable, self.sent, self.cancelled)
        return plugin.open(settings(self._shop.url), WriterContext(folder=self._folder, roles=roles, now=lambda: datetime.now(UTC)))

    def move(self, ref: str, status: str) -> None:
        self._merchant.move(ref, status)

    def delete(self, ref: str) -> None:
        self._merchant.delete(ref)

    def look(self, ref: str) -> Look:
        return self._merchant.look(ref)

    def traces(self) -> object:
        return len(self._shop.store.orders), len(self._shop.store.drafts)


class TestShopware64(TestShopware6):
    old = True


class TestNewHandlingOfStock(TestShopware6):
    at_once = True
