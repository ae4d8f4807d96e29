"""OTTO as an enemy, or a bug at OTTO's, would play it: any documents as orders, on a real socket, and every way to break an order."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from hypothesis import strategies as st

from tests.otto_wire import ANSWERS
from tests.system_shop import Place

Path_ = tuple[str | int, ...]
SECRET, TOKEN = "marked-s3cret-of-the-app", "marked-t0ken-from-otto"
_LITERAL = re.compile(r'"literal:([^"]*)"')
_KINDS = ("announced_prepayment", "processable_discount_fee", "processable_freight", "mixed_states", "cancelled_by_marketplace_prepayment")
ESCAPES = (
    "\x1b[2J\x1b[H",
    "\x1b]0;mine\x07",
    "\x9b31m",
    "\x00\x01\x7f",
    "a\rb\nc\x0bd\x0ce\x85f\u2028g",
    "\u202egnp.exe\u2066\u200f",
    "\ud800half\udfff",
    "\ufffe\U000e0041",
)
TEXTS = (
    *ESCAPES,
    "",
    " ",
    "x" * 100_000,
    "[red]loud[/red]",
    "[/]",
    "[link=https://evil.example]here",
    ":boom:",
    "=cmd|'/c calc'!A1",
    "@SUM(1+1)",
    "+1+cmd",
    "-2+3",
    "\t=1+1",
    "＝1+1",
    "a;=1+1",
    "../../outside",
    "..",
    ".",
    "a/../../b",
    "%2e%2e%2fb",
    "CON",
    "{0.__class__}%s%n",
    "'; DROP TABLE orders; --",
    "2099-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999+14:00",
    "0001-01-01T00:00:00-14:00",
    "2026-02-30T25:61:00Z",
    "CANCELLED_BY_ALIENS",
    "SENT",
    "RETURNED",
    "CANCELLED_BY_PARTNER",
    "NaN",
    "DEU",
    "Ⅻ",
)
LITERALS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "-0",
    "-19.99",
    "123456789012",
    "123456789012.34",
    "0.001",
    "1e400",
    "1e-400",
    "1E999999999999999999",
    "9" * 5000,
)
VALUES: tuple[object, ...] = (None, True, False, 0, [], {}, [None], [[[]]], {"amount": "1"}, *TEXTS, *(f"literal:{one}" for one in LITERALS))


def wire(document: object) -> bytes:
    """Write JSON as a careless program does: halves of characters, and numbers that are none."""
    return _LITERAL.sub(r"\1", json.dumps(document)).encode()


def sound(number: int, kind: str = "processable_discount_fee", *, at: datetime | None = None) -> dict[str, Any]:
    """Give an order with nothing wrong, placed a day ago."""
    now = at or datetime.now(UTC)
    text = (ANSWERS / f"order_{kind}.json").read_text(encoding="utf-8")
    ids = dict.fromkeys(re.findall(r"[0-9a-f]{8}-0a0a-[0-9a-f-]{22}", text))
    for index, one in enumerate(ids):
        text = text.replace(one, f"{index:08d}-0a0a-4b4b-8c8c-{number:012d}")
    order: dict[str, Any] = json.loads(text)
    stamps = {"orderDate": now - timedelta(days=1), "lastModifiedDate": now - timedelta(hours=1)}
    return order | {"orderNumber": f"sound{number}", **{name: moment.isoformat(timespec="milliseconds") for name, moment in stamps.items()}}


def places(document: object, here: Path_ = ()) -> Iterator[Path_]:
    """Name every place in a document."""
    parts: Any = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for name, part in parts:
        yield (*here, name)
        yield from places(part, (*here, name))


def broken(order: dict[str, Any], where: Path_, how: object) -> dict[str, Any]:
    """Give an order with one place changed: left out, doubled, swollen, or another value."""
    changed = deepcopy(order)
    within: Any = changed
    steps: tuple[Any, ...] = where
    for step in steps[:-1]:
        within = within[step]
    if how == "left out":
        del within[steps[-1]]
    elif how == "doubled" and isinstance(within, list):
        within.append(deepcopy(within[steps[-1]]))
    elif how == "swollen" and isinstance(within, list):
        within.extend(deepcopy(within[steps[-1]]) for _ in range(10_000))
    else:
        within[steps[-1]] = how
    return changed


@st.composite
def mutated(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """Draw an order that is broken in one to three places."""
    order = sound(number, draw(st.sampled_from(_KINDS)))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(order))
        if not found:
            break
        order = broken(order, draw(st.sampled_from(found)), draw(st.sampled_from(("left out", "doubled", *VALUES))))
    return order


@dataclass
class HostileOtto:
    """Answer the list with `orders`, page by page, and single ones by whichever id fits; or, where `answer` is set, everything with that."""

    orders: list[object] = field(default_factory=list)
    page_size: int = 128
    url: str = ""
    status: int = 200
    token_status: int = 200
    answer: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)

    def settings(self) -> dict[str, Any]:
        """Give the table `[otto]` that leads here."""
        return {
            "environment": "sandbox",
            "client_id": "app-1",
            "client_secret": SECRET,
            "start_date": date(2020, 1, 1),
            "base_url": self.url,
            "max_requests_per_second": 0,
        }

    def body(self, path: str, query: dict[str, list[str]]) -> tuple[int, bytes]:
        """Answer one GET."""
        if self.answer is not None:
            return self.status, self.answer
        if path != "/v4/orders":
            name = unquote(path.removeprefix("/v4/orders/"))
            for order in self.orders:
                if isinstance(order, dict) and name in (order.get("salesOrderId"), order.get("orderNumber")):
                    return self.status, wire(order)
            return 404, b"{}"
        start = int(query.get("nextcursor", ["0"])[0])
        page: dict[str, Any] = {"resources": self.orders[start : start + self.page_size], "links": [{"rel": "self", "href": "/v4/orders"}]}
        if start + self.page_size < len(self.orders):
            page["links"].append({"rel": "next", "href": f"/v4/orders?nextcursor={start + self.page_size}"})
        return self.status, wire(page)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client may go away at any time."""


@contextmanager
def hostile(*orders: object) -> Iterator[HostileOtto]:
    """Open a hostile OTTO on the loopback, and close it."""
    otto = HostileOtto(list(orders))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece: in two the second waits for the word that the first has come

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  – the standard library's own name
            """Say nothing."""

        def _send(self, status: int, body: bytes) -> None:
            self.send_response_only(status)
            for name, value in {"Date": format_datetime(datetime.now(UTC), usegmt=True), "Content-Length": str(len(body)), **otto.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            otto.posted.append(form)
            granted = json.dumps({"access_token": TOKEN, "expires_in": 1800}).encode()
            self._send(otto.token_status, granted if otto.token_status == 200 else otto.answer or b"{}")

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            otto.asked.append(self.path)
            otto.bearers.append(self.headers.get("Authorization", ""))
            self._send(*otto.body(address.path, parse_qs(address.query)))

    with _Server(("127.0.0.1", 0), Handler) as server:
        otto.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield otto
        finally:
            server.shutdown()
            thread.join()


def installed(folder: Path, otto: HostileOtto, **tables: Any) -> Place:
    """Set the program up to read from a hostile OTTO."""
    return Place(folder, otto=otto.settings(), **tables)


def unprintable(text: str) -> list[str]:
    """Give the lines of an output in which something else than printable characters stands."""
    return [line for line in text.split("\n") if not line.isprintable()]
