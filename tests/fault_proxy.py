"""A proxy on a real socket that breaks a share of the answers, in every way that networks, gateways and servers know."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import urlsplit


class Kind(StrEnum):
    """Name what can become of an answer."""

    SLOW_DOWN = "429 without Retry-After"
    SLOW_DOWN_SECONDS = "429 with Retry-After in seconds"
    SLOW_DOWN_DATE = "429 with Retry-After as a date"
    SLOW_DOWN_ABSURD = "429 with an absurd Retry-After"
    BROKEN = "500 though the request was carried out"
    GATEWAY = "502 with HTML"
    SLOW_HEAD = "slow headers"
    SLOW_BODY = "slow body"
    RESET_BEFORE = "reset before the request was forwarded"
    RESET_AFTER = "reset after the request was carried out"
    HALF_BODY = "half a body"
    TOO_LONG = "a Content-Length larger than the body"
    TOO_SHORT = "a Content-Length smaller than the body"
    NOT_JSON = "not JSON"
    OTHER_SHAPE = "JSON of another shape"
    EXPIRED = "401 in the middle"
    ELSEWHERE = "a redirect to another host"
    NO_HTTP = "something else than HTTP"
    TWISTED = "JSON with one thing in it that does not belong there"


EVERY = tuple(kind for kind in Kind if kind is not Kind.TWISTED)
"""Each kind as often as the others, for OTTO and for shops: a 401 of a shop ends the run, and the next one goes on."""

_SECONDS = ("0", "1", "3")
_ABSURD = ("-5", "soon", "99999999999999999999", "1e400", "nan", "")
_SHAPES = (b'{"ok":true}', b"[]", b'"fine"', b"null", b'{"resources":{}}', b'{"orders":{}}', b'{"errors":[{"title":"X"}],"warnings":[]}')
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_UNFORWARDED = frozenset({
    Kind.SLOW_DOWN, Kind.SLOW_DOWN_SECONDS, Kind.SLOW_DOWN_DATE, Kind.SLOW_DOWN_ABSURD, Kind.GATEWAY, Kind.RESET_BEFORE, Kind.EXPIRED, Kind.ELSEWHERE,
})  # fmt: skip
_PASSED_ON = frozenset({"content-type", "date", "retry-after", "location"})


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def head(self, length: int | None = None) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Told", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body) if length is None else length}", "", ""]).encode("latin-1")


class FaultProxy:
    """Pass requests on and break a share `rate` of the answers; `slow` is how many seconds slow answers take on average.

    `count` tells how often each kind was tried; `asked` counts all requests. `elsewhere` is where redirects lead.
    """

    def __init__(self, upstream: str, *, rate: float = 0.1, seed: int = 1, kinds: Sequence[Kind] = EVERY, slow: float = 0.5) -> None:
        self.rate = rate
        self.slow = slow
        self.count: Counter[Kind] = Counter()
        self.asked = 0
        self.url = ""
        self.elsewhere = "https://elsewhere.invalid/orders"
        self.kinds = tuple(kinds)
        self.shapes: tuple[bytes, ...] = _SHAPES
        self._host = urlsplit(upstream).netloc
        self._random = Random(seed)
        self._lock = threading.Lock()

    def fate(self) -> tuple[Kind | None, float]:
        """Decide what becomes of the next answer, and with which luck."""
        with self._lock:
            self.asked += 1
            if self._random.random() >= self.rate:
                return None, 0.0
            kind = self._random.choice(self.kinds)
            self.count[kind] += 1
            return kind, self._random.random()

    def forward(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> _Reply:
        """Ask whom the request was meant for."""
        upstream = HTTPConnection(self._host, timeout=30)
        try:
            kept = {name: value for name, value in headers if name.lower() not in {"host", "connection", "accept-encoding"}}
            upstream.request(method, target, body or None, {**kept, "Connection": "close"})
            answer = upstream.getresponse()
            passed = tuple((name, value) for name, value in answer.getheaders() if name.lower() in _PASSED_ON)
            return _Reply(answer.status, passed, answer.read())
        finally:
            upstream.close()


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: FaultProxy

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  – http.server's name
        """Say nothing."""

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind, luck = self.proxy.fate()
        if kind is Kind.RESET_BEFORE:
            self._reset()
            return
        if kind in _UNFORWARDED and kind is not None:
            self._send(_made(kind, luck, self.proxy.elsewhere))
            return
        try:
            reply = self.proxy.forward(self.command, self.path, self.headers.items(), body)
        except OSError:
            self._reset()
            return
        if kind is None:
            self._send(reply)
        else:
            self.close_connection = True
            self._break(kind, luck, reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815  – http.server's names

    def _break(self, kind: Kind, luck: float, reply: _Reply) -> None:
        half = reply.body[: len(reply.body) // 2]
        match kind:
            case Kind.BROKEN:
                self._send(_Reply(500, (), b'{"message":"internal"}'))
            case Kind.SLOW_HEAD:
                time.sleep(self.proxy.slow * 2 * luck)
                self._send(reply)
            case Kind.SLOW_BODY:
                self._drip(reply, luck)
            case Kind.HALF_BODY:
                self._write(reply.head() + half)
                self._reset()
            case Kind.TOO_LONG | Kind.TOO_SHORT:
                self._write(reply.head(len(reply.body) + 10 if kind is Kind.TOO_LONG else len(half)) + reply.body)
            case Kind.NOT_JSON:
                self._send(_Reply(reply.status, (("Content-Type", "text/html"),), b"<html>Please log in to the guest network</html>"))
            case Kind.OTHER_SHAPE:
                self._send(_Reply(reply.status, reply.headers, _one_of(self.proxy.shapes, luck)))
            case Kind.TWISTED:
                self._send(_twisted(reply, luck))
            case Kind.NO_HTTP:
                self._write(b"\x15\x03\x01\x00\x02\x02\x28")  # what a port that expects TLS answers
            case _:
                self._reset()

    def _drip(self, reply: _Reply, luck: float) -> None:
        pieces = 10
        self._write(reply.head())
        size = max(1, -(-len(reply.body) // pieces))
        for start in range(0, len(reply.body), size):
            time.sleep(self.proxy.slow * 2 * luck / pieces)
            self._write(reply.body[start : start + size])

    def _send(self, reply: _Reply) -> None:
        self._write(reply.head() + reply.body)

    def _write(self, text: bytes) -> None:
        with suppress(OSError):  # whoever asked may have had enough
            self.wfile.write(text)
            self.wfile.flush()

    def _reset(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # without lingering the other side sees a reset, not an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()


_ODD: Sequence[object] = (None, True, -1, 1.5, 10**40, "", "\x1b[2J\u202e\x00", "x" * 100_000, [], {}, [[]], [None], {"id": None})


def twisted(body: bytes, luck: Random) -> bytes:
    """Change one thing in a JSON document: drop it, double it, or put something in its place that does not belong there; leave what is no JSON."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    places = list(_places(document))
    if not places:
        return json.dumps(luck.choice(_ODD)).encode()
    inside, at = luck.choice(places)
    match luck.randrange(4), inside:
        case 0, _:
            del inside[at]
        case 1, list():
            inside.append(inside[at])
        case _:
            inside[at] = luck.choice(_ODD)
    return json.dumps(document).encode()


