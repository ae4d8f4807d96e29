"""The writer against a real WooCommerce shop. Skipped unless a shop is named by environment variables:

OTTO_IMPORT_LIVE_WOOCOMMERCE_URL     its address, such as http://127.0.0.1:8080
OTTO_IMPORT_LIVE_WOOCOMMERCE_KEY     consumer key and
OTTO_IMPORT_LIVE_WOOCOMMERCE_SECRET  consumer secret of a shop manager, with the right to read and write
OTTO_IMPORT_LIVE_WOOCOMMERCE_MAILS   optional: a folder into which the shop writes each mail as a file

The shop needs German tax rates of 19 % (standard), 7 % (reduced-rate) and 0 % (zero-rate), prices with tax, euros and stock management. Articles
that the tests need are made; orders stay behind. Never name a shop that sells.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from otto_import.testing import Look, WriterContract
from otto_import.writers.base import Writer
from tests.system_world import says
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
    assert [] == [mail for mail in _mails() - before if "To: admin" not in mail.read_text()[:100]]


def _mails() -> set[Path]:
    return set(Path(MAILS).iterdir()) if MAILS else set()


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


class Demo:
    """Bring the demo's orders into the shop by the program itself, with an account of its own."""

    def __init__(self, merchant: Merchant, folder: Path, size: int = 36) -> None:
        self.merchant, self.folder, self.size = merchant, folder, size
        self.account = f"live-{uuid4().hex[:12]}"
        self.requests = 0
        self.seconds = 0.0
        (folder / "config.toml").write_text(_CONFIG.format(account=self.account, size=size, url=URL, environment=_ENV))

    def begin(self, now: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "otto_import", "sync", "--json", "--config", str(self.folder / "config.toml"), "--now", now, "--force"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def sync(self, now: str) -> dict[str, Any]:
        run = self.begin(now)
        out, problems = run.communicate(timeout=600)
        assert run.returncode in {0, 1}, problems.decode()
        summary: dict[str, Any] = json.loads(out.splitlines()[-1])
        self.requests += summary["requests"]["shop"]
        self.seconds += summary["seconds"]
        return summary

    def orders(self) -> dict[str, list[Any]]:
        """Give the shop's orders by OTTO's id."""
        found: dict[str, list[Any]] = {}
        for status in ("any", "checkout-draft"):
            for page in range(1, 1000):
                listed = self.merchant.ask("/orders", status=status, per_page=100, page=page, orderby="id", order="asc")
                for order in listed:
                    fields = {each["key"]: each["value"] for each in order["meta_data"]}
                    if str(fields.get("_otto_key", "")).startswith(f"demo:{self.account}:"):
                        found.setdefault(fields["_otto_sales_order_id"], []).append(order)
                if len(listed) < 100:
                    break
        return {one: list({order["id"]: order for order in orders}.values()) for one, orders in found.items()}

    def stock(self) -> Counter[str]:
        return Counter({each["sku"]: each["stock_quantity"] for each in self.merchant.ask("/products", per_page=100) if each["stock_quantity"]})


_CONFIG = """
[otto]
environment = "demo"
account = "{account}"
demo_orders = {size}
[import]
announced = true
[status]
announced = "on-hold"
processable = "processing"
cancelled = "cancelled"
sent = "completed"
[state]
path = "ledger.db"
[shop]
writer = "woocommerce"
[shop.woocommerce]
url = "{url}"
consumer_key = {{ env = "{environment}KEY" }}
consumer_secret = {{ env = "{environment}SECRET" }}
"""


@pytest.mark.parametrize("size", [36, 200])
def test_twelve_days_end_with_right_totals_stock_and_no_double(merchant: Merchant, tmp_path: Path, size: int) -> None:
    demo = Demo(merchant, tmp_path, size)
    before, summary = demo.stock(), {}
    for day in range(1, 13):
        summary = demo.sync(f"2026-06-{day:02}T12:00:00Z")
        assert 0 == summary["failed"]
    shop, otto = demo.orders(), says(datetime(2026, 6, 12, 12, tzinfo=UTC), size)
    assert {} == {one: len(orders) for one, orders in shop.items() if len(orders) != 1}
    alive = {one: orders[0] for one, orders in shop.items() if orders[0]["status"] != "cancelled"}
    assert {} == {one: (_total(order), otto[one].total) for one, order in alive.items() if otto[one].living and _total(order) != otto[one].total}
    taken = Counter(item.sku for one in alive for item in otto[one].living)
    assert taken == before - demo.stock()
    print(  # noqa: T201  – the figures are what this suite is run for
        f"\n{size} orders of the demo, {len(shop)} in the shop: {demo.requests} requests, {demo.requests / len(shop):.2f} an order,"
        f" {len(shop) / demo.seconds:.1f} orders a second over {demo.seconds:.1f} s, conflicts {summary['conflicts']}"
    )


def test_a_run_killed_twenty_times_leaves_no_double_and_no_gap(merchant: Merchant, tmp_path: Path) -> None:
    now, size = "2026-06-12T12:00:00Z", 600
    demo = Demo(merchant, tmp_path, size)
    dice = random.Random(4)
    killed = 0
    while killed < 20:
        run = demo.begin(now)
        try:
            run.communicate(timeout=dice.uniform(0.8, 2.2))
            break  # it was through before it could be killed
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate()
            killed += 1
    time.sleep(125)  # so long no order in doubt is made again
    for _ in range(3):
        demo.sync(now)
    shop, otto = demo.orders(), says(datetime(2026, 6, 12, 12, tzinfo=UTC), size)
    assert {} == {one: len(orders) for one, orders in shop.items() if len(orders) != 1}
    wanted = _in_peace(tmp_path, size, now)
    print(f"\nkilled {killed} times; {len(shop)} orders in the shop, {len(wanted)} wanted")  # noqa: T201  – the same
    assert wanted == set(shop)
    assert set() == {one for one, orders in shop.items() if orders[0]["status"] == "checkout-draft"}
    assert {} == {one: (_total(shop[one][0]), otto[one].total) for one in wanted if otto[one].living and _total(shop[one][0]) != otto[one].total}
    assert 20 == killed


def _in_peace(folder: Path, size: int, now: str) -> set[str]:
    """Give the orders that a run which nobody disturbs brings into the embedded shop."""
    (folder / "peace").mkdir()
    config = _CONFIG.partition("[shop]")[0].format(account="peace", size=size) + '[shop]\nwriter = "sqlite"\n[shop.sqlite]\npath = "shop.db"\n'
    (folder / "peace" / "config.toml").write_text(config)
    command = [sys.executable, "-m", "otto_import", "sync", "--config", str(folder / "peace" / "config.toml"), "--now", now, "--force"]
    assert subprocess.run(command, capture_output=True, check=False).returncode in {0, 1}
    with closing(sqlite3.connect(folder / "peace" / "shop.db")) as shop:
        return {one for (one,) in shop.execute("SELECT sales_order_id FROM orders")}


def _total(order: Any) -> Decimal:
    return Decimal(order["total"]) + sum((Decimal(refund["total"]) for refund in order["refunds"]), Decimal(0))
