"""The writer against a real WooCommerce shop. Skipped unless a shop is named by environment variables:

OTTO_IMPORT_LIVE_WOOCOMMERCE_URL     its address, such as http://127.0.0.1:8080
OTTO_IMPORT_LIVE_WOOCOMMERCE_KEY     consumer key and
OTTO_IMPORT_LIVE_WOOCOMMERCE_SECRET  consumer secret of a shop manager, with the right to read and write
OTTO_IMPORT_LIVE_WOOCOMMERCE_MAILS   optional: a folder into which the shop writes each mail as a file

The shop needs German tax rates of 19 % (standard), 7 % (reduced-rate) and 0 % (zero-rate), prices with tax, euros and stock management. Articles
that the tests need are made; orders stay behind. Never name a shop that sells.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from otto_import.testing import Look, WriterContract
from otto_import.writers.base import Writer
from tests.woocommerce_merchant import Merchant, Renamed, samples_articles

_ENV = "OTTO_IMPORT_LIVE_WOOCOMMERCE_"
URL, KEY, SECRET, MAILS = (os.environ.get(_ENV + name, "") for name in ("URL", "KEY", "SECRET", "MAILS"))
pytestmark = [pytest.mark.live_woocommerce, pytest.mark.skipif(not (URL and KEY and SECRET), reason="no live shop is named")]


@pytest.fixture(scope="module")
def merchant() -> Iterator[Merchant]:
    shop = Merchant(URL, KEY, SECRET)
    shop.stocked(samples_articles())
    yield shop
    shop.http.close()


@pytest.fixture(autouse=True)
def no_mail_to_a_buyer() -> Iterator[None]:
    before = _mails()
    yield
    assert [] == [mail for mail in _mails() - before if "To: admin" not in (Path(MAILS) / mail).read_text()[:100]]


def _mails() -> set[str]:
    return set(os.listdir(MAILS)) if MAILS else set()


class TestLiveWooCommerce(WriterContract):
    @pytest.fixture(autouse=True)
    def shop(self, merchant: Merchant) -> None:
        self._merchant, self._prefix = merchant, f"live-{uuid4().hex[:12]}:"

    def writer(self) -> Writer:
        return Renamed(self._merchant.writer(), self._prefix)

    def move(self, ref: str, status: str) -> None:
        self._merchant.move(ref, status)

    def delete(self, ref: str) -> None:
        self._merchant.delete(ref)

    def look(self, ref: str) -> Look:
        return self._merchant.look(ref)

    def traces(self) -> object:
        return self._merchant.traces()
