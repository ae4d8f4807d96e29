"""A small imitation of WooCommerce on a real socket: the part of `wc/v3` that the writer speaks, and what may go wrong with it."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.woocommerce_merchant import Merchant
from tests.woocommerce_state import CENT, KINDS, STATUSES, Fatal, Product, Shop, Wrong, picked

KEY, SECRET = "ck_" + "a" * 40, "cs_" + "a" * 40
READER, NOBODY = "ck_" + "b" * 40, "ck_" + "c" * 40
BASE = "/wp-json/wc/v3"
_PAGE = "<html><body>The site is down for maintenance</body></html>"

Fault = Callable[[str, str, int], str | None]
"""Look at method, path and number of a request; "before" and "after" cut the connection before or after the deed, "500", "html", "429" answer so."""


class Imitation:
    """Serve a shop until closed; `fault` decides what goes wrong, `log` holds what was asked."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.fault: Fault = lambda method, path, number: None
        self.log: list[tuple[str, str]] = []
        self.slow = 0.0
        self.lock = threading.Lock()
        imitation = self

        class Asked(_Asked):
            at = imitation

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def merchant(self, key: str = KEY) -> Merchant:
        return Merchant(self.url, key, SECRET)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def imitated(shop: Shop) -> Iterator[Imitation]:
    imitation = Imitation(shop)
    try:
        yield imitation
    finally:
        imitation.close()


