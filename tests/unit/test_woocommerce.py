"""What the writer for WooCommerce works out without asking anybody: names, amounts, statuses of its own steps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from otto_import.plan import OrderKey
from otto_import.writers.base import WriterPlugin
from otto_import.writers.woocommerce import plugin
from otto_import.writers.woocommerce.amounts import refund_of
from otto_import.writers.woocommerce.creating import code_of, same_note
from otto_import.writers.woocommerce.wire import created_via, is_ref, shop_order, total

TABLE = {"url": "https://shop.example", "consumer_key": "ck_1", "consumer_secret": "cs_1"}


def order(shown: str, /, **fields: str) -> dict[str, Any]:
    meta = [{"key": f"_otto_{name}", "value": text} for name, text in fields.items()]
    return {"id": 7, "status": shown, "total": "10.00", "refunds": [], "meta_data": meta, "date_paid_gmt": None}


def test_the_plugin_is_what_a_writer_plugin_must_be() -> None:
    offered: WriterPlugin = plugin
    assert "on-hold" == offered.status("wc-on-hold")
    assert "packed" == offered.status("packed")


@pytest.mark.parametrize("value", ["", "On hold", "checkout-draft", "draft", "trash", "any", "wc-", "x" * 18, 7, None, {"order": "open"}])
def test_what_cannot_be_a_status_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="a status of WooCommerce is a short name"):
        plugin.status(value)


@pytest.mark.parametrize("wrong", [{"url": "http://shop.example"}, {"batch": 0}, {"batch": 101}, {"look_back_days": 0}, {"keyy": "secret"}])
def test_wrong_settings_are_refused_without_being_shown(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        plugin.settings.model_validate({**TABLE, **wrong})
    assert "secret" not in str(caught.value)
    assert "cs_1" not in str(caught.value)


@pytest.mark.parametrize("key", ["main:a b", "main:a,b", "main:ä", "m" * 96, "", "main:<b>", "main:\ud800"])
def test_a_key_the_shop_would_not_find_again_is_asked_for_by_its_digest(key: str) -> None:
    name = created_via(OrderKey(key))
    assert (True, 76) == (name.startswith("otto:sha256-"), len(name))


def test_a_plain_key_stands_as_it_is() -> None:
    assert "otto:sandbox:main:0b1c-22" == created_via(OrderKey("sandbox:main:0b1c-22"))


@pytest.mark.parametrize(("ref", "expected"), [("7", True), ("0", False), ("07", False), ("", False), ("7 ", False), ("٧", False), ("9" * 19, False)])
def test_only_ids_are_references(ref: str, expected: bool) -> None:
    assert expected == is_ref(ref)


@pytest.mark.parametrize(
    ("found", "status", "complete"),
    [
        (order("checkout-draft", key="k", status="processing", complete="0"), "processing", False),
        (order("pending", key="k", status="on-hold", complete="0"), "on-hold", False),
        (order("pending", key="k", status="on-hold", complete="1", step="on-hold"), "on-hold", False),
        (order("pending", key="k", status="pending", complete="1"), "pending", True),
        (order("processing", key="k", status="processing", complete="0"), "processing", False),
        (order("processing", key="k", status="on-hold", complete="1", step="on-hold"), "processing", True),
        (order("pending"), "pending", None),
    ],
)
def test_an_order_between_two_of_our_writes_shows_where_it_is_going(found: dict[str, Any], status: str, complete: bool | None) -> None:
    told = shop_order(found)
    assert (status, complete) == (told.status, told.complete)


def test_of_an_order_set_to_refunded_only_our_own_refunds_count() -> None:
    refunds = [{"total": "-2.00", "reason": "OTTO: in part cancelled"}, {"total": "-8.00", "reason": "Order fully refunded."}]
    totals = [total({**order(status), "refunds": refunds}) for status in ("processing", "refunded")]
    assert [Decimal("0.00"), Decimal("8.00")] == totals


@pytest.mark.parametrize("wanted", ["19.99", "0.01", "39.98", "59.97"])
def test_a_refunds_net_and_tax_make_up_what_is_given_back(wanted: str) -> None:
    line = {"id": 5, "total": "50.39", "total_tax": "9.58", "taxes": [{"id": 3, "total": ""}, {"id": 1, "total": "9.58"}]}
    entry = refund_of(line, 1, Decimal(wanted))
    assert (Decimal(wanted), 1) == (entry["refund_total"] + entry["refund_tax"][0]["refund_total"], entry["refund_tax"][0]["id"])


def test_a_refund_of_a_line_without_tax_names_none() -> None:
    assert {"id": 5, "quantity": 2, "refund_total": Decimal("4.00")} == refund_of({"id": 5, "total": "4.00", "total_tax": "0.00"}, 2, Decimal("4.00"))


def test_notes_are_compared_as_they_were_written() -> None:
    assert same_note("A &amp; B", "A & B")
    assert not same_note("A & B, too", "A & B")


@pytest.mark.parametrize(
    ("code", "told"), [("rest_invalid_param", "rest_invalid_param"), ("Zoë Müßig lives here", "unknown_error"), (None, "unknown_error")]
)
def test_only_symbolic_codes_are_told(code: object, told: str) -> None:
    assert told == code_of({"code": code})
