"""OTTO as a script: what it answers, in which order, and what it was asked. Once in process, once on a real socket that can misbehave."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx

from otto_import.otto.client import ClientSettings, OttoClient, open_client

ANSWERS = Path(__file__).parent / "data" / "otto"
NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
DATE = "Tue, 09 Jun 2026 11:59:58 GMT"
SECRET = "s3cr3t-of-the-shop"
TOKEN = "eyJ-a-token"

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def example(name: str) -> bytes:
    return (ANSWERS / f"{name}.json").read_bytes()


def granted(content: bytes | str = b"{}", **headers: str) -> httpx.Response:
    return httpx.Response(200, content=content, headers={"Date": DATE, **{name.replace("_", "-"): value for name, value in headers.items()}})


def token(text: str = TOKEN, expires_in: object = 1800) -> httpx.Response:
    return granted(json.dumps({"access_token": text, "expires_in": expires_in, "token_type": "bearer"}))


def page(ids: list[str], href: str | None = None) -> httpx.Response:
    """Give a page of small but whole orders."""
    order = json.loads(example("order_announced_prepayment"))
    links = [{"rel": "self", "href": "/v4/orders"}] + ([{"rel": "next", "href": href}] if href is not None else [])
    return granted(json.dumps({"resources": [order | {"salesOrderId": order_id} for order_id in ids], "links": links}))


class ScriptedOtto:
    """Answer in process: token requests from `tokens` (the last one again and again), all others from the script in turn."""

    def __init__(self, *answers: Answer, tokens: list[Answer] | None = None) -> None:
        self.answers = list(answers)
        self.tokens: list[Answer] = tokens if tokens is not None else [token()]
        self.asked: list[httpx.Request] = []
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.asked.append(request)
            script = self.tokens if request.url.path.endswith("/token") else self.answers
            answer = script[0] if script is self.tokens and len(script) == 1 else script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            # Each use needs an answer of its own, since one can be read only once.
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]

    @property
    def queries(self) -> list[dict[str, list[str]]]:
        return [parse_qs(request.url.query.decode()) for request in self.asked if not request.url.path.endswith("/token")]

    @property
    def bearers(self) -> list[str]:
        return [request.headers["Authorization"] for request in self.asked if "Authorization" in request.headers]


@contextmanager
def client(otto: ScriptedOtto, token_file: Path | None = None, **changes: Any) -> Iterator[OttoClient]:
    """Open a client that speaks to a script; `changes` are settings, or `now`."""
    now = changes.pop("now", None)
    plain: dict[str, Any] = {"base_url": "https://otto.example", "client_id": "shop", "client_secret": SECRET, "max_requests_per_second": 0}
    settings = ClientSettings(**plain | changes)
    clocks = {"now": now} if now else {}
    opened = open_client(settings, transport=httpx.MockTransport(otto), clock=lambda: NOW, token_file=token_file, **clocks)
    with contextlib.closing(opened):
        yield opened


class RawServer:
    """Play a script of raw answers on the loopback, one connection each: bytes to send, `reset`, or `silence`."""

    RESET = b"\0reset"
    SILENCE = b"\0silence"
    DRIP = b"\0drip"

    def __init__(self, *script: bytes) -> None:
        self._script = list(script)
        self._held: list[socket.socket] = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.served = 0
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname()).close()  # wakes the thread that accepts
        self._thread.join()
        self._listener.close()
        for connection in self._held:
            connection.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            connection, _ = self._listener.accept()
            with connection:
                if not self._over.is_set() and self._heard(connection):
                    self._play(connection)

    def _heard(self, connection: socket.socket) -> bool:
        heard = b""
        while b"\r\n\r\n" not in heard:
            piece = connection.recv(65536)
            if not piece:
                return False
            heard += piece
        return True

    def _play(self, connection: socket.socket) -> None:
        answer = self._script[min(self.served, len(self._script) - 1)]
        self.served += 1
        if answer == self.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif answer == self.SILENCE:
            self._held.append(connection.dup())  # stays open, and nothing ever comes
        elif answer == self.DRIP:
            with contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not self._over.wait(0.05):
                    connection.sendall(b"{")
        else:
            with contextlib.suppress(OSError):
                connection.sendall(answer)


def raw(body: bytes = b'{"fine": true}', status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """Write an answer as it goes over the wire; a `length` beyond the body's makes it a truncated one."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