class _Asked(BaseHTTPRequestHandler):
    at: Imitation
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  – the names that the server calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  – the base class's name
        """Say nothing."""

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = parts.path.removeprefix(BASE)
        with self.at.lock:
            self.at.log.append((self.command, path))
            fault = self.at.fault(self.command, path, len(self.at.log))
        if fault == "before":
            self.close_connection = True
            return
        if fault in {"500", "429", "html"}:
            self._send(200 if fault == "html" else int(fault), _PAGE)
            return
        if self.at.slow:
            time.sleep(self.at.slow)
        with self.at.lock:
            status, document, headers = self._done(path, dict(parse_qsl(parts.query)), json.loads(body) if body else {})
        if fault == "after":
            self.close_connection = True
            return
        self._send(status, json.dumps(document, default=str), headers)

    def _send(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        raw = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(raw)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def _done(self, path: str, asked: dict[str, str], told: Any) -> tuple[int, Any, dict[str, str]]:
        try:
            self._allowed()
            return self._route(path, asked, told)
        except Wrong as wrong:
            return wrong.status, _error(wrong), {}
        except Fatal:
            return 500, {"code": "internal_server_error", "message": "", "data": {"status": 500}}, {}

    def _allowed(self) -> None:
        user, _, password = base64.b64decode((self.headers.get("Authorization") or "").removeprefix("Basic ")).decode().partition(":")
        if user not in {KEY, READER, NOBODY}:
            code = "woocommerce_rest_cannot_view"
            raise Wrong(code, 401)
        if password != SECRET or (user == READER and self.command != "GET"):
            code = "woocommerce_rest_authentication_error"
            raise Wrong(code, 401)
        if user == NOBODY:
            code = "woocommerce_rest_cannot_view"
            raise Wrong(code, 403)

    def _route(self, path: str, asked: dict[str, str], told: Any) -> tuple[int, Any, dict[str, str]]:  # noqa: C901, PLR0912  – a table of routes
        shop = self.at.shop
        match self.command, path.strip("/").split("/"):
            case "GET", ["orders"]:
                return self._paged([_order(order, shop) for order in picked(shop.orders.values(), asked, old=shop.old)], asked)
            case "POST", ["orders"]:
                return 201, _order(shop.create(told, checked=True), shop), {}
            case "POST", ["orders", "batch"]:
                return 200, _batch(told, shop), {}
            case method, ["orders", number] if number.isdecimal():
                return self._one(method, int(number), asked, told)
            case method, ["orders", number, "refunds"]:
                order = _found(shop, int(number))
                if method == "POST":
                    return 201, shop.refund(order, told), {}
                return 200, [{"id": one["id"], **{kind: one[kind] for kind in KINDS}} for one in reversed(order["refunds"])], {}
            case method, ["orders", number, "notes"]:
                order = _found(shop, int(number))
                if method == "POST":
                    order["notes"].append(told["note"].replace("&", "&amp;"))
                return 200 if method == "GET" else 201, [{"note": text, "author": "WooCommerce"} for text in reversed(order["notes"])], {}
            case "GET", ["products"]:
                return self._paged([_product(each, old=shop.old) for each in _products(shop, asked)], asked)
            case "GET", ["reports", "orders", "totals"]:
                return 200, [{"slug": slug, "name": name, "total": 0} for slug, name in STATUSES.items()], {}
            case "GET", ["taxes"]:
                return 200, [{"id": n, "country": "DE", "rate": f"{rate}.0000", "class": name or "standard"} for n, (name, rate) in enumerate(shop.rates.items(), 1)], {}  # fmt: skip
            case "GET", ["system_status"]:
                return 200, {"environment": {"version": "8.9.3" if shop.old else "11.0.1"}}, {}
            case "GET", ["settings", group]:
                return 200, [{"id": name, "value": value} for name, value in {**_SETTINGS.get(group, {}), **shop.settings}.items()], {}
            case _:
                code = "rest_no_route"
                raise Wrong(code, 404)

    def _one(self, method: str, number: int, asked: dict[str, str], told: Any) -> tuple[int, Any, dict[str, str]]:
        shop = self.at.shop
        order = _found(shop, number)
        if method == "PUT":
            shop.change(order, told, checked=True)
        elif method == "DELETE" and asked.get("force") == "true":
            del shop.orders[number]
        elif method == "DELETE":
            order["status"] = "trash"
        return 200, _order(order, shop), {}

    def _paged(self, rows: list[Any], asked: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        size, page = int(asked.get("per_page", "10")), int(asked.get("page", "1"))
        if size > 100:
            code = "rest_invalid_param"
            raise Wrong(code)
        shown = rows[(page - 1) * size : page * size]
        if "_fields" in asked:
            names = asked["_fields"].split(",")
            shown = [{name: row[name] for name in names if name in row} for row in shown]
        return 200, shown, {"X-WP-Total": str(len(rows))}


_SETTINGS: dict[str, dict[str, str]] = {
    "general": {"woocommerce_currency": "EUR", "woocommerce_calc_taxes": "yes", "woocommerce_price_num_decimals": "2"},
    "products": {"woocommerce_manage_stock": "yes"},
}


def _error(wrong: Wrong) -> dict[str, Any]:
    return {"code": wrong.code, "message": "Zoë, nobody may read this", "data": {"status": wrong.status}}


def _batch(told: Mapping[str, Any], shop: Shop) -> Any:
    if sum(len(told.get(name, ())) for name in ("create", "update", "delete")) > 100:
        code = "woocommerce_rest_request_entity_too_large"
        raise Wrong(code, 413)
    answers: dict[str, list[Any]] = {}
    for name in ("create", "update"):
        for each in told.get(name, ()):
            try:
                order = shop.create(each, checked=False) if name == "create" else shop.change(_found(shop, each["id"]), each, checked=False)
                answer = _order(order, shop)
            except Wrong as wrong:
                answer = {"id": each.get("id", 0), "error": _error(wrong)}
            answers.setdefault(name, []).append(answer)
    return answers or []


def _found(shop: Shop, number: int) -> dict[str, Any]:
    if number not in shop.orders:
        code = "woocommerce_rest_shop_order_invalid_id"
        raise Wrong(code, 404)
    return shop.orders[number]


def _order(order: Mapping[str, Any], shop: Shop) -> dict[str, Any]:
    hidden = {"made", "reduced", "notes", *KINDS}
    shown: dict[str, Any] = {name: value for name, value in order.items() if name not in hidden}
    shown["total"], shown["date_paid_gmt"] = str(shop.total(order)), order["date_paid"]
    shown["refunds"] = [{"id": one["id"], "reason": one["reason"], "total": f"-{one['amount']}"} for one in order["refunds"]]
    for kind in KINDS:
        shown[kind] = [_line(line) for line in order[kind]]
    rates = {line["rate_id"] for kind in KINDS for line in order[kind]} - {0}
    shown["tax_lines"] = [{"rate_id": n, "rate_percent": list(shop.rates.values())[n - 1]} for n in sorted(rates)] if shop.taxes else []
    return shown


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in line.items() if name not in {"product", "rate_id"}}
    taxes = [{"id": line["rate_id"], "total": str(line["total_tax"])}] if line["rate_id"] else []
    return {**shown, "total": str(Decimal(line["total"]).quantize(CENT, ROUND_HALF_UP)), "total_tax": str(line["total_tax"]), "taxes": taxes}


def _products(shop: Shop, asked: Mapping[str, str]) -> list[Product]:
    found = list(shop.products.values())
    if "sku" in asked:
        names = {each.strip().lower() for each in (asked["sku"], *re.split(",", asked["sku"]))}
        found = [each for each in found if each.sku.lower() in names]
    if "global_unique_id" in asked and not shop.old:
        found = [each for each in found if each.ean in asked["global_unique_id"].split(",")]
    return found


def _product(product: Product, *, old: bool) -> dict[str, Any]:
    shown = {"id": product.id, "sku": product.sku, "type": product.type, "tax_class": product.tax_class, "stock_quantity": product.stock}
    return shown if old else {**shown, "global_unique_id": product.ean}
