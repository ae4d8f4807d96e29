"""The writer for PrestaShop reads what a real shop (8.2.1) answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import respx

from otto_import.errors import CredentialsRefused
from otto_import.plan import Grade, Refused
from otto_import.writers.prestashop.writer import PrestashopWriter
from tests import prestashop_stories as stories
from tests.prestashop_merchant import Merchant

_URL = "https://shop.example"
_RECORDED = Path(__file__).parent.parent / "data" / "prestashop"


@pytest.fixture
def shop() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=f"{_URL}/api", assert_all_called=False) as router:
        for resource in ("orders", "order_states", "products", "combinations"):
            router.get(f"/{resource}").respond(content=_read(f"{resource}.json"))
        router.get("/languages").respond(json={"languages": [{"id": 1, "iso_code": "de", "active": "1"}]})
        router.get("/configurations").respond(401, content=_read("error_resource.json"))
        router.get("/currencies").respond(json={"currencies": [{"id": 1, "deleted": "0", "active": "1"}]})
        router.get("/carriers").respond(json={"carriers": [{"id": 1, "name": "DHL", "active": "1", "deleted": "0"}]})
        router.get("/countries").respond(json={"countries": [{"id": 1, "iso_code": "DE", "active": "1"}]})
        router.get("/taxes").respond(json={"taxes": [{"id": 1, "rate": "19.000"}]})
        router.get("/tax_rules").respond(json={"tax_rules": [{"id": 1, "id_tax_rules_group": "1", "id_tax": "1"}]})
        router.get("/").respond(content=_read("overview.xml"), headers={"PSWS-Version": "8.2.1"})
        yield router


@pytest.fixture
def writer() -> Iterator[PrestashopWriter]:
    merchant = Merchant(_URL, "k" * 32)
    yield merchant.writer()
    merchant.close()


def _read(name: str) -> bytes:
    return (_RECORDED / name).read_bytes()


@pytest.mark.usefixtures("shop")
def test_an_order_is_read_with_its_receipt(writer: PrestashopWriter) -> None:
    found = writer.read(["17"])["17"]
    assert ("stories:46fa3cc9bea94610", "6", "6", True, False) == (found.key, found.status, found.set_status, found.complete, found.intermediate)
    assert (Decimal("12.94"), True, True, frozenset({"46fa3cc9bea94610-1"})) == (found.total, found.paid, found.addressed, found.item_ids)
    assert ("46fa3cc9be", datetime(2026, 5, 4, 8, 15, 30, 123000, tzinfo=UTC)) == (found.order_number, found.placed_at)


def test_a_list_without_hits_is_an_empty_one(shop: respx.MockRouter, writer: PrestashopWriter) -> None:
    shop.get("/orders").respond(content=_read("orders_none.json"))
    assert {} == dict(writer.read(["99999"]))


@pytest.mark.usefixtures("shop")
def test_the_installers_statuses_are_told_apart(writer: PrestashopWriter) -> None:
    told = {status.code: status for status in writer.statuses()}
    assert {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17"} == set(told)
    assert ["2", "3", "4", "5", "7", "9", "11"] == sorted((code for code, status in told.items() if status.makes_invoice), key=int)
    assert {"6", "8"} == {code for code, status in told.items() if status.gives_stock_back}
    assert "OTTO angekündigt" == told["14"].label


@pytest.mark.usefixtures("shop")
def test_articles_are_found_by_reference_but_not_a_product_that_has_variants(writer: PrestashopWriter) -> None:
    bought = stories.bought(("TEST-19", "1.00"), ("VAR", "1.00"), ("Roman Möwe", "1.00"), ("GONE", "1.00"))
    assert {"VAR", "GONE"} == writer.missing(bought.lines)


@pytest.mark.usefixtures("shop")
def test_a_key_with_the_least_rights_passes_the_check(writer: PrestashopWriter) -> None:
    found = {finding.subject: finding.grade for finding in writer.check()}
    assert Grade.GOOD == found["rights"]
    assert Grade.WARNING == found["settings"]
    assert Grade.WARNING == found["taxes"]
    assert Grade.BAD not in found.values()


@pytest.mark.parametrize("answer", [(401, "error_key.json"), (401, "error_resource.json")])
def test_what_the_key_may_not_see_is_a_matter_of_credentials(shop: respx.MockRouter, writer: PrestashopWriter, answer: tuple[int, str]) -> None:
    shop.get("/orders").respond(answer[0], content=_read(answer[1]))
    with pytest.raises(CredentialsRefused) as error:
        writer.read(["17"])
    assert "not allowed" not in str(error.value)


def test_a_refusal_is_told_by_its_number_and_without_the_shops_words(shop: respx.MockRouter, writer: PrestashopWriter) -> None:
    shop.get("/customers").respond(json=[])
    shop.post("/customers").respond(400, content=_read("error_validation.json"))
    create = stories.create(stories.bought(("TEST-19", "19.99")), "15")
    assert Refused(create.key, "http_400 error_85") == stories.one(writer, create)


def test_a_method_that_the_key_may_not_use_is_named_by_number(shop: respx.MockRouter, writer: PrestashopWriter) -> None:
    shop.get("/customers").respond(json=[])
    shop.post("/customers").mock(return_value=httpx.Response(405, content=_read("error_method.json")))
    create = stories.create(stories.bought(("TEST-19", "19.99")), "15")
    assert Refused(create.key, "http_405 error_25") == stories.one(writer, create)
