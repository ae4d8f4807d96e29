"""The traps of WooCommerce: interruptions, doubles, taxes, stock, mails, articles, earlier connectors, and what a check says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from otto_import.errors import CredentialsRefused, ShopUnavailable
from otto_import.orders import DeliveryFee, ItemState, Order
from otto_import.plan import Changed, Create, Done, Grade, InDoubt, NotBegun, Outcome, Refused, Update
from otto_import.testing import samples
from otto_import.testing.basis import wrote
from otto_import.writers.woocommerce.writer import WooCommerceWriter
from tests.woocommerce_imitation import NOBODY, READER, Imitation, imitated
from tests.woocommerce_merchant import Merchant
from tests.woocommerce_state import Shop, days_ago, set_value, value

ORDER = samples.order()
KEY = samples.key(ORDER)
SMALLER = samples.without(ORDER, "order-1-1", "order-1-2")
TOTAL = Decimal("65.92")


@pytest.fixture(params=[False, True], ids=["new", "old"])
def shop(request: pytest.FixtureRequest) -> Shop:
    shop = Shop(old=request.param)
    for number in range(1, 25):
        shop.add(f"SKU-{number}-lamp", ean=f"40063813339{number:02}")
        shop.add(f"SKU-{number}-book", tax_class="reduced-rate")
    return shop


@pytest.fixture
def at(shop: Shop) -> Iterator[Imitation]:
    with imitated(shop) as imitation:
        yield imitation


@pytest.fixture
def merchant(at: Imitation) -> Iterator[Merchant]:
    merchant = at.merchant()
    yield merchant
    merchant.close()


@pytest.fixture
def writer(merchant: Merchant) -> WooCommerceWriter:
    return merchant.writer()


def create(order: Order = ORDER, status: str = "processing", **differences: object) -> Create:
    return samples.create(order, status, **differences)


def outcomes(writer: WooCommerceWriter, *actions: Create | Update) -> list[Outcome]:
    """Write, and take a shop that went away for what it leaves: doubt."""
    try:
        return list(writer.write(actions))
    except ShopUnavailable:
        return []


def converge(writer: WooCommerceWriter, order: Order, status: str) -> None:
    """Go on as later runs do: look, then make the order or bring it to what is wanted."""
    for _ in range(4):
        hits = writer.find([samples.key(order)]).get(samples.key(order), ())
        action = samples.payment(order, hits[0].ref, hits[0].status, status) if hits else create(order, status)
        if any(isinstance(each, Done) for each in outcomes(writer, action)):
            return
    pytest.fail("it did not come to its end")


def whole(shop: Shop, status: str = "processing", total: Decimal = TOTAL) -> None:
    """See that the order is there once, whole, with its total and its units."""
    assert [(status, "1")] == [(order["status"], value(order, "_otto_complete")) for order in shop.orders.values()]
    (order,) = shop.orders.values()
    assert total == shop.total(order) - sum((one["amount"] for one in order["refunds"]), Decimal(0))
    assert [] == shop.mails


# --- interruptions ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", ["before", "after", "500"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_create_cut_off_at_any_write_ends_as_one_whole_order(shop: Shop, at: Imitation, writer: WooCommerceWriter, cut: str, nth: int) -> None:
    writes = iter(range(1, 100))
    shop.rates["reduced-rate"] = 5  # so that amounts are put right by a write of their own
    at.fault = lambda method, path, number: cut if method == "POST" and next(writes) == nth else None
    first = outcomes(writer, create())
    assert [InDoubt] == [type(outcome) for outcome in first]
    converge(writer, ORDER, "processing")
    whole(shop)
    assert (998, 999) == (shop.stock("SKU-1-lamp"), shop.stock("SKU-1-book"))


@pytest.mark.parametrize("cut", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_refund_cut_off_at_any_write_is_made_once(shop: Shop, at: Imitation, writer: WooCommerceWriter, cut: str, nth: int) -> None:
    ref = wrote(writer, create()).ref
    writes = iter(range(1, 100))
    at.fault = lambda method, path, number: cut if method == "POST" and next(writes) == nth else None
    change = samples.update(ORDER, ref, "processing", left=SMALLER, note="a part was cancelled")
    assert [InDoubt] == [type(outcome) for outcome in outcomes(writer, change)]
    assert [Done(KEY, ref, "processing", Decimal("25.94"))] == outcomes(writer, change)
    whole(shop, total=Decimal("25.94"))
    assert (999, 1000) == (shop.stock("SKU-1-lamp"), shop.stock("SKU-1-book"))
    assert 1 == shop.orders[int(ref)]["notes"].count("a part was cancelled")


@pytest.mark.parametrize("cut", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_an_unpaid_order_edited_and_cut_off_keeps_its_stock_right(shop: Shop, at: Imitation, writer: WooCommerceWriter, cut: str, nth: int) -> None:
    order = samples.order(state=ItemState.ANNOUNCED)
    less = samples.without(order, "order-1-1", "order-1-2")
    ref = wrote(writer, create(order, "on-hold")).ref
    writes = iter(range(1, 100))
    at.fault = lambda method, path, number: cut if method == "POST" and next(writes) == nth else None
    outcomes(writer, samples.update(order, ref, "on-hold", left=less))
    (found,) = writer.find([samples.key(order)])[samples.key(order)]
    assert "on-hold" == found.status  # whatever it passes through on its way
    assert [Done(KEY, ref, "on-hold", Decimal("25.94"))] == outcomes(writer, samples.update(order, ref, "on-hold", left=less))
    whole(shop, "on-hold", Decimal("25.94"))
    assert [] == shop.orders[int(ref)]["refunds"]
    assert (999, 1000) == (shop.stock("SKU-1-lamp"), shop.stock("SKU-1-book"))


def test_an_order_left_as_a_draft_is_found_as_what_it_is_to_be_and_not_whole(at: Imitation, writer: WooCommerceWriter) -> None:
    writes = iter(range(1, 100))
    at.fault = lambda method, path, number: "before" if method == "POST" and next(writes) == 2 else None
    outcomes(writer, create())
    (found,) = writer.find([KEY])[KEY]
    assert ("processing", False, False) == (found.status, found.complete, found.intermediate)
    assert [found] == list(writer.read([found.ref]).values())


def test_a_draft_is_completed_even_by_an_update_that_names_no_status(shop: Shop, at: Imitation, writer: WooCommerceWriter) -> None:
    writes = iter(range(1, 100))
    at.fault = lambda method, path, number: "before" if method == "POST" and next(writes) == 2 else None
    outcomes(writer, create())
    (found,) = writer.find([KEY])[KEY]
    wrote(writer, samples.payment(ORDER, found.ref, found.status, None))
    whole(shop)


def test_html_in_place_of_an_answer_leaves_a_write_in_doubt(at: Imitation, writer: WooCommerceWriter) -> None:
    at.fault = lambda method, path, number: "html" if method == "POST" else None
    assert [InDoubt(KEY, "unreadable")] == outcomes(writer, create())


# --- doubles ------------------------------------------------------------------------------------------------------------------------------------


def test_four_makers_of_one_order_at_once_make_one(shop: Shop, at: Imitation, merchant: Merchant) -> None:
    at.slow = 0.02
    makers = [merchant.writer() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        told = [outcome for each in pool.map(lambda maker: outcomes(maker, create()), makers) for outcome in each]
    assert ["Done", "Refused", "Refused", "Refused"] == sorted(type(outcome).__name__ for outcome in told)
    whole(shop)
    assert 998 == shop.stock("SKU-1-lamp")


def test_two_orders_with_one_key_are_both_found(shop: Shop, writer: WooCommerceWriter) -> None:
    first, second = (wrote(writer, create(samples.order(number))).ref for number in (1, 2))
    copy = shop.orders[int(second)]
    copy["created_via"] = shop.orders[int(first)]["created_via"]
    set_value(copy, "_otto_key", KEY, 9999)
    assert [first, second] == sorted(hit.ref for hit in writer.find([KEY])[KEY])


def test_orders_of_strangers_are_no_hits_though_an_old_shop_shows_them_all(shop: Shop, merchant: Merchant, writer: WooCommerceWriter) -> None:
    merchant.post("/orders", {"status": "processing", "line_items": [{"sku": "SKU-1-lamp", "quantity": 1, "total": "1"}]})
    assert {} == writer.find([KEY])
    assert isinstance(wrote(writer, create()), Done)


def test_hundreds_of_orders_of_an_old_shop_are_compared_page_by_page_and_only_the_new_ones_again(
    shop: Shop, at: Imitation, writer: WooCommerceWriter
) -> None:
    shop.old = True
    for _ in range(230):
        shop.create({"status": "completed"}, checked=True)
    wrote(writer, create())
    assert [KEY] == list(writer.find([KEY, samples.key(samples.order(2))]))


def test_an_old_shop_is_compared_no_further_back_than_the_config_says(shop: Shop, merchant: Merchant) -> None:
    shop.old = True
    maker, other = merchant.writer(), merchant.writer(look_back_days=5)
    ref = wrote(maker, create()).ref
    days_ago(shop.orders[int(ref)], 6)
    assert {} == other.find([KEY])
    assert [ref] == list(other.read([ref]))


# --- money --------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rates", [{"": 16, "reduced-rate": 5}, {"": 0}, {"reduced-rate": 7, "": 19}, {"": 19, "reduced-rate": 19}])
@pytest.mark.parametrize("taxes", [True, False])
def test_the_total_is_ottos_whatever_the_shop_taxes(shop: Shop, writer: WooCommerceWriter, rates: dict[str, int], taxes: bool) -> None:
    shop.rates, shop.taxes = rates, taxes
    assert TOTAL == wrote(writer, create()).total
    assert Decimal("25.94") == wrote(writer, samples.update(ORDER, next(map(str, shop.orders)), "processing", left=SMALLER)).total


def test_totals_are_right_to_the_cent_for_many_prices(shop: Shop, writer: WooCommerceWriter) -> None:
    wanted: dict[str, Decimal] = {}
    for number, (cents, units) in enumerate(product((1, 3, 99, 1999, 8999, 129900), (1, 3, 7))):
        items = tuple(replace(ORDER.items[0], id=f"i{unit}", gross=Decimal(cents) / 100) for unit in range(units))
        ref = wrote(writer, create(replace(ORDER, sales_order_id=f"price-{number}", items=items, fees=()))).ref
        wanted[ref] = Decimal(cents * units) / 100
    assert wanted == {ref: shop.total(shop.orders[int(ref)]) for ref in wanted}


def test_an_order_refunded_to_nothing_keeps_its_status(shop: Shop, writer: WooCommerceWriter) -> None:
    free = replace(ORDER, items=(ORDER.items[0], replace(ORDER.items[2], reduced=Decimal(0))), fees=())
    ref = wrote(writer, create(free)).ref
    left = samples.without(free, "order-1-0")
    assert Done(samples.key(free), ref, "processing", Decimal("0.00")) == wrote(writer, samples.update(free, ref, "processing", left=left))
    assert (1000, 999) == (shop.stock("SKU-1-lamp"), shop.stock("SKU-1-book"))


def test_a_second_partial_cancellation_takes_off_what_is_left_to_take(shop: Shop, writer: WooCommerceWriter) -> None:
    ref = wrote(writer, create()).ref
    for gone, total in ((("order-1-2",), "45.93"), (("order-1-2", "order-1-1"), "25.94"), (("order-1-2", "order-1-1"), "25.94")):
        assert Decimal(total) == wrote(writer, samples.update(ORDER, ref, "processing", left=samples.without(ORDER, *gone))).total
    assert 2 == len(shop.orders[int(ref)]["refunds"])
    wrote(writer, samples.update(ORDER, ref, "processing", "cancelled", cancels=True))
    assert (1000, 1000) == (shop.stock("SKU-1-lamp"), shop.stock("SKU-1-book"))


def test_what_the_shop_refunds_by_itself_takes_nothing_off_an_order_that_came_back(shop: Shop, writer: WooCommerceWriter) -> None:
    ref = wrote(writer, create()).ref
    wrote(writer, samples.update(ORDER, ref, "processing", left=samples.without(ORDER, "order-1-2")))
    done = wrote(writer, samples.update(ORDER, ref, "processing", "refunded", left=samples.without(ORDER, "order-1-2")))
    assert ("refunded", Decimal("45.93"), Decimal("45.93")) == (done.status, done.total, writer.read([ref])[ref].total)
    assert (998, 1000) == (shop.stock("SKU-1-lamp"), shop.stock("SKU-1-book"))


def test_a_freight_fee_that_goes_with_its_article_is_refunded_too(shop: Shop, writer: WooCommerceWriter) -> None:
    freight = DeliveryFee("FREIGHT_SURCHARGE", Decimal("29.90"), Decimal(19), frozenset({"order-1-2"}))
    order = replace(ORDER, fees=(*ORDER.fees, freight))
    ref = wrote(writer, create(order)).ref
    assert ["Versand (OTTO)", "Spedition (OTTO) FREIGHT_SURCHARGE"] == [each["method_title"] for each in shop.orders[int(ref)]["shipping_lines"]]
    assert Decimal("45.93") == wrote(writer, samples.update(order, ref, "processing", left=samples.without(order, "order-1-2"))).total


# --- buyers and mails ---------------------------------------------------------------------------------------------------------------------------


def test_the_shop_writes_to_nobody_even_where_the_merchant_noted_an_address(shop: Shop, merchant: Merchant, writer: WooCommerceWriter) -> None:
    ref = wrote(writer, create(samples.order(state=ItemState.ANNOUNCED), "on-hold")).ref
    merchant.put(f"/orders/{ref}", {"billing": {"email": "zoe@shop.example"}})
    for action in (
        samples.payment(ORDER, ref, "on-hold", "processing"),
        samples.update(ORDER, ref, "processing", left=SMALLER),
        samples.update(ORDER, ref, "processing", "completed"),
    ):
        wrote(writer, action)
    assert [] == shop.mails
    assert ("zoe@shop.example", "") == (shop.orders[int(ref)]["billing"]["email"], value(shop.orders[int(ref)], "_otto_held_email"))
    merchant.move(ref, "processing")
    merchant.move(ref, "completed")  # and this is what it looks like when the merchant does it
    assert [("zoe@shop.example", "completed")] == shop.mails


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_an_address_taken_off_for_a_moment_comes_back_after_an_interruption(
    shop: Shop, at: Imitation, merchant: Merchant, writer: WooCommerceWriter, nth: int
) -> None:
    ref = wrote(writer, create()).ref
    merchant.put(f"/orders/{ref}", {"billing": {"email": "zoe@shop.example"}})
    writes = iter(range(1, 100))
    at.fault = lambda method, path, number: "after" if method == "POST" and next(writes) == nth else None
    outcomes(writer, samples.update(ORDER, ref, "processing", "completed"))
    shown = writer.read([ref])[ref].status
    wrote(writer, samples.update(ORDER, ref, shown, "completed"))
    assert ("zoe@shop.example", []) == (shop.orders[int(ref)]["billing"]["email"], shop.mails)


def test_ottos_forwarding_address_is_kept_where_the_shop_does_not_write_to_it(shop: Shop, merchant: Merchant) -> None:
    writer = merchant.writer(buyer_email="masked")
    masked = replace(samples.INVOICE, email="abc@customer.otto.market")
    ref = wrote(writer, create(invoice=masked)).ref
    order = shop.orders[int(ref)]
    assert ("", "abc@customer.otto.market", []) == (order["billing"]["email"], value(order, "_otto_buyer_email"), shop.mails)


def test_a_company_stands_in_its_field_and_a_phone_only_where_a_forwarder_comes(shop: Shop, writer: WooCommerceWriter) -> None:
    firm = replace(samples.ADDRESS, salutation="COMPANY", first_name="", last_name="Müßig & Söhne GmbH", phone="+49 40 1")
    freight = DeliveryFee("FREIGHT_SURCHARGE", Decimal("29.90"), Decimal(19), frozenset({"order-2-0"}))
    first = wrote(writer, create(delivery=firm)).ref
    second = wrote(writer, create(replace(samples.order(2), fees=(freight,)), delivery=firm)).ref
    assert ("Müßig & Söhne GmbH", None) == tuple(shop.orders[int(first)]["shipping"].get(name) for name in ("company", "phone"))
    assert "+49 40 1" == shop.orders[int(second)]["shipping"]["phone"]


def test_what_ottos_shipping_needs_stays_on_the_order(shop: Shop, writer: WooCommerceWriter) -> None:
    lines = (replace(ORDER.lines[0], weee_pickup=True), ORDER.lines[1])
    order = shop.orders[int(wrote(writer, create(lines=lines)).ref)]
    told = {each["key"]: each["value"] for each in order["meta_data"]}
    wanted = {"key": "contract:5f1c-1", "sales_order_id": "5f1c-1", "order_number": "bk0001", "placed_at": "2026-05-04T08:15:30.123000Z"}
    assert wanted == {name: told[f"_otto_{name}"] for name in wanted}
    assert ("order-1-0,order-1-1,order-1-2", "bk0001", "2026-05-06T08:15:30") == (told["_otto_items"], order["transaction_id"], order["date_paid"])
    line = {each["key"]: each["value"] for each in order["line_items"][0]["meta_data"]}
    assert ("order-1-0,order-1-1", "2026-05-07T08:15:30.123000Z", "1") == tuple(
        line[name] for name in ("_otto_item_ids", "otto_ship_by", "otto_weee_pickup")
    )


# --- articles -----------------------------------------------------------------------------------------------------------------------------------


def test_an_article_the_shop_lacks_holds_the_order(shop: Shop, writer: WooCommerceWriter) -> None:
    order = samples.order(99)
    assert frozenset({"SKU-99-lamp", "SKU-99-book"}) == writer.missing([*order.lines, *ORDER.lines])
    assert [Refused(samples.key(order), "unknown_sku")] == outcomes(writer, create(order))
    assert {} == shop.orders


def test_an_article_the_shop_lacks_becomes_free_text_at_ottos_price(shop: Shop, merchant: Merchant) -> None:
    writer = merchant.writer(unknown_sku="line")
    del shop.products[next(each.id for each in shop.products.values() if each.sku == "SKU-1-book")]
    done = wrote(writer, create())
    line = shop.orders[int(done.ref)]["line_items"][1]
    assert (TOTAL, 0, "Buch", "reduced-rate", "SKU-1-book") == (done.total, line["product_id"], line["name"], line["tax_class"], value(line, "SKU"))


def test_articles_are_found_under_the_numbers_the_merchant_uses(shop: Shop, merchant: Merchant, tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text('otto_sku,shop_sku\nOTTO-A,"Drachen-1,6"\nOTTO-B,VAR-RED\n', encoding="utf-8")
    for sku, kind in (("Drachen-1,6", "simple"), ("VAR-RED", "variation"), ("VAR", "variable"), ("Roman Möwe", "simple"), ("plain", "simple")):
        shop.add(sku, type=kind)
    writer = merchant.writer(folder=tmp_path, sku_map="map.csv", sku_prefix="OTTO-")
    lines = [replace(ORDER.lines[0], sku=sku) for sku in ("OTTO-A", "OTTO-B", "OTTO-VAR", "OTTO-Roman Möwe", "OTTO-PLAIN", "SKU-1-lamp", "OTTO-none")]
    assert frozenset({"OTTO-VAR", "OTTO-none"}) == writer.missing(lines)
    made = wrote(writer, create(lines=(replace(ORDER.lines[0], sku="OTTO-B"),), fees=(), total=Decimal("39.98")))
    assert ("VAR-RED", 998) == (shop.orders[int(made.ref)]["line_items"][0]["sku"], shop.stock("VAR-RED"))


def test_articles_are_found_by_ean_where_the_shop_can_be_asked_so(shop: Shop, merchant: Merchant) -> None:
    writer = merchant.writer(match="ean")
    lines = [replace(ORDER.lines[0], sku=f"A-{ean}", ean=ean) for ean in ("4006381333901", "4006381333999", "")]
    expected = {"A-4006381333999", "A-"} | ({"A-4006381333901"} if shop.old else set())
    assert frozenset(expected) == writer.missing(lines)


def test_many_articles_are_asked_for_in_one_request_and_remembered(at: Imitation, writer: WooCommerceWriter) -> None:
    lines = [line for number in range(1, 25) for line in samples.order(number).lines]
    for _ in range(2):
        assert frozenset() == writer.missing(lines)
    assert [("GET", "/products")] == at.log


# --- stock --------------------------------------------------------------------------------------------------------------------------------------


def test_an_order_that_left_long_ago_never_takes_or_gives_stock(shop: Shop, writer: WooCommerceWriter) -> None:
    order = samples.order(state=ItemState.SENT)
    ref = wrote(writer, create(order, "completed", spares_stock=True)).ref
    wrote(writer, samples.update(order, ref, "completed", left=SMALLER))
    wrote(writer, samples.update(order, ref, "completed", "cancelled"))
    assert (1000, 1000) == (shop.stock("SKU-1-lamp"), shop.stock("SKU-1-book"))


def test_the_merchant_may_let_it_take_stock_all_the_same(shop: Shop, merchant: Merchant) -> None:
    writer = merchant.writer(move_stock=True)
    wrote(writer, create(samples.order(state=ItemState.SENT), "completed", spares_stock=True))
    assert (998, 999) == (shop.stock("SKU-1-lamp"), shop.stock("SKU-1-book"))


# --- earlier connectors -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "number"), [("_old_otto_id", "bk0001"), ("transaction_id", "another"), ("customer_note", "bk0001")])
def test_an_earlier_connectors_order_is_found_taken_over_and_left_as_it_is(shop: Shop, merchant: Merchant, place: str, number: str) -> None:
    lines = [{"sku": "SKU-1-lamp", "quantity": 2, "total": "33.60"}]
    said = number if number == "bk0001" else "5f1c-1"  # OTTO's number or its id
    trace = {"meta_data": [{"key": place, "value": said}]} if place.startswith("_") else {place: said}
    ref = str(merchant.post("/orders", {"status": "processing", "line_items": lines, "billing": {"email": "zoe@shop.example"}, **trace})["id"])
    shop.mails.clear()
    writer = merchant.writer(also_known_by=place)
    assert {} == writer.find([KEY])
    (found,) = writer.inherited({KEY: number})[KEY]
    assert (ref, KEY, True, "processing", None) == (found.ref, found.key, found.foreign, found.status, found.set_status)
    assert [Changed(KEY, replace(found, key=None, foreign=False))] == outcomes(writer, samples.payment(ORDER, ref, "processing", None))
    wrote(writer, samples.update(ORDER, ref, "processing", claims=True))
    taken_over = writer.read([ref])[ref]
    assert (KEY, True, "processing", None) == (taken_over.key, taken_over.complete, taken_over.set_status, taken_over.item_ids)
    assert (1, [ref]) == (len(shop.orders[int(ref)]["line_items"]), [order.ref for order in writer.ours()])
    assert [(ref, False)] == [(hit.ref, hit.foreign) for hit in writer.inherited({KEY: number})[KEY]]
    assert ("zoe@shop.example", []) == (shop.orders[int(ref)]["billing"]["email"], shop.mails)


# --- what the shop reckons anew -----------------------------------------------------------------------------------------------------------------


def test_a_line_that_stays_bears_the_position_items_that_are_left(shop: Shop, writer: WooCommerceWriter) -> None:
    ref = wrote(writer, create()).ref
    left = samples.without(ORDER, "order-1-0")
    wrote(writer, replace(samples.update(ORDER, ref, "processing", left=left), order=left))
    lamps = next(line for line in shop.orders[int(ref)]["line_items"] if line["sku"] == "SKU-1-lamp")
    assert ["order-1-1"] == [each["value"] for each in lamps["meta_data"] if each["key"] == "_otto_item_ids"]


def test_rounding_over_the_whole_order_is_warned_of(shop: Shop, writer: WooCommerceWriter) -> None:
    shop.settings["woocommerce_tax_round_at_subtotal"] = "yes"
    assert ["taxes"] == [finding.subject for finding in writer.check() if finding.grade is Grade.WARNING and "a cent off" in finding.text]


# --- refusals and checks ------------------------------------------------------------------------------------------------------------------------


def test_a_status_the_shop_does_not_know_is_refused_before_anything_is_written(shop: Shop, writer: WooCommerceWriter) -> None:
    assert [Refused(KEY, "unknown_status")] == outcomes(writer, create(status="packed"))
    ref = wrote(writer, create()).ref
    assert [Refused(KEY, "unknown_status")] == outcomes(writer, samples.update(ORDER, ref, "processing", "packed"))
    whole(shop)


def test_an_order_in_a_status_that_no_list_knows_any_more_is_not_gone(shop: Shop, writer: WooCommerceWriter) -> None:
    ref = wrote(writer, create()).ref
    shop.orders[int(ref)]["status"] = "packed"  # by a plug-in that was switched off
    assert "packed" == writer.read([ref])[ref].status


def test_an_order_in_the_bin_is_gone(merchant: Merchant, writer: WooCommerceWriter) -> None:
    ref = wrote(writer, create()).ref
    merchant.delete(ref)
    assert ({}, {}) == (writer.find([KEY]), writer.read([ref]))
    assert [Changed(KEY, None)] == outcomes(writer, samples.update(ORDER, ref, "processing", "cancelled"))


@pytest.mark.parametrize("key", [READER, NOBODY, "ck_wrong"])
def test_a_key_without_the_right_is_told_by_check_and_by_name(at: Imitation, key: str) -> None:
    merchant = at.merchant(key)
    writer = merchant.writer()
    bad = [finding for finding in writer.check() if finding.grade is Grade.BAD]
    assert [True] == ["REST API" in finding.remedy for finding in bad]
    with pytest.raises(CredentialsRefused) as caught:
        (writer.find([KEY]), list(writer.write([create()])))
    assert ("Zoë" in str(caught.value), "cs_" in str(caught.value)) == (False, False)
    merchant.close()


def test_a_key_that_may_only_read_leaves_nothing_in_doubt(at: Imitation, merchant: Merchant, writer: WooCommerceWriter) -> None:
    ref = wrote(writer, create(samples.order(2))).ref
    reader = at.merchant(READER)
    told: list[Outcome] = []
    move = samples.update(samples.order(2), ref, "processing", "completed")
    pages: list[list[Create | Update]] = [[create(), create(samples.order(3))], [create(), move], [move]]
    for actions in pages:
        with pytest.raises(CredentialsRefused):
            told.extend(reader.writer().write(actions))  # which keeps what came before the error
    reader.close()
    assert [NotBegun] * 5 == [type(outcome) for outcome in told]


@pytest.mark.parametrize(
    ("settings", "grade", "subject"),
    [
        ({"woocommerce_currency": "CHF"}, Grade.WARNING, "currency"),
        ({"woocommerce_calc_taxes": "no"}, Grade.WARNING, "taxes"),
        ({"woocommerce_price_num_decimals": "0"}, Grade.BAD, "decimals"),
        ({"woocommerce_manage_stock": "no"}, Grade.WARNING, "stock"),
    ],
)
def test_a_check_tells_what_a_merchant_would_trip_over(
    shop: Shop, writer: WooCommerceWriter, settings: dict[str, str], grade: Grade, subject: str
) -> None:
    before = len(shop.orders)
    shop.settings = settings
    assert [(grade, subject)] == [
        (each.grade, each.subject) for each in writer.check() if each.grade is not Grade.GOOD and each.subject != "WooCommerce"
    ]
    assert before == len(shop.orders)


def test_a_check_names_lacking_tax_rates_and_a_shop_that_cannot_be_asked(shop: Shop, writer: WooCommerceWriter) -> None:
    shop.rates = {"": 19}
    told = {each.subject: each for each in writer.check() if each.grade is Grade.WARNING}
    assert "7 %" in told["taxes"].text
    assert shop.old == ("WooCommerce" in told)


def test_a_check_of_a_shop_that_is_no_woocommerce_says_so(at: Imitation, merchant: Merchant) -> None:
    writer = merchant.writer(url=f"{at.url}/blog")
    assert [Grade.BAD] == [each.grade for each in writer.check()]


def test_nothing_a_buyer_told_us_stands_in_an_outcome(writer: WooCommerceWriter) -> None:
    assert "Müßig" not in json.dumps([repr(each) for each in outcomes(writer, create(), create(samples.order(98)))])
