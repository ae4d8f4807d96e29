"""The writer for PrestaShop over the imitation: what happens to orders, crashes, doubles, odd answers, checks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from otto_import.errors import CredentialsRefused, ShopUnavailable
from otto_import.orders import ItemState
from otto_import.plan import Changed, Create, Done, Grade, InDoubt, OrderKey, Refused, Update
from otto_import.testing import samples
from tests import prestashop_stories as stories
from tests.prestashop_books import variant
from tests.prestashop_imitation import KEY, Imitation, running
from tests.prestashop_merchant import Merchant


@pytest.fixture
def shop() -> Iterator[Imitation]:
    with running() as shop:
        yield shop
        assert [] == shop.books.mails


@pytest.fixture
def merchant(shop: Imitation) -> Iterator[Merchant]:
    merchant = Merchant(shop.url, KEY)
    for sku, name, group, rate in (("TEST-19", "Test 19", "1", 19), ("TEST-7", "Test 7", "2", 7)):
        price = f"{Decimal('19.99') * 100 / (100 + rate):.6f}"
        fields = {"reference": sku, "name": name, "price": price, "id_tax_rules_group": group, "product_type": "standard", "active": "1", "ean13": ""}
        product = shop.books.put("products", fields)
        shop.books.put("stock_availables", {"id_product": product["id"], "id_product_attribute": "0", "quantity": "1000"})
    variant(shop.books, "VAR", ("VAR-RED", "VAR-BLUE"))
    yield merchant
    merchant.close()


@pytest.mark.parametrize("story", stories.STORIES, ids=lambda story: story.__name__)
def test_what_happens_to_orders(merchant: Merchant, story: Callable[[Merchant], None]) -> None:
    story(merchant)


@pytest.mark.parametrize("trace", stories.TRACES)
def test_an_order_of_another_connector_is_taken_over(merchant: Merchant, trace: str) -> None:
    stories.an_order_of_another_connector_is_taken_over(merchant, trace)


# -- crashes ---------------------------------------------------------------------------------------------------------------------------------


def _again(merchant: Merchant, first: Create) -> Done:
    """Do what the next run does after a doubt: look, and make the order or complete it."""
    writer = merchant.writer()
    hits = writer.find([first.key]).get(first.key, ())
    assert len(hits) <= 1
    if not hits:
        outcome = stories.one(writer, replace(first, doubtful=True))
    else:
        hit = hits[0]
        assert hit.key == first.key
        assert hit.complete or hit.intermediate or hit.status == first.change.status
        outcome = stories.one(writer, stories.payment(first.order, hit.ref, hit.status, first.change.status))
    assert isinstance(outcome, Done)
    return outcome


def _whole(shop: Imitation, merchant: Merchant, before: dict[str, int], ref: str) -> None:
    orders = [row for row in shop.books.tables["orders"].values() if row["secure_key"] == shop.books.tables["orders"][ref]["secure_key"]]
    assert [ref] == [row["id"] for row in orders]
    assert (stories.PAID, Decimal("42.92"), Decimal("42.92"), "0") == (
        orders[0]["current_state"], Decimal(orders[0]["total_paid"]), Decimal(orders[0]["total_paid_real"]), orders[0]["invoice_number"],
    )  # fmt: skip
    buyer = shop.books.tables["customers"][orders[0]["id_customer"]]
    assert orders[0]["secure_key"] == buyer["secure_key"]
    address = shop.books.tables["addresses"][orders[0]["id_address_delivery"]]
    assert (buyer["id"], "10623") == (address["id_customer"], address["postcode"])
    assert "2026-05-04 10:15:30" == orders[0]["date_add"]
    assert {"TEST-19": 1, "TEST-7": 1} == stories.held(merchant, before)
    assert [("1", "29.98"), ("1", "9.99")] == [
        (row["product_quantity"], f"{Decimal(row['total_price_tax_incl']):.2f}") for row in merchant.details(ref)
    ]
    assert 1 == len(shop.books.where("order_payments", order_reference=orders[0]["reference"]))
    assert '"otto_complete": "1"' in orders[0]["note"]


@pytest.mark.parametrize("done_first", [False, True], ids=["before", "after"])
def test_a_create_cut_off_at_any_write_ends_as_one_whole_order(shop: Imitation, merchant: Merchant, done_first: bool) -> None:
    writes = 1
    while True:
        before, create = merchant.stock(), stories.create(stories.bought(("TEST-19", "29.98"), ("TEST-7", "9.99")), stories.PAID)
        writer = merchant.writer()
        shop.writes, shop.cut = 0, (writes, done_first)
        outcome = stories.one(writer, create)
        shop.cut = None
        if isinstance(outcome, Done) and shop.writes < writes:
            break
        assert isinstance(outcome, InDoubt)
        _whole(shop, merchant, before, _again(merchant, create).ref)
        writes += 1
    assert 8 <= writes


@pytest.mark.parametrize("done_first", [False, True], ids=["before", "after"])
def test_a_partial_cancellation_cut_off_at_any_write_gives_back_once(shop: Imitation, merchant: Merchant, done_first: bool) -> None:
    writes = 1
    while True:
        before, order = merchant.stock(), stories.bought(("TEST-19", "29.98"), ("TEST-7", "9.99"), ("TEST-7", "9.99"))
        left = samples.without(order, order.items[2].id)
        writer = merchant.writer()
        ref = stories.done(writer, stories.create(order, stories.PAID)).ref
        shop.writes, shop.cut = 0, (writes, done_first)
        outcome = stories.one(writer, stories.update(order, ref, stories.PAID, left=left))
        shop.cut = None
        if isinstance(outcome, Done) and shop.writes < writes:
            break
        assert isinstance(outcome, InDoubt)
        found = writer.read([ref])[ref]
        assert found.status == stories.PAID or found.intermediate
        # An order that is on its way is completed without being told a status.
        stories.done(writer, stories.update(order, ref, found.status, left=left))
        _whole(shop, merchant, before, ref)
        writes += 1
    assert 6 <= writes


def test_a_half_made_announced_order_ends_as_announced_though_no_status_is_told(shop: Imitation, merchant: Merchant) -> None:
    order, writer = stories.bought(("TEST-19", "19.99"), state=ItemState.ANNOUNCED), merchant.writer()
    create = stories.create(order, stories.ANNOUNCED)
    shop.writes, shop.cut = 0, (5, True)  # customer, address, cart, price, order
    assert isinstance(stories.one(writer, create), InDoubt)
    shop.cut = None
    (hit,) = writer.find([create.key])[create.key]
    assert (True, False) == (hit.intermediate, hit.complete)
    asked = stories.payment(order, hit.ref, hit.status, None, stage=create.change.stage)
    assert stories.ANNOUNCED == stories.done(writer, asked).status


def test_a_half_made_announced_order_that_was_paid_meanwhile_gets_its_address(shop: Imitation, merchant: Merchant) -> None:
    order, before = stories.bought(("TEST-19", "29.98"), ("TEST-7", "9.99")), merchant.stock()
    announced = replace(order, delivery_address=None, invoice_address=None)
    shop.writes, shop.cut = 0, (5, True)  # customer, address, cart, price, order
    assert isinstance(stories.one(merchant.writer(), stories.create(announced, stories.ANNOUNCED)), InDoubt)
    shop.cut = None
    _whole(shop, merchant, before, _again(merchant, stories.create(order, stories.PAID)).ref)


# -- doubles ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pause", [0.0, 0.02])
def test_creates_at_once_end_in_one_order(shop: Imitation, merchant: Merchant, pause: float) -> None:
    shop.slow = lambda method, path: pause if path == "/api/customers" else 0.0
    create = stories.create(stories.bought(("TEST-19", "19.99")), stories.PAID)
    writers = [merchant.writer() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda writer: stories.one(writer, create), writers))
    assert {Done, InDoubt} >= {type(outcome) for outcome in outcomes}
    assert 1 == len([outcome for outcome in outcomes if isinstance(outcome, Done)])
    assert 1 == len(shop.books.tables["orders"])
    assert 1 == len(shop.books.tables["customers"])


@pytest.mark.parametrize("years", [-1, 0, 1])
def test_whether_somebody_is_still_at_work_on_an_order_is_told_by_the_real_clock(shop: Imitation, merchant: Merchant, years: int) -> None:
    writer, order = merchant.writer(now=datetime.now(UTC) + timedelta(days=365 * years)), stories.bought(("TEST-19", "19.99"))
    create = stories.create(order, stories.PAID)
    merchant.delete(stories.done(writer, create).ref)
    assert InDoubt(create.key, "begun_elsewhere") == stories.one(writer, create)
    for customer in shop.books.tables["customers"].values():
        customer["date_add"] = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d %H:%M:%S}"
    assert isinstance(stories.one(writer, create), Done)


def test_two_orders_of_one_key_are_both_found(shop: Imitation, merchant: Merchant) -> None:
    writer, create = merchant.writer(), stories.create(stories.bought(("TEST-19", "19.99")), stories.PAID)
    ref = stories.done(writer, create).ref
    twin = shop.books.put("orders", {**shop.books.tables["orders"][ref]})
    twin["id"] = next(reversed(shop.books.tables["orders"]))
    assert [ref, twin["id"]] == [hit.ref for hit in writer.find([create.key])[create.key]]


# -- answers ---------------------------------------------------------------------------------------------------------------------------------


def test_a_wrong_key_is_refused_as_such(shop: Imitation) -> None:
    wrong = Merchant(shop.url, "x" * 32)
    writer = wrong.writer()
    with pytest.raises(CredentialsRefused):
        writer.find([stories.create(stories.bought(("TEST-19", "1.00")), stories.PAID).key])
    wrong.close()


def test_a_page_of_html_instead_of_the_new_order_leaves_a_doubt_that_resolves(shop: Imitation, merchant: Merchant) -> None:
    before, create = merchant.stock(), stories.create(stories.bought(("TEST-19", "29.98"), ("TEST-7", "9.99")), stories.PAID)
    writer = merchant.writer()
    shop.odd = lambda method, path: (200, b"<html>Wartung</html>") if (method, path) == ("POST", "/api/orders") else None
    assert InDoubt(create.key, "unreadable") == stories.one(writer, create)
    shop.odd = lambda method, path: None
    _whole(shop, merchant, before, _again(merchant, create).ref)


def test_a_row_told_twice_is_not_removed_as_one_too_many(shop: Imitation, merchant: Merchant) -> None:
    order, writer = stories.bought(("TEST-19", "19.99"), ("TEST-7", "9.99")), merchant.writer()
    ref = stories.done(writer, stories.create(order, stories.PAID)).ref
    rows = [{"product_id": "0", "product_attribute_id": "0", **row} for row in shop.books.tables["order_details"].values()]
    doubled = json.dumps({"order_details": [*rows, rows[0]]}).encode()
    shop.odd = lambda method, path: (200, doubled) if (method, path) == ("GET", "/api/order_details") else None
    with pytest.raises(ShopUnavailable, match="order_details"):
        list(writer.write([stories.update(order, ref, stories.PAID, left=samples.without(order, order.items[1].id))]))
    assert "DELETE" not in {method for method, _ in shop.asked}


def test_a_refusal_after_something_was_written_is_a_doubt(shop: Imitation, merchant: Merchant) -> None:
    writer, order = merchant.writer(), stories.bought(("TEST-19", "19.99"))
    ref = stories.done(writer, stories.create(order, stories.PAID)).ref
    shop.rights["order_histories"] = ()
    assert InDoubt(stories.create(order, stories.PAID).key, "http_405 error_25") == stories.one(
        writer, stories.payment(order, ref, stories.PAID, stories.SENT, delivery=replace(samples.ADDRESS, city="Kiel"))
    )


def test_a_refusal_before_anything_was_written_is_one(shop: Imitation, merchant: Merchant) -> None:
    writer, order = merchant.writer(), stories.bought(("TEST-19", "19.99"))
    shop.rights["customers"] = ("get",)
    outcome = stories.one(writer, stories.create(order, stories.PAID))
    assert Refused(outcome.key, "http_405 error_25") == outcome
    assert {} == shop.books.tables["orders"]


def test_a_preview_writes_nothing(merchant: Merchant) -> None:
    writer = merchant.writer(read_only=True)
    with pytest.raises(RuntimeError):
        list(writer.write([stories.create(stories.bought(("TEST-19", "19.99")), stories.PAID)]))


def test_the_identity_names_address_and_shop(merchant: Merchant) -> None:
    writer = merchant.writer(shop_id=2)
    assert f"{merchant.url}#2" == writer.identity
    assert (120, True, 0) == (writer.settle_seconds, writer.can_find, writer.requests)


# -- articles --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sku", ["Drachen-1,6", "A|B", "LAMPE-39/ws", "Roman Möwe", "50%", "Uhr-Ø30"])
def test_articles_are_found_whatever_signs_their_numbers_have(shop: Imitation, merchant: Merchant, sku: str) -> None:
    fields = {"name": "x", "price": "1", "id_tax_rules_group": "1", "product_type": "standard", "active": "1", "ean13": ""}
    shop.books.put("products", {**fields, "reference": sku})
    writer = merchant.writer()
    assert frozenset() == writer.missing(stories.bought((sku, "1.00")).lines)
    assert {sku.swapcase()} == writer.missing(stories.bought((sku.swapcase(), "1.00"), ("TEST-7", "1.00")).lines) or sku == sku.swapcase()


def test_no_address_grows_longer_than_servers_take_however_long_the_numbers_are(shop: Imitation, merchant: Merchant) -> None:
    fields = {"name": "x", "price": "1", "id_tax_rules_group": "1", "product_type": "standard", "active": "1", "ean13": ""}
    skus = [f"Größe-{number:02}-{'ä' * 55}" for number in range(60)]
    for sku in skus[:59]:
        shop.books.put("products", {**fields, "reference": sku})
    absurd = ["€" * 499, f"{'€' * 499},"]
    writer = merchant.writer()
    assert {skus[59], *absurd} == writer.missing(stories.bought(*((sku, "1.00") for sku in [*skus, *absurd])).lines)
    assert {} == dict(writer.find([OrderKey(f"demo:{number}-{'ä' * 200}") for number in range(120)]))
    for trace in stories.TRACES:
        numbers = {OrderKey(f"demo:{number}"): f"{number}-{sign * 499}" for number, sign in enumerate("a€")}
        numbers |= {OrderKey(f"demo:{number}"): f"{number}-{'ä' * 60}" for number in range(2, 120)}
        assert {} == dict(merchant.writer(also_known_by=trace).inherited(numbers))
    assert 3000 < shop.longest < 4000


def test_a_number_with_brackets_and_a_product_with_variants_cannot_be_ordered(shop: Imitation, merchant: Merchant) -> None:
    fields = {"name": "x", "price": "1", "id_tax_rules_group": "1", "product_type": "standard", "active": "1", "ean13": ""}
    shop.books.put("products", {**fields, "reference": "A[1]"})
    writer = merchant.writer()
    assert {"A[1]", "VAR"} == writer.missing(stories.bought(("A[1]", "1.00"), ("VAR", "1.00"), ("VAR-RED", "1.00")).lines)


def test_an_active_article_wins_over_an_idle_one_and_found_articles_are_asked_for_once(shop: Imitation, merchant: Merchant) -> None:
    fields = {"name": "x", "price": "1", "id_tax_rules_group": "1", "product_type": "standard", "ean13": "4006381333931", "reference": "TWIN"}
    _, active = (shop.books.put("products", {**fields, "active": each}) for each in ("0", "1"))
    shop.books.put("stock_availables", {"id_product": active["id"], "id_product_attribute": "0", "quantity": "5"})
    writer = merchant.writer(match="ean")
    order = stories.bought(("OTHER", "1.00"))
    order = replace(order, items=tuple(replace(item, ean="4006381333931") for item in order.items))
    ref = stories.done(writer, stories.create(order, stories.PAID)).ref
    assert active["id"] == merchant.details(ref)[0]["product_id"]
    asked = len(shop.asked)
    assert frozenset() == writer.missing(order.lines)
    assert asked == len(shop.asked)


# -- statuses and checks -----------------------------------------------------------------------------------------------------------------------


def test_statuses_say_what_they_do(merchant: Merchant) -> None:
    writer = merchant.writer()
    told = {
        status.code: (status.takes_stock, status.means_paid, status.gives_stock_back, status.mails_buyer, status.makes_invoice)
        for status in writer.statuses()
    }
    assert (True, True, False, False, True) == told["2"]
    assert (False, False, True, False, False) == told["6"]
    assert (False, False, False, False, False) == told["10"]
    assert (True, False, False, False, False) == told["14"]


def _bad(merchant: Merchant, **settings: Any) -> dict[str, Grade]:
    writer = merchant.writer(**settings)
    found = {finding.subject: finding.grade for finding in writer.check()}
    return {subject: grade for subject, grade in found.items() if grade is not Grade.GOOD}


def test_a_check_names_what_is_missing(shop: Imitation, merchant: Merchant) -> None:
    assert {"payment module": Grade.WARNING} == _bad(merchant)
    assert {"payment module": Grade.WARNING, "carrier": Grade.BAD} == _bad(merchant, carrier="none such")
    assert {"payment module": Grade.WARNING, "shop.prestashop.reserve_through": Grade.BAD} == _bad(merchant, reserve_through="10")
    settings = {row["name"]: row for row in shop.books.tables["configurations"].values()}
    settings["PS_STOCK_MANAGEMENT"]["value"] = "0"
    settings["PS_ENABLE_BACKORDER_STATUS"]["value"] = "1"
    settings["PS_OS_WS_PAYMENT"]["value"] = "10"
    assert {"payment module", "stock", "back-orders", "first status"} == set(_bad(merchant))
    shop.rights["configurations"] = ()
    assert {"payment module": Grade.WARNING, "settings": Grade.WARNING} == _bad(merchant)
    shop.books.tables["tax_rules"].clear()
    assert Grade.WARNING == _bad(merchant)["taxes"]
    shop.books.tables["currencies"].clear()
    assert Grade.BAD == _bad(merchant)["currency"]
    shop.rights["orders"] = ("get",)
    assert {"rights": Grade.BAD} == _bad(merchant)


def test_with_invoices_off_no_status_makes_one(shop: Imitation, merchant: Merchant) -> None:
    next(row for row in shop.books.tables["configurations"].values() if row["name"] == "PS_INVOICE")["value"] = "0"
    writer = merchant.writer()
    assert {False} == {status.makes_invoice for status in writer.statuses()}


# -- the imitation itself ----------------------------------------------------------------------------------------------------------------------


def test_the_imitation_mails_whoever_orders_as_the_real_shop_does(shop: Imitation, merchant: Merchant) -> None:
    ref = stories.done(merchant.writer(), stories.create(stories.bought(("TEST-19", "19.99")), stories.PAID)).ref
    merchant.send("PATCH", f"orders/{ref}", "order", {"id": ref, "current_state": "4"})
    assert ["Shipped"] == [template for _, template in shop.books.mails]
    shop.books.mails.clear()


def test_the_requests_of_an_order_are_few(shop: Imitation, merchant: Merchant) -> None:
    writer = merchant.writer()
    stories.done(writer, stories.create(stories.bought(("TEST-19", "19.99")), stories.PAID))
    before = len(shop.asked)
    stories.done(writer, stories.create(stories.bought(("TEST-19", "19.99")), stories.PAID))
    made = json.dumps(shop.asked[before:])
    assert len(shop.asked) - before <= 18, made


def test_an_update_of_an_order_that_is_gone_or_of_another_key_writes_nothing(shop: Imitation, merchant: Merchant) -> None:
    writer, order = merchant.writer(), stories.bought(("TEST-19", "19.99"))
    ref = stories.done(writer, stories.create(order, stories.PAID)).ref
    writes = shop.writes
    strange: Update = replace(stories.update(order, ref, stories.PAID, stories.SENT), key=OrderKey("stories:other"))
    assert isinstance(stories.one(writer, strange), Changed)
    assert isinstance(stories.one(writer, replace(strange, ref="99999")), Changed)
    assert writes == shop.writes
