"""The writer against a real PrestaShop. Skipped unless a shop is named by environment variables:

OTTO_IMPORT_LIVE_PRESTASHOP_URL     its address, such as http://127.0.0.1:8080
OTTO_IMPORT_LIVE_PRESTASHOP_KEY     a key of the webservice with all rights (the tests make articles, and play the merchant)
OTTO_IMPORT_LIVE_PRESTASHOP_STATES  optional: the numbers of the statuses announced, processable, sent, returned, cancelled (14,15,16,17,6)
OTTO_IMPORT_LIVE_PRESTASHOP_MAILS   optional: a folder into which the shop writes each mail as a file

The shop needs the euro, Germany with tax rules of 19 and 7 %, a carrier, the module ps_wirepayment, stock management, and four statuses that count
as validated and make no invoice: announced, processable (paid), sent (paid, shipped), returned (paid, shipped). Articles of the demo must be there;
those of the samples are made. Orders stay behind. Never name a shop that sells.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from otto_import.orders import ItemState
from otto_import.plan import Done, InDoubt, Role
from otto_import.testing import Look, WriterContract, samples
from otto_import.writers.base import Writer
from otto_import.writers.prestashop.note import read_note
from tests import prestashop_stories as stories
from tests.prestashop_merchant import Merchant, samples_articles
from tests.system_world import says
from tests.woocommerce_merchant import Renamed

_ENV = "OTTO_IMPORT_LIVE_PRESTASHOP_"
URL, KEY, MAILS = (os.environ.get(_ENV + name, "") for name in ("URL", "KEY", "MAILS"))
_ROLES = (Role.ANNOUNCED, Role.PROCESSABLE, Role.SENT, Role.RETURNED, Role.CANCELLED)
STATES = dict(zip(_ROLES, os.environ.get(_ENV + "STATES", "14,15,16,17,6").split(","), strict=True))
pytestmark = [pytest.mark.live_prestashop, pytest.mark.skipif(not (URL and KEY), reason="no live shop is named")]


@pytest.fixture(scope="module")
def merchant() -> Iterator[Merchant]:
    shop = Merchant(URL, KEY, STATES)
    shop.stocked(samples_articles())
    yield shop
    shop.close()


@pytest.fixture(autouse=True)
def no_mail() -> Iterator[None]:
    before = _mails()
    yield
    assert set() == _mails() - before


def _mails() -> set[str]:
    return {each.name for each in Path(MAILS).iterdir()} if MAILS else set()


class TestLivePrestashop(WriterContract):
    announced, processable, sent, cancelled = (STATES[role] for role in (Role.ANNOUNCED, Role.PROCESSABLE, Role.SENT, Role.CANCELLED))

    @pytest.fixture(autouse=True)
    def shop(self, merchant: Merchant) -> None:
        self._merchant, self._prefix, self._before = merchant, f"live-{uuid4().hex[:12]}:", merchant.stock()

    def writer(self) -> Writer:
        return Renamed(self._merchant.writer(), self._prefix)

    def move(self, ref: str, status: str) -> None:
        self._merchant.move(ref, status)

    def delete(self, ref: str) -> None:
        self._merchant.delete(ref)

    def look(self, ref: str) -> Look:
        return self._merchant.look(ref, self._before)

    def traces(self) -> object:
        return self._merchant.traces()


class Demo:
    """Bring the demo's orders into the shop by the program itself, with an account of its own."""

    def __init__(self, merchant: Merchant, folder: Path, size: int) -> None:
        self.merchant, self.folder = merchant, folder
        self.account = f"live-{uuid4().hex[:12]}"
        self.requests = 0
        self.seconds = 0.0
        statuses = "\n".join(f'{role} = "{number}"' for role, number in STATES.items())
        (folder / "config.toml").write_text(_CONFIG.format(account=self.account, size=size, url=URL, environment=_ENV, statuses=statuses))

    def begun(self, now: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "otto_import", "sync", "--json", "--config", str(self.folder / "config.toml"), "--now", now, "--force"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def sync(self, now: str) -> dict[str, Any]:
        with self.begun(now) as run:
            out, problems = run.communicate(timeout=1200)
        assert run.returncode in {0, 1}, problems.decode()
        summary: dict[str, Any] = json.loads(out.splitlines()[-1])
        self.requests += summary["requests"]["shop"]
        self.seconds += summary["seconds"]
        return summary

    def orders(self) -> dict[str, list[dict[str, Any]]]:
        """Give the shop's orders by OTTO's id."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.merchant.rows("orders"):
            note = read_note(row["note"])
            if note and note.receipt.key.startswith(f"demo:{self.account}:"):
                found.setdefault(note.receipt.sales_order_id, []).append(row)
        return found


_CONFIG = """
[otto]
environment = "demo"
account = "{account}"
demo_orders = {size}
[import]
announced = true
[status]
{statuses}
[state]
path = "ledger.db"
[shop]
writer = "prestashop"
[shop.prestashop]
url = "{url}"
key = {{ env = "{environment}KEY" }}
"""


@pytest.mark.parametrize("size", [36, 200])
def test_twelve_days_end_with_right_totals_stock_and_no_double(merchant: Merchant, tmp_path: Path, size: int) -> None:
    demo = Demo(merchant, tmp_path, size)
    before, summary = merchant.stock(), {}
    for day in range(1, 13):
        summary = demo.sync(f"2026-06-{day:02}T12:00:00Z")
        assert 0 == summary["failed"]
    shop, otto = demo.orders(), says(datetime(2026, 6, 12, 12, tzinfo=UTC), size)
    assert {} == {one: len(orders) for one, orders in shop.items() if len(orders) != 1}
    alive = {one: orders[0] for one, orders in shop.items() if orders[0]["current_state"] != STATES[Role.CANCELLED]}
    totals = {one: (_total(order), otto[one].total) for one, order in alive.items()}
    assert {} == {one: both for one, both in totals.items() if otto[one].living and both[0] != both[1]}
    sums: Counter[str] = Counter()
    for row in merchant.rows("order_details"):
        sums[str(row["id_order"])] += int(Decimal(row["total_price_tax_incl"]) * 100)
    assert {} == {one: order["id"] for one, order in alive.items() if sums[str(order["id"])] != int(Decimal(order["total_products_wt"]) * 100)}
    now, taken = merchant.stock(), Counter(item.sku for one in alive for item in otto[one].living)
    assert taken == Counter({sku: before[sku] - now[sku] for sku in before if before[sku] != now[sku]})
    assert set() == {order["invoice_number"] for orders in shop.values() for order in orders} - {"0"}
    print(  # noqa: T201  – the figures are what this suite is run for
        f"\n{size} orders of the demo, {len(shop)} in the shop: {demo.requests} requests, {demo.requests / len(shop):.2f} an order,"
        f" {len(shop) / demo.seconds:.1f} orders a second over {demo.seconds:.1f} s, conflicts {summary['conflicts']}"
    )


def test_a_run_killed_ten_times_leaves_no_double_and_no_gap(merchant: Merchant, tmp_path: Path) -> None:
    now, size = "2026-06-12T12:00:00Z", 400
    demo, dice, killed, before = Demo(merchant, tmp_path, size), random.Random(4), 0, merchant.stock()
    while killed < 10:
        with demo.begun(now) as run:
            try:
                out, _ = run.communicate(timeout=dice.uniform(0.8, 2.5))
            except subprocess.TimeoutExpired:
                run.kill()
                killed += 1
                continue
        assert json.loads(out.splitlines()[-1])["in_doubt"], "everything was done before it could be killed ten times"
        time.sleep(125)  # so long no order in doubt is made again
    time.sleep(125)
    for _ in range(3):
        demo.sync(now)
    shop, otto = demo.orders(), says(datetime(2026, 6, 12, 12, tzinfo=UTC), size)
    assert {} == {one: len(orders) for one, orders in shop.items() if len(orders) != 1}
    wanted = {one for one, order in otto.items() if order.state is ItemState.PROCESSABLE and not order.partly_fulfilled and order.delivery_address}
    assert set() == wanted - set(shop)
    assert {} == {one: (_total(orders[0]), otto[one].total) for one, orders in shop.items() if _total(orders[0]) != otto[one].total}
    assert set() == {one for one, orders in shop.items() if '"otto_complete": "1"' not in orders[0]["note"]}
    after, taken = merchant.stock(), Counter(item.sku for one in shop for item in otto[one].living)
    assert taken == Counter({sku: before[sku] - after[sku] for sku in before if before[sku] != after[sku]})


def test_four_creates_at_once_end_in_one_order(merchant: Merchant) -> None:
    prefix = f"live-{uuid4().hex[:12]}:"
    create = samples.create(samples.order(), STATES[Role.PROCESSABLE])
    writers = [Renamed(merchant.writer(), prefix) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = [outcome for found in pool.map(lambda writer: list(writer.write([create])), writers) for outcome in found]
    assert 4 == len([each for each in outcomes if isinstance(each, Done | InDoubt)])
    hits = writers[0].find([create.key])[create.key]
    assert [outcome.ref for outcome in outcomes if isinstance(outcome, Done)] == [hit.ref for hit in hits]
    assert 1 == len(hits)


@pytest.mark.parametrize("story", stories.STORIES, ids=lambda story: story.__name__)
def test_what_happens_to_orders(merchant: Merchant, story: Callable[[Merchant], None]) -> None:
    story(merchant)


@pytest.mark.parametrize("trace", stories.TRACES)
def test_an_order_of_another_connector_is_taken_over(merchant: Merchant, trace: str) -> None:
    stories.an_order_of_another_connector_is_taken_over(merchant, trace)


def _total(order: dict[str, Any]) -> Decimal:
    return Decimal(order["total_paid"]).quantize(Decimal("0.01"))