def _twisted(reply: _Reply, luck: float) -> _Reply:
    granted = reply.status < HTTPStatus.MULTIPLE_CHOICES
    return _Reply(reply.status, reply.headers, twisted(reply.body, Random(luck)) if granted else reply.body)


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(document, dict | list):
        for at, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield document, at
            yield from _places(value)


def _one_of(choices: Sequence[bytes], luck: float) -> bytes:
    return choices[int(luck * len(choices))]


def _made(kind: Kind, luck: float, elsewhere: str) -> _Reply:
    match kind:
        case Kind.SLOW_DOWN_SECONDS:
            return _Reply(429, (("Retry-After", _SECONDS[int(luck * len(_SECONDS))]),), b"{}")
        case Kind.SLOW_DOWN_DATE:
            return _Reply(429, (("Date", "Tue, 09 Jun 2026 12:00:00 GMT"), ("Retry-After", "Tue, 09 Jun 2026 12:00:02 GMT")), b"{}")
        case Kind.SLOW_DOWN_ABSURD:
            return _Reply(429, (("Retry-After", _ABSURD[int(luck * len(_ABSURD))]),), b"slow down")
        case Kind.GATEWAY:
            return _Reply(502, (("Content-Type", "text/html"),), _HTML)
        case Kind.EXPIRED:
            return _Reply(401, (("WWW-Authenticate", "Bearer"),), b'{"errors":[{"title":"UNAUTHORIZED"}]}')
        case Kind.ELSEWHERE:
            return _Reply(302, (("Location", elsewhere),), b"")
        case _:
            return _Reply(429, (), b"{}")


@contextmanager
def breaking(proxy: FaultProxy) -> Iterator[FaultProxy]:
    """Let a proxy listen on a port of its own, with one thread a connection."""

    class Connection(_Connection):
        pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """Say nothing: who broke off knows why."""

    Connection.proxy = proxy
    with Server(("127.0.0.1", 0), Connection) as server:
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def mute() -> Iterator[str]:
    """Accept connections and say nothing; give the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    kept.append(server.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in kept:
            connection.close()
