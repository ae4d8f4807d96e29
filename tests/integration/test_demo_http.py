"""The stand-in over HTTP: token, list with every parameter, cursor, single order, errors; in process and on a real socket."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otto_import.otto.demo import DEFAULT_CLOCK, DemoOtto, serve

BASE = "http://demo"
WALL = 1_800_000_000.0
FORM = {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s", "scope": "orders"}
LATE = datetime(2026, 6, 14, tzinfo=UTC)
SEQUENCE = ("ANNOUNCED", "PROCESSABLE", "SENT", "RETURNED")
Order = dict[str, Any]


def demo(clock: datetime = DEFAULT_CLOCK, size: int = 36, wall: float = WALL) -> DemoOtto:
    return DemoOtto(lambda: clock, size=size, wall=lambda: wall)


@contextmanager
def client_of(app: DemoOtto) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=BASE, transport=httpx.WSGITransport(app=app)) as client:
        token = client.post("/oauth2/token", data=FORM).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with client_of(demo()) as client:
        yield client


@pytest.fixture
def mixed() -> Iterator[httpx.Client]:
    """Give a client of a world in which orders are partly sent and partly cancelled."""
    with client_of(demo(datetime(2026, 6, 12, 12, tzinfo=UTC), size=400)) as client:
        yield client


def next_link(answer: dict[str, Any]) -> str | None:
    return next((link["href"] for link in answer["links"] if link["rel"] == "next"), None)


def walk(client: httpx.Client, **params: Any) -> list[Order]:
    orders: list[Order] = []
    answer = client.get("/v4/orders", params=params).raise_for_status().json()
    orders += answer["resources"]
    while href := next_link(answer):
        answer = client.get(href).raise_for_status().json()
        assert answer["resources"], "a page that was promised is not empty"
        orders += answer["resources"]
    return orders


def ids(orders: list[Order]) -> list[str]:
    return [order["salesOrderId"] for order in orders]


def states(order: Order) -> set[str]:
    return {item["fulfillmentStatus"] for item in order["positionItems"]}


def least(order: Order) -> str | None:
    return next((state for state in SEQUENCE if state in states(order)), None)


def iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


# token


@pytest.mark.parametrize("path", ["/oauth2/token", "/v1/token"])
def test_both_token_paths_answer(path: str) -> None:
    with httpx.Client(base_url=BASE, transport=httpx.WSGITransport(app=demo())) as client:
        answer = client.post(path, data={**FORM, "scope": "products orders"})
    assert 200 == answer.status_code
    assert {"token_type": "bearer", "expires_in": 1800, "scope": "products orders"} == {
        name: value for name, value in answer.json().items() if name != "access_token"
    }


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "unknown"}, 401, "invalid_client"),
        ({"scope": "products"}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
    ],
)
def test_a_token_request_is_refused_with_its_code(change: dict[str, str | None], status: int, code: str) -> None:
    form = {name: value for name, value in {**FORM, **change}.items() if value is not None}
    with httpx.Client(base_url=BASE, transport=httpx.WSGITransport(app=demo())) as client:
        answer = client.post("/oauth2/token", data=form)
    assert (status, code) == (answer.status_code, answer.json()["error"])


def test_a_token_request_must_be_a_form_of_text() -> None:
    with httpx.Client(base_url=BASE, transport=httpx.WSGITransport(app=demo())) as client:
        no_form = client.post("/oauth2/token", json=FORM)
        no_text = client.post("/oauth2/token", content=b"grant_type=\xff", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert ["invalid_request", "invalid_request"] == [answer.json()["error"] for answer in (no_form, no_text)]


def test_a_token_is_good_in_another_instance_until_it_expires() -> None:
    with client_of(demo()) as first:
        kept = dict(first.headers)
    for wall, status in ((WALL, 200), (WALL + 1799, 200), (WALL + 1800, 401)):
        with httpx.Client(base_url=BASE, headers=kept, transport=httpx.WSGITransport(app=demo(wall=wall))) as other:
            assert status == other.get("/v4/orders").status_code


def test_tokens_expire_by_the_real_clock_and_not_by_the_demo_s() -> None:
    with client_of(demo()) as first:
        kept = dict(first.headers)
    with httpx.Client(base_url=BASE, headers=kept, transport=httpx.WSGITransport(app=demo(DEFAULT_CLOCK + timedelta(days=30)))) as later:
        assert 200 == later.get("/v4/orders").status_code


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic Og=="])
def test_without_a_token_of_ours_there_is_nothing_to_see(header: str) -> None:
    with httpx.Client(base_url=BASE, transport=httpx.WSGITransport(app=demo())) as client:
        answer = client.get("/v4/orders", headers={"Authorization": header})
    assert (401, "UNAUTHORIZED") == (answer.status_code, answer.json()["errors"][0]["title"])


def test_a_token_with_another_expiry_put_in_is_forged(client: httpx.Client) -> None:
    head, _, signature = client.headers["Authorization"].removeprefix("Bearer ").split(".")
    body = base64.urlsafe_b64encode(json.dumps({"exp": WALL * 2, "scope": "orders"}).encode()).decode().rstrip("=")
    assert 401 == client.get("/v4/orders", headers={"Authorization": f"Bearer {head}.{body}.{signature}"}).status_code


# routes


@pytest.mark.parametrize("path", ["/", "/v3/orders", "/v4/orders/", "/v4/ordersx", "/v4/orders/a/cancellation", "/oauth/token"])
def test_an_unknown_path_is_not_found(client: httpx.Client, path: str) -> None:
    assert 404 == client.get(path).status_code


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("POST", "/v4/orders", "GET"), ("GET", "/v1/token", "POST"), ("DELETE", "/v4/orders/x", "GET")]
)
def test_another_method_is_not_allowed(client: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert (405, allowed) == (answer.status_code, answer.headers["Allow"])


def test_a_single_order_is_found_by_either_id_and_as_in_the_list(client: httpx.Client) -> None:
    order = walk(client)[5]
    by_id, by_number = (client.get(f"/v4/orders/{order[name]}") for name in ("salesOrderId", "orderNumber"))
    assert order == by_id.json() == by_number.json()
    assert order["links"] == [{"rel": "self", "href": f"/v4/orders/{order['salesOrderId']}"}]


@pytest.mark.parametrize("order_id", ["9864623c-42a4-4892-9270-cd733d32362e", "cbn4kqmhyn", "nonsense", "Ä", "€"])
def test_an_order_that_is_none_is_not_found_with_the_documented_body(client: httpx.Client, order_id: str) -> None:
    answer = client.get(f"/v4/orders/{order_id}")
    assert 404 == answer.status_code
    assert {
        "errors": [{"path": f"/v4/orders/{order_id}", "title": "ORDER_NOT_FOUND", "detail": "there is no such order"}],
        "warnings": [],
    } == answer.json()


def test_an_order_of_tomorrow_is_not_there_today(client: httpx.Client) -> None:
    with client_of(demo(LATE)) as later:
        tomorrow = walk(later, orderColumnType="ORDER_DATE")[-1]["salesOrderId"]
    assert 404 == client.get(f"/v4/orders/{tomorrow}").status_code


def test_answers_are_dated_by_the_demo_s_clock(client: httpx.Client) -> None:
    answer = client.get("/v4/orders")
    assert "Tue, 09 Jun 2026 12:00:00 GMT" == answer.headers["Date"]
    assert "application/json;charset=utf-8" == answer.headers["Content-Type"]


def test_amounts_are_numbers_with_exact_cents(client: httpx.Client) -> None:
    texts: list[str] = []
    json.loads(client.get("/v4/orders").text, parse_float=texts.append)
    assert "29.99" in texts
    assert 2 >= max(len(text.partition(".")[2]) for text in texts)


# the list and its parameters


def test_without_parameters_all_orders_come_by_their_change(client: httpx.Client) -> None:
    answer = client.get("/v4/orders").json()
    changes = [order["lastModifiedDate"] for order in answer["resources"]]
    assert 33 == len(changes)
    assert sorted(changes) == changes
    assert [{"rel": "self", "href": "/v4/orders"}] == answer["links"]


def test_a_page_holds_128_orders_unless_told() -> None:
    with client_of(demo(LATE, size=300)) as client:
        assert [128, 256, 1] == [len(client.get(f"/v4/orders{query}").json()["resources"]) for query in ("", "?limit=256", "?limit=1")]


def test_a_link_leads_on_only_if_more_follows(client: httpx.Client) -> None:
    assert [True, False, False] == [next_link(client.get(f"/v4/orders?limit={limit}").json()) is not None for limit in (32, 33, 34)]


def test_from_date_compares_the_change_and_is_inclusive(client: httpx.Client) -> None:
    everything = walk(client)
    bound = everything[10]["lastModifiedDate"]
    assert ids(everything[10:]) == ids(walk(client, fromDate=bound))
    assert ids(everything[11:]) == ids(walk(client, fromDate=(iso(bound) + timedelta(milliseconds=1)).isoformat()))
    assert ids(everything[10:]) == ids(walk(client, fromDate=bound, orderDirection="DESC"))[::-1]


def test_order_dates_bound_the_time_of_the_order_and_exclude_their_bounds(client: httpx.Client) -> None:
    by_order = walk(client, orderColumnType="ORDER_DATE")
    first, last = by_order[5]["orderDate"], by_order[20]["orderDate"]
    expected = ids(by_order[6:20])
    assert expected == ids(walk(client, fromOrderDate=first, toOrderDate=last, orderColumnType="ORDER_DATE"))
    assert set(expected) == set(ids(walk(client, fromOrderDate=first, toOrderDate=last, limit=3)))
    assert [] == walk(client, fromOrderDate=last, toOrderDate=first)


def test_by_order_date_the_change_still_filters(client: httpx.Client) -> None:
    bound = "2026-06-05T00:00:00Z"
    by_order = walk(client, orderColumnType="ORDER_DATE")
    expected = [order["salesOrderId"] for order in by_order if iso(order["lastModifiedDate"]) >= iso(bound)]
    assert expected == ids(walk(client, orderColumnType="ORDER_DATE", fromDate=bound, limit=2))


@pytest.mark.parametrize("column", ["ORDER_DATE", "ORDER_LIFECYCLE_DATE"])
def test_descending_is_ascending_backwards(mixed: httpx.Client, column: str) -> None:
    up = ids(walk(mixed, orderColumnType=column, limit=7))
    assert up[::-1] == ids(walk(mixed, orderColumnType=column, orderDirection="DESC", limit=9))
    assert 400 == len(set(up))


@pytest.mark.parametrize(
    "text", ["2026-06-05T00:00:00Z", "2026-06-05T00:00:00.000Z", "2026-06-05T02:00:00+02:00", "2026-06-05T02:00:00.000+0200", "2026-06-05"]
)
def test_each_form_of_a_date_means_the_same(client: httpx.Client, text: str) -> None:
    assert 15 == len(walk(client, fromDate=text))


@pytest.mark.parametrize("state", [*SEQUENCE, "CANCELLED_BY_PARTNER", "CANCELLED_BY_MARKETPLACE"])
def test_a_bucket_holds_orders_by_their_least_advanced_item_or_any_cancelled_one(mixed: httpx.Client, state: str) -> None:
    everything = walk(mixed)
    expected = [order for order in everything if state == least(order) or (state.startswith("CANCELLED") and state in states(order))]
    assert expected
    assert ids(expected) == ids(walk(mixed, fulfillmentStatus=state)) == ids(walk(mixed, fulfillmentStatus=state, mode="BUCKET", limit=2))


@pytest.mark.parametrize("state", [*SEQUENCE, "CANCELLED_BY_PARTNER", "CANCELLED_BY_MARKETPLACE"])
def test_at_least_one_item_is_enough_when_asked_so(mixed: httpx.Client, state: str) -> None:
    expected = [order for order in walk(mixed) if state in states(order)]
    assert ids(expected) == ids(walk(mixed, fulfillmentStatus=state, mode="AT_LEAST_ONE", limit=5))


def test_the_partly_sent_order_is_processable_by_bucket_and_sent_by_at_least_one(mixed: httpx.Client) -> None:
    partly = {order["salesOrderId"] for order in walk(mixed) if {"SENT", "PROCESSABLE"} <= states(order)}
    assert 1 == len(partly)
    assert partly <= set(ids(walk(mixed, fulfillmentStatus="PROCESSABLE")))
    assert not partly & set(ids(walk(mixed, fulfillmentStatus="SENT")))
    assert partly <= set(ids(walk(mixed, fulfillmentStatus="SENT", mode="AT_LEAST_ONE")))


def test_several_states_are_a_union_without_doubles(mixed: httpx.Client) -> None:
    wanted = {"PROCESSABLE", "CANCELLED_BY_MARKETPLACE"}
    expected = [order for order in walk(mixed) if least(order) == "PROCESSABLE" or "CANCELLED_BY_MARKETPLACE" in states(order)]
    assert ids(expected) == ids(walk(mixed, fulfillmentStatus=sorted(wanted), limit=11))


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=257",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=²",
        "limit=1&limit=2",
        "fromDate=yesterday",
        "fromDate=",
        "fromDate=2019-08-01T01:00:00+02:00",  # a bare plus is a space
        "fromOrderDate=1",
        "toOrderDate=x",
        "fulfillmentStatus=OPEN",
        "fulfillmentStatus=",
        "orderDirection=UP",
        "orderColumnType=LAST_MODIFIED_DATE",
        "mode=ALL",
        "page=2",
        "nextcursor=x",
        "nextcursor=",
        "nextcursor=W10%3D",
        "nextcursor=e30%3D",
    ],
)
def test_a_bad_parameter_is_refused_with_the_documented_body(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/v4/orders?{query}")
    assert 400 == answer.status_code
    (error,) = answer.json()["errors"]
    assert ("/v4/orders", "INVALID_REQUEST_PARAMETER") == (error["path"], error["title"])
    assert error["detail"].startswith(query.partition("=")[0])


@pytest.mark.parametrize("fields", [{"after": "1"}, {"changed_from": "1"}, {"states": None}, {"strange": 1}])
def test_a_garbled_cursor_is_refused(client: httpx.Client, fields: dict[str, Any]) -> None:
    cursor = base64.b64encode(json.dumps({"after": 1, "states": [], **fields}).encode()).decode()
    assert 400 == client.get("/v4/orders", params={"nextcursor": cursor}).status_code


# the cursor


@settings(max_examples=40)
@given(
    limit=st.integers(1, 256),
    column=st.sampled_from(["ORDER_DATE", "ORDER_LIFECYCLE_DATE"]),
    direction=st.sampled_from(["ASC", "DESC"]),
    state=st.sampled_from([None, "PROCESSABLE", "CANCELLED_BY_MARKETPLACE"]),
)
def test_a_walk_by_cursor_meets_each_order_once_whatever_the_limit(limit: int, column: str, direction: str, state: str | None) -> None:
    params: dict[str, Any] = {"orderColumnType": column, "orderDirection": direction, **({"fulfillmentStatus": state} if state else {})}
    with client_of(demo(size=120)) as client:
        assert ids(client.get("/v4/orders", params={**params, "limit": 256}).json()["resources"]) == ids(walk(client, **params, limit=limit))


def test_the_next_link_is_relative_and_holds_cursor_and_limit(client: httpx.Client) -> None:
    href = next_link(client.get("/v4/orders?limit=5").json())
    assert href
    parts = urlsplit(href)
    assert ("", "/v4/orders") == (parts.netloc, parts.path)
    assert {"nextcursor", "limit"} == parse_qs(parts.query).keys()


def test_with_a_cursor_only_the_limit_is_looked_at_besides(client: httpx.Client) -> None:
    everything = ids(walk(client, orderDirection="DESC"))
    href = next_link(client.get("/v4/orders?limit=4&orderDirection=DESC").json())
    assert href
    cursor = parse_qs(urlsplit(href).query)["nextcursor"][0]
    page = client.get("/v4/orders", params={"nextcursor": cursor, "limit": 6, "orderDirection": "ASC", "fulfillmentStatus": "SENT"}).json()
    assert everything[4:10] == ids(page["resources"])


def test_an_order_changed_during_a_walk_comes_again_and_none_is_missed() -> None:
    now = DEFAULT_CLOCK
    with client_of(DemoOtto(lambda: now, wall=lambda: WALL)) as client:
        answer = client.get("/v4/orders?limit=20").json()
        met = ids(answer["resources"])
        before = set(ids(walk(client)))
        now = DEFAULT_CLOCK + timedelta(days=2)
        while href := next_link(answer):
            answer = client.get(href).json()
            met += ids(answer["resources"])
        assert before < set(met)
        assert len(set(met)) < len(met)
        assert set(ids(walk(client))) == set(met)


# a real socket


def test_a_walk_over_a_real_socket_keeps_its_connection() -> None:
    with serve(demo(LATE, size=500)) as url, httpx.Client(base_url=url) as client:
        token = client.post("/oauth2/token", data=FORM).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        answer = client.get("/v4/orders?limit=50")
        assert "HTTP/1.1" == answer.http_version
        assert 500 == len(set(ids(walk(client, limit=50))))
        assert 404 == client.get("/v4/orders/Ä").status_code
        assert 405 == client.head("/v4/orders").status_code
        assert 200 == client.get("/v4/orders", params={"fulfillmentStatus": ["SENT", "PROCESSABLE"]}).status_code
        (connection,) = client._transport._pool.connections  # type: ignore[attr-defined]  # httpx has no public way to count them
        assert connection.info().startswith("'http://127.0.0.1")


def test_leaving_does_not_wait_for_clients_that_stay_connected() -> None:
    with serve(demo()) as url:
        parts = urlsplit(url)
        connection = socket.create_connection((parts.hostname, parts.port or 0), timeout=5)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 404 Not Found\r\n")
    with connection:
        assert b"" == connection.recv(1)


def test_a_body_without_its_length_is_refused() -> None:
    with serve(demo()) as url, httpx.Client(base_url=url) as client:
        assert 411 == client.post("/oauth2/token", content=iter([b"grant_type=", b"x"])).status_code


def test_latency_is_waited_before_answers_about_orders() -> None:
    app = DemoOtto(lambda: DEFAULT_CLOCK, wall=lambda: WALL, latency=0.05)
    with client_of(app) as client:
        assert timedelta(seconds=0.05) <= client.get("/v4/orders").elapsed
