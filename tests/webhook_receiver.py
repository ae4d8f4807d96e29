"""A receiver of webhooks on a real socket: it keeps orders and their stock, is as suspicious as a good one, and fails when it is told to."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from httpx import Headers
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook, WebhookVerificationError

from otto_import.orders import Address
from otto_import.testing import Look
from tests.jsonl_stream import SCHEMA as EVENTS

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwTESTtest"
EVENT_PATH, LOOKUP_PATH = "/otto/events/", "/otto/orders"
_SHAPES = Path(__file__).parents[1] / "otto_import/writers/webhook"
ANSWERS, LOOKUPS = (json.loads((_SHAPES / f"{name}.schema.json").read_text(encoding="utf-8")) for name in ("answer", "lookup"))
BODY = Draft202012Validator({"$ref": "#/$defs/event", "$defs": EVENTS["$defs"]})
ANSWER, LOOKUP = Draft202012Validator(ANSWERS), Draft202012Validator(LOOKUPS)
GIVING_BACK = frozenset({"cancelled", "cancelled-by-us"})
Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Say what becomes of one request: whether it is carried out, and what is answered (status None: the connection is cut; body None: the usual)."""

    status: int | None = None
    done: bool = False
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Kept:
    """Hold one order as the receiver keeps it; `said` is its last word on everything that events told."""

    reference: str
    said: Said = field(default_factory=dict)
    status: str = ""
    set_status: str | None = None
    expired: bool = False
    paid: bool = False
    notes: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    spares_stock: bool = False

    @property
    def stock(self) -> dict[str, int]:
        """Give the units that the order holds."""
        units: Counter[str] = Counter()
        for line in () if self.spares_stock or self.status in GIVING_BACK else self.said["lines"]:
            units[line["sku"]] += line["quantity"]
        return dict(units)


