"""The HTTP client on a real socket: silence, resets, answers that break off, and bodies that blow up."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stamina

from otto_import.errors import ServiceError, ShopUnavailable
from otto_import.http import Answer, Request, RetryRules, Service, ServiceSettings
from otto_import.otto.client import ClientSettings, ListQuery, open_client
from otto_import.plan import OrderKey
from otto_import.writers import prestashop, shopware6, webhook, woocommerce
from otto_import.writers.base import WriterContext, WriterPlugin
from tests.otto_wire import RawServer, example, raw

GET = Request(method="GET", path="/v4/orders")
Serve = Callable[..., RawServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that play a script, and stop them at the end."""
    with contextlib.ExitStack() as servers:

        def start(*script: bytes) -> RawServer:
            server = RawServer(*script)
            servers.callback(server.close)
            return server

        yield start


def send(server: RawServer, attempts: int = 2, rules: RetryRules | None = None) -> Answer:
    settings = ServiceSettings(service="OTTO", base_url=server.url, read_seconds=0.2, retries=rules or RetryRules())
    service = Service(settings)
    with contextlib.closing(service), stamina.set_testing(rules is None, attempts=attempts):
        return service.send(GET)


@pytest.mark.parametrize(
    ("trouble", "text"),
    [
        (RawServer.SILENCE, "gave no answer in time"),
        (RawServer.RESET, "broke the connection off"),
        (raw(b'{"fine"', length=100), "broke the connection off"),
        (b"", "broke the connection off"),
        (b"nonsense\r\n\r\n", "broke the connection off"),
        (raw(b"not gzip", "200 OK", "Content-Encoding: gzip"), "cannot be unpacked"),
        (raw(b"", "503 Service Unavailable"), r"has trouble of its own \(tried 2 times\) \(GET /v4/orders, HTTP 503\)"),
    ],
)
def test_trouble_on_the_wire_is_tried_again_and_then_an_error(serve: Serve, trouble: bytes, text: str) -> None:
    server = serve(trouble, raw())
    assert send(server).body == b'{"fine": true}'
    assert server.served == 2
    with pytest.raises(ServiceError, match=text):
        send(serve(trouble))


def test_nobody_listening_cannot_be_reached() -> None:
    # Port 1 belongs to a service nobody runs; a port just let go may be taken by another test.
    service = Service(ServiceSettings(service="OTTO", base_url="http://127.0.0.1:1"))
    with contextlib.closing(service), stamina.set_testing(True, attempts=2), pytest.raises(ServiceError, match="cannot be reached"):
        service.send(GET)


def test_a_retry_after_is_waited_for(serve: Serve) -> None:
    before = time.monotonic()
    server = serve(raw(b"", "429 Too Many Requests", "Retry-After: 1"), raw())
    assert send(server, rules=RetryRules(first_wait=0.01, jitter=0)).ok
    assert 1 <= time.monotonic() - before < 2


def test_an_absurd_retry_after_is_capped(serve: Serve) -> None:
    before = time.monotonic()
    server = serve(raw(b"", "429 Too Many Requests", "Retry-After: 99999999"), raw())
    assert send(server, rules=RetryRules(first_wait=0.01, jitter=0, longest_wait=0.2)).ok
    assert 0.2 <= time.monotonic() - before < 2


def test_the_whole_request_has_an_end_however_often_it_is_tried(serve: Serve) -> None:
    before = time.monotonic()
    with pytest.raises(ServiceError, match="has trouble of its own"):
        send(serve(raw(b"", "503 Service Unavailable")), rules=RetryRules(total=0.5, first_wait=0.05, jitter=0, longest_wait=0.1))
    assert time.monotonic() - before < 1


def test_a_dripping_answer_does_not_outlast_the_whole_request(serve: Serve) -> None:
    before = time.monotonic()
    with pytest.raises(ServiceError, match="gave no answer in time"):
        send(serve(RawServer.DRIP), rules=RetryRules(total=0.5))
    assert time.monotonic() - before < 1.5


