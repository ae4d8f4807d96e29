"""The event stream keeps the contract as far as it can be asked, and its events say what the schema promises."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from otto_import.orders import Address, DeliveryFee, ItemState
from otto_import.plan import Done, NotBegun, Refused, Stage
from otto_import.testing import Look, WriterContract, samples
from otto_import.testing.basis import wrote
from otto_import.writers.base import Writer, WriterPlugin
from otto_import.writers.jsonl import plugin
from otto_import.writers.jsonl.writer import JsonlWriter
from tests.jsonl_stream import SCHEMA, Line, events, followed, open_stream, written


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[JsonlWriter]:
    with closing(open_stream(tmp_path)) as writer:
        yield writer


class TestJsonlWriter(WriterContract):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self._folder = tmp_path

    def writer(self) -> Writer:
        return open_stream(self._folder)

    def traces(self) -> object:
        return {path.name: path.read_bytes() for path in self._folder.iterdir()}

    def look(self, ref: str) -> Look:
        order = followed(events(self._folder))[ref.partition(":")[2]]
        return Look(
            lines=tuple((line["sku"], line["title"], line["quantity"], Decimal(line["price"])) for line in order["lines"]),
            shipping=tuple((fee["name"], Decimal(fee["amount"])) for fee in order["fees"]),
            delivery=_address(order, "delivery_address"),
            invoice=_address(order, "invoice_address"),
            paid_at=datetime.fromisoformat(order["paid_at"]) if "paid_at" in order else None,
            note=order.get("note", ""),
        )


def _address(order: Line, name: str) -> Address | None:
    return Address(**order[name]) if name in order else None


def test_the_plugin_is_what_a_writer_plugin_must_be() -> None:
    offered: WriterPlugin = plugin
    assert "Reserviert (unbezahlt) <1>" == offered.status("Reserviert (unbezahlt) <1>")


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", 7, None, {"order": "open"}])
def test_what_is_no_text_of_one_line_is_no_status(value: object) -> None:
    with pytest.raises(ValueError, match="any text of one line"):
        plugin.status(value)


@pytest.mark.parametrize("table", [{}, {"path": ""}, {"path": "orders.jsonl", "pfad": "secret"}])
def test_wrong_settings_are_refused_without_being_shown(table: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        plugin.settings.model_validate(table)
    assert "secret" not in str(caught.value)


def test_nothing_is_known_of_what_a_status_does_and_nothing_can_be_looked_up(stream: JsonlWriter) -> None:
    done = wrote(stream, samples.create(samples.order(), "processing"))
    assert ((), {}, {}) == (stream.statuses(), stream.find([done.key]), stream.read([done.ref]))


def test_a_new_order_is_told_whole(stream: JsonlWriter, tmp_path: Path) -> None:
    done = wrote(stream, samples.create(replace(samples.order(), modified_at=samples.PAID), "processing"))
    assert Done(samples.key(samples.order()), "contract:5f1c-1", "processing", Decimal("65.92")) == done
    (event,) = events(tmp_path)
    addresses = {name: event.pop(name) for name in ("delivery_address", "invoice_address")}
    assert {("Köln-Überlingen", "DE"), ("Hamburg", "DE")} == {(one["city"], one["country"]) for one in addresses.values()}
    lines, fees = event.pop("lines"), event.pop("fees")
    assert 5 == UUID(event.pop("event_id")).version
    assert {
        "type": "order.created",
        "schema": 1,
        "at": "2026-06-09T12:00:00.000Z",
        "otto_key": "contract:5f1c-1",
        "sales_order_id": "5f1c-1",
        "order_number": "bk0001",
        "otto_state": "PROCESSABLE",
        "stage": "processable",
        "status": "processing",
        "previous_status": None,
        "expired": False,
        "placed_at": "2026-05-04T08:15:30.123Z",
        "modified_at": "2026-05-06T08:15:30.123Z",
        "payment_method": "PREPAYMENT",
        "total": "65.92",
        "currency": "EUR",
        "paid": True,
        "paid_at": "2026-05-06T08:15:30.123Z",
    } == event
    assert {
        "sku": "SKU-1-book",
        "title": "Buch",
        "quantity": 1,
        "price": "19.99",
        "vat_rate": "7.00",
        "line_total": "19.99",
        "article_number": "A-book",
        "ean": "4006381333931",
        "weee_pickup": False,
        "sent_quantity": 0,
        "item_ids": ["order-1-2"],
        "ship_by": "2026-05-07T08:15:30.123Z",
    } == lines[1]
    name, items = "DELIVERY_FEE_STANDARD", ["order-1-0", "order-1-1", "order-1-2"]
    assert [{"name": name, "amount": "5.95", "vat_rate": "19.00", "freight": False, "item_ids": items}] == fees


def test_an_announced_order_has_no_address_and_is_not_paid(stream: JsonlWriter, tmp_path: Path) -> None:
    wrote(stream, samples.create(samples.order(state=ItemState.ANNOUNCED), "on-hold"))
    (event,) = events(tmp_path)
    assert ("announced", False) == (event["stage"], event["paid"])
    assert not {"delivery_address", "invoice_address", "paid_at", "note", "modified_at"} & event.keys()


def test_a_cancellation_names_the_status_before_and_leaves_the_rest_unsaid(stream: JsonlWriter, tmp_path: Path) -> None:
    ref = wrote(stream, samples.create(samples.order(), "on-hold")).ref
    done = wrote(stream, samples.update(samples.order(), ref, "on-hold", "cancelled", stage=Stage.EXPIRED, expired=True, cancels=True))
    assert Done(samples.key(samples.order()), ref, "cancelled", None) == done
    event = events(tmp_path)[1]
    assert ("order.cancelled", "expired", True) == (event["type"], event["stage"], event["expired"])
    assert ("on-hold", "cancelled") == (event["previous_status"], event["status"])
    assert not {"lines", "fees", "total", "currency", "paid", "delivery_address"} & event.keys()


def test_an_update_without_a_status_tells_the_one_the_order_keeps(stream: JsonlWriter, tmp_path: Path) -> None:
    order, left = samples.order(), samples.without(samples.order(), "order-1-1", "order-1-2")
    ref = wrote(stream, samples.create(order, "processing")).ref
    wrote(stream, samples.update(order, ref, "processing", left=left))
    event = events(tmp_path)[1]
    assert ("order.updated", "processing", "25.94") == (event["type"], event["status"], event["total"])
    assert [["order-1-0"]] == [line["item_ids"] for line in event["lines"]]


@pytest.mark.parametrize(
    ("setting", "email", "told"),
    [
        ("none", "x1@customer.otto.market", ""),
        ("masked", "x1@customer.otto.market", "x1@customer.otto.market"),
        ("masked", "buyer@example.org", ""),
    ],
)
def test_only_ottos_forwarding_address_is_told_and_only_if_asked_for(tmp_path: Path, setting: str, email: str, told: str) -> None:
    invoice, delivery = replace(samples.INVOICE, email=email), replace(samples.ADDRESS, email=email)
    with closing(open_stream(tmp_path, buyer_email=setting)) as stream:
        wrote(stream, samples.create(samples.order(), "processing", invoice=invoice, delivery=delivery))
    (event,) = events(tmp_path)
    assert ("", told) == (event["delivery_address"]["email"], event["invoice_address"]["email"])


def test_the_same_event_has_the_same_id_whenever_and_by_whomever_it_is_sent(tmp_path: Path) -> None:
    for hours in (0, 30):
        with closing(open_stream(tmp_path, now=lambda late=hours: samples.PAID + timedelta(hours=late))) as stream:
            wrote(stream, samples.create(samples.order(), "processing"))
    first, second = events(tmp_path)
    assert first["at"] != second["at"]
    assert first["event_id"] == second["event_id"]


def test_another_state_has_another_id_even_if_it_was_there_before(stream: JsonlWriter, tmp_path: Path) -> None:
    order = samples.order()
    elsewhere = replace(samples.ADDRESS, street="Neuer Wall")
    wrote(stream, samples.create(order, "processing"))
    wrote(stream, samples.create(samples.order(2), "processing"))
    for hour, address in enumerate((elsewhere, samples.ADDRESS, elsewhere)):
        later = replace(order, modified_at=samples.PAID + timedelta(hours=hour))
        wrote(stream, samples.update(later, "contract:5f1c-1", "processing", delivery=address))
    wrote(stream, samples.update(order, "contract:5f1c-1", "processing", "completed"))
    assert 6 == len({event["event_id"] for event in events(tmp_path)})


def test_a_total_is_that_of_the_lines_as_they_are_written(stream: JsonlWriter, tmp_path: Path) -> None:
    order = samples.order()
    line = replace(order.lines[1], price=Decimal("0.333"))
    done = wrote(stream, samples.create(order, "processing", lines=(line, line), fees=()))
    assert ("0.66", Decimal("0.66")) == (events(tmp_path)[0]["total"], done.total)


def test_no_line_can_be_taken_for_two(stream: JsonlWriter, tmp_path: Path) -> None:
    odd = "a\nb\rc\u0085d\u2028e\u2029f\x0bg\x1ch"
    wrote(stream, samples.create(samples.order(), "processing", note=odd))
    text = (tmp_path / "orders.jsonl").read_bytes().decode()
    assert 2 == len(text.splitlines())
    assert odd == events(tmp_path)[0]["note"]
    assert "Lämpchen „Mond“" in text


def test_half_a_character_is_refused_without_harm_to_the_others(stream: JsonlWriter, tmp_path: Path) -> None:
    broken = samples.create(samples.order(1), "processing", delivery=replace(samples.ADDRESS, city="K\ud83d"))
    outcomes = list(stream.write([broken, samples.create(samples.order(2), "processing")]))
    assert Refused(broken.key, "unwritable_text") in outcomes
    assert ["5f1c-2"] == [event["sales_order_id"] for event in events(tmp_path)]


def test_a_create_without_a_status_is_refused(stream: JsonlWriter) -> None:
    assert [Refused(samples.key(samples.order()), "no_status")] == list(stream.write([samples.create(samples.order(), None)]))


def test_outcomes_are_given_when_their_lines_can_be_read(stream: JsonlWriter, tmp_path: Path) -> None:
    outcomes = stream.write([samples.create(samples.order(number), "processing") for number in (1, 2)])
    next(outcomes)
    assert 2 == len(events(tmp_path))


def test_what_was_begun_before_a_stop_is_sent(stream: JsonlWriter, tmp_path: Path) -> None:
    asked = iter([False, True])
    outcomes = list(stream.write([samples.create(samples.order(number), "processing") for number in (1, 2, 3)], lambda: next(asked)))
    assert [Done, NotBegun, NotBegun] == [type(outcome) for outcome in outcomes]
    assert ["5f1c-1"] == [event["sales_order_id"] for event in events(tmp_path)]


def test_many_orders_go_to_the_disk_in_parts(stream: JsonlWriter, tmp_path: Path) -> None:
    note = "x" * 300_000
    outcomes = stream.write([samples.create(samples.order(number), "processing", note=note) for number in range(1, 8)])
    next(outcomes)
    assert 4 == len(events(tmp_path))
    assert 6 == len(list(outcomes))
    assert (7, 2) == (len(events(tmp_path)), stream.requests)


def test_every_line_is_as_the_schema_says_and_the_schema_knows_every_field(stream: JsonlWriter, tmp_path: Path) -> None:
    order = replace(samples.order(), modified_at=samples.PAID)
    freight = DeliveryFee("FREIGHT_SURCHARGE", Decimal("29.90"), Decimal(19), frozenset({"order-1-0"}))
    ref = wrote(stream, samples.create(samples.order(state=ItemState.ANNOUNCED), "on-hold", stage=Stage.ANNOUNCED)).ref
    wrote(stream, samples.payment(order, ref, "on-hold", "processing", note="suspected fraud", fees=(freight,)))
    for stage in Stage:
        wrote(stream, samples.update(order, ref, "processing", "x", stage=stage, cancels=stage is Stage.CANCELLED))
    wrote(stream, samples.update(order, ref, "x", spares_stock=True))
    Draft202012Validator.check_schema(SCHEMA)
    strict = Draft202012Validator(_closed(SCHEMA))
    lines = written(tmp_path)
    assert [] == [problem.message for line in lines for problem in strict.iter_errors(line)]
    assert SCHEMA["$defs"]["event"]["properties"].keys() == {name for line in lines[1:] for name in line}
    assert 10 == len(lines)


@pytest.mark.parametrize("change", [{"total": "1.5"}, {"at": "2026-06-09"}, {"type": "order.lost"}, {"schema": 2}, {"paid": None}, {"event_id": 1}])
def test_the_schema_refuses_what_is_no_event(stream: JsonlWriter, tmp_path: Path, change: Mapping[str, Any]) -> None:
    wrote(stream, samples.create(samples.order(), "processing"))
    (event,) = events(tmp_path)
    validator = Draft202012Validator(SCHEMA)
    assert (True, False) == (validator.is_valid(event), validator.is_valid({**event, **change}))


def test_the_schema_comes_with_the_package() -> None:
    shipped = resources.files("otto_import.writers.jsonl").joinpath("event.schema.json").read_text(encoding="utf-8")
    assert SCHEMA == json.loads(shipped)


def _closed(schema: Any) -> Any:
    """Give the schema with every object closed to fields it does not name."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    return {**closed, "additionalProperties": False} if schema.get("type") == "object" else closed


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_the_files_are_its_users_alone(stream: JsonlWriter, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        wrote(stream, samples.create(samples.order(), "processing"))
    finally:
        os.umask(before)
    assert {"orders.jsonl": 0o600, "orders.jsonl.lock": 0o600} == {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