class Receiver:
    """Keep what events bring. `faults` are used up one a POST, `blind` one a look-up; `refusing` gives the fault of an event, if it has one;
    `heard` is the last event of each order, taken or not."""

    def __init__(self, secret: str | bytes = SECRET) -> None:
        self.orders: dict[str, Kept] = {}
        self.attempts: list[tuple[str, str]] = []
        self.events: list[Said] = []
        self.wrong: list[str] = []
        self.faults: list[Fault] = []
        self.blind: list[Fault] = []
        self.refusing: Callable[[Said], Fault | None] = lambda _: None
        self.numbered = True
        self.filters = True
        self.authorization: str | None = None
        self.most_at_once = 0
        self.arrived: Callable[[], object] = lambda: None
        self.url, self.event_path, self.lookup_path = "", EVENT_PATH, LOOKUP_PATH
        self.looked: list[str] = []
        self.heard: dict[str, Said] = {}
        self._webhook = Webhook(secret)
        self._references = count(1)
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()

    @property
    def settings(self) -> dict[str, Any]:
        """Give the table `[shop.webhook]` without a look-up."""
        return {"url": self.url + self.event_path, "secret": SECRET}

    @property
    def lookup(self) -> dict[str, Any]:
        """Give what the table needs besides to look orders up."""
        return {
            "lookup_url": self.url + self.lookup_path,
            "statuses": ["on-hold", "processing", "completed", "refunded", "cancelled", "cancelled-by-us"],
        }

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[Fault | None, int, object]:
        """Answer one request; the fault that it is to end in, else status and document."""
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except WebhookVerificationError:
            return None, 401, {"code": "bad_signature"}
        if self.authorization != headers.get("Authorization"):
            return None, 401, {"code": "bad_authorization"}
        url = urlsplit(target)
        if method == "GET" and url.path == self.lookup_path:
            return self._shown(url.query)
        if method == "POST" and url.path == self.event_path:
            return self._taken(headers, json.loads(body))
        return None, 404, {"code": "no_such_page"}

    def move(self, ref: str, status: str) -> None:
        """Give an order another status, as the merchant does."""
        self._by_reference(ref).status = status

    def delete(self, ref: str) -> None:
        """Delete an order, as the merchant does."""
        self.orders = {key: order for key, order in self.orders.items() if ref not in {order.reference, key}}

    def look(self, ref: str) -> Look:
        """Show what is kept of an order."""
        order = self._by_reference(ref)
        said = order.said
        return Look(
            lines=tuple((line["sku"], line["title"], line["quantity"], Decimal(line["price"])) for line in said["lines"]),
            shipping=tuple((fee["name"], Decimal(fee["amount"])) for fee in said["fees"]),
            delivery=_address(said.get("delivery_address")),
            invoice=_address(said.get("invoice_address")),
            paid_at=datetime.fromisoformat(said["paid_at"]) if "paid_at" in said else None,
            note="\n".join(order.notes),
            stock=order.stock,
        )

    def _by_reference(self, ref: str) -> Kept:
        return next(order for key, order in self.orders.items() if ref in {order.reference, key})

    def _taken(self, headers: Mapping[str, str], event: Said) -> tuple[Fault | None, int, object]:
        key = event["otto_key"]
        with self._lock:
            self.wrong += [problem.message for problem in BODY.iter_errors(event)]
            self.heard[key] = event
            self.attempts.append((headers["webhook-id"], headers["webhook-timestamp"]))
            if {event["event_id"]} != {headers["webhook-id"], headers["Idempotency-Key"]} or headers["Content-Type"] != "application/json":
                self.wrong.append("the headers are not the event's")
            self._under_way[key] += 1
            if self._under_way[key] > 1:
                self.wrong.append("two events of one order at once")
            self.most_at_once = max(self.most_at_once, self._under_way.total())
        self.arrived()
        with self._lock:
            try:
                fault = self.refusing(event) or (self.faults.pop(0) if self.faults else None)
                status, answer = (0, None) if fault and not fault.done else self._written(key, event)
            finally:
                self._under_way[key] -= 1
        if answer is not None:
            self.wrong += [problem.message for problem in ANSWER.iter_errors(answer)]
        return fault, status, answer

    def _written(self, key: str, event: Said) -> tuple[int, Said]:
        order = self.orders.get(key)
        if order is None and event["type"] != "order.created":
            return 404, {"code": "unknown_order"}
        if order is None:
            order = self.orders[key] = Kept(f"R-{next(self._references)}", spares_stock=event.get("spares_stock", False))
        elif event["event_id"] in order.seen:
            return 200, self._told(order)
        elif order.status not in {event["previous_status"], order.set_status}:
            return 409, self._told(order)
        self._apply(order, event)
        return 201, self._told(order)

    def _apply(self, order: Kept, event: Said) -> None:
        self.events.append(event)
        order.seen.add(event["event_id"])
        order.said = {**order.said, **event}
        order.paid = order.paid or event.get("paid", False)
        order.notes = list(dict.fromkeys([*order.notes, *filter(None, [event.get("note")])]))
        if event["status"] != event["previous_status"]:
            order.status = order.set_status = event["status"]
            order.expired = event["expired"]
        elif event["status"] != order.set_status:
            order.set_status = None

    def _told(self, order: Kept) -> Said:
        return {**({"reference": order.reference} if self.numbered else {}), "status": order.status, "total": order.said["total"]}

    def _shown(self, query: str) -> tuple[Fault | None, int, object]:
        asked = parse_qs(query, keep_blank_values=True, max_num_fields=50)
        with self._lock:
            self.looked.append(query)
            keys, refs = asked.get("key", []), asked.get("ref", [])
            shown = [
                self._order(key, order)
                for key, order in self.orders.items()
                if not self.filters or key in keys or (self.numbered and order.reference in refs)
            ]
            fault = self.blind.pop(0) if self.blind else None
        document = {"orders": shown}
        self.wrong += [problem.message for problem in LOOKUP.iter_errors(document)]
        return fault, 200, document

    def _order(self, key: str, order: Kept) -> Said:
        return {
            "key": key,
            **self._told(order),
            "set_status": order.set_status,
            "paid": order.paid,
            "addressed": "delivery_address" in order.said,
            "complete": True,
            "expired": order.expired,
            "order_number": order.said["order_number"],
            "placed_at": order.said["placed_at"],
            "item_ids": [item for line in order.said["lines"] for item in line["item_ids"]],
        }


def _address(said: Said | None) -> Address | None:
    return None if said is None else Address(**said)


@contextmanager
def serving(receiver: Receiver) -> Iterator[Receiver]:
    """Let a receiver listen on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece: two would wait for one another

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault, status, document = receiver.answer(self.command, self.path, Headers(dict(self.headers.items())), body)
            if fault is not None and fault.status is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            usual = json.dumps(document).encode()
            answer = usual if fault is None or fault.body is None else fault.body
            with suppress(ConnectionError):  # whoever asked may have had enough
                self.send_response(status if fault is None or fault.status is None else fault.status)
                for name, value in (fault.headers if fault else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815  – the library's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  – the library's name
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing: who broke off knows why."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
