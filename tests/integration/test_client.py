"""Orders from OTTO: the list, page by page, and single ones."""

from __future__ import annotations

import base64
import json
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest
import stamina

from otto_import.errors import ConfigError, CredentialsRefused, ServiceError
from otto_import.http import Service, ServiceSettings
from otto_import.orders import BrokenOrder, ItemState, Order, Reading, Withheld
from otto_import.otto.auth import Credentials, TokenSource
from otto_import.otto.client import ClientSettings, ListQuery, OttoClient, open_client
from otto_import.otto.paging import glimpse_cursor
from otto_import.otto.tokens import TokenFile
from tests.otto_wire import NOW, ScriptedOtto, client, example, granted, page

BASE = "https://otto.example"
CURSOR = base64.b64encode(b"~~~~???>>>").decode()  # holds + and / and =


def ids(otto: ScriptedOtto, query: ListQuery | None = None) -> list[str | None]:
    """Walk a list; give the ids of its orders."""
    with client(otto) as opened:
        return [reading.order.sales_order_id for found in opened.pages(query or ListQuery()) for reading in found.readings]


def test_a_list_is_walked_to_its_end() -> None:
    otto = ScriptedOtto(page(["a", "b"], "/v4/orders?nextcursor=one&limit=128"), page([], "/v4/orders?nextcursor=two&limit=128"), page(["c"]))
    assert ids(otto) == ["a", "b", "c"]
    assert otto.queries == [{"limit": ["128"]}, {"nextcursor": ["one"], "limit": ["128"]}, {"nextcursor": ["two"], "limit": ["128"]}]


def test_the_example_pages_are_read_with_date_and_skew() -> None:
    otto = ScriptedOtto(granted(example("orders_page_1")), granted(example("orders_page_2_last")))
    with client(otto) as opened:
        first, last = opened.pages(ListQuery(limit=3))
    assert (first.date, first.skew) == (NOW - timedelta(seconds=2), timedelta(seconds=2))
    readings = (*first.readings, *last.readings)
    assert [type(reading.order) for reading in readings] == [Order] * 6
    assert {(reading.date, reading.skew, reading.by_id) for reading in readings} == {(first.date, first.skew, False)}
    assert otto.queries[1] == {"nextcursor": ["eyJmZiI6MTc3Nzg4MjUzMDEyMywicGlmIjoiNDcxMyJ9"], "limit": ["3"]}


def test_the_empty_example_page_has_no_orders() -> None:
    assert ids(ScriptedOtto(granted(example("orders_page_empty")))) == []


@pytest.mark.parametrize("body", [b"{}", b'{"resources": null, "links": null}', b'{"links": []}', b'{"resources": [], "links": [5, null, {}]}'])
def test_absent_orders_and_links_are_an_empty_last_page(body: bytes) -> None:
    assert ids(ScriptedOtto(granted(body))) == []


def test_only_what_is_set_is_asked_for() -> None:
    berlin = timezone(timedelta(hours=2))
    query = ListQuery(
        changed_from=datetime(2026, 5, 4, 10, 15, 30, 123999, tzinfo=berlin),
        placed_from=datetime(2026, 5, 1, tzinfo=UTC),
        placed_to=datetime(2026, 5, 8, tzinfo=UTC),
        states=(ItemState.ANNOUNCED, ItemState.PROCESSABLE),
        at_least_one=True,
        limit=256,
    )
    otto = ScriptedOtto(page([]))
    ids(otto, query)
    assert otto.queries == [
        {
            "fromDate": ["2026-05-04T08:15:30.123Z"],
            "fromOrderDate": ["2026-05-01T00:00:00.000Z"],
            "toOrderDate": ["2026-05-08T00:00:00.000Z"],
            "fulfillmentStatus": ["ANNOUNCED", "PROCESSABLE"],
            "mode": ["AT_LEAST_ONE"],
            "limit": ["256"],
        }
    ]


