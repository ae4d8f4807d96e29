"""The writer for Shopware 6 and answers that real shops gave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from otto_import.errors import CredentialsRefused
from otto_import.plan import Changed, Done, Refused
from otto_import.testing import samples
from otto_import.writers.shopware6 import plugin, reading, states
from otto_import.writers.shopware6.facts import Facts
from otto_import.writers.shopware6.writer import Shopware6Writer
from tests.shopware6_shop import CANCELLED, PROCESSABLE
from tests.shopware6_stand import context, outcome, settings

URL = "https://shop.example"
DATA = Path(__file__).parents[1] / "data" / "shopware6"
ORDER = samples.order()
KEY = samples.key(ORDER)
REF = "4b0c72bd209f57cbb2ad81e001627b78"

pytestmark = pytest.mark.parametrize("version", ["6.5.7.3", "6.4.1.1"])


def recorded(name: str, version: str) -> httpx.Response:
    found: dict[str, Any] = json.loads((DATA / f"{name}_{version}.json").read_text(encoding="utf-8"))
    return httpx.Response(found["status"], json=found["body"])


def listed(*records: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"total": len(records), "data": list(records), "aggregations": []})


@pytest.fixture
def shop(version: str) -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        router.post("/api/oauth/token").respond(json={"token_type": "Bearer", "expires_in": 600, "access_token": "t"})
        machine = json.loads(recorded("machines", version).content)["data"][0]
        others = [{**machine, "technicalName": name} for name in ("order_transaction.state", "order_delivery.state")]
        more = {"order_transaction.state": ("paid", "cancelled"), "order_delivery.state": ("shipped",)}
        for each in others:
            names = more[each["technicalName"]]
            each["states"] = [*machine["states"], *({"id": name * 2, "technicalName": name, "name": name} for name in names)]
            each["transitions"] = [
                *machine["transitions"],
                {"actionName": "cancel", "fromStateMachineState": {"technicalName": "paid"}, "toStateMachineState": {"technicalName": "cancelled"}},
            ]
        router.post("/api/search/state-machine").mock(return_value=listed(machine, *others))
        router.post("/api/search/order").mock(return_value=recorded("order_found", version))
        methods = {"paymentMethodId": "a" * 32, "shippingMethodId": "b" * 32, "countryId": "c" * 32}
        router.post("/api/search/sales-channel").mock(return_value=listed({"id": "d" * 32, "name": "Laden", **methods}))
        router.post("/api/search/currency").mock(return_value=listed({"id": "e" * 32, "isoCode": "EUR"}))
        router.post("/api/search/country").mock(return_value=listed({"id": "c" * 32, "iso": "DE"}))
        router.post("/api/search/salutation").mock(return_value=listed({"id": "f" * 32, "salutationKey": "mrs"}))
        router.post("/api/search/payment-method").mock(return_value=listed())
        articles = [{"id": number * 32, "productNumber": line.sku} for number, line in zip("12", ORDER.lines, strict=True)]
        router.post("/api/search/product").mock(return_value=listed(*articles))
        yield router


@pytest.fixture
def writer() -> Iterator[Shopware6Writer]:
    with closing(plugin.open(settings(URL), context())) as found:
        yield found


def test_an_order_is_read_with_its_receipt(shop: respx.MockRouter, writer: Shopware6Writer, version: str) -> None:
    (found,) = writer.find([KEY])[KEY]
    assert (REF, PROCESSABLE, PROCESSABLE, True) == (found.ref, found.status, found.set_status, found.complete)
    assert (Decimal("65.92"), True, True, frozenset(ORDER.living_ids)) == (found.total, found.paid, found.addressed, found.item_ids)
    assert ("bk0001", samples.PLACED) == (found.order_number, found.placed_at)


def test_an_id_that_is_taken_is_looked_at_and_told_as_done_where_it_is_as_asked(
    shop: respx.MockRouter, writer: Shopware6Writer, version: str
) -> None:
    shop.post("/api/order").mock(return_value=recorded("order_there", version))
    assert Done(KEY, REF, PROCESSABLE, Decimal("65.92")) == outcome(writer, samples.create(ORDER, PROCESSABLE))
    less = samples.without(ORDER, "order-1-2")
    assert Refused(KEY, "duplicate_key") == outcome(writer, samples.create(less, PROCESSABLE))


def test_an_illegal_transition_is_a_change(shop: respx.MockRouter, writer: Shopware6Writer, version: str) -> None:
    shop.post("/api/_action/sync").respond(json={"data": {}})
    shop.post(path__regex=r"/api/_action/order_transaction/.*/state/.*").mock(return_value=recorded("transition_illegal", version))
    assert isinstance(outcome(writer, samples.update(ORDER, REF, PROCESSABLE, "transaction=cancelled")), Changed)
    sent = json.loads(shop.calls[-2].request.content)
    assert {"sendMail": False} == sent


def test_a_refused_token_is_told_as_wrong_credentials(shop: respx.MockRouter, writer: Shopware6Writer, version: str) -> None:
    shop.post("/api/oauth/token").mock(return_value=recorded("token_refused", version))
    with pytest.raises(CredentialsRefused, match="does not accept client_id and client_secret"):
        writer.find([KEY])


def test_the_machine_of_orders_is_walked_by_its_own_actions(shop: respx.MockRouter, writer: Shopware6Writer, version: str) -> None:
    graph = _facts(writer).graph()
    assert [("process", "in_progress"), ("complete", "completed")] == list(graph[states.ORDER].way("open", "completed") or ())
    assert [("reopen", "open"), ("process", "in_progress")] == list(graph[states.ORDER].way("cancelled", "in_progress") or ())


def test_a_cancellation_that_was_cut_off_is_known_for_ours(shop: respx.MockRouter, writer: Shopware6Writer, version: str) -> None:
    answer = json.loads(recorded("order_found", version).content)
    record = answer["data"][0]
    move = reading.moving(states.parsed(PROCESSABLE), states.parsed(CANCELLED))
    record["customFields"][reading.MOVING] = move
    record["transactions"][0]["stateMachineState"]["technicalName"] = "cancelled"
    shop.post("/api/search/order").mock(return_value=httpx.Response(200, json=answer))
    assert writer.read([REF])[REF].intermediate


def _facts(writer: Shopware6Writer) -> Facts:
    return writer._facts
