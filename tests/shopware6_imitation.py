"""A small Shopware on a real socket: the Admin API as far as the writer uses it, with the answers and the traps of the real one."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from otto_import.writers.shopware6 import rights
from tests.shopware6_rules import MACHINES, STATES, Record, Store, Wrong, cents, state_id

ACCESS, SECRET = "SWIAOTTOIMPORTTEST", "the-secret-of-the-integration"
MERCHANT, MERCHANT_SECRET = "SWIATHEMERCHANTHIMSELF", "the-secret-of-the-merchant"
CHANNEL = "Laden"
_SECRETS: Final = {ACCESS: SECRET, MERCHANT: MERCHANT_SECRET}
_LIMIT: Final = 500
_UUID: Final = re.compile(r"[0-9a-f]{32}")
_TEXTS: Final = {"accessKey", "createdAt", "orderNumber", "campaignCode", "customerComment", "productNumber", "ean", "technicalName", "eventName"}


def _id(name: str) -> str:
    return name.encode().hex().ljust(32, "0")[:32]


def _named(name: str, **more: Any) -> Record:
    return {"id": _id(name), "name": None, "translated": {"name": name}, **more}


class Imitation:
    """Answer requests. `fault(number, method, path)` says what becomes of one: None, "before", "after", an HTTP status, or "html".

    Of the machines in `dead_ends` nothing leads out of `cancelled`, as a merchant may have it.
    """

    def __init__(self, *, old: bool = False, at_once: bool = False) -> None:
        self.store = Store(old=old, at_once=at_once)
        self.version = "6.4.1.1" if old else "6.5.7.3"
        self.fault: Callable[[int, str, str], str | int | None] = lambda number, method, path: None
        self.lock = threading.RLock()
        self.log: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self.forbidden: set[str] = set()
        self.payments = ["OTTO", "Rechnung"]
        self.currencies = ["EUR", "USD"]
        self.flows: list[Record] = []
        self.dead_ends: set[str] = set()
        self.url = ""
        self.integration: Record = {
            "id": _id("integration"),
            "accessKey": ACCESS,
            "admin": False,
            "aclRoles": [{"privileges": sorted(rights.NEEDED)}],
        }

    def tables(self, refs: Iterable[str]) -> Mapping[str, list[Record]]:
        """Give every table, of the orders only those asked for."""
        available = self.store.available()
        methods = {"paymentMethodId": _id("Rechnung"), "shippingMethodId": _id("Standard"), "countryId": _id("DE")}
        found: dict[str, list[Record]] = {
            "sales-channel": [_named(CHANNEL, **methods), _named("Headless", **methods)],
            "currency": [{"id": _id(code), "isoCode": code} for code in self.currencies],
            "country": [{"id": _id(code), "iso": code} for code in ("DE", "AT", "GB")],
            "salutation": [{"id": _id(key), "salutationKey": key} for key in ("mr", "mrs", "not_specified")],
            "payment-method": [_named(name) for name in self.payments],
            "shipping-method": [_named("Standard"), _named("Spedition")],
            "state-machine": [_machine(entity, {"cancelled"} if entity in self.dead_ends else set()) for entity in MACHINES],
            "product": [{**product, "availableStock": available[product["productNumber"]]} for product in self.store.products.values()],
            "integration": [self.integration],
            "order": [self._order(ref) for ref in refs],
        }
        return found if self.store.old else {**found, "flow": self.flows}

    def _order(self, ref: str) -> Record:
        order = self.store.orders[ref]
        rows = {entity: [self._stated(entity, row) for row in found.values()] for entity, found in order.rows.items()}
        for delivery in rows["order_delivery"]:
            delivery["positions"] = [row for row in rows["order_delivery_position"] if row.get("orderDeliveryId") == delivery["id"]]
        return {
            "createdAt": "2026-11-23 12:00:00",
            "campaignCode": None,
            "customerComment": None,
            **self._stated("order", order.order),
            "amountTotal": cents(order.order["price"]["totalPrice"]),
            "shippingTotal": cents(order.order["shippingCosts"]["totalPrice"]),
            "lineItems": sorted(rows["order_line_item"], key=lambda line: line.get("position", 0)),
            "addresses": rows["order_address"],
            "deliveries": rows["order_delivery"],
            "transactions": rows["order_transaction"],
            "orderCustomer": next(iter(rows["order_customer"]), None),
        }

    def _stated(self, entity: str, row: Record) -> Record:
        if entity not in MACHINES:
            return dict(row)
        return {**row, "stateMachineState": {"technicalName": STATES[row["stateId"]][1], "id": row["stateId"]}}

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: Any) -> Any:
        path = urlsplit(target).path
        if path == "/api/oauth/token":
            return self._token(body)
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise Wrong(401, "9")
        if path == "/api/_info/version":
            return {"version": self.version}
        parts = path.removeprefix("/api/").split("/")
        if parts[0] == "search":
            return self._search(parts[1], body)
        if (method, parts) == ("POST", ["order"]):
            made = self.store.create(body)
            return {"data": {**made.order, "amountTotal": cents(made.order["price"]["totalPrice"])}} if "_response" in target else None
        return self._act(method, parts, headers.get("sw-version-id"), body)

    def _act(self, method: str, parts: list[str], version: str | None, body: Any) -> Any:
        match (method, *parts):
            case ("POST", "_action", "sync"):
                self.store.sync(body, version)
                return {"data": {}}
            case ("POST", "_action", "version", "order", ref):
                return {"versionId": self.store.draft(ref)}
            case ("POST", "_action", "version", "merge", "order", draft):
                self.store.merge(draft)
            case ("POST", "_action", "version", draft, "order", _):
                self.store.drafts.pop(draft, None)
            case ("POST", "_action", "order", _, "recalculate"):
                self.store.recalculate(version)
            case ("POST", "_action", entity, record, "state", action):
                self.store.move(entity, record, action, mail=body.get("sendMail", True) is not False)
                return {"id": record}
            case _:
                self._remove(method, parts, version, body)
        return None

    def _remove(self, method: str, parts: list[str], version: str | None, body: Any) -> None:
        match (method, *parts):
            case ("DELETE", "order-line-item", line):
                self.store.delete_line(line, version or "")
            case ("DELETE", "order", ref):
                del self.store.orders[ref]
            case ("PATCH", "order", ref):
                self.store.sync({"order": {"entity": "order", "action": "upsert", "payload": [{"id": ref, **body}]}}, None)
            case _:
                raise Wrong(404, "0")

    def _token(self, wish: Record) -> Record:
        if wish["client_id"] not in _SECRETS and not wish["client_id"].startswith("SWIA"):
            raise Wrong(500, "FRAMEWORK__API_INVALID_ACCESS_KEY")
        if _SECRETS.get(wish["client_id"]) != wish["client_secret"]:
            raise Wrong(401, "4")
        token = uuid4().hex
        self.tokens.add(token)
        return {"token_type": "Bearer", "expires_in": 600, "access_token": token}

    def _asked_for(self, criteria: Record) -> list[str]:
        """Give the orders that a question by id can mean, so that not every order of the shop is written out for each; else all."""
        ids = [each["value"] for each in criteria.get("filter", []) if each.get("field") == "id" and each["type"].startswith("equals")]
        named = [ref for value in ids for ref in (value if isinstance(value, list) else [value])]
        return [ref for ref in self.store.orders if ref in named] if named and all(map(_UUID.fullmatch, named)) else [*self.store.orders]

    def _search(self, entity: str, criteria: Record) -> Record:
        tables = self.tables(self._asked_for(criteria) if entity == "order" else ())
        if entity not in tables:
            raise Wrong(404, "0")
        if entity in self.forbidden:
            raise Wrong(403, "FRAMEWORK__MISSING_PRIVILEGE_ERROR")
        limit, page = criteria.get("limit", 100), criteria.get("page", 1)
        if limit > _LIMIT:
            raise Wrong(400, "FRAMEWORK__QUERY_LIMIT_EXCEEDED")
        hits = [record for record in tables[entity] if all(_meets(record, each) for each in criteria.get("filter", []))]
        return {"total": len(hits), "data": hits[(page - 1) * limit : page * limit], "aggregations": []}


def _machine(entity: str, dead_ends: set[str]) -> Record:
    def state(name: str) -> Record:
        return {"id": state_id(entity, name), "technicalName": name, "name": None, "translated": {"name": name.title()}}

    transitions = [
        {"actionName": action, "fromStateMachineState": state(start), "toStateMachineState": state(end)}
        for start, steps in MACHINES[entity].items()
        if start not in dead_ends
        for action, end in steps.items()
    ]
    return {"id": _id(entity), "technicalName": f"{entity}.state", "states": [state(name) for name in MACHINES[entity]], "transitions": transitions}


def _meets(record: Record, wanted: Record) -> bool:
    if wanted["type"] == "multi":
        return any(_meets(record, each) for each in wanted["queries"])
    if wanted["type"] == "not":
        return not any(_meets(record, each) for each in wanted["queries"])
    name = wanted["field"]
    if name == "id":
        values = wanted["value"] if isinstance(wanted["value"], list) else [wanted["value"]]
        if not all(_UUID.fullmatch(value) for value in values):
            raise Wrong(400, "FRAMEWORK__INVALID_UUID")
    elif name not in _TEXTS and not name.startswith("customFields.") and name != "active":
        raise Wrong(400, "FRAMEWORK__UNMAPPED_FIELD")
    held: Any = record.get(name)
    if name.startswith("customFields."):
        fields = record.get("customFields")
        held = fields.get(name.removeprefix("customFields.")) if isinstance(fields, dict) else None
    return _compared(wanted, held)


def _compared(wanted: Record, held: Any) -> bool:
    """Compare as the database does: without regard to case."""
    if held is None or wanted.get("value", "") is None:
        return held is wanted.get("value", "")
    text = str(held).casefold()
    match wanted["type"]:
        case "equalsAny":
            return text in {str(value).casefold() for value in wanted["value"]}
        case "equals":
            return text == str(wanted["value"]).casefold()
        case "contains":
            return str(wanted["value"]).casefold() in text
        case "range":
            return str(wanted["parameters"]["gte"]) <= str(held)
        case "prefix":
            return text.startswith(str(wanted["value"]).casefold())
        case _:
            raise Wrong(400, "FRAMEWORK__INVALID_FILTER_QUERY")


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer in one piece, or each costs the wait for an acknowledgement
    shop: Imitation

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        with self.shop.lock:
            self.shop.log.append((self.command, urlsplit(self.path).path))
            fault = self.shop.fault(len(self.shop.log), self.command, urlsplit(self.path).path)
            if fault == "before":
                self.close_connection = True
                return
            if isinstance(fault, int):
                self._send(fault, b'{"errors":[{"code":"0"}]}')
                return
            try:
                found, status = self.shop.answer(self.command, self.path, dict(self.headers.items()), body), 200
            except Wrong as wrong:
                found, status = {"errors": [{"status": str(wrong.status), "code": wrong.code, "detail": "Zoë wohnt hier"}]}, wrong.status
        if fault == "after":
            self.close_connection = True
            return
        if fault == "html":
            self._send(200, b"<html>Wartung</html>")
            return
        self._send(status if found is not None else 204, b"" if found is None else json.dumps(found, default=_number).encode())

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815  – http.server wants these names

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)


@contextmanager
def running(*, old: bool = False, at_once: bool = False) -> Iterator[Imitation]:
    """Run an imitation on a free port of the loopback."""
    shop = Imitation(old=old, at_once=at_once)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"shop": shop}))
    server.daemon_threads = True
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