@pytest.mark.parametrize(
    "href",
    [
        f"/v4/orders?nextcursor={CURSOR}&limit=128",  # base64 as it is
        "/v4/orders?limit=128&nextcursor=" + CURSOR.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        f"v4/orders?nextcursor={CURSOR}",
        f"?nextcursor={CURSOR}",
        f"{BASE}/v4/orders?nextcursor={CURSOR}",
        f"{BASE}:443/v4/orders?nextcursor={CURSOR}",
        f"//otto.example/v4/orders?nextcursor={CURSOR}",
    ],
)
def test_links_may_be_relative_or_absolute_and_the_cursor_arrives_as_it_was(href: str) -> None:
    otto = ScriptedOtto(page(["a"], href), page(["b"]))
    assert ids(otto) == ["a", "b"]
    assert otto.queries[1] == {"nextcursor": [CURSOR], "limit": ["128"]}


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.example/v4/orders?nextcursor=x",
        "//evil.example/v4/orders?nextcursor=x",
        "http://otto.example/v4/orders?nextcursor=x",
        "https://otto.example:8443/v4/orders?nextcursor=x",
        "https://otto.example@evil.example/?nextcursor=x",
    ],
)
def test_a_link_to_another_host_is_refused_and_never_asked(href: str) -> None:
    otto = ScriptedOtto(page(["a"], href))
    with pytest.raises(ServiceError, match=r"another host; it is not followed \(GET /v4/orders, HTTP 200\)"):
        ids(otto)
    assert {request.url.host for request in otto.asked} == {"otto.example"}
    assert len(otto.queries) == 1


@pytest.mark.parametrize("href", ["/v4/orders?limit=128", "/v4/orders?nextcursor=", "", "https://[::1", None, 5])
def test_a_next_link_that_leads_nowhere_is_an_error_and_not_the_end(href: object) -> None:
    body = json.dumps({"resources": [], "links": [{"rel": "next", "href": href}]})
    with pytest.raises(ServiceError, match="gave a link to the next page"):
        ids(ScriptedOtto(granted(body)))


def test_links_that_are_no_list_are_an_error() -> None:
    with pytest.raises(ServiceError, match="gave links that are no list"):
        ids(ScriptedOtto(granted(b'{"links": {"next": "/v4/orders?nextcursor=x"}}')))


def test_a_cursor_that_comes_twice_is_an_error() -> None:
    otto = ScriptedOtto(*[page(["a"], f"/v4/orders?nextcursor={cursor}") for cursor in ("one", "two", "one", "two")])
    with pytest.raises(ServiceError, match="the same cursor twice"):
        ids(otto)
    assert len(otto.queries) == 3


def test_there_is_a_ceiling_of_pages() -> None:
    otto = ScriptedOtto(*[page([], f"/v4/orders?nextcursor={number}") for number in range(10)])
    service = Service(ServiceSettings(service="OTTO", base_url=BASE), transport=httpx.MockTransport(otto))
    opened = OttoClient(service, TokenSource(service, Credentials(client_id="shop", secret="x"), TokenFile(None)), most_pages=5)
    with pytest.raises(ServiceError, match="more than 5 pages"):
        list(opened.pages(ListQuery()))
    opened.close()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b'{"resources": [{"sal', b"<html>maintenance</html>", b"[]", b'"text"', b"null", b'{"resources": [} }', b'{"resources": {}}'),
        *(b'{"ok": true}', b'{"errors": [{"title": "X"}], "warnings": []}', b'{"message": "maintenance"}'),
    ],
)
def test_a_foreign_or_truncated_page_is_tried_again(body: bytes) -> None:
    with stamina.set_testing(True, attempts=2):
        assert ids(ScriptedOtto(granted(body), page(["a"]))) == ["a"]
    with stamina.set_testing(True, attempts=2), pytest.raises(ServiceError, match=r"answer .*\(tried 2 times\) \(GET /v4/orders, HTTP 200\)"):
        ids(ScriptedOtto(*[granted(body)] * 3))


def test_one_broken_order_does_not_spoil_its_page() -> None:
    body = json.loads(example("orders_page_1"))
    body["resources"][1] = {"salesOrderId": "b", "positionItems": 5}
    body["resources"].append(None)
    del body["links"]
    with client(ScriptedOtto(granted(json.dumps(body)))) as opened:
        (found,) = opened.pages(ListQuery())
    assert [type(reading.order) for reading in found.readings] == [Order, BrokenOrder, Order, BrokenOrder]


def test_a_403_on_the_list_is_about_the_scope() -> None:
    with pytest.raises(CredentialsRefused, match=r"needs the scope 'orders': NO_RIGHTS \(GET /v4/orders, HTTP 403\)"):
        ids(ScriptedOtto(httpx.Response(403, content=b'{"errors": [{"title": "NO_RIGHTS"}]}')))


