"""The merchant at a WooCommerce shop, real or imitated: looks, moves and deletes past the writer, by the shop's own interface."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from otto_import.orders import Address
from otto_import.plan import Changed, Create, Finding, OrderKey, Outcome, Role, ShopOrder, ShopStatus, Update, Writable
from otto_import.testing import Look
from otto_import.writers.base import Writer, WriterContext, never
from otto_import.writers.woocommerce.plugin import plugin
from otto_import.writers.woocommerce.settings import WooCommerceSettings
from otto_import.writers.woocommerce.writer import WooCommerceWriter

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
ROLES = {Role.ANNOUNCED: "on-hold", Role.PROCESSABLE: "processing", Role.SENT: "completed", Role.CANCELLED: "cancelled"}
PLACEHOLDER = "OTTO (address follows)"
_HOUSES = ("4½ b", "1")


class Merchant:
    """Speak to the shop as its owner does."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self.url, self.key, self.secret = url, key, secret
        # It speaks plain http on the loopback; to load certificates would take longer than most tests.
        self.http = httpx.Client(base_url=f"{url}/wp-json/wc/v3", auth=(key, secret), timeout=60, trust_env=False, verify=False)
        self._writers: list[WooCommerceWriter] = []

    def writer(self, now: datetime = NOW, **settings: Any) -> WooCommerceWriter:
        """Open the writer on this shop."""
        given: dict[str, Any] = {"folder": Path(), "roles": ROLES, "now": lambda: now, "concurrency": 4}
        given |= {name: settings.pop(name) for name in ("buyer_email", "concurrency", "read_only", "folder") if name in settings}
        table = {"url": self.url, "consumer_key": self.key, "consumer_secret": self.secret, **settings}
        self._writers.append(plugin.open(WooCommerceSettings.model_validate(table), WriterContext(**given)))
        return self._writers[-1]

    def close(self) -> None:
        """Close every writer opened here, too."""
        for writer in self._writers:
            writer.close()
        self.http.close()

    def ask(self, path: str, **params: object) -> Any:
        answer = self.http.get(path, params={name: str(value) for name, value in params.items()})
        answer.raise_for_status()
        return answer.json(parse_float=Decimal)

    def put(self, path: str, document: Mapping[str, Any]) -> Any:
        answer = self.http.put(path, json=document)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, document: Mapping[str, Any]) -> Any:
        answer = self.http.post(path, json=document)
        answer.raise_for_status()
        return answer.json()

    def order(self, ref: str) -> Any:
        return self.ask(f"/orders/{ref}")

    def move(self, ref: str, status: str) -> None:
        self.put(f"/orders/{ref}", {"status": status})

    def delete(self, ref: str) -> None:
        """Put an order into the bin, as the list of orders does; what it held stays taken."""
        self.http.delete(f"/orders/{ref}").raise_for_status()

    def stocked(self, articles: Iterable[tuple[str, str, str]]) -> None:
        """Have articles (SKU, price, tax class) in stock, a thousand of each."""
        wanted = list(articles)
        there = set[str]()
        for start in range(0, len(wanted), 50):
            there |= {each["sku"] for each in self.ask("/products", sku=",".join(sku for sku, _, _ in wanted[start : start + 50]), per_page=100)}
        new = [
            {"name": sku, "type": "simple", "sku": sku, "regular_price": price, "tax_class": tax, "manage_stock": True, "stock_quantity": 1000}
            for sku, price, tax in wanted
            if sku not in there
        ]
        for start in range(0, len(new), 50):
            self.post("/products/batch", {"create": new[start : start + 50]})

    def stock(self, sku: str) -> int:
        return int(self.ask("/products", sku=sku)[0]["stock_quantity"])

    def traces(self) -> object:
        """Count orders and products, drafts included."""
        answers = [self.http.get(path, params={"per_page": "1", **more}) for path, more in (("/products", {}), ("/orders", {}), ("/orders", {"status": "checkout-draft"}))]  # fmt: skip
        return [answer.headers["x-wp-total"] for answer in answers]

    def look(self, ref: str) -> Look:
        order = self.order(ref)
        fields = {each["key"]: each["value"] for each in order["meta_data"]}
        refunds = self.ask(f"/orders/{ref}/refunds")
        back = [(int(_field(part, "_refunded_item_id")), -part["quantity"], -_gross(part)) for refund in refunds for part in _parts(refund)]
        lines = []
        for part in order["line_items"]:
            quantity = part["quantity"] - sum(units for number, units, _ in back if number == part["id"])
            amount = _gross(part) - sum(money for number, _, money in back if number == part["id"])
            if quantity:
                lines.append((part["sku"], part["name"], quantity, amount / quantity))
        return Look(
            lines=tuple(lines),
            shipping=tuple((part["method_title"], _gross(part)) for part in order["shipping_lines"]),
            delivery=_address(order["shipping"], fields.get("_otto_shipping_salutation", "")),
            invoice=_address(order["billing"], fields.get("_otto_billing_salutation", "")),
            paid_at=datetime.fromisoformat(fields["_otto_paid_at"]) if order["date_paid"] and "_otto_paid_at" in fields else None,
            note="\n".join(reversed(list(self.notes(ref)))),
            stock={part["sku"]: int(_field(part, "_reduced_stock") or 0) for part in order["line_items"]},
        )

    def notes(self, ref: str) -> Iterator[str]:
        """Give the notes that the shop did not write itself, the newest first."""
        for each in self.ask(f"/orders/{ref}/notes"):
            text = html.unescape(each["note"])
            if not text.startswith(("Order status ", "Email ", "Stock levels ", "Adjusted stock", "Item #", "Refund", "Added line", "Deleted ")):
                yield text