def test_a_body_that_blows_up_is_left_in_the_middle(serve: Serve) -> None:
    bomb = gzip.compress(b"\0" * (40 << 20))
    assert len(bomb) < 1 << 20
    server = serve(raw(bomb, "200 OK", "Content-Encoding: gzip"))
    with pytest.raises(ServiceError, match="more than 32768 KiB"):
        send(server)
    assert server.served == 1


def test_a_small_body_that_unpacks_to_hundreds_of_megabytes_takes_no_more_memory_than_a_few_large_answers(serve: Serve) -> None:
    bomb = gzip.compress(b"\0" * (300 << 20))
    server = serve(raw(bomb, "200 OK", "Content-Encoding: gzip"))
    tracemalloc.start()
    try:
        with pytest.raises(ServiceError, match="more than 32768 KiB"):
            send(server)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 192 << 20 > peak  # the limit, and what 64 KiB unpack to at most, twice


SHOPS: dict[str, tuple[WriterPlugin, dict[str, str]]] = {
    "woocommerce": (woocommerce.plugin, {"consumer_key": "k", "consumer_secret": "s"}),
    "prestashop": (prestashop.plugin, {"key": "k"}),
    "shopware6": (shopware6.plugin, {"client_id": "SWIAABCDEFGHIJKLMNOP", "client_secret": "s", "sales_channel": "OTTO"}),
    "webhook": (webhook.plugin, {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
}


@pytest.mark.parametrize("name", SHOPS)
def test_every_shop_is_left_where_its_answer_grows_too_large(name: str, serve: Serve, tmp_path: Path) -> None:
    plugin, table = SHOPS[name]
    bomb = raw(gzip.compress(b"\0" * (70 << 20)), "200 OK", "Content-Encoding: gzip")
    server = serve(*[bomb] * 4)
    addresses = {"url": server.url, **({"lookup_url": server.url} if name == "webhook" else {})}
    context = WriterContext(folder=tmp_path, roles={}, now=lambda: datetime(2026, 6, 9, 12, tzinfo=UTC))
    found = plugin.open(plugin.settings.model_validate({**table, **addresses}), context)
    with contextlib.closing(found) as writer, pytest.raises(ShopUnavailable, match=r"answers with more than (65536|16384) KiB"):
        writer.find([OrderKey("main:5f1c")])


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip,identity,gzip", "deflate", "br", "zstd", "x-unknown"])
def test_a_body_packed_otherwise_than_we_asked_for_is_not_unpacked(coding: str, serve: Serve) -> None:
    body = gzip.compress(gzip.compress(b"\0" * (1 << 20)))
    with pytest.raises(ServiceError, match="cannot be unpacked"):
        send(serve(*[raw(body, "200 OK", f"Content-Encoding: {coding}")] * 2))


def test_a_compressed_answer_is_read(serve: Serve) -> None:
    assert send(serve(raw(gzip.compress(b'{"a": 1}'), "200 OK", "Content-Encoding: gzip"))).body == b'{"a": 1}'


def test_orders_come_over_a_real_socket(serve: Serve) -> None:
    token = json.dumps({"access_token": "t", "expires_in": 1800}).encode()
    server = serve(raw(token), raw(example("orders_page_1")), RawServer.RESET, raw(example("orders_page_2_last")))
    settings = ClientSettings(base_url=server.url, client_id="shop", client_secret="x", max_requests_per_second=0)
    with contextlib.closing(open_client(settings)) as opened, stamina.set_testing(True, attempts=3):
        found = [reading.order.order_number for page in opened.pages(ListQuery(limit=3)) for reading in page.readings]
        assert found == ["cbn4eeeee5", "cbn4ddddd4", "cbn4aaaaa1", "cbn4aaaaa1", "cbn4bbbbb2", "cbn4ccccc3"]
        assert opened.requests == 4