@pytest.mark.parametrize("status", [400, 404])
def test_another_refusal_of_the_list_is_an_error_at_once(status: int) -> None:
    otto = ScriptedOtto(httpx.Response(status))
    with pytest.raises(ServiceError, match=rf"\(GET /v4/orders, HTTP {status}\)"):
        ids(otto)
    assert len(otto.queries) == 1


class Gate:
    """An answer that waits until it is let through."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self.asked = threading.Event()
        self.open = threading.Event()

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.asked.set()
        self.open.wait(5)
        return self._answer


def test_the_next_page_is_fetched_while_this_one_is_worked_on() -> None:
    second = Gate(page(["b"]))
    second.open.set()
    with client(ScriptedOtto(page(["a"], "/v4/orders?nextcursor=one"), second)) as opened:
        walk = opened.pages(ListQuery())
        next(walk)
        assert second.asked.wait(5)
        assert [reading.order.sales_order_id for reading in next(walk).readings] == ["b"]


def test_closing_the_walk_does_not_wait_for_the_early_page() -> None:
    second = Gate(page(["b"], "/v4/orders?nextcursor=two"))
    with client(ScriptedOtto(page(["a"], "/v4/orders?nextcursor=one"), second)) as opened:
        walk = opened.pages(ListQuery())
        next(walk)
        assert second.asked.wait(5)
        before = time.monotonic()
        walk.close()
        assert time.monotonic() - before < 1
        second.open.set()
        assert opened.requests == 3


def test_a_dropped_early_page_is_not_tried_again() -> None:
    second = Gate(httpx.Response(503))
    otto = ScriptedOtto(page(["a"], "/v4/orders?nextcursor=one"), second, page(["b"]))
    with stamina.set_testing(True, attempts=5), client(otto) as opened:
        walk = opened.pages(ListQuery())
        next(walk)
        assert second.asked.wait(5)
        (thread,) = [thread for thread in threading.enumerate() if thread.name == "http-answer"]
        walk.close()
        second.open.set()
        thread.join(5)
        assert not thread.is_alive()
        assert opened.requests == 3


def test_an_error_of_the_early_page_comes_when_that_page_is_asked_for() -> None:
    with client(ScriptedOtto(page(["a"], "/v4/orders?nextcursor=one"), httpx.Response(400))) as opened:
        walk = opened.pages(ListQuery())
        assert next(walk).readings[0].order.sales_order_id == "a"
        with pytest.raises(ServiceError, match="HTTP 400"):
            next(walk)


def test_a_wrong_guess_of_the_cursor_is_dropped_and_the_right_page_fetched() -> None:
    # The list's own link stands before the orders, and an order further down has a link of its own that looks like it.
    order = json.loads(example("order_announced_prepayment")) | {"links": [{"rel": "next", "href": "/v4/orders?nextcursor=trap"}]}
    body = json.dumps({"links": [{"rel": "next", "href": "/v4/orders?nextcursor=right"}], "resources": [order]}).encode()
    assert glimpse_cursor(body, BASE) == "trap"

    def by_cursor(request: httpx.Request) -> httpx.Response:
        return page([request.url.params["nextcursor"]])

    assert ids(ScriptedOtto(granted(body), by_cursor, by_cursor)) == ["11111111-0a0a-4b4b-8c8c-000000000001", "right"]


def test_a_guess_after_the_last_page_is_dropped() -> None:
    order = json.loads(example("order_announced_prepayment")) | {"links": [{"rel": "next", "href": "/v4/orders?nextcursor=trap"}]}
    body = json.dumps({"resources": [order]}).encode()
    assert len(ids(ScriptedOtto(granted(body), page(["trap"])))) == 1


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ("one", b'{"links": [ { "rel" : "next", "href" : "/v4/orders?nextcursor=one" } ]}'),
        ("one", b'{"links":[{"href":"/v4/orders?nextcursor=one","rel":"next"}],"resources":[]}'),
        ("one", b'{"links":[{"rel":"next","href":"\\/v4\\/orders?nextcursor=one"}]}'),
        (None, b'{"links":[{"rel":"self","href":"/v4/orders?nextcursor=one"}]}'),
        (None, b'{"resources":[{"productTitle":"next"}]}'),
        (None, b'{"links":[{"rel":"next","href":"https://evil.example/?nextcursor=one"}]}'),
        (None, b'"next"'),
        (None, b'{"next" }'),
        (None, b""),
    ],
)
def test_the_glimpse_finds_the_cursor_or_keeps_silent(expected: str | None, body: bytes) -> None:
    assert expected == glimpse_cursor(body, BASE)


def single(answer: httpx.Response, name: str) -> Reading:
    with client(ScriptedOtto(answer)) as opened:
        return opened.order(name)


@pytest.mark.parametrize("name", ["cbn4aaaaa1", "11111111-0a0a-4b4b-8c8c-000000000001", "CBN4AAAAA1"])
def test_a_single_order_is_read_by_either_name(name: str) -> None:
    otto = ScriptedOtto(granted(example("order_announced_prepayment")))
    with client(otto) as opened:
        found = opened.order(name)
    assert isinstance(found.order, Order)
    assert found.by_id
    assert (found.date, found.skew) == (NOW - timedelta(seconds=2), timedelta(seconds=2))
    assert otto.paths[-1] == f"/v4/orders/{name}"


@pytest.mark.parametrize(
    ("status", "text"), [(404, "OTTO does not know this order (HTTP 404)"), (403, "OTTO does not show us this order (HTTP 403)")]
)
def test_an_order_that_otto_does_not_show_is_withheld(status: int, text: str) -> None:
    assert single(httpx.Response(status, content=b"no route matched"), "cbn4aaaaa1") == Reading(Withheld(None, "cbn4aaaaa1", text), by_id=True)
    by_id = "11111111-0a0a-4b4b-8c8c-000000000001"
    assert single(httpx.Response(status), by_id) == Reading(Withheld(by_id, None, text), by_id=True)


@pytest.mark.parametrize("name", ["", "..", ".", "../token", "a b", "ä", "x" * 65, "a/b", "a?b"])
def test_what_cannot_be_an_order_is_never_asked_for(name: str) -> None:
    otto = ScriptedOtto()
    with client(otto) as opened:
        found = opened.order(name)
    assert isinstance(found.order, Withheld)
    assert (found.by_id, otto.asked) == (True, [])


def test_a_broken_single_order_keeps_the_name_it_was_asked_by() -> None:
    broken = granted(b'{"orderNumber": "cbn4aaaaa1", "positionItems": []}')
    assert single(broken, "cbn4aaaaa1").order == BrokenOrder(None, "cbn4aaaaa1", "the salesOrderId is missing or not legible")


def test_an_answer_that_names_no_order_is_asked_for_again_before_the_order_is_held() -> None:
    otto = ScriptedOtto(granted(b"{}"), granted(b'{"ok": true}'), granted(example("order_announced_prepayment")))
    with client(otto) as opened:
        assert isinstance(opened.order("cbn4aaaaa1").order, Order)
    otto = ScriptedOtto(*[granted(b'{"ok": true}')] * 3)
    with client(otto) as opened:
        assert BrokenOrder(None, "cbn4aaaaa1", "the salesOrderId is missing or not legible") == opened.order("cbn4aaaaa1").order


def test_another_order_than_the_one_asked_for_is_not_trusted() -> None:
    found = single(granted(example("order_announced_prepayment")), "cbn4zzzzz9")
    assert found.order == BrokenOrder(None, "cbn4zzzzz9", "OTTO answered with another order")


def test_a_foreign_answer_about_an_order_is_tried_again_and_then_an_error() -> None:
    with (
        stamina.set_testing(True, attempts=2),
        client(ScriptedOtto(*[granted(b"<html>")] * 2)) as opened,
        pytest.raises(ServiceError, match="tried 2 times"),
    ):
        opened.order("cbn4aaaaa1")


def test_another_refusal_about_an_order_is_an_error() -> None:
    with pytest.raises(ServiceError, match=r"refuses the request \(GET /v4/orders/cbn4aaaaa1, HTTP 400\)"):
        single(httpx.Response(400), "cbn4aaaaa1")


def test_an_address_without_encryption_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    settings = ClientSettings(base_url="http://api.otto.market", client_id="shop", client_secret="x")
    with pytest.raises(ConfigError, match="https"):
        open_client(settings, token_file=tmp_path / "token")


def test_the_user_agent_can_be_named() -> None:
    otto = ScriptedOtto(page([]))
    with client(otto, user_agent="someone/1.0") as opened:
        list(opened.pages(ListQuery()))
    assert {request.headers["User-Agent"] for request in otto.asked} == {"someone/1.0"}
