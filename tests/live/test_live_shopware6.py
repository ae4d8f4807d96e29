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

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from otto_import.plan import Done
from otto_import.secrets import Secret
from otto_import.testing import Look, WriterContract, samples
from otto_import.writers.base import Writer, WriterContext
from otto_import.writers.shopware6 import plugin
from otto_import.writers.shopware6.settings import Shopware6Settings
from tests import shopware6_shop as shop
from tests.system_world import says

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


class Demo:
    """Bring the demo's orders into the shop by the program itself, with an account of its own."""

    def __init__(self, merchant: shop.Merchant, folder: Path, size: int) -> None:
        self.merchant, self.folder = merchant, folder
        self.account = f"live-{uuid4().hex[:12]}"
        self.requests, self.seconds, self.conflicts = 0, 0.0, 0
        (folder / "config.toml").write_text(
            _CONFIG.format(account=self.account, size=size, prefix=_PREFIX, url=told("URL"), id=told("ID"), channel=told("CHANNEL"))
        )

    def sync(self, now: str) -> None:
        command = [sys.executable, "-m", "otto_import", "sync", "--json", "--config", str(self.folder / "config.toml"), "--now", now, "--force"]
        run = subprocess.run(command, capture_output=True, check=False)
        assert run.returncode in {0, 1}, run.stderr.decode()
        summary: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
        assert 0 == summary["failed"], run.stdout.decode()
        self.requests += summary["requests"]["shop"]
        self.seconds += summary["seconds"]
        self.conflicts = summary["conflicts"]

    def orders(self) -> dict[str, list[dict[str, Any]]]:
        """Give the shop's orders by OTTO's id."""
        found: dict[str, list[dict[str, Any]]] = {}
        ours = {"type": "prefix", "field": "customFields.otto_key", "value": f"demo:{self.account}:"}
        associations: dict[str, Any] = {"stateMachineState": {}, "transactions": {}}
        for page in range(1, 100):
            listed = self.merchant.search("order", filter=[ours], associations=associations, page=page, sort=[{"field": "id"}])
            for order in listed:
                found.setdefault(order["customFields"]["otto_sales_order_id"], []).append(order)
            if len(listed) < 500:
                break
        return found


_CONFIG = """
[otto]
environment = "demo"
account = "{account}"
demo_orders = {size}
[import]
announced = true
[status]
announced = {{ order = "open", transaction = "open", delivery = "open" }}
processable = {{ order = "in_progress", transaction = "paid", delivery = "open" }}
cancelled = {{ order = "cancelled", transaction = "cancelled", delivery = "cancelled" }}
sent = {{ order = "completed", transaction = "paid", delivery = "shipped" }}
[state]
path = "ledger.db"
[shop]
writer = "shopware6"
[shop.shopware6]
url = "{url}"
client_id = "{id}"
client_secret = {{ env = "{prefix}SECRET" }}
sales_channel = "{channel}"
"""


@pytest.mark.parametrize("size", [36, 200])
def test_twelve_days_end_with_right_totals_stock_and_no_double(merchant: shop.Merchant, tmp_path: Path, size: int) -> None:
    demo, before, mailed = Demo(merchant, tmp_path, size), merchant.available(), mails()
    for day in range(9, 21):
        demo.sync(f"2026-06-{day:02}T12:00:00Z")
    found, otto = demo.orders(), says(datetime(2026, 6, 20, 12, tzinfo=UTC), size)
    assert {} == {one: len(orders) for one, orders in found.items() if len(orders) != 1}
    living = {one: orders[0] for one, orders in found.items() if orders[0]["stateMachineState"]["technicalName"] != "cancelled"}
    assert {} == {one: (total(order), otto[one].total) for one, order in living.items() if otto[one].living and total(order) != otto[one].total}
    amounts = {one: Decimal(str(order["transactions"][-1]["amount"]["totalPrice"])).quantize(Decimal("0.01")) for one, order in living.items()}
    assert {} == {one: amount for one, amount in amounts.items() if amount != total(living[one])}
    # An article of a completed order stays taken; that of a cancelled one has come back.
    assert Counter(item.sku for one in living for item in otto[one].living) == Counter(before) - Counter(merchant.available())
    assert mailed == mails()
    print(  # noqa: T201  – the figures are what the suite is run for
        f"\n{size} orders of the demo, {len(found)} in the shop: {demo.requests} requests, {demo.requests / len(found):.2f} an order,"
        f" {len(found) / demo.seconds:.1f} orders a second over {demo.seconds:.1f} s, conflicts {demo.conflicts}"
    )


def test_a_change_of_state_by_the_merchant_does_mail(merchant: shop.Merchant, tmp_path: Path) -> None:
    if not told("MAILS"):
        pytest.skip("no folder of mails is named")
    roles = samples.roles(shop.ANNOUNCED, shop.PROCESSABLE, shop.SENT, shop.CANCELLED)
    with closing(plugin.open(settings(), WriterContext(folder=tmp_path, roles=roles, now=lambda: datetime.now(UTC)))) as writer:
        (done,) = writer.write([samples.create(samples.order(), shop.PROCESSABLE)])
    assert isinstance(done, Done)
    before = mails()
    merchant.move(done.ref, "delivery=shipped", mail=True)
    assert before + 1 == mails()


def test_four_creates_at_once_from_four_machines_end_in_one_order(merchant: shop.Merchant, tmp_path: Path) -> None:
    roles = samples.roles(shop.ANNOUNCED, shop.PROCESSABLE, shop.SENT, shop.CANCELLED)
    context = WriterContext(folder=tmp_path, roles=roles, now=lambda: datetime.now(UTC))
    order = samples.order()

    def make(_: int) -> str:
        with closing(plugin.open(settings(), context)) as writer:
            return type(next(iter(writer.write([samples.create(order, shop.PROCESSABLE)])))).__name__

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(make, range(4)))
    assert 1 <= outcomes.count("Done")
    assert 1 == len(merchant.search("order", filter=[shop.equals("customFields.otto_key", samples.key(order))]))
    lamps = f"{order.items[0].sku}"
    assert 2 == merchant.stock_before[lamps] - merchant.available()[lamps]


def total(order: dict[str, Any]) -> Decimal:
    return Decimal(str(order["amountTotal"])).quantize(Decimal("0.01"))
