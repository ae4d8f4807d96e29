"""The books of an imitated PrestaShop: its records, and what the real one (8.2) was seen to do with them."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]

SINGULAR = {
    "addresses": "address", "carriers": "carrier", "carts": "cart", "combinations": "combination", "configurations": "configuration",
    "countries": "country", "currencies": "currency", "customers": "customer", "languages": "language", "messages": "message",
    "order_carriers": "order_carrier", "order_details": "order_detail", "order_histories": "order_history", "order_payments": "order_payment",
    "order_states": "order_state", "orders": "order", "products": "product", "specific_prices": "specific_price",
    "stock_availables": "stock_available", "tax_rules": "tax_rule", "taxes": "tax",
}  # fmt: skip
ERROR, CANCELLED, FIRST = "8", "6", "11"
# number: name, validated, invoice, shipped, paid, mails
STATES = {
    "1": ("Awaiting check payment", 0, 0, 0, 0, 1), "2": ("Payment accepted", 1, 1, 0, 1, 1), "3": ("Processing", 1, 1, 0, 1, 1),
    "4": ("Shipped", 1, 1, 1, 1, 1), "5": ("Delivered", 1, 1, 1, 1, 0), "6": ("Canceled", 0, 0, 0, 0, 1), "7": ("Refunded", 0, 1, 0, 0, 1),
    "8": ("Payment error", 0, 0, 0, 0, 1), "10": ("Awaiting bank wire", 0, 0, 0, 0, 1), "11": ("Remote payment accepted", 1, 1, 0, 1, 1),
    "14": ("OTTO announced", 1, 0, 0, 0, 0), "15": ("OTTO paid", 1, 0, 0, 1, 0), "16": ("OTTO sent", 1, 0, 1, 1, 0),
    "17": ("OTTO returned", 1, 0, 1, 1, 0), "18": ("OTTO waits", 0, 0, 0, 0, 0),
}  # fmt: skip
_TOTALS = (
    "total_discounts", "total_discounts_tax_incl", "total_discounts_tax_excl", "total_paid", "total_paid_tax_incl", "total_paid_tax_excl",
    "total_paid_real", "total_products", "total_products_wt", "total_shipping", "total_shipping_tax_incl", "total_shipping_tax_excl",
    "total_wrapping", "total_wrapping_tax_incl", "total_wrapping_tax_excl",
)  # fmt: skip
_CUSTOMER_NAME = re.compile(r'^(?!\s*$)(?:[^0-9!<>,;?=+()/\\@#"°*`{}_^$%:¤\[\]|.。]|[。.](?:\s|$))*$')
_NAME = re.compile(r'^[^0-9!<>,;?=+()@#"°{}_$%:¤|]+$')
_STREET = re.compile(r"^[^!<>?=+@{}_$%]*$")
_CITY = re.compile(r'^[^!<>;?=+@#"°{}_$%]+$')
_GENERIC = re.compile(r"^[^<>={}]*$")
_POSTCODE = re.compile(r"^[a-zA-Z 0-9-]*$")
_PHONE = re.compile(r"^[+0-9. ()/-]*$")


class Refused(Exception):
    """Refuse a request with a status and the number of an error; without a number the answer is empty."""

    def __init__(self, status: int, code: int | None = None) -> None:
        self.status, self.code = status, code
        super().__init__(status, code)


@dataclass
class Books:
    """Keep the records of one shop; `mails` are (to, template) of every mail the real one would have sent; `clock` is the shop's own, real one."""

    tables: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in SINGULAR})
    mails: list[tuple[str, str]] = field(default_factory=list)
    modules: set[str] = field(default_factory=lambda: {"ps_wirepayment"})
    clock: Callable[[], str] = lambda: datetime.now(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%d %H:%M:%S")
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def put(self, table: str, record: Record) -> Record:
        self._numbers[table] += 1
        return self.tables[table].setdefault(str(self._numbers[table]), {"id": str(self._numbers[table]), **record})

    def where(self, table: str, **fields: str) -> list[Record]:
        return [row for row in self.tables[table].values() if all(str(row.get(name, "")) == value for name, value in fields.items())]

    # -- what happens when a record is added -----------------------------------------------------------------------------------------------

    def add_customers(self, sent: Record) -> Record:
        if not all(_CUSTOMER_NAME.match(sent.get(name, "")) for name in ("firstname", "lastname")) or "@" not in sent.get("email", ""):
            raise Refused(400, 85)
        if not sent.get("passwd"):
            raise Refused(400, 41)
        if sent.get("is_guest") != "1" and self.where("customers", email=sent["email"]):
            raise Refused(500, 140)
        secret = hashlib.md5(f"{len(self.tables['customers'])}{self._numbers['customers']}".encode(), usedforsecurity=False).hexdigest()
        return self.put("customers", {**sent, "passwd": "*", "secure_key": secret, "date_add": self.clock()})

    def add_addresses(self, sent: Record) -> Record:
        self.checked_address(sent)
        return self.put("addresses", {"deleted": "0", "company": "", "address2": "", "phone": "", "other": "", **sent})

    def checked_address(self, sent: Record) -> None:
        rules = (
            ("firstname", _NAME, 255), ("lastname", _NAME, 255), ("address1", _STREET, 128), ("address2", _STREET, 128), ("city", _CITY, 64),
            ("postcode", _POSTCODE, 12), ("phone", _PHONE, 32), ("company", _GENERIC, 255), ("other", _GENERIC, 1000),
        )  # fmt: skip
        if any(not rule.match(sent[name]) or len(sent[name]) > longest for name, rule, longest in rules if name in sent):
            raise Refused(400, 85)

    def add_carts(self, sent: Record) -> Record:
        rows = sent.get("associations", {}).get("cart_rows", {}).get("cart_row", [])
        return self.put("carts", {**sent, "associations": {"cart_rows": rows if isinstance(rows, list) else [rows]}})

    def add_specific_prices(self, sent: Record) -> Record:
        own = ("id_cart", "id_product", "id_product_attribute")
        if self.where("specific_prices", **{name: sent[name] for name in own}):
            raise Refused(500, 46)
        return self.put("specific_prices", sent)

    def add_orders(self, sent: Record) -> Record:
        cart, payer = self.tables["carts"].get(sent["id_cart"]), self.tables["customers"].get(sent["id_customer"])
        if sent["module"] not in self.modules or cart is None or not cart["associations"]["cart_rows"]:
            raise Refused(500)
        if self.where("orders", id_cart=cart["id"]) or payer is None or payer["secure_key"] != cart.get("secure_key"):
            raise Refused(500)
        country = self.tables["countries"][self.tables["addresses"][cart["id_address_delivery"]]["id_country"]]
        if country["active"] != "1":
            raise Refused(500)
        order = self.put("orders", dict.fromkeys((*_TOTALS, "invoice_number"), "0") | {"note": ""})
        details = [self._sold(order["id"], cart, row) for row in cart["associations"]["cart_rows"]]
        for price in self.where("specific_prices", id_cart=cart["id"]):
            del self.tables["specific_prices"][price["id"]]
        gross, net = (sum((Decimal(row[f"total_price_tax_{kind}"]) for row in details), Decimal(0)) for kind in ("incl", "excl"))
        paid = Decimal(sent["total_paid"])
        state = FIRST if paid == gross else ERROR
        reference = "".join(chr(65 + int(digit)) for digit in f"{int(order['id']):09}")
        same = ("id_address_delivery", "id_address_invoice", "id_cart", "id_currency", "id_lang", "module", "payment")
        order |= {name: sent[name] for name in same} | {
            "id_carrier": cart["id_carrier"], "id_customer": cart.get("id_customer") or "0", "secure_key": cart["secure_key"],
            "reference": reference, "current_state": state, "valid": str(STATES[state][1]), "date_add": "2026-06-09 14:00:00",
            "date_upd": "2026-06-09 14:00:00",
            "total_products": str(net), "total_products_wt": str(gross), "total_paid": str(gross), "total_paid_tax_incl": str(gross),
            "total_paid_tax_excl": str(net), "total_paid_real": str(paid), "conversion_rate": "1",
        }  # fmt: skip
        money = {"id_currency": sent["id_currency"], "payment_method": sent["payment"], "conversion_rate": "1", "date_add": order["date_add"]}
        self.put("order_payments", {"order_reference": reference, "amount": str(paid), "transaction_id": "", **money})
        self.put("order_carriers", {"id_order": order["id"], "shipping_cost_tax_incl": "0.000000", "shipping_cost_tax_excl": "0.000000"})
        if state != ERROR:
            self._shelve(details, -1)
            self._invoice(order)
        self._mail(order, STATES[state][0] if STATES[state][5] else "")
        self._mail(order, "order_conf" if state != ERROR else "")
        return order

    def add_order_histories(self, sent: Record) -> Record:
        order = self.tables["orders"].get(sent["id_order"])
        if order is None or sent["id_order_state"] not in STATES:
            raise Refused(500)
        self.turn(order, sent["id_order_state"])
        return self.put("order_histories", sent)

    def add_order_details(self, sent: Record) -> Record:
        if not sent.get("product_name") or not _GENERIC.match(sent["product_name"]):
            raise Refused(400, 85)
        return self.put("order_details", {"product_reference": "", "id_tax_rules_group": "0", **sent})

    def add_products(self, sent: Record) -> Record:
        name = sent["name"]["language"]
        product = self.put("products", {"ean13": "", **sent, "name": name})
        self.put("stock_availables", {"id_product": product["id"], "id_product_attribute": "0", "quantity": "0"})
        return product

    # -- what happens when a status changes ------------------------------------------------------------------------------------------------

    def turn(self, order: Record, state: str) -> None:
        """Set a status; the stock moves by the two statuses alone, whatever was really taken before."""
        old, idle = order["current_state"], (ERROR, CANCELLED)
        was, becomes = bool(STATES[old][1]), bool(STATES[state][1])
        details = self.where("order_details", id_order=order["id"])
        if becomes and not was and old in idle:
            self._shelve(details, -1)
        elif not becomes and state in idle and (was or old not in idle):
            self._shelve(details, +1)
        order |= {"current_state": state, "valid": str(int(becomes))}
        if STATES[state][2]:
            self._invoice(order)
            if STATES[state][4]:
                self._pay_rest(order)

    def change_orders(self, order: Record, sent: Record) -> None:
        state = sent.pop("current_state", None)
        if "reference" in sent:
            sent["reference"] = sent["reference"][:9]
        order |= sent
        if state is not None:
            self.turn(order, state)
            self._mail(order, STATES[state][0] if STATES[state][5] else "")

    def shelf(self, product: str, combination: str = "0") -> Record:
        return self.where("stock_availables", id_product=product, id_product_attribute=combination)[0]

    def _shelve(self, details: Iterable[Record], sign: int) -> None:
        for row in details:
            if row["product_id"] not in {"", "0"}:
                shelf = self.shelf(row["product_id"], row["product_attribute_id"])
                shelf["quantity"] = str(int(shelf["quantity"]) + sign * int(row["product_quantity"]))

    def _invoice(self, order: Record) -> None:
        if order["invoice_number"] == "0":
            order["invoice_number"] = str(1 + max(int(each["invoice_number"]) for each in self.tables["orders"].values()))

    def _pay_rest(self, order: Record) -> None:
        self.put(
            "order_payments",
            {"order_reference": order["reference"], "amount": order["total_paid"], "payment_method": "Wire", "transaction_id": "", "date_add": ""},
        )
        order["total_paid_real"] = str(Decimal(order["total_paid_real"]) + Decimal(order["total_paid"]))

    def _mail(self, order: Record, template: str) -> None:
        buyer = self.tables["customers"].get(order["id_customer"])
        if template and buyer:
            self.mails.append((buyer["email"], template))

    def _sold(self, order: str, cart: Record, row: Record) -> Record:
        product, combination = self.tables["products"][row["id_product"]], self.tables["combinations"].get(row["id_product_attribute"], {})
        own = self.where("specific_prices", id_cart=cart["id"], id_product=product["id"], id_product_attribute=row["id_product_attribute"])
        net, quantity = Decimal((own[0] if own else product)["price"]), int(row["quantity"])
        gross = net * (100 + self._rate(product["id_tax_rules_group"])) / 100
        fields = {
            "id_order": order, "product_id": product["id"], "product_attribute_id": row["id_product_attribute"], "product_name": product["name"],
            "product_reference": combination.get("reference", product["reference"]), "product_quantity": str(quantity),
            "id_tax_rules_group": product["id_tax_rules_group"], "unit_price_tax_incl": f"{gross:.6f}", "unit_price_tax_excl": f"{net:.6f}",
            "total_price_tax_incl": str(_cents(gross * quantity)), "total_price_tax_excl": str(_cents(net * quantity)),
        }  # fmt: skip
        return self.put("order_details", fields)

    def _rate(self, group: str) -> Decimal:
        rules = self.where("tax_rules", id_tax_rules_group=group, id_country="1")
        return Decimal(self.tables["taxes"][rules[0]["id_tax"]]["rate"]) if rules else Decimal(0)


def furnished() -> Books:
    """Make a shop as the installer leaves it for Germany, with statuses for OTTO's orders, and no articles."""
    books = Books()
    books.put("languages", {"iso_code": "de", "active": "1", "name": "Deutsch"})
    books.put("currencies", {"iso_code": "EUR", "active": "1", "deleted": "0"})
    for code, active in (("DE", "1"), ("AT", "0"), ("FR", "1")):
        books.put("countries", {"iso_code": code, "active": active})
    books.put("carriers", {"name": "Click and collect", "active": "1", "deleted": "0"})
    for rate in ("19.000", "7.000"):
        tax = books.put("taxes", {"rate": rate})
        books.put("tax_rules", {"id_tax_rules_group": tax["id"], "id_country": "1", "id_tax": tax["id"]})
    for number, (name, *flags) in STATES.items():
        does = dict(zip(("logable", "invoice", "shipped", "paid", "send_email"), map(str, flags), strict=True))
        books.tables["order_states"][number] = {"id": number, "name": name, "deleted": "0", "delivery": "0", **does}
    for name, value in {
        "PS_OS_CANCELED": CANCELLED, "PS_OS_ERROR": ERROR, "PS_OS_WS_PAYMENT": FIRST, "PS_INVOICE": "1", "PS_STOCK_MANAGEMENT": "1",
        "PS_ENABLE_BACKORDER_STATUS": "0", "PS_TAX": "1", "PS_CURRENCY_DEFAULT": "1",
    }.items():  # fmt: skip
        books.put("configurations", {"name": name, "value": value})
    return books


def variant(books: Books, sku: str, names: Iterable[str], *, price: str = "21.008403") -> None:
    """Add a product with variants, a thousand of each."""
    product = books.put(
        "products",
        {"reference": sku, "name": sku, "price": price, "id_tax_rules_group": "1", "product_type": "combinations", "active": "1", "ean13": ""},
    )
    for name in names:
        one = books.put("combinations", {"id_product": product["id"], "reference": name, "ean13": ""})
        books.put("stock_availables", {"id_product": product["id"], "id_product_attribute": one["id"], "quantity": "1000"})


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
