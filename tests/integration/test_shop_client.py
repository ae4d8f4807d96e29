"""The client of a shop, over a real socket: what is tried again, what is refused, what is in doubt, and what is never told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from otto_import.errors import CredentialsRefused, ServiceError, ShopUnavailable, Stopped
from otto_import.http import RetryRules, Service, ServiceSettings
from otto_import.writers.web import Doubt, Refusal, ShopClient

KEY = "ck_hunter2"
Reply = tuple[int, bytes] | str
QUICK = RetryRules(total=1.5, longest_wait=0.05, first_wait=0.01, jitter=0.01)


@dataclass
class Shop:
    """Answer requests one after the other as told; "cut" ends the connection, "slow" answers too late."""

    replies: list[Reply]
    asked: list[tuple[str, str, bytes, str]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)


@contextmanager
def served(*replies: Reply, glance: Callable[[], None] = lambda: None) -> Iterator[tuple[Shop, ShopClient]]:
    shop = Shop(list(replies))

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            shop.asked.append((self.command, self.path, body, self.headers.get("Authorization", "")))
            reply = shop.replies.pop(0) if shop.replies else (200, b"{}")
            if reply == "slow":
                shop.release.wait(5)
                reply = "cut"
            if isinstance(reply, str):
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(reply[0])
            self.send_header("Content-Length", str(len(reply[1])))
            if reply[0] == 302:
                self.send_header("Location", "http://elsewhere.example/")
            self.end_headers()
            self.wfile.write(reply[1])

        do_GET = do_POST = do_PUT = answer  # noqa: N815  – the names http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  – the base's own name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings = ServiceSettings(service="the shop", base_url=f"http://127.0.0.1:{server.server_port}/api", retries=QUICK, read_seconds=0.5)
    client = ShopClient(Service(settings), lambda: {"Authorization": KEY}, glance=glance)
    try:
        yield shop, client
    finally:
        shop.release.set()
        client.close()
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_question_is_asked_again_until_it_is_answered() -> None:
    with served((500, b"<html>"), "cut", (429, b""), (200, b"<html>"), (200, b'{"total": 19.90}')) as (shop, client):
        answer = client.ask("/orders", [("page", "1")])
        assert "19.90" == str(answer["total"])
        assert [("GET", "/api/orders?page=1", b"", KEY)] * 5 == shop.asked
        assert 5 == client.requests


def test_a_search_by_post_is_a_question_too() -> None:
    with served("cut", (200, b"[]")) as (shop, client):
        assert [] == client.ask("/search", method="POST", document={"name": "Müller"})
        assert [json.dumps({"name": "Müller"}, separators=(",", ":")).encode()] * 2 == [body for _, _, body, _ in shop.asked]


@pytest.mark.parametrize(
    ("reply", "code"), [((500, b'{"code":"x"}'), "http_500"), ("cut", "no_answer"), ("slow", "no_answer"), ((200, b"<html>"), "unreadable")]
)
def test_a_write_without_a_clear_answer_is_in_doubt_and_not_repeated(reply: Reply, code: str) -> None:
    with served(reply) as (shop, client):
        with pytest.raises(Doubt) as doubt:
            client.tell("POST", "/orders", {"a": 1})
        assert (code, 1) == (doubt.value.code, len(shop.asked))


def test_a_write_that_was_surely_not_done_is_tried_again() -> None:
    with served((429, b""), (201, b'{"id": 5}')) as (shop, client):
        assert {"id": 5} == client.tell("POST", "/orders", {"a": 1})
        assert 2 == len(shop.asked)


def test_a_shop_that_never_answers_a_connection_is_away() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        settings = ServiceSettings(service="the shop", base_url=f"http://127.0.0.1:{taken.getsockname()[1]}", retries=QUICK)
        with closing(ShopClient(Service(settings), dict)) as client, pytest.raises(ShopUnavailable, match="cannot be reached") as away:
            client.tell("POST", "/orders", {"a": 1})
    assert away.value.unsent


def test_a_refusal_carries_the_shops_code_and_never_its_text() -> None:
    body = json.dumps({"code": "product_invalid_sku", "message": "Zoë Müßig, hunter2"}).encode()
    with served((400, body), (400, b'{"code": "Zo\\u00eb M\\u00fc\\u00dfig"}'), (404, b"<html>Zo")) as (_, client):
        seen = []
        for _ in range(3):
            with pytest.raises(Refusal) as refusal:
                client.tell("PUT", "/orders/1", {})
            seen.append((refusal.value.status, str(refusal.value)))
        assert [
            (400, "PUT /orders/1: http_400 product_invalid_sku"),
            (400, "PUT /orders/1: http_400"),
            (404, "PUT /orders/1: http_404"),
        ] == seen


def test_credentials_that_are_not_accepted_end_the_run() -> None:
    with served((401, b'{"code": "woocommerce_rest_cannot_view"}')) as (_, client):
        with pytest.raises(CredentialsRefused, match="woocommerce_rest_cannot_view") as refused:
            client.ask("/orders")
        assert KEY not in str(refused.value)


def test_a_redirect_is_never_followed_but_asked_again_a_few_times() -> None:
    with served(*[(302, b"")] * 5) as (shop, client):
        with pytest.raises(ShopUnavailable, match="sends us elsewhere"):
            client.ask("/orders")
        assert 3 == len(shop.asked)
    with served((302, b""), (302, b""), (200, b"[]")) as (_, client):
        assert [] == client.ask("/orders")


def test_a_redirected_write_is_in_doubt_and_not_repeated() -> None:
    with served((302, b"")) as (shop, client):
        with pytest.raises(Doubt, match="http_302"):
            client.tell("POST", "/orders", {})
        assert 1 == len(shop.asked)


def test_a_document_with_a_fault_is_asked_for_again_a_few_times_and_never_taken() -> None:
    with served((200, b"{}"), (200, b"null"), (200, b"[1]")) as (shop, client):
        assert [1] == client.ask("/orders", fault=no_list)
        assert 3 == len(shop.asked)
    with served(*[(200, b"{}")] * 5) as (shop, client):
        with pytest.raises(ShopUnavailable, match=r"the shop: gives no list \(tried 3 times\) \(GET /orders, HTTP 200\)"):
            client.ask("/orders", fault=no_list)
        assert 3 == len(shop.asked)


def no_list(document: object) -> str | None:
    return None if isinstance(document, list) else "gives no list"


def test_an_empty_answer_to_a_write_is_none() -> None:
    with served((204, b"")) as (_, client):
        assert client.tell("POST", "/orders", {}) is None


@pytest.mark.parametrize("nothing", [(200, b""), (200, b" \n"), (200, b"null"), (204, b"")])
def test_an_empty_answer_to_a_question_is_asked_for_again_and_never_taken(nothing: Reply) -> None:
    with served(nothing, (200, b"[1]")) as (_, client):
        assert [1] == client.ask("/orders")
    with served(*[nothing] * 5) as (shop, client):
        with pytest.raises(ShopUnavailable, match="gives an empty answer"):
            client.ask("/orders")
        assert 3 == len(shop.asked)


def test_a_code_that_repeats_our_key_is_not_told() -> None:
    with served(*[(status, json.dumps({"code": f"is_{KEY}"}).encode()) for status in (400, 401)]) as (_, client):
        with pytest.raises(Refusal) as refusal:
            client.tell("PUT", "/orders/1", {})
        with pytest.raises(CredentialsRefused) as refused:
            client.tell("PUT", "/orders/1", {})
    assert "PUT /orders/1: http_400" == str(refusal.value)
    assert KEY not in str(refused.value)


def test_a_signal_ends_the_wait_for_an_answer() -> None:
    def stop() -> None:
        raise Stopped(15)

    with served("slow", glance=stop) as (_, client), pytest.raises(Stopped):
        client.ask("/orders")


def test_a_write_under_way_on_its_own_thread_is_not_ended_by_a_signal() -> None:
    def stop() -> None:
        raise Stopped(15)

    with served((200, b"{}"), (200, b"{}"), glance=stop) as (_, client):
        seen: list[object] = []
        thread = threading.Thread(target=lambda: seen.append(client.ask("/orders")))
        thread.start()
        thread.join()
        assert [{}] == seen


def test_the_error_of_a_question_says_how_often_it_was_tried() -> None:
    with served(*[(503, b"")] * 200) as (_, client), pytest.raises(ServiceError, match=r"has trouble of its own \(tried \d+ times\)"):
        client.ask("/orders")
