"""A small PrestaShop on a real socket: the Webservice as the real one (8.2) was seen to answer, over the books of `tests.prestashop_books`."""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.prestashop_books import SINGULAR, Record, Refused, furnished

KEY = "K" * 32
_ALL = ("get", "post", "patch", "delete", "put", "head")
_BRACKETS = re.compile(r"^(.*)\[(.*)\](.*)$", re.DOTALL)


class Imitation:
    """Run one shop; `rights` can be cut down, `cut` says after how many writes the connection breaks, and whether the write was done.

    `longest` is the length of the longest address that was asked.
    """

    def __init__(self) -> None:
        self.books = furnished()
        self.rights: dict[str, tuple[str, ...]] = dict.fromkeys(SINGULAR, _ALL)
        self.asked: list[tuple[str, str]] = []
        self.longest = 0
        self.cut: tuple[int, bool] | None = None
        self.slow: Callable[[str, str], float] = lambda method, path: 0.0
        self.odd: Callable[[str, str], tuple[int, bytes] | None] = lambda method, path: None
        self.writes = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def breaks_now(self, method: str) -> bool | None:
        """Tell whether this write's connection breaks: True after, False before it is done, None not at all."""
        if method == "GET":
            return None
        with self.books.lock:
            self.writes += 1
            return self.cut[1] if self.cut and self.cut[0] == self.writes else None

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> tuple[int, object]:
        """Answer one request, one at a time."""
        parts = path.strip("/").split("/")
        if parts == ["api"]:
            return (500, None) if query.get("output_format") == "JSON" else (200, self._overview())
        resource, number = parts[1], unquote(parts[2]) if len(parts) > 2 else ""
        if resource not in SINGULAR or resource not in self.rights:
            return 401 if resource in SINGULAR else 400, _error(26 if resource in SINGULAR else 27)
        if method.lower() not in self.rights[resource]:
            return 405, _error(25)
        with self.books.lock:
            try:
                return self._done(method, resource, number, query, body)
            except Refused as refused:
                return refused.status, None if refused.code is None else _error(refused.code)

    def _done(self, method: str, resource: str, number: str, query: dict[str, str], body: bytes) -> tuple[int, object]:
        table = self.books.tables[resource]
        if method == "GET":
            rows = [row for row in table.values() if self._passes(row, query)][: int(query.get("limit", "100000"))]
            return 200, {resource: [self._shown(row, query.get("display", "[id]")) for row in rows]} if rows else []
        if method == "POST":
            made = [self._add(resource, _record(node)) for node in ET.fromstring(body)]
            return 201, {SINGULAR[resource]: _bare(made[-1])}
        if number not in table:
            return 404, None
        if method == "DELETE":
            del table[number]
            return 200, None
        sent = _record(ET.fromstring(body)[0])
        sent.pop("id", None)
        self._change(resource, table[number], sent)
        return 200, {SINGULAR[resource]: _bare(table[number])}

    def _add(self, resource: str, sent: Record) -> Record:
        add = getattr(self.books, f"add_{resource}", None)
        return add(sent) if add else self.books.put(resource, sent)

    def _change(self, resource: str, row: Record, sent: Record) -> None:
        if resource == "orders":
            self.books.change_orders(row, sent)
            return
        if resource == "addresses":
            self.books.checked_address(sent)
        row |= sent

    def _passes(self, row: Record, query: dict[str, str]) -> bool:
        filters = {name[7:-1]: value for name, value in query.items() if name.startswith("filter[")}
        if query.get("date") != "1" and any(name.startswith("date_") for name in filters):
            raise Refused(500, 32)
        return all(_matches(str(row.get(name, "")), value) for name, value in filters.items())

    def _shown(self, row: Record, display: str) -> Record:
        return dict(row) if display == "full" else {name: row.get(name, "") for name in display.strip("[]").split(",")}

    def _overview(self) -> str:
        lines = []
        for resource, rights in self.rights.items():
            told = " ".join(f'{right}="{str(right in rights).lower()}"' for right in _ALL)
            lines.append(f'<{resource} xlink:href="{self.url}/api/{resource}" {told}>\n</{resource}>')
        return f'<prestashop xmlns:xlink="http://www.w3.org/1999/xlink"><api shopName="Imitation">{"".join(lines)}</api></prestashop>'


@contextmanager
def running() -> Iterator[Imitation]:
    """Run a shop for as long as it is needed."""
    shop = Imitation()
    try:
        yield shop
    finally:
        shop.close()


def _handler(shop: Imitation) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # one packet an answer: two make the client wait for the second

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            shop.asked.append((self.command, path))
            shop.longest = max(shop.longest, len(shop.url) + len(self.path))
            time.sleep(shop.slow(self.command, path))
            odd = shop.odd(self.command, path)
            if odd:
                self._send(*odd)
                return
            given = base64.b64decode(self.headers.get("Authorization", "Basic ").removeprefix("Basic ")).decode().removesuffix(":")
            breaks = shop.breaks_now(self.command)
            if breaks is False:
                self._break()
                return
            status, document = shop.answer(self.command, path, query, body) if given == KEY else (401, _error(20))
            if breaks:
                self._break()
                return
            self._send(status, b"" if document is None else document.encode() if isinstance(document, str) else json.dumps(document).encode())

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815  – names of the standard library

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("PSWS-Version", "8.2.1")
            self.end_headers()
            self.wfile.write(body)

        def _break(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  – the name is the standard library's
            pass

    return Handler


def _matches(value: str, wanted: str) -> bool:
    """Compare as the shop does: without regard to case, `[a|b]` one of, `[a,b]` between, `%[a]%` inside."""
    found = _BRACKETS.match(wanted)
    value = value.lower()
    if not found:
        return value == wanted.lower()
    before, inside, after = found[1], found[2].lower(), found[3]
    if before == ">":
        return (len(value), value) > (len(inside), inside) if inside.isdigit() else value > inside
    if "|" in inside:
        return value in inside.split("|")
    if before == "%" or after == "%":
        return inside in value
    if inside.count(",") == 1:
        low, high = inside.split(",")
        return low <= value <= high
    return value == inside


def _record(node: ET.Element) -> Record:
    record: Record = {}
    for child in node:
        value: Any = _record(child) if len(child) else child.text or ""
        if child.tag in record:
            several = record[child.tag]
            record[child.tag] = [*several, value] if isinstance(several, list) else [several, value]
        else:
            record[child.tag] = value
    return record


def _bare(row: Record) -> Record:
    """Show one record as the real shop does: what is empty or zero is left out."""
    return {name: value for name, value in row.items() if value not in ("", "0")}


def _error(code: int) -> Record:
    return {"errors": [{"code": code, "message": "what the shop says is nobody's business"}]}
