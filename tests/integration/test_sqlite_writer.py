"""The embedded shop keeps the contract, and its tables hold what is promised."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from otto_import.orders import Address, DeliveryFee, ItemState
from otto_import.plan import Done, Refused
from otto_import.testing import Look, WriterContract, samples
from otto_import.testing.basis import wrote
from otto_import.writers.base import Writer, WriterPlugin
from otto_import.writers.sqlite import plugin
from otto_import.writers.sqlite.writer import SqliteWriter
from tests.sqlite_shop import merchant, open_shop, rows, stock


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SqliteWriter]:
    with closing(open_shop(tmp_path)) as writer:
        yield writer


class TestSqliteWriter(WriterContract):
    sent = "Versandt"

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self._folder = tmp_path

    def writer(self) -> Writer:
        return open_shop(self._folder)

    def move(self, ref: str, status: str) -> None:
        merchant(self._folder, "UPDATE orders SET status = ? WHERE id = ?", status, int(ref))

    def delete(self, ref: str) -> None:
        merchant(self._folder, "DELETE FROM orders WHERE id = ?", int(ref))

    def traces(self) -> object:
        return {path.name: path.read_bytes() for path in self._folder.iterdir()}

    def look(self, ref: str) -> Look:
        (paid_at, note) = rows(self._folder, "SELECT paid_at, note FROM orders WHERE id = ?", ref)[0]
        lines = rows(self._folder, "SELECT kind, sku, title, quantity, price FROM order_lines WHERE order_id = ? ORDER BY position", ref)
        addresses = {
            kind: Address(first, last, street, house, code, city, country, salutation, addition, phone, email)
            for kind, first, last, street, house, code, city, country, salutation, addition, phone, email in rows(
                self._folder,
                "SELECT kind, first_name, last_name, street, house_number, zip_code, city, country, salutation, addition, phone, email"
                " FROM order_addresses WHERE order_id = ? AND NOT placeholder",
                ref,
            )
        }
        return Look(
            lines=tuple((sku, title, quantity, Decimal(price)) for kind, sku, title, quantity, price in lines if kind == "article"),
            shipping=tuple((title, Decimal(price)) for kind, _, title, _, price in lines if kind == "shipping"),
            delivery=addresses.get("delivery"),
            invoice=addresses.get("invoice"),
            paid_at=paid_at and datetime.fromisoformat(paid_at),
            note=note,
            stock=stock(self._folder, ref),
        )


def test_the_plugin_is_what_a_writer_plugin_must_be() -> None:
    offered: WriterPlugin = plugin
    assert "on-hold" == offered.status("on-hold")
    assert "Warten: Zahlung_1.a" == offered.status("Warten: Zahlung_1.a")


@pytest.mark.parametrize("value", ["", " ", "a ", "x" * 65, "new\nline", "<b>", 7, None, {"order": "open"}, True])
def test_what_cannot_be_a_status_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="a status of the embedded shop is a text of up to 64"):
        plugin.status(value)


@pytest.mark.parametrize("table", [{}, {"path": ""}, {"path": "shop.db", "pfad": "secret"}])
def test_wrong_settings_are_refused_without_being_shown(table: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        plugin.settings.model_validate(table)
    assert "secret" not in str(caught.value)


def test_columns_hold_money_times_and_the_receipt_as_text(shop: SqliteWriter, tmp_path: Path) -> None:
    order = samples.order()
    wrote(shop, samples.create(order, "processing"))
    columns = "otto_key, sales_order_id, order_number, status, total, currency, placed_at, paid_at, set_status, item_ids, expired, complete"
    assert [
        (
            "contract:5f1c-1", "5f1c-1", "bk0001", "processing", "65.92", "EUR", "2026-05-04T08:15:30.123Z", "2026-05-06T08:15:30.123Z",
            "processing", '["order-1-0","order-1-1","order-1-2"]', 0, 1,
        )
    ] == rows(tmp_path, f"SELECT {columns} FROM orders")  # fmt: skip


def test_lines_hold_what_a_shop_needs_to_ship_them(shop: SqliteWriter, tmp_path: Path) -> None:
    order = samples.order()
    lines = (replace(order.lines[0], weee_pickup=True, sent=1), order.lines[1])
    fee = DeliveryFee("FREIGHT_SURCHARGE", Decimal("29.90"), Decimal(19), frozenset({"b", "a"}))
    wrote(shop, samples.create(order, "processing", lines=lines, fees=(fee,)))
    columns = "position, kind, sku, quantity, price, vat_rate, line_total, article_number, ean, ship_by, weee_pickup, sent_quantity, otto_item_ids"
    due = "2026-05-07T08:15:30.123Z"
    assert [
        (1, "article", "SKU-1-lamp", 2, "19.99", "19.00", "39.98", "A-lamp", "4006381333931", due, 1, 1, '["order-1-0","order-1-1"]'),
        (2, "article", "SKU-1-book", 1, "19.99", "7.00", "19.99", "A-book", "4006381333931", due, 0, 0, '["order-1-2"]'),
        (3, "shipping", "", 1, "29.90", "19.00", "29.90", "", "", None, 0, 0, '["a","b"]'),
    ] == rows(tmp_path, f"SELECT {columns} FROM order_lines ORDER BY position")
    assert [("FREIGHT_SURCHARGE",)] == rows(tmp_path, "SELECT title FROM order_lines WHERE kind = 'shipping'")


def test_stock_and_history_tell_the_life_of_an_order(shop: SqliteWriter, tmp_path: Path) -> None:
    announced, paid = samples.order(state=ItemState.ANNOUNCED), samples.order()
    ref = wrote(shop, samples.create(announced, "on-hold")).ref
    for expected, status in (("on-hold", "cancelled"), ("cancelled", "cancelled"), ("cancelled", "processing"), ("processing", "processing")):
        wrote(shop, samples.payment(paid, ref, expected, status))
    wrote(shop, samples.update(paid, ref, "processing", left=samples.without(paid, "order-1-1")))
    wrote(shop, samples.update(paid, ref, "processing", "Versandt"))
    wrote(shop, samples.update(paid, ref, "Versandt", "refunded"))
    wrote(shop, samples.update(paid, ref, "refunded", "selbst-storniert"))
    lamp, book = "SKU-1-lamp", "SKU-1-book"
    assert [
        (lamp, 2, "reserved"), (book, 1, "reserved"), (book, 1, "released"), (lamp, 2, "released"), (book, 1, "reserved"), (lamp, 2, "reserved"),
        (lamp, 1, "released"), (book, 1, "released"), (lamp, 1, "released"),
    ] == rows(tmp_path, "SELECT sku, quantity, kind FROM stock_moves ORDER BY id")  # fmt: skip
    steps = [None, "on-hold", "cancelled", "processing", "Versandt", "refunded", "selbst-storniert"]
    assert list(pairwise(steps)) == rows(tmp_path, "SELECT from_status, to_status FROM status_history ORDER BY id")
    assert [("2026-06-09T12:00:00.000Z", "otto-import")] == rows(tmp_path, "SELECT DISTINCT at, by FROM status_history")


def test_a_merchants_own_cancellation_is_made_good_in_the_stock_with_the_next_write(shop: SqliteWriter, tmp_path: Path) -> None:
    ref = wrote(shop, samples.create(samples.order(), "processing")).ref
    merchant(tmp_path, "UPDATE orders SET status = 'cancelled'")
    wrote(shop, samples.update(samples.order(), ref, "cancelled"))
    assert {"SKU-1-lamp": 0, "SKU-1-book": 0} == stock(tmp_path, ref)


def test_a_declared_placeholder_stands_in_for_addresses_withheld(shop: SqliteWriter, tmp_path: Path) -> None:
    question = "SELECT kind, placeholder, last_name, city FROM order_addresses ORDER BY kind"
    ref = wrote(shop, samples.create(samples.order(state=ItemState.ANNOUNCED), "on-hold")).ref
    assert [("delivery", 1, "OTTO (address follows)", ""), ("invoice", 1, "OTTO (address follows)", "")] == rows(tmp_path, question)
    wrote(shop, samples.update(samples.order(), ref, "on-hold", delivery=samples.ADDRESS))
    assert [("delivery", 0, samples.ADDRESS.last_name, samples.ADDRESS.city), ("invoice", 1, "OTTO (address follows)", "")] == rows(
        tmp_path, question
    )


@pytest.mark.parametrize(
    ("setting", "email", "kept"),
    [
        ("none", "x1@customer.otto.market", ""),
        ("masked", "x1@customer.otto.market", "x1@customer.otto.market"),
        ("masked", "buyer@example.org", ""),
        ("masked", "buyer@fake-customer.otto.market", ""),
        ("masked", "", ""),
    ],
)
def test_only_ottos_forwarding_address_is_kept_and_only_if_asked_for(tmp_path: Path, setting: str, email: str, kept: str) -> None:
    invoice, delivery = replace(samples.INVOICE, email=email), replace(samples.ADDRESS, email=email)
    with closing(open_shop(tmp_path, buyer_email=setting)) as shop:
        wrote(shop, samples.create(samples.order(), "processing", invoice=invoice, delivery=delivery))
    assert [("delivery", ""), ("invoice", kept)] == rows(tmp_path, "SELECT kind, email FROM order_addresses ORDER BY kind")


def test_a_payment_without_a_time_is_dated_when_it_was_learned_and_only_once(shop: SqliteWriter, tmp_path: Path) -> None:
    ref = wrote(shop, samples.create(samples.order(state=ItemState.ANNOUNCED), "on-hold")).ref
    wrote(shop, samples.update(samples.order(), ref, "on-hold", paid=True))
    assert [("2026-06-09T12:00:00.000Z",)] == rows(tmp_path, "SELECT paid_at FROM orders")
    wrote(shop, samples.update(samples.order(), ref, "on-hold", paid=True, paid_at=samples.PAID))
    wrote(shop, samples.update(samples.order(), ref, "on-hold", paid=True))
    assert [("2026-05-06T08:15:30.123Z",)] == rows(tmp_path, "SELECT paid_at FROM orders")


def test_the_database_itself_refuses_a_second_order_with_one_key(shop: SqliteWriter, tmp_path: Path) -> None:
    wrote(shop, samples.create(samples.order(2), "processing"))
    outcomes = list(shop.write([samples.create(samples.order(number), "processing") for number in (1, 2, 3)]))
    assert [Refused(samples.key(samples.order(2)), "duplicate_key")] == [outcome for outcome in outcomes if not isinstance(outcome, Done)]
    assert [("bk0001",), ("bk0002",), ("bk0003",)] == rows(tmp_path, "SELECT order_number FROM orders ORDER BY order_number")
    with pytest.raises(sqlite3.IntegrityError):
        merchant(tmp_path, "UPDATE orders SET otto_key = 'contract:5f1c-1'")


def test_an_order_refused_half_way_leaves_nothing_of_it(shop: SqliteWriter, tmp_path: Path) -> None:
    wrote(shop, samples.create(samples.order(1), "processing"))
    merchant(
        tmp_path,
        "CREATE TRIGGER picky BEFORE INSERT ON stock_moves WHEN new.sku = 'SKU-2-book' BEGIN SELECT raise(ABORT, 'not on sale'); END",
    )
    outcomes = list(shop.write([samples.create(samples.order(number), "processing") for number in (2, 3)]))
    assert [Refused(samples.key(samples.order(2)), "constraint_trigger")] == [outcome for outcome in outcomes if not isinstance(outcome, Done)]
    assert [("bk0001",), ("bk0003",)] == rows(tmp_path, "SELECT order_number FROM orders ORDER BY order_number")
    assert [(6,)] == rows(tmp_path, "SELECT count(*) FROM order_lines")


def test_half_a_character_is_refused_without_harm_to_the_others(shop: SqliteWriter) -> None:
    broken = samples.create(samples.order(1), "processing", delivery=replace(samples.ADDRESS, city="K\ud83d"))
    outcomes = list(shop.write([broken, samples.create(samples.order(2), "processing")]))
    assert Refused(broken.key, "unwritable_text") in outcomes
    assert ["Done", "Refused"] == sorted(type(outcome).__name__ for outcome in outcomes)


def test_a_create_without_a_status_is_refused(shop: SqliteWriter) -> None:
    assert [Refused(samples.key(samples.order()), "no_status")] == list(shop.write([samples.create(samples.order(), None)]))


def test_outcomes_are_given_when_others_can_see_the_orders(shop: SqliteWriter, tmp_path: Path) -> None:
    outcomes = shop.write([samples.create(samples.order(number), "processing") for number in (1, 2)])
    next(outcomes)
    assert [(2,)] == rows(tmp_path, "SELECT count(*) FROM orders")


def test_statuses_that_only_the_config_names_are_described(shop: SqliteWriter) -> None:
    found = {status.code: (status.takes_stock, status.means_paid, status.gives_stock_back) for status in shop.statuses()}
    assert ["on-hold", "processing", "completed", "cancelled", "refunded", "Versandt", "selbst-storniert"] == list(found)
    assert ((True, True, False), (False, False, True)) == (found["Versandt"], found["selbst-storniert"])


def test_amounts_that_another_program_garbled_are_not_told(shop: SqliteWriter, tmp_path: Path) -> None:
    ref = wrote(shop, samples.create(samples.order(), "processing")).ref
    merchant(tmp_path, "UPDATE order_lines SET line_total = 'free'")
    merchant(tmp_path, "UPDATE orders SET item_ids = 'none'")
    assert (None, None) == (shop.read([ref])[ref].total, shop.read([ref])[ref].item_ids)
