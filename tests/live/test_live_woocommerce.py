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
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from otto_import.orders import ItemState, Order
from otto_import.plan import Done, Outcome, Writable
from otto_import.testing import Look, WriterContract, samples
from otto_import.testing.basis import wrote
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
    shop.close()


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


# --- what only the real shop can tell -----------------------------------------------------------------------------------------------------------


def _own(number: int, state: ItemState = ItemState.PROCESSABLE) -> Order:
    """Give a sample order under an id of its own."""
    return replace(samples.order(number, state), sales_order_id=f"live-{uuid4().hex}")


def _stock(merchant: Merchant) -> tuple[int, int]:
    return merchant.stock("SKU-3-lamp"), merchant.stock("SKU-3-book")


def _written(writer: Writer, actions: Sequence[Writable]) -> list[Outcome]:
    return list(writer.write(actions))


def test_four_makers_of_one_order_at_once_make_one(merchant: Merchant) -> None:
    for _ in range(5):
        order = _own(3)
        made = [[samples.create(order, "processing")]] * 4
        with ThreadPoolExecutor(4) as pool:
            told = [outcome for each in pool.map(_written, [merchant.writer() for _ in made], made) for outcome in each]
        assert 1 == sum(isinstance(outcome, Done) for outcome in told)
        assert ["processing"] == [hit.status for hit in merchant.writer().find([samples.key(order)])[samples.key(order)]]


def test_stock_is_given_back_once_through_partial_and_whole_cancellation(merchant: Merchant) -> None:
    order, writer = _own(3), merchant.writer()
    lamps, books = _stock(merchant)
    ref = wrote(writer, samples.create(order, "processing")).ref
    for gone, total in ((("order-3-1",), "45.93"), (("order-3-1", "order-3-2"), "25.94"), (("order-3-1", "order-3-2"), "25.94")):
        assert Decimal(total) == wrote(writer, samples.update(order, ref, "processing", left=samples.without(order, *gone))).total
    assert (lamps - 1, books) == _stock(merchant)
    assert Decimal("25.94") == wrote(writer, samples.update(order, ref, "processing", "cancelled", cancels=True)).total
    assert (lamps, books) == _stock(merchant)


def test_an_unpaid_order_loses_lines_and_units_without_a_refund(merchant: Merchant) -> None:
    order, writer = _own(3, ItemState.ANNOUNCED), merchant.writer()
    lamps, books = _stock(merchant)
    ref = wrote(writer, samples.create(order, "on-hold")).ref
    done = wrote(writer, samples.update(order, ref, "on-hold", left=samples.without(order, "order-3-1", "order-3-2")))
    assert ("on-hold", Decimal("25.94"), (lamps - 1, books)) == (done.status, done.total, _stock(merchant))
    wrote(writer, samples.update(order, ref, "on-hold", "cancelled", expired=True, cancels=True))
    assert ((lamps, books), []) == (_stock(merchant), merchant.order(ref)["refunds"])


def test_what_the_shop_refunds_by_itself_takes_nothing_off(merchant: Merchant) -> None:
    order, writer = _own(3), merchant.writer()
    ref = wrote(writer, samples.create(order, "processing")).ref
    left = samples.without(order, "order-3-2")
    wrote(writer, samples.update(order, ref, "processing", left=left))
    done = wrote(writer, samples.update(order, ref, "processing", "refunded", left=left))
    assert ("refunded", Decimal("45.93")) == (done.status, done.total)


def test_no_mail_even_where_the_merchant_noted_an_address(merchant: Merchant) -> None:
    order, writer = _own(3, ItemState.ANNOUNCED), merchant.writer()
    ref = wrote(writer, samples.create(order, "on-hold")).ref
    merchant.put(f"/orders/{ref}", {"billing": {"email": "zoe@shop.example"}})
    paid = replace(samples.order(3), sales_order_id=order.sales_order_id)
    wrote(writer, samples.payment(paid, ref, "on-hold", "processing"))
    wrote(writer, samples.update(paid, ref, "processing", left=samples.without(paid, "order-3-2")))
    wrote(writer, samples.update(paid, ref, "processing", "completed"))
    wrote(writer, samples.update(paid, ref, "completed", "cancelled"))
    assert "zoe@shop.example" == merchant.order(ref)["billing"]["email"]


@pytest.mark.skipif(not MAILS, reason="no folder of mails is named")
def test_the_shop_does_write_when_its_merchant_sets_the_status(merchant: Merchant) -> None:
    """Prove that mails would be seen; the buyer's mail is taken away again, so that the watch over the other tests stays quiet."""
    ref = wrote(merchant.writer(), samples.create(_own(3), "processing")).ref
    before = _mails()
    merchant.put(f"/orders/{ref}", {"billing": {"email": "zoe@shop.example"}})
    merchant.move(ref, "completed")
    written = [mail for mail in _mails() - before if "zoe@shop.example" in mail.read_text()[:100]]
    for mail in written:
        mail.unlink()
    assert 1 == len(written)


def test_an_article_that_nobody_sells_becomes_free_text_at_ottos_price(merchant: Merchant) -> None:
    order = _own(3)
    unknown = replace(order, items=(replace(order.items[0], sku="no-such-sku"), replace(order.items[2], sku="nor-this")), fees=order.fees)
    done = wrote(merchant.writer(unknown_sku="line"), samples.create(unknown, "processing"))
    assert (unknown.total, ["Lämpchen „Mond“ – 20 % kleiner's 💡", "Buch"]) == (
        done.total,
        [line["name"] for line in merchant.order(done.ref)["line_items"]],
    )


def test_a_fee_taxed_otherwise_by_the_shop_leaves_the_total_right(merchant: Merchant) -> None:
    order = _own(3)
    books = replace(order, items=(order.items[2],))  # taxed at 7 %, and so is the fee, where the shop lets it inherit
    assert Decimal("25.94") == wrote(merchant.writer(), samples.create(books, "processing")).total


def test_an_earlier_connectors_order_is_taken_over(merchant: Merchant) -> None:
    order = _own(3)
    lines = [{"sku": "SKU-3-lamp", "quantity": 1, "total": "16.80"}]
    made = merchant.post("/orders", {"status": "on-hold", "line_items": lines, "meta_data": [{"key": "_old_otto", "value": order.order_number}]})
    writer = merchant.writer(also_known_by="_old_otto", look_back_days=1)
    (found,) = writer.inherited({samples.key(order): order.order_number})[samples.key(order)]
    assert (str(made["id"]), "on-hold", None, True) == (found.ref, found.status, found.set_status, found.foreign)
    wrote(writer, samples.update(order, found.ref, "on-hold", claims=True))
    wrote(writer, samples.payment(order, found.ref, "on-hold", "processing"))
    taken_over = writer.read([found.ref])[found.ref]
    assert (samples.key(order), "processing", True) == (taken_over.key, taken_over.status, taken_over.complete)


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
