"""What the imitated WooCommerce shop keeps and does: taxes, statuses, stock and mails, with the traps of the real one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

CENT = Decimal("0.01")
TAKING = frozenset({"processing", "on-hold", "completed"})
GIVING_BACK = frozenset({"pending", "cancelled", "failed"})
STATUSES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}
MAILING = frozenset(
    {("pending", "processing"), ("failed", "processing"), ("cancelled", "processing"), ("on-hold", "processing"), ("pending", "on-hold")}
    | {("failed", "on-hold"), ("cancelled", "on-hold"), ("processing", "cancelled"), ("on-hold", "cancelled")}
)
KINDS = ("line_items", "shipping_lines", "fee_lines")
_NULL_REMOVES = {"line_items": "product_id", "shipping_lines": "method_id", "fee_lines": "name"}


class Fatal(Exception):
    """Stand for what ends in an answer 500."""


class Wrong(Exception):
    """Refuse with the shop's code and status."""

    def __init__(self, code: str, status: int = 400) -> None:
        self.code, self.status = code, status
        super().__init__(code)


@dataclass
class Product:
    """Hold one article or variant."""

    id: int
    sku: str
    tax_class: str = ""
    stock: int = 1000
    ean: str = ""
    type: str = "simple"
    name: str = ""


@dataclass
class Shop:
    """Hold a shop; `old` is one from before 9.9, `rates` the percentage of each tax class, `taxes` whether it reckons them."""

    old: bool = False
    taxes: bool = True
    rates: dict[str, int] = field(default_factory=lambda: {"": 19, "reduced-rate": 7, "zero-rate": 0})
    settings: dict[str, str] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    mails: list[tuple[str, str]] = field(default_factory=list)
    ids: count[int] = field(default_factory=lambda: count(10))

    def add(self, sku: str, **traits: Any) -> Product:
        product = Product(next(self.ids), sku, **traits)
        self.products[product.id] = product
        return product

    def stock(self, sku: str) -> int:
        return next(each.stock for each in self.products.values() if each.sku == sku)

    # --- orders -----------------------------------------------------------------------------------------------------------------------------

    def create(self, told: Mapping[str, Any], *, checked: bool) -> dict[str, Any]:
        status = told.get("status", "pending")
        self._check(told, checked=checked)
        order: dict[str, Any] = {
            "id": next(self.ids), "status": "pending", "currency": told.get("currency", "EUR"), "date_paid": None, "made": datetime.now(UTC),
            "created_via": "rest-api" if self.old else str(told.get("created_via", "rest-api")).partition("<")[0][:100],
            "transaction_id": told.get("transaction_id", ""), "customer_note": told.get("customer_note", ""),
            "billing": {"email": "", "address_2": "", **_filled(told.get("billing"))}, "shipping": {"address_2": "", **_filled(told.get("shipping"))},
            "meta_data": [], "refunds": [], "notes": [], "reduced": False, **{kind: [] for kind in KINDS},
        }  # fmt: skip
        self._fields(order, told)
        self._lines(order, told)
        self.orders[order["id"]] = order
        self.move(order, status if status in STATUSES else "pending")
        return order

    def change(self, order: dict[str, Any], told: Mapping[str, Any], *, checked: bool) -> dict[str, Any]:
        self._check(told, checked=checked)
        for name in ("billing", "shipping"):
            order[name].update(_filled(told.get(name)))
        self._fields(order, told)
        self._lines(order, told)
        if told.get("status"):
            self.move(order, told["status"] if told["status"] in STATUSES else "pending")
        return order

    def move(self, order: dict[str, Any], status: str) -> None:
        before, order["status"] = order["status"], status
        if before == status:
            return
        order["notes"].append(f"Order status changed from {before} to {status}.")
        if status in {"processing", "completed"} and order["date_paid"] is None:
            order["date_paid"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        if status in TAKING and not order["reduced"]:
            order["reduced"] = True
            for line in order["line_items"]:
                self._hold(line, line["quantity"])
        elif status in GIVING_BACK and order["reduced"]:
            order["reduced"] = False
            for line in order["line_items"]:
                self._hold(line, 0)
        left = self.total(order) - sum((one["amount"] for one in order["refunds"]), Decimal(0))
        if status == "refunded" and left:
            order["refunds"].append({"id": next(self.ids), "reason": "Order fully refunded.", "amount": left, **{kind: [] for kind in KINDS}})
        if (before, status) in MAILING or status in {"completed", "failed"}:
            self._mail(order, status)

    def refund(self, order: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
        if told.get("api_refund", True):
            raise Fatal
        parts: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
        amount = Decimal(0)
        for each in told["line_items"]:
            kind, line = next((kind, line) for kind in KINDS for line in order[kind] if line["id"] == each["id"])
            net, own_tax = (
                Decimal(str(each["refund_total"])),
                sum((Decimal(str(one["refund_total"])) for one in each.get("refund_tax", ())), Decimal(0)),
            )
            amount += net + own_tax
            meta = [{"id": next(self.ids), "key": "_refunded_item_id", "value": str(line["id"])}]
            parts[kind].append(
                {"id": next(self.ids), "quantity": -each["quantity"], "total": str(-net), "total_tax": str(-own_tax), "meta_data": meta}
            )
            if kind == "line_items" and told.get("api_restock", True):
                held = int(value(line, "_reduced_stock") or 0)
                if held:
                    set_value(line, "_reduced_stock", str(held - each["quantity"]), next(self.ids))
                if line["product_id"]:
                    self.products[line["product"]].stock += each["quantity"]
        left = self.total(order) - sum((one["amount"] for one in order["refunds"]), Decimal(0))
        if amount > left:
            raise Fatal
        order["refunds"].append({"id": next(self.ids), "reason": told.get("reason", ""), "amount": amount, **parts})
        if amount == left:
            order["status"] = "refunded"
        self._mail(order, "refund")
        return {"id": order["refunds"][-1]["id"], "amount": str(amount)}

    def total(self, order: Mapping[str, Any]) -> Decimal:
        return sum((part["total"].quantize(CENT, ROUND_HALF_UP) + part["total_tax"] for kind in KINDS for part in order[kind]), Decimal("0.00"))

    # --- what changes bring -----------------------------------------------------------------------------------------------------------------

    def _check(self, told: Mapping[str, Any], *, checked: bool) -> None:
        """Refuse what the real one refuses; a batch is not looked at so closely."""
        if not checked:
            return
        if told.get("status") not in {None, *STATUSES, "auto-draft"} or (told.get("billing") or {}).get("email") in {"", " "}:
            code = "rest_invalid_param"
            raise Wrong(code)

    def _fields(self, order: dict[str, Any], told: Mapping[str, Any]) -> None:
        for each in told.get("meta_data") or ():
            if each["key"] == "_order_stock_reduced":
                order["reduced"] = each["value"] == "yes"
            elif each["key"] == "_date_paid":
                order["date_paid"] = datetime.fromtimestamp(int(each["value"]), UTC).strftime("%Y-%m-%dT%H:%M:%S")
            else:
                set_value(order, each["key"], each["value"], next(self.ids))

    def _lines(self, order: dict[str, Any], told: Mapping[str, Any]) -> None:
        for kind in KINDS:
            for each in told.get(kind) or ():
                there = next((line for line in order[kind] if line["id"] == each.get("id")), None)
                if there is None:
                    order[kind].append(self._new(order, kind, each))
                elif each.get("quantity") == 0 or each.get(_NULL_REMOVES[kind], "") is None:
                    order[kind].remove(there)
                    if order["reduced"] and not self.old:
                        self._hold(there, 0)
                else:
                    self._alter(order, there, each)
        self._tax(order)

    def _new(self, order: Mapping[str, Any], kind: str, told: Mapping[str, Any]) -> dict[str, Any]:
        line: dict[str, Any] = {"id": next(self.ids), "meta_data": [], "product": 0, "product_id": 0, "variation_id": 0, "sku": None, "tax_class": told.get("tax_class", ""), "quantity": 1, "name": told.get("name", "")}  # fmt: skip
        if kind == "line_items":
            product = self._product(told)
            if product is not None:
                variant = product.type == "variation"
                line |= {"product": product.id, "product_id": product.id, "variation_id": product.id if variant else 0, "sku": product.sku, "tax_class": product.tax_class}  # fmt: skip
        line |= {name: told[name] for name in ("method_id", "method_title") if name in told}
        self._alter(order, line, told, new=True)
        return line

    def _product(self, told: Mapping[str, Any]) -> Product | None:
        if not told.get("sku") and not told.get("product_id"):
            code = "woocommerce_rest_required_product_reference"
            raise Wrong(code)
        if told.get("sku"):
            return next((each for each in self.products.values() if each.sku.lower() == str(told["sku"]).lower()), None)
        return self.products.get(told["product_id"])

    def _alter(self, order: Mapping[str, Any], line: dict[str, Any], told: Mapping[str, Any], *, new: bool = False) -> None:
        if "total" in told or new:
            line["total"] = Decimal(str(told.get("total", "0")))
        if "quantity" in told:
            line["quantity"] = int(told["quantity"])
            if order["id"] in self.orders and order["reduced"] and not self.old and (new or value(line, "_reduced_stock")):
                self._hold(line, line["quantity"])
        for each in told.get("meta_data") or ():
            set_value(line, each["key"], each["value"], next(self.ids))

    def _tax(self, order: Mapping[str, Any]) -> None:
        classes = [line["tax_class"] for line in order["line_items"]]
        inherited = next((name for name in self.rates if name in classes), "")
        for kind in KINDS:
            for line in order[kind]:
                name = inherited if kind == "shipping_lines" else line["tax_class"]
                line["rate_id"] = list(self.rates).index(name) + 1 if name in self.rates else 0
                rate = self.rates.get(name, 0) if self.taxes else 0
                line["total_tax"] = (line["total"] * rate / 100).quantize(CENT, ROUND_HALF_UP)

    def _hold(self, line: dict[str, Any], units: int) -> None:
        """Let a line hold so many units."""
        if not line["product"]:
            return
        self.products[line["product"]].stock += int(value(line, "_reduced_stock") or 0) - units
        set_value(line, "_reduced_stock", str(units) if units else None, next(self.ids))

    def _mail(self, order: Mapping[str, Any], what: str) -> None:
        if order["billing"].get("email"):
            self.mails.append((order["billing"]["email"], what))


def value(holder: Mapping[str, Any], key: str) -> str:
    return next((str(each["value"]) for each in holder["meta_data"] if each["key"] == key), "")


def set_value(holder: dict[str, Any], key: str, text: str | None, number: int) -> None:
    kept = [each for each in holder["meta_data"] if each["key"] != key]
    holder["meta_data"] = kept if text is None else [*kept, {"id": number, "key": key, "value": text}]


def picked(orders: Iterable[dict[str, Any]], asked: Mapping[str, str], *, old: bool) -> Sequence[dict[str, Any]]:
    """Give the orders that a question means; what the shop does not know it ignores, and then gives them all."""
    wanted = asked.get("status", "any").split(",")
    if set(wanted) - {*STATUSES, "any", "trash", "auto-draft"}:
        code = "rest_invalid_param"
        raise Wrong(code)
    meant = {"any"} if wanted == ["any"] else set(wanted) if "any" not in wanted else set()
    found = [order for order in orders if order["status"] in meant or (meant == {"any"} and order["status"] not in {"checkout-draft", "trash"})]
    if "created_via" in asked and not old:
        names = asked["created_via"].replace(" ", ",").lower().split(",")
        found = [order for order in found if order["created_via"].lower() in names]
    if "include" in asked:
        found = [order for order in found if str(order["id"]) in asked["include"].split(",")]
    if "after" in asked:
        found = [order for order in found if order["made"] > datetime.fromisoformat(asked["after"]).replace(tzinfo=UTC)]
    return sorted(found, key=lambda order: order["id"], reverse=asked.get("order") != "asc")


def _filled(told: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: "" if text is None else text for name, text in (told or {}).items()}


def days_ago(order: dict[str, Any], days: int) -> None:
    order["made"] -= timedelta(days=days)
