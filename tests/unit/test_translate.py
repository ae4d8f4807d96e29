"""From OTTO's wire to the language of orders."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otto_import.orders import Address, BrokenOrder, ItemState, Order
from otto_import.otto.countries import ALPHA_2, alpha_2
from otto_import.otto.translate import translate
from otto_import.otto.values import read_json

ANSWERS = Path(__file__).parents[1] / "data" / "otto"
Changed = Callable[[dict[str, Any]], object]


def wire(name: str) -> dict[str, Any]:
    """Read an example as the client reads it: numbers as Decimal."""
    return read_json((ANSWERS / f"order_{name}.json").read_bytes())


def order(name: str, change: Changed = lambda _: None) -> Order:
    value = wire(name)
    change(value)
    found = translate(value)
    assert isinstance(found, Order), found
    return found


def broken(change: Changed, name: str = "processable_discount_fee") -> BrokenOrder:
    value = wire(name)
    change(value)
    found = translate(value)
    assert isinstance(found, BrokenOrder)
    return found


def first_item(value: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = value["positionItems"][0]
    return item


def test_an_order_keeps_its_ids_dates_and_payment() -> None:
    found = order("announced_prepayment")
    assert found.sales_order_id == "11111111-0a0a-4b4b-8c8c-000000000001"
    assert found.order_number == "cbn4aaaaa1"
    assert found.placed_at == datetime(2026, 5, 4, 8, 15, 30, 123000, tzinfo=UTC)
    assert found.modified_at == datetime(2026, 5, 4, 8, 15, 31, 7000, tzinfo=UTC)
    assert found.payment_method == "PREPAYMENT"
    assert found.suspected_fraud is False
    assert found.notices == ()


def test_an_announced_order_has_no_address() -> None:
    found = order("announced_prepayment")
    assert (found.delivery_address, found.invoice_address) == (None, None)


def test_two_units_of_one_article_become_one_line_of_two() -> None:
    (line,) = order("announced_prepayment").lines
    assert (line.sku, line.quantity, line.total, line.weee_pickup) == ("SmartCM1000-schwarz-1", 2, Decimal("498.00"), True)
    assert line.ship_by == datetime(2026, 5, 15, tzinfo=UTC)


def test_the_reduced_price_counts_and_two_vat_rates_stay_apart() -> None:
    found = order("processable_discount_fee")
    assert [line.price for line in found.lines] == [Decimal("26.99"), Decimal("29.99"), Decimal("19.90"), Decimal("249.00")]
    assert {item.vat_rate for item in found.items} == {Decimal(19), Decimal(7)}
    assert found.total == Decimal("328.83")


def test_every_state_of_an_item_is_read_with_its_date() -> None:
    items = order("mixed_states").items
    assert [item.state.value for item in items] == ["PROCESSABLE", "SENT", "RETURNED", "CANCELLED_BY_PARTNER", "CANCELLED_BY_MARKETPLACE"]
    assert items[0].processable_at == datetime(2026, 4, 20, 7, 16, tzinfo=UTC)
    assert items[1].sent_at == datetime(2026, 4, 21, 14, tzinfo=UTC)
    assert items[2].returned_at == datetime(2026, 5, 4, 11, 20, tzinfo=UTC)
    assert items[3].cancelled_at == datetime(2026, 4, 21, 10, tzinfo=UTC)
    assert items[3].cancellation_reason == "CANCELLED_ON_PARTNER_WISH"


def test_an_address_is_taken_whole_and_with_a_country_of_two_letters() -> None:
    found = order("processable_freight")
    expected = Address(
        first_name="Empfang",
        last_name="Beispiel Handels GmbH",
        street="Lindenallee",
        house_number="12a",
        zip_code="22179",
        city="Hamburg",
        country="DE",
        salutation="COMPANY",
        phone="+49401234567",
        email="empfang@example.org",
    )
    assert expected == found.delivery_address


def test_the_phone_number_is_kept_for_the_forwarder_only() -> None:
    def no_surcharge(value: dict[str, Any]) -> None:
        value["initialDeliveryFees"].pop()

    def freight_item_cancelled(value: dict[str, Any]) -> None:
        first_item(value)["fulfillmentStatus"] = "CANCELLED_BY_MARKETPLACE"

    for change in (no_surcharge, freight_item_cancelled):
        address = order("processable_freight", change).delivery_address
        assert address is not None
        assert address.phone == ""


@pytest.mark.parametrize("value", [None, [], {}, 5, "order", [None]])
def test_what_is_no_order_is_a_broken_order(value: object) -> None:
    found = translate(value)
    assert isinstance(found, BrokenOrder)
    assert (found.sales_order_id, found.order_number) == (None, None)


@pytest.mark.parametrize("items", [None, [], {}, [None], ["item"], [{}]])
def test_an_order_without_readable_items_is_broken(items: object) -> None:
    found = broken(lambda value: value.update(positionItems=items))
    assert found.order_number == "cbn4bbbbb2"
    assert found.sales_order_id == "22222222-0a0a-4b4b-8c8c-000000000002"


def test_an_item_id_must_not_come_twice() -> None:
    found = broken(lambda value: value["positionItems"].append(deepcopy(first_item(value))))
    assert found.text == "a positionItemId occurs twice"


@pytest.mark.parametrize("bad", [None, "", "a b", "x" * 65, "../etc", "..", "ä", {}, True])
def test_an_illegible_sales_order_id_breaks_the_order_and_keeps_the_number(bad: object) -> None:
    found = broken(lambda value: value.update(salesOrderId=bad))
    assert (found.sales_order_id, found.order_number) == (None, "cbn4bbbbb2")


@pytest.mark.parametrize("bad", [None, "", "a b", "x" * 41, "a.b", []])
def test_an_illegible_number_breaks_the_order_and_keeps_the_id(bad: object) -> None:
    found = broken(lambda value: value.update(orderNumber=bad))
    assert (found.sales_order_id, found.order_number) == ("22222222-0a0a-4b4b-8c8c-000000000002", None)


@pytest.mark.parametrize("bad", [None, "", "yesterday", 1777882530123])
def test_an_order_without_a_readable_order_date_is_broken(bad: object) -> None:
    assert broken(lambda value: value.update(orderDate=bad)).text == "the order date is missing or not legible"


def test_an_optional_date_that_cannot_be_read_is_none() -> None:
    def change(value: dict[str, Any]) -> None:
        value["lastModifiedDate"] = "soon"
        first_item(value)["expectedDeliveryDate"] = "in spring"

    found = order("processable_discount_fee", change)
    assert (found.modified_at, found.items[0].ship_by) == (None, None)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "position item 1: the gross price is missing"),
        ({}, "position item 1: the gross price is missing"),
        ({"amount": None, "currency": "EUR"}, "position item 1: the gross price is missing"),
        ({"amount": Decimal(-1), "currency": "EUR"}, "position item 1: the gross price is negative"),
        ({"amount": Decimal(1), "currency": "CHF"}, "position item 1: the gross price is not in euro"),
        ({"amount": Decimal(1)}, "position item 1: the gross price is not in euro"),
        ({"amount": Decimal("1000000.01"), "currency": "EUR"}, "position item 1: the gross price is absurdly large"),
        ({"amount": Decimal("1e30"), "currency": "EUR"}, "position item 1: the gross price is absurdly large"),
        ({"amount": Decimal("1.005"), "currency": "EUR"}, "position item 1: the gross price is not in whole cents"),
        ({"amount": Decimal("NaN"), "currency": "EUR"}, "positionItems.0.itemValueGrossPrice.amount is not as it should be (finite_number)"),
        ({"amount": Decimal("Infinity"), "currency": "EUR"}, "positionItems.0.itemValueGrossPrice.amount is not as it should be (finite_number)"),
    ],
)
def test_an_amount_that_cannot_be_trusted_breaks_the_order(amount: object, text: str) -> None:
    assert text == broken(lambda value: first_item(value).update(itemValueGrossPrice=amount)).text


@pytest.mark.parametrize("field", ["itemValueReducedGrossPrice", "itemValueDiscount"])
def test_a_reduced_price_or_discount_that_is_there_must_be_trustworthy(field: str) -> None:
    assert "is missing" in broken(lambda value: first_item(value).update({field: {"amount": None}})).text
    assert "is negative" in broken(lambda value: first_item(value).update({field: {"amount": Decimal("-0.01"), "currency": "EUR"}})).text


@pytest.mark.parametrize(
    ("expected", "amount"),
    [
        ("0.00", "0"),
        ("0.00", "-0.0"),
        ("19.99", "19.99"),
        ("19.99", "19.9899999999"),
        ("19.99", "19.9900005"),
        ("1000000.00", "1000000"),
        ("0.00", "1E-30"),
    ],
)
def test_an_amount_next_to_a_whole_cent_is_that_cent(expected: str, amount: str) -> None:
    found = order("processable_freight", lambda value: first_item(value).update(itemValueGrossPrice={"amount": Decimal(amount), "currency": "EUR"}))
    assert expected == str(found.items[0].gross)


def test_a_reduced_price_of_zero_is_zero_and_not_absent() -> None:
    free = {"amount": Decimal(0), "currency": "EUR"}
    found = order("processable_discount_fee", lambda value: first_item(value).update(itemValueReducedGrossPrice=free, itemValueDiscount=None))
    assert (Decimal(0), Decimal("0.00")) == (found.items[0].price, found.items[0].reduced)


def test_a_discount_that_does_not_add_up_is_a_notice_and_the_reduced_price_counts() -> None:
    found = order("processable_discount_fee", lambda value: first_item(value)["itemValueDiscount"].update(amount=Decimal(2)))
    assert found.items[0].price == Decimal("26.99")
    assert found.notices == ("position item 1: gross price less discount is not the reduced price; the reduced price is taken",)


def test_a_discount_without_a_reduced_price_is_a_notice_and_the_gross_price_counts() -> None:
    found = order("processable_discount_fee", lambda value: first_item(value).pop("itemValueReducedGrossPrice"))
    assert found.items[0].price == Decimal("29.99")
    assert found.notices == ("position item 1: OTTO names a discount but no reduced price; the gross price is taken",)
    nothing_off = order("announced_prepayment", lambda value: first_item(value).update(itemValueDiscount={"amount": Decimal(0), "currency": "EUR"}))
    assert nothing_off.notices == ()


@pytest.mark.parametrize("rate", [None, Decimal(-1), Decimal("100.01"), Decimal("NaN"), "19"])
def test_a_vat_rate_outside_0_to_100_breaks_the_order(rate: object) -> None:
    assert "rate" in broken(lambda value: first_item(value)["product"].update(vatRate=rate)).text.lower()


@pytest.mark.parametrize(("expected", "rate"), [("19.00", "19"), ("19.00", "19.0"), ("0.00", "-0"), ("7.70", "7.7"), ("0.00", "1E-999999")])
def test_one_vat_rate_has_one_form(expected: str, rate: str) -> None:
    found = order("processable_freight", lambda value: first_item(value)["product"].update(vatRate=Decimal(rate)))
    assert expected == str(found.items[0].vat_rate)


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("HELD_FOR_2_DAYS", "HELD_FOR_2_DAYS"),
        ("<b>SENT?</b>", "SENT"),
        ("X" * 100, "X" * 40),
        ("", "UNREADABLE"),
        (None, "UNREADABLE"),
        (5, "UNREADABLE"),
        ("UNKNOWN", "UNKNOWN"),
    ],
)
def test_an_unknown_state_is_unknown_and_its_name_is_kept_without_risk(word: object, kept: str) -> None:
    found = order("processable_freight", lambda value: first_item(value).update(fulfillmentStatus=word))
    assert found.items[0].state is ItemState.UNKNOWN
    assert found.state is ItemState.UNKNOWN
    assert (kept,) == found.unknown_states


@pytest.mark.parametrize("product", [None, {}, {"sku": ""}, {"sku": " \t"}, {"sku": None}])
def test_an_item_without_a_sku_breaks_the_order(product: object) -> None:
    assert broken(lambda value: first_item(value).update(product=product)).text == "position item 1: the SKU is missing"


def test_an_item_without_a_legible_id_breaks_the_order() -> None:
    assert "positionItemId" in broken(lambda value: first_item(value).update(positionItemId="a/b")).text


@pytest.mark.parametrize("field", ["deliveryAddress", "invoiceAddress"])
def test_an_unknown_country_breaks_the_order(field: str) -> None:
    for code in ("XXX", "", None, "Deutschland"):
        found = broken(lambda value, code=code: value[field].update(countryCode=code))  # type: ignore[misc]  # mypy cannot type a lambda's default
        assert "country code" in found.text


def test_a_country_may_come_in_either_code() -> None:
    assert [alpha_2(code) for code in ("DEU", "AUT", "che", "DE", "XKX")] == ["DE", "AT", "CH", "DE", "XK"]
    assert len(ALPHA_2) == 250
    assert len(set(ALPHA_2.values())) == 250


@pytest.mark.parametrize("address", [None, {}, {"countryCode": "XXX"}, {"lastName": " ", "street": None, "zipCode": "22179"}])
def test_an_address_without_name_street_and_city_counts_as_absent(address: object) -> None:
    assert order("processable_freight", lambda value: value.update(deliveryAddress=address)).delivery_address is None


def test_missing_texts_of_an_address_are_empty() -> None:
    found = order("processable_freight", lambda value: value.update(deliveryAddress={"lastName": " Müßig ", "countryCode": "DEU"})).delivery_address
    assert found == Address("", "Müßig", "", "", "", "", "DE")


def test_a_fee_that_names_no_item_counts_for_the_whole_order() -> None:
    for ids in (None, [], ["stranger"], [None, 5]):
        found = order("announced_prepayment", lambda value, ids=ids: value["initialDeliveryFees"][0].update(positionItemIds=ids))  # type: ignore[misc]  # mypy cannot type a lambda's default
        assert found.total == Decimal("500.95")
        assert found.notices == ("a delivery fee names none of the position items; it is taken for the whole order",)


def test_a_fee_must_be_trustworthy_like_a_price() -> None:
    assert "a delivery fee is missing" in broken(lambda value: value["initialDeliveryFees"][0].update(deliveryFeeAmount=None)).text
    assert "VAT rate of a delivery fee" in broken(lambda value: value["initialDeliveryFees"][0].update(vatRate=Decimal(101))).text


def test_null_in_the_list_of_fees_is_no_fee() -> None:
    assert len(order("processable_freight", lambda value: value["initialDeliveryFees"].append(None)).fees) == 2


def test_discounts_of_the_order_are_for_display_and_never_matter() -> None:
    expected = order("processable_discount_fee")
    assert expected == order("processable_discount_fee", lambda value: value.update(initialDiscounts="nonsense"))


def test_suspected_fraud_and_weee_pickup_are_told() -> None:
    assert order("announced_prepayment", lambda value: value.update(suspectedFraudCase=True)).suspected_fraud is True
    assert [item.weee_pickup for item in order("announced_prepayment").items] == [True, True]


def test_a_missing_payment_is_none() -> None:
    for payment in (None, {}, {"paymentMethod": None}, {"paymentMethod": " "}):
        assert order("announced_prepayment", lambda value, payment=payment: value.update(payment=payment)).payment_method is None  # type: ignore[misc]  # mypy cannot type a lambda's default


def test_no_sentence_about_a_broken_order_holds_a_buyers_name() -> None:
    for bad in ("Musterfrau", ["Musterfrau"], {"amount": "Musterfrau"}):
        for field in ("deliveryAddress", "positionItems", "payment", "initialDeliveryFees", "orderDate", "salesOrderId", "orderNumber"):
            value = wire("processable_discount_fee") | {field: bad}
            found = translate(value)
            assert "Musterfrau" not in (found.text if isinstance(found, BrokenOrder) else str(found.notices))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["amount", "currency", "sku", "countryCode", "lastName", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List every place of a JSON value, the whole of it excepted."""
    steps: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    return [found for step, inner in steps for found in [(*path, step), *places(inner, (*path, step))]]


EXAMPLES = ("processable_freight", "processable_discount_fee", "mixed_states")
PLACES = [(name, path) for name in EXAMPLES for path in places(json.loads((ANSWERS / f"order_{name}.json").read_text()))]


@given(place=st.sampled_from(PLACES), value=json_values)
def test_any_value_at_any_place_gives_an_order_or_a_broken_one(place: tuple[str, tuple[str | int, ...]], value: object) -> None:
    name, path = place
    changed = wire(name)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    found = translate(changed)
    assert isinstance(found, Order | BrokenOrder)
    if isinstance(found, Order):
        assert found.total >= 0
        assert all(item.sku and item.id for item in found.items)
        assert not {"Cc", "Cs", "Zl", "Zp"} & {category(sign) for item in found.items for text in (item.sku, item.title, item.ean) for sign in text}


@given(value=json_values)
def test_any_value_at_all_gives_an_order_or_a_broken_one(value: object) -> None:
    assert isinstance(translate(value), BrokenOrder)
