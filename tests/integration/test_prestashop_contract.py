"""The writer for PrestaShop keeps the contract, over an imitation of the shop on a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from otto_import.testing import Look, WriterContract
from otto_import.writers.base import Writer
from tests.prestashop_imitation import KEY, Imitation, running
from tests.prestashop_merchant import Merchant, samples_articles


class TestPrestashopContract(WriterContract):
    announced, processable, sent, cancelled = "14", "15", "16", "6"

    @pytest.fixture(autouse=True)
    def shop(self) -> Iterator[Imitation]:
        with running() as shop:
            self._merchant = Merchant(shop.url, KEY)
            for sku, name, price, vat in samples_articles():
                group = "1" if vat == 19 else "2"
                product = shop.books.put(
                    "products",
                    {
                        "reference": sku, "name": name, "price": f"{price * 100 / (100 + vat):.6f}", "id_tax_rules_group": group,
                        "product_type": "standard", "active": "1", "ean13": "",
                    },
                )  # fmt: skip
                shop.books.put("stock_availables", {"id_product": product["id"], "id_product_attribute": "0", "quantity": "1000"})
            self._before = self._merchant.stock()
            yield shop
            assert [] == shop.books.mails
            assert {"0"} >= {order["invoice_number"] for order in shop.books.tables["orders"].values()}
            self._merchant.close()

    def writer(self) -> Writer:
        return self._merchant.writer()

    def move(self, ref: str, status: str) -> None:
        self._merchant.move(ref, status)

    def delete(self, ref: str) -> None:
        self._merchant.delete(ref)

    def look(self, ref: str) -> Look:
        return self._merchant.look(ref, self._before)

    def traces(self) -> object:
        return self._merchant.traces()
