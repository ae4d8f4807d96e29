"""The writer against answers recorded from real WooCommerce shops (see `tests/data/woocommerce/README.md`)."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import respx

from otto_import.errors import CredentialsRefused
from otto_import.plan import Done, InDoubt, OrderKey, Refused
from otto_import.testing import samples
from otto_import.writers.woocommerce.writer import WooCommerceWriter
from tests.woocommerce_imitation import KEY, SECRET
from tests.woocommerce_merchant import Merchant

API = "https://shop.example/wp-json/wc/v3"
VERSIONS = ("11.0.1", "8.9.3")
ORDER = samples.order(3)
LEFT = samples.without(ORDER, "order-3-1")


def answer(name: str) -> Any:
    return json.loads((Path(__file__).parent.parent / "data" / "woocommerce" / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.fixture
def writer() -> Iterator[WooCommerceWriter]:
    merchant = Merchant("https://shop.example", KEY, SECRET)
    yield merchant.writer()
    merchant.close()


@pytest.fixture
def shop() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=API, assert_all_called=False) as router:
        router.get("/reports/orders/totals").respond(json=[{"slug": slug, "name": slug} for slug in ("processing", "cancelled", "checkout-draft")])
        yield router


@pytest.mark.parametrize("version", VERSIONS)
def test_a_partly_refunded_order_is_told_as_it_stands(shop: respx.MockRouter, writer: WooCommerceWriter, version: str) -> None:
    shop.get("/orders").respond(json=answer(f"order_partly_refunded_{version}"))
    (order,) = writer.read(["97"]).values()
    told = (order.key, order.status, order.set_status, order.complete, order.total, order.paid, order.addressed, order.item_ids)
    assert (samples.key(ORDER), "processing", "processing", True, Decimal("45.93"), True, True, frozenset({"order-3-0", "order-3-2"})) == told


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_refunded_is_not_refunded_again(shop: respx.MockRouter, writer: WooCommerceWriter, version: str) -> None:
    shop.get("/orders").respond(json=answer(f"order_partly_refunded_{version}"))
    shop.get("/orders/97/refunds").respond(json=answer(f"refunds_{version}"))
    shop.get("/products").respond(json=answer("products_by_sku_11.0.1"))
    refund = shop.post("/orders/97/refunds")
    batch = shop.post("/orders/batch").respond(json={"update": answer(f"order_partly_refunded_{version}")})
    assert [Done(samples.key(ORDER), "97", "processing", Decimal("45.93"))] == list(
        writer.write([samples.update(ORDER, "97", "processing", left=LEFT)])
    )
    assert (False, 1) == (refund.called, batch.call_count)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_order_is_found_whether_the_shop_knows_the_question_or_not(shop: respx.MockRouter, writer: WooCommerceWriter, version: str) -> None:
    answers = answer(f"orders_asked_by_created_via_{version}")
    shop.get("/orders").respond(json=answers, headers={"Date": "Mon, 23 Nov 2026 22:01:00 GMT"})
    found = writer.find([samples.key(ORDER), samples.key(samples.order(4))])
    assert {samples.key(ORDER): ["97"]} == {key: [hit.ref for hit in hits] for key, hits in found.items()}


def test_three_articles_are_asked_for_at_once(shop: respx.MockRouter, writer: WooCommerceWriter) -> None:
    asked = shop.get("/products").respond(json=answer("products_by_sku_11.0.1"))
    lines = [*ORDER.lines, replace(ORDER.lines[0], sku="none")]
    assert frozenset({"none"}) == writer.missing(lines)
    assert "SKU-3-lamp,SKU-3-book,none" == asked.calls.last.request.url.params["sku"]


def test_no_address_grows_longer_than_servers_take_however_long_numbers_and_keys_are(shop: respx.MockRouter, writer: WooCommerceWriter) -> None:
    products, orders = shop.get("/products").respond(json=[]), shop.get("/orders").respond(json=[])
    skus = [*(f"Größe-{number:02}-{'ä' * 55}" for number in range(60)), "€" * 499, f"{'€' * 499},"]
    assert frozenset(skus) == writer.missing([replace(ORDER.lines[0], sku=sku) for sku in skus])
    assert {} == dict(writer.find([OrderKey(f"{number}:{'a' * 88}") for number in range(60)]))
    asked = ",".join(call.request.url.params.get("sku", "") for call in products.calls)
    assert set(skus[:60]) == set(filter(None, asked.split(",")))
    assert 3 == orders.call_count
    assert 3000 < max(len(str(call.request.url)) for call in (*products.calls, *orders.calls)) < 4000


def test_what_is_remembered_of_a_shop_that_must_be_gone_through_is_little_however_long_its_orders_texts_are(shop: respx.MockRouter) -> None:
    order = {"status": "processing", "total": "1.00", "created_via": "", "meta_data": [], "refunds": []}
    listed = [{**order, "id": number, "customer_note": f"{number} {'x' * 100_000}"} for number in range(1, 40)]
    listed.append({**order, "id": 100, "customer_note": ORDER.order_number})
    shop.get("/orders").respond(json=listed, headers={"Date": "Mon, 23 Nov 2026 22:01:00 GMT"})
    merchant = Merchant("https://shop.example", KEY, SECRET)
    writer = merchant.writer(also_known_by="customer_note")
    found = writer.inherited({samples.key(ORDER): ORDER.order_number})
    merchant.close()
    assert ["100"] == [hit.ref for hits in found.values() for hit in hits]
    assert 100_000 > len(pickle.dumps(writer._lookup._seen))


@pytest.mark.parametrize(("version", "missing"), [("11.0.1", frozenset[str]()), ("8.9.3", frozenset({"SKU-3-lamp"}))])
def test_an_old_shop_that_names_every_article_has_none_of_that_ean(shop: respx.MockRouter, version: str, missing: frozenset[str]) -> None:
    merchant = Merchant("https://shop.example", KEY, SECRET)
    shop.get("/products").respond(json=answer(f"products_by_ean_{version}"))
    assert missing == merchant.writer(match="ean").missing([replace(ORDER.lines[0], ean="2000000000909")])
    merchant.close()


def test_an_entry_of_a_batch_that_was_not_granted_is_refused_by_its_code(shop: respx.MockRouter, writer: WooCommerceWriter) -> None:
    shop.get("/products").respond(json=answer("products_by_sku_11.0.1"))
    shop.post("/orders/batch").respond(json={"create": answer("batch_errors_11.0.1")["create"]})
    assert [Refused(samples.key(ORDER), "woocommerce_rest_required_product_reference")] == list(writer.write([samples.create(ORDER, "processing")]))


def test_a_code_that_repeats_the_key_is_not_told(shop: respx.MockRouter, writer: WooCommerceWriter) -> None:
    shop.get("/products").respond(json=answer("products_by_sku_11.0.1"))
    shop.post("/orders/batch").respond(json={"create": [{"id": 0, "error": {"code": KEY, "data": "none"}}]})
    assert [Refused(samples.key(ORDER), "unknown_error")] == list(writer.write([samples.create(ORDER, "processing")]))


@pytest.mark.parametrize("entry", [None, [], "error", {}, {"error": "out of order"}, {"id": "5", "status": None}])
def test_a_batch_whose_entry_is_none_of_the_shops_is_doubted(entry: object, shop: respx.MockRouter, writer: WooCommerceWriter) -> None:
    shop.get("/products").respond(json=answer("products_by_sku_11.0.1"))
    shop.post("/orders/batch").respond(json={"create": [entry]})
    assert [InDoubt(samples.key(ORDER), "odd_answer")] == list(writer.write([samples.create(ORDER, "processing")]))


def test_a_batch_that_answers_for_another_number_of_orders_is_doubted(shop: respx.MockRouter, writer: WooCommerceWriter) -> None:
    shop.get("/products").respond(json=answer("products_by_sku_11.0.1"))
    shop.post("/orders/batch").respond(json={"create": []})
    assert [InDoubt(samples.key(ORDER), "odd_answer")] == list(writer.write([samples.create(ORDER, "processing")]))


@pytest.mark.parametrize(("name", "status"), [("error_wrong_secret_11.0.1", 401), ("error_no_right_11.0.1", 403)])
def test_credentials_that_are_refused_end_the_run(shop: respx.MockRouter, writer: WooCommerceWriter, name: str, status: int) -> None:
    shop.get("/orders").respond(status, json=answer(name))
    with pytest.raises(CredentialsRefused, match=answer(name)["code"]):
        writer.find([samples.key(ORDER)])


def test_the_key_goes_into_the_header_and_nowhere_else(shop: respx.MockRouter, writer: WooCommerceWriter) -> None:
    asked = shop.get("/orders").respond(json=[])
    writer.find([samples.key(ORDER)])
    request = asked.calls.last.request
    assert (True, False) == (request.headers["Authorization"].startswith("Basic "), SECRET in str(request.url) or KEY in str(request.url))