class Renamed:
    """Put a prefix before every key, so that each test has orders of its own in a shop that is never empty."""

    def __init__(self, writer: Writer, prefix: str) -> None:
        self._writer, self._prefix = writer, prefix

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        hits = self._writer.find([self._in(key) for key in keys])
        return {self._out(key): [self._seen(order) for order in orders] for key, orders in hits.items()}

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        return {ref: self._seen(order) for ref, order in self._writer.read(refs).items() if self._ours(order)}

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        renamed: list[Create | Update] = [replace(action, key=self._in(action.key)) for action in actions]
        for outcome in self._writer.write(renamed, stop):
            named = replace(outcome, key=self._out(outcome.key))
            yield replace(named, found=self._seen(named.found)) if isinstance(named, Changed) and named.found else named

    def statuses(self) -> Sequence[ShopStatus]:
        return self._writer.statuses()

    def check(self) -> Iterable[Finding]:
        return self._writer.check()

    def close(self) -> None:
        self._writer.close()

    def _in(self, key: OrderKey) -> OrderKey:
        return OrderKey(self._prefix + key)

    def _out(self, key: OrderKey) -> OrderKey:
        return OrderKey(key.removeprefix(self._prefix))

    def _ours(self, order: ShopOrder) -> bool:
        return order.key is not None and order.key.startswith(self._prefix)

    def _seen(self, order: ShopOrder) -> ShopOrder:
        return replace(order, key=order.key and self._out(order.key))


def samples_articles() -> list[tuple[str, str, str]]:
    """Name the articles of the sample orders that the contract uses."""
    numbers = [*range(1, 31), 501]
    return [
        (f"SKU-{number}-{name}", price, tax) for number in numbers for name, price, tax in (("lamp", "19.99", ""), ("book", "24.00", "reduced-rate"))
    ]


def _parts(refund: Mapping[str, Any]) -> list[Any]:
    return [*refund["line_items"]]


def _gross(part: Mapping[str, Any]) -> Decimal:
    return Decimal(part["total"]) + Decimal(part["total_tax"])


def _field(part: Mapping[str, Any], name: str) -> str:
    return next((str(each["value"]) for each in part["meta_data"] if each["key"] == name), "")


def _address(found: Mapping[str, str], salutation: str) -> Address | None:
    """Read an address back; the house number is known to these tests alone, since the shop keeps one line for the street."""
    if found["last_name"] == PLACEHOLDER:
        return None
    house = next((known for known in _HOUSES if found["address_1"].endswith(f" {known}")), "")
    street = found["address_1"].removesuffix(f" {house}")
    return Address(
        found["first_name"], found["last_name"], street, house, found["postcode"], found["city"], found["country"], salutation, found["address_2"]
    )
