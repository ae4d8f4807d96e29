"""The merchant at a PrestaShop, real or imitated: looks, moves and deletes past the writer, by the shop's own interface."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from otto_import.orders import Address
from otto_import.plan import Role
from otto_import.testing import Look, samples
from otto_import.writers.base import WriterContext
from otto_import.writers.prestashop import plugin
from otto_import.writers.prestashop.note import read_note
from otto_import.writers.prestashop.settings import PrestashopSettings
from otto_import.writers.prestashop.webservice import element
from otto_import.writers.prestashop.writer import PrestashopWriter

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
PLACEHOLDER = "OTTO (address follows)"
ROLES = {Role.ANNOUNCED: "14", Role.PROCESSABLE: "15", Role.SENT: "16", Role.RETURNED: "17", Role.CANCELLED: "6"}
_HOUSES = ("4½ b", "1")
_FULL = "full"


class Merchant:
    """Speak to the shop as its owner does."""

    def __init__(self, url: str, key: str, roles: Mapping[Role, str] = ROLES) -> None:
        self.url, self.key, self.roles = url, key, roles
        self.http = httpx.Client(base_url=f"{url}/api", auth=(key, ""), timeout=60, trust_env=False, params={"output_format": "JSON"})
        self._writers: list[PrestashopWriter] = []

    def writer(self, now: datetime = NOW, **settings: Any) -> PrestashopWriter:
        """Open the writer on this shop; it is closed with the merchant at the latest."""
        context = {name: settings.pop(name) for name in ("buyer_email", "concurrency", "read_only", "folder") if name in settings}
        table = {"url": self.url, "key": self.key, **settings}
        told = WriterContext(**{"folder": Path(), "concurrency": 4, **context}, roles=self.roles, now=lambda: now)
        self._writers.append(plugin.open(PrestashopSettings.model_validate(table), told))
        return self._writers[-1]

    def close(self) -> None:
        self.http.close()
        for writer in self._writers:
            writer.close()

    def rows(self, resource: str, display: str = _FULL, **filters: str) -> list[dict[str, Any]]:
        asked = {"display": display, **{f"filter[{name}]": f"[{value}|{value}]" for name, value in filters.items()}}
        answer = self.http.get(f"/{resource}", params={"output_format": "JSON", **asked})
        answer.raise_for_status()
        found = answer.json()
        return list(found[resource]) if found else []

    def send(self, method: str, path: str, name: str, fields: Mapping[str, object]) -> dict[str, Any]:
        answer = self.http.request(method, f"/{path}", content=f"<prestashop>{element(name, fields)}</prestashop>".encode())
        answer.raise_for_status()
        return dict(answer.json()[name])

    def order(self, ref: str) -> dict[str, Any]:
        return self.rows("orders", id=ref)[0]

    def move(self, ref: str, status: str) -> None:
        self.send("POST", "order_histories", "order_history", {"id_order": ref, "id_order_state": status})

    def write_note(self, ref: str, text: str) -> None:
        self.send("PATCH", f"orders/{ref}", "order", {"id": ref, "note": text})

    def delete(self, ref: str) -> None:
        self.http.delete(f"/orders/{ref}").raise_for_status()

    def traces(self) -> object:
        return {each: len(self.rows(each, "[id]")) for each in ("orders", "carts", "customers", "addresses", "order_histories", "products")}

    def stocked(self, articles: Iterable[tuple[str, str, Decimal, Decimal]]) -> None:
        """Have articles (SKU, name, price, VAT) in stock, a thousand of each."""
        there = {row["reference"] for row in self.rows("products", "[id,reference]")}
        groups = self._groups()
        for sku, name, price, vat in articles:
            if sku not in there:
                fields = {
                    "reference": sku, "name": {"language": name}, "price": f"{price * 100 / (100 + vat):.6f}", "id_tax_rules_group": groups[vat],
                    "active": 1, "state": 1, "link_rewrite": {"language": "p"}, "product_type": "standard", "id_shop_default": 1, "minimal_quantity": 1,
                }  # fmt: skip
                body = element("product", fields).replace("<language>", '<language id="1">')
                answer = self.http.post("/products", content=f"<prestashop>{body}</prestashop>".encode())
                answer.raise_for_status()
                shelf = self.rows("stock_availables", "[id]", id_product=str(answer.json()["product"]["id"]))[0]
                self.send("PATCH", f"stock_availables/{shelf['id']}", "stock_available", {"id": shelf["id"], "quantity": 1000})

    def stock(self) -> dict[str, int]:
        """Give the units of all articles by SKU."""
        products = {str(row["id"]): row["reference"] for row in self.rows("products", "[id,reference]")}
        combinations = {str(row["id"]): row["reference"] for row in self.rows("combinations", "[id,reference]")}
        found: dict[str, int] = {}
        for row in self.rows("stock_availables", "[id_product,id_product_attribute,quantity]"):
            variant = str(row["id_product_attribute"])
            found[combinations.get(variant, "") if variant != "0" else products.get(str(row["id_product"]), "")] = int(row["quantity"])
        return found

    def details(self, ref: str) -> list[dict[str, Any]]:
        return sorted(self.rows("order_details", id_order=ref), key=lambda row: int(row["id"]))

    def look(self, ref: str, before: Mapping[str, int]) -> Look:
        """Look into an order; what it holds is what is missing of its articles since `before`."""
        order = self.order(ref)
        note = read_note(order["note"])
        rows = self.details(ref)
        now = self.stock()
        family = {name for row in rows if (found := re.match(r"SKU-\d+-", row["product_reference"])) for name in now if name.startswith(found[0])}
        shipping = Decimal(order["total_shipping"])
        return Look(
            lines=tuple(
                (row["product_reference"], row["product_name"], int(row["product_quantity"]), _cents(row["unit_price_tax_incl"])) for row in rows
            ),
            shipping=(("shipping", _cents(str(shipping))),) if shipping else (),
            delivery=self._address(order["id_address_delivery"]),
            invoice=self._address(order["id_address_invoice"]),
            paid_at=datetime.fromisoformat(note.paid_at) if note and note.paid_at else None,
            note="\n".join(note.remarks) if note else "",
            stock={sku: before[sku] - now[sku] for sku in family},
        )

    def _address(self, number: str) -> Address | None:
        """Read an address back; the house number is known to these tests alone, since the shop keeps one line for the street."""
        found = self.rows("addresses", id=number)[0]
        if found["address1"] == PLACEHOLDER:
            return None
        house = next((known for known in _HOUSES if found["address1"].endswith(f" {known}")), "")
        street = found["address1"].removesuffix(f" {house}")
        country = self.rows("countries", id=found["id_country"])[0]["iso_code"]
        return Address(
            found["firstname"], found["lastname"], street, house, found["postcode"], found["city"], country, found["other"], found["address2"],
            found["phone"],
        )  # fmt: skip

    def _groups(self) -> dict[Decimal, str]:
        germany = str(self.rows("countries", "[id]", iso_code="DE")[0]["id"])
        rates = {str(row["id"]): Decimal(row["rate"]) for row in self.rows("taxes", "[id,rate]")}
        found: dict[Decimal, str] = {}
        for row in self.rows("tax_rules", "[id_tax_rules_group,id_tax]", id_country=germany):
            found.setdefault(rates[str(row["id_tax"])].quantize(Decimal(1)), str(row["id_tax_rules_group"]))
        return found


def samples_articles() -> list[tuple[str, str, Decimal, Decimal]]:
    """Name the articles of the sample orders that the contract uses."""
    lines = samples.order().lines
    return [(line.sku.replace("-1-", f"-{number}-"), line.title, line.price, line.vat_rate) for number in (*range(1, 31), 501) for line in lines]


def _cents(amount: str) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))
