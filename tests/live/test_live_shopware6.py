"""The writer against a real Shopware 6. Run with `pytest -m live_shopware6 tests/live/test_live_shopware6.py`.

A test shop of its own is needed: orders in it are made and deleted. It must have the demo's articles and `SKU-<n>-lamp`, `SKU-<n>-book` for
n from 1 to 40 and 501, 19 and 7 percent, a stock of 1000 each. The environment says where:

OTTO_IMPORT_LIVE_SHOPWARE6_URL            address, such as http://127.0.0.1:8000
OTTO_IMPORT_LIVE_SHOPWARE6_ID, _SECRET    an integration with the rights that the README lists
OTTO_IMPORT_LIVE_SHOPWARE6_ADMIN_ID, _ADMIN_SECRET   another with all rights: it moves and deletes orders as the merchant would
OTTO_IMPORT_LIVE_SHOPWARE6_CHANNEL        name of the sales channel
OTTO_IMPORT_LIVE_SHOPWARE6_MAILS          optional: the folder into which the shop's mails go, a file each
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from otto_import.plan import Role
from otto_import.secrets import Secret
from otto_import.testing import Look, WriterContract, samples
from otto_import.writers.base import Writer, WriterContext
from otto_import.writers.shopware6 import plugin
from otto_import.writers.shopware6.settings import Shopware6Settings
from tests import shopware6_shop as shop

_PREFIX = "OTTO_IMPORT_LIVE_SHOPWARE6_"
_NEEDED = ("URL", "ID", "SECRET", "ADMIN_ID", "ADMIN_SECRET", "CHANNEL")
pytestmark = [
    pytest.mark.live_shopware6,
    pytest.mark.skipif(not all(os.environ.get(_PREFIX + name) for name in _NEEDED), reason="no live Shopware 6 named in the environment"),
]


def told(name: str) -> str:
    return os.environ.get(_PREFIX + name, "")


def settings(**differences: object) -> Shopware6Settings:
    table: dict[str, object] = {
        "url": told("URL"),
        "client_id": told("ID"),
        "client_secret": Secret(told("SECRET")),
        "sales_channel": told("CHANNEL"),
        **differences,
    }
    return Shopware6Settings.model_validate(table)


def mails() -> int:
    return len(list(Path(told("MAILS")).iterdir())) if told("MAILS") else 0


@pytest.fixture
def merchant() -> Iterator[shop.Merchant]:
    found = shop.Merchant(told("URL"), told("ADMIN_ID"), told("ADMIN_SECRET"))
    found.sweep("contract")
    found.stock_before = found.available()
    yield found
    found.close()


class TestLiveShopware6(WriterContract):
    announced, processable, sent, cancelled = shop.ANNOUNCED, shop.PROCESSABLE, shop.SENT, shop.CANCELLED

    @pytest.fixture(autouse=True)
    def here(self, merchant: shop.Merchant, tmp_path: Path) -> Iterator[None]:
        self._merchant, self._folder, before = merchant, tmp_path, mails()
        yield
        assert before == mails()

    def writer(self) -> Writer:
        roles = samples.roles(self.announced, self.processable, self.sent, self.cancelled)
        return plugin.open(settings(), WriterContext(folder=self._folder, roles=roles, now=lambda: datetime.now(UTC)))

    def move(self, ref: str, status: str) -> None:
        self._merchant.move(ref, status)

    def delete(self, ref: str) -> None:
        self._merchant.delete(ref)

    def look(self, ref: str) -> Look:
        return self._merchant.look(ref)

    def traces(self) -> object:
        return self._merchant.count()


_ = Role
