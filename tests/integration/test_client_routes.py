"""What OTTO's client asks, route by route, as a mocked OTTO sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import respx

from otto_import.orders import ItemState, Order
from otto_import.otto.client import ClientSettings, ListQuery, OttoClient, open_client

BASE = "https://api.otto.market"
EXAMPLES = Path(__file__).parent.parent / "data" / "otto"


@pytest.fixture
def otto() -> Iterator[respx.MockRouter]:
    """Mock OTTO; every route must be asked."""
    with respx.mock(base_url=BASE, assert_all_called=True) as router:
        yield router


@pytest.fixture
def client() -> Iterator[OttoClient]:
    """Make a client without pacing."""
    made = open_client(ClientSettings(base_url=BASE, client_id="id", client_secret="secret", max_requests_per_second=0))
    yield made
    made.close()


def example(name: str) -> object:
    """Read an example answer."""
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def test_a_list_is_asked_with_utc_dates_and_the_cursor_alone_afterwards(otto: respx.MockRouter, client: OttoClient) -> None:
    otto.post("/oauth2/token").respond(json={"access_token": "t", "expires_in": 1800})
    first = otto.get("/v4/orders", params={"fromDate": "2026-05-04T08:15:30.123Z", "limit": "3"}).respond(json=example("orders_page_1"))
    second = otto.get("/v4/orders", params={"nextcursor": "eyJmZiI6MTc3Nzg4MjUzMDEyMywicGlmIjoiNDcxMyJ9", "limit": "3"})
    second.respond(json=example("orders_page_2_last"))

    pages = list(client.pages(ListQuery(changed_from=datetime.fromisoformat("2026-05-04T10:15:30.123+02:00"), limit=3)))

    assert [3, 3] == [len(page.readings) for page in pages]
    assert all(isinstance(reading.order, Order) for page in pages for reading in page.readings)
    assert (1, 1, 3) == (first.call_count, second.call_count, client.requests)
    assert "Bearer t" == first.calls.last.request.headers["Authorization"]


def test_a_filter_repeats_its_states_and_names_the_mode(otto: respx.MockRouter, client: OttoClient) -> None:
    otto.post("/oauth2/token").respond(json={"access_token": "t", "expires_in": 1800})
    route = otto.get("/v4/orders").respond(json={"resources": []})

    list(client.pages(ListQuery(states=(ItemState.ANNOUNCED, ItemState.PROCESSABLE), at_least_one=True)))

    asked = route.calls.last.request.url.params
    assert (["ANNOUNCED", "PROCESSABLE"], "AT_LEAST_ONE") == (asked.get_list("fulfillmentStatus"), asked["mode"])


def test_the_older_token_address_is_tried_once_when_the_newer_is_not_there(otto: respx.MockRouter, client: OttoClient) -> None:
    newer = otto.post("/oauth2/token").respond(404)
    older = otto.post("/v1/token").respond(json={"access_token": "t", "expires_in": 1800})
    otto.get("/v4/orders").respond(json={"resources": []})

    list(client.pages(ListQuery()))

    assert (1, 1) == (newer.call_count, older.call_count)


def test_an_expired_token_is_renewed_once(otto: respx.MockRouter, client: OttoClient) -> None:
    otto.post("/oauth2/token").mock(side_effect=[httpx.Response(200, json={"access_token": name, "expires_in": 1800}) for name in ("old", "new")])
    orders = otto.get("/v4/orders").mock(side_effect=[httpx.Response(401), httpx.Response(200, json={"resources": []})])

    list(client.pages(ListQuery()))

    assert ["Bearer old", "Bearer new"] == [call.request.headers["Authorization"] for call in orders.calls]
