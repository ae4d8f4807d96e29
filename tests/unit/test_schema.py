"""How OTTO's orders are read off the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from otto_import.http import Unreadable
from otto_import.otto.schema import Amount, PartnerOrder, read_order
from otto_import.otto.values import LONGEST_TEXT, read_json, read_moment, read_text

ANSWERS = Path(__file__).parents[1] / "data" / "otto"
MOMENT = datetime(2026, 5, 4, 8, 15, 30, 123000, tzinfo=UTC)


@pytest.mark.parametrize("name", sorted(path.name for path in ANSWERS.glob("order*_*.json") if "schema" not in path.name))
def test_every_example_follows_the_schema_and_can_be_read(name: str) -> None:
    schema = json.loads((ANSWERS / "orders_v4.assembled.schema.json").read_text())
    answer = json.loads((ANSWERS / name).read_text())
    page = answer if "resources" in answer else {"resources": [answer]}
    jsonschema.validate(page, schema)
    for order in read_json(json.dumps(page).encode())["resources"]:
        assert isinstance(read_order(order), PartnerOrder)


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-04T08:15:30.123Z",
        "2026-05-04T08:15:30.123+0000",
        "2026-05-04T08:15:30.123+00:00",
        "2026-05-04T10:15:30.123+0200",
        "2026-05-04T08:15:30.123",
        " 2026-05-04T08:15:30.123Z ",
        "2026-05-04T08:15:30.123000000Z",
    ],
)
def test_every_form_of_date_is_the_same_moment(text: str) -> None:
    assert read_moment(text) == MOMENT


def test_a_date_may_lack_its_fraction_or_its_time() -> None:
    assert read_moment("2026-05-04T08:15:30Z") == datetime(2026, 5, 4, 8, 15, 30, tzinfo=UTC)
    assert read_moment("2026-05-04") == datetime(2026, 5, 4, tzinfo=UTC)


def test_a_moment_is_always_in_utc() -> None:
    moment = read_moment("2026-05-04T10:15:30.123+02:00")
    assert moment is not None
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("value", [None, 5, True, "", "soon", "2026-02-30", "0001-01-01T00:00:00+14:00", [], {}])
def test_what_is_no_date_is_none(value: object) -> None:
    assert read_moment(value) is None


@pytest.mark.parametrize("text", ["1.005", "19.99", "249.0", "1E-30", "123456789012345678901234567890.123", "0.1000000000000000055511151231257827"])
def test_numbers_reach_decimal_as_they_were_written(text: str) -> None:
    order = read_json(f'{{"amount": {text}, "currency": "EUR"}}'.encode())
    amount = Amount.model_validate(order).amount
    assert isinstance(amount, Decimal)
    assert Decimal(text).as_tuple() == amount.as_tuple()


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e99999999999999999999999"])
def test_a_number_that_is_none_breaks_the_order_and_not_the_page(text: str) -> None:
    page = read_json(f'{{"resources": [{{"positionItems": [{{"itemValueGrossPrice": {{"amount": {text}}}}}]}}, {{}}]}}'.encode())
    assert isinstance(read_order(page["resources"][0]), str)
    assert isinstance(read_order(page["resources"][1]), PartnerOrder)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"resources": [', b"[]", b"5", b"null", b"\xff\xfe", b'{"a":' + b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="answer"):
        read_json(body)


def test_a_very_long_whole_number_is_read() -> None:
    assert Decimal("9" * 5000) == read_json(b'{"a": ' + b"9" * 5000 + b"}")["a"]


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("O'Brien-Müßig 🙂", "  O'Brien-Müßig 🙂 "),
        ("two lines", "two\nlines"),
        ("tab and space", "tab\tand\u00a0space"),
        ("bell", "be\x07ll"),
        ("right", "ri\u200fg\u202eht"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("half", "ha\ud83dlf"),
        ("mark", "ma\ufffe\ufdd0rk"),
        ("22179", Decimal(22179)),
        ("", None),
        ("", True),
        ("", ["a"]),
        ("", Decimal("NaN")),
    ],
)
def test_texts_keep_their_letters_and_lose_what_controls(expected: str, value: object) -> None:
    assert expected == read_text(value)


def test_texts_are_cut_at_500_characters() -> None:
    assert len(read_text("ä" * 10_000)) == LONGEST_TEXT


def test_unknown_fields_are_ignored_and_null_is_as_good_as_missing() -> None:
    order = read_order({"salesOrderId": "a", "surprise": {"deep": [1]}, **dict.fromkeys(("orderNumber", "positionItems", "payment", "orderDate"))})
    assert isinstance(order, PartnerOrder)
    assert (order.sales_order_id, order.order_number, order.position_items, order.payment) == ("a", "", None, None)


def test_neither_text_form_nor_fault_shows_a_value() -> None:
    order = read_order({"deliveryAddress": {"lastName": "Musterfrau"}})
    assert isinstance(order, PartnerOrder)
    assert "Musterfrau" not in f"{order} {order!r} {order.delivery_address!r}"
    fault = read_order({"deliveryAddress": "Erika Musterfrau"})
    assert fault == "deliveryAddress is not as it should be (model_type)"


@pytest.mark.parametrize("amount", [True, "19.99", [19.99]])
def test_an_amount_is_a_json_number(amount: object) -> None:
    assert isinstance(read_order({"positionItems": [{"itemValueGrossPrice": {"amount": amount}}]}), str)
