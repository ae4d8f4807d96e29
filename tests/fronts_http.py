"""WooCommerce, Shopware 6 and PrestaShop, imitated, and seen past the writer as their merchants see them."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from otto_import.writers.prestashop.note import read_note
from tests import prestashop_imitation as prestashop
from tests import shopware6_imitation as shopware6
from tests import shopware6_shop
from tests import woocommerce_imitation as woocommerce
from tests.fronts import CENT, Stood
from tests.prestashop_books import CANCELLED as PRESTASHOP_CANCELLED
from tests.prestashop_merchant import Merchant as PrestashopMerchant
from tests.shopware6_rules import STATES, Draft
from tests.woocommerce_state import value


class WooCommerce:
    """An imitation of WooCommerce."""

    words: Mapping[str, str] = {
        "announced": "on-hold", "processable": "processing", "cancelled": "cancelled", "sent": "completed", "returned": "refunded",
    }  # fmt: skip
    own = "failed"

    def __init__(self, imitation: woocommerce.Imitation) -> None:
        self._shop = imitation.shop
        self.tables: Mapping[str, Any] = {
            "writer": "woocommerce",
            "woocommerce": {"url": imitation.url, "consumer_key": woocommerce.KEY, "consumer_secret": woocommerce.SECRET},
        }

    def goods(self) -> dict[str, Stood]:
        return {str(ref): self._stood(order) for ref, order in self._shop.orders.items() if order["status"] != "trash"}

    def _stood(self, order: Mapping[str, Any]) -> Stood:
        lines = tuple((line["sku"], line["quantity"], line["total"]) for line in order["line_items"])
        shipping = tuple((line["method_title"], line["total"]) for line in order["shipping_lines"])
        receipt = tuple(value(order, f"_otto_{name}") for name in ("status", "expired", "items", "complete"))
        rest = (
            order["date_paid"] is not None,
            order["shipping"]["last_name"],
            tuple(one["amount"] for one in order["refunds"]),
            lines,
            shipping,
            receipt,
        )
        return Stood(value(order, "_otto_key").rpartition(":")[2], order["status"], self._shop.total(order), rest)

    def stock(self) -> Mapping[str, int]:
        return {each.sku: each.stock for each in self._shop.products.values()}

    def move(self, ref: str, status: str) -> None:
        self._shop.move(self._shop.orders[int(ref)], status)

    def delete(self, ref: str) -> None:
        self._shop.orders[int(ref)]["status"] = "trash"

    def spoil(self, ref: str) -> None:
        self._shop.orders[int(ref)]["line_items"][0]["total"] = CENT

    def double(self, ref: str) -> str:
        again = copy.deepcopy(self._shop.orders[int(ref)])
        again["id"] = next(self._shop.ids)
        self._shop.orders[again["id"]] = again
        return str(again["id"])


class Shopware6:
    """An imitation of Shopware 6."""

    words: Mapping[str, str] = {
        "announced": shopware6_shop.ANNOUNCED,
        "processable": shopware6_shop.PROCESSABLE,
        "cancelled": shopware6_shop.CANCELLED,
        "sent": shopware6_shop.SENT,
        "returned": "order=completed,transaction=paid,delivery=returned",
    }
    own = "order=in_progress,transaction=paid,delivery=shipped"

    def __init__(self, imitation: shopware6.Imitation) -> None:
        self._store, self._url = imitation.store, imitation.url
        own = {"client_id": shopware6.ACCESS, "client_secret": shopware6.SECRET, "sales_channel": shopware6.CHANNEL}
        self.tables: Mapping[str, Any] = {"writer": "shopware6", "shopware6": {"url": imitation.url, **own}}

    def goods(self) -> dict[str, Stood]:
        return {ref: self._stood(order) for ref, order in self._store.orders.items()}

    @staticmethod
    def _stood(order: Draft) -> Stood:
        parts = {"order": [order.order], "transaction": order.rows["order_transaction"].values(), "delivery": order.rows["order_delivery"].values()}
        status = ",".join(f"{name}={STATES[each['stateId']][1]}" for name, rows in parts.items() for each in rows)
        marks = order.order["customFields"]
        lines = tuple(sorted((line["label"], line["quantity"], str(line["unitPrice"])) for line in order.rows["order_line_item"].values()))
        receipt = tuple(marks.get(f"otto_{name}") for name in ("status", "expired", "items", "complete", "paid", "addressed"))
        return Stood(marks["otto_key"].rpartition(":")[2], status, Decimal(str(order.order["price"]["totalPrice"])), (lines, receipt))

    def stock(self) -> Mapping[str, int]:
        return self._store.available()

    def move(self, ref: str, status: str) -> None:
        merchant = shopware6_shop.Merchant(self._url, shopware6.MERCHANT, shopware6.MERCHANT_SECRET)
        merchant.move(ref, status)
        merchant.close()

    def delete(self, ref: str) -> None:
        del self._store.orders[ref]

    def spoil(self, ref: str) -> None:
        draft = self._store.orders[ref]
        line = min(draft.rows["order_line_item"].values(), key=lambda each: each["position"])
        total = Decimal(str(draft.order["price"]["totalPrice"])) - Decimal(str(line["totalPrice"])) + CENT * line["quantity"]
        line |= {
            "unitPrice": CENT,
            "totalPrice": CENT * line["quantity"],
            "price": {**line["price"], "unitPrice": CENT, "totalPrice": CENT * line["quantity"]},
        }
        draft.order["price"] = {**draft.order["price"], "totalPrice": total}

    def double(self, ref: str) -> str:
        again = copy.deepcopy(self._store.orders[ref])
        again.order["id"] = uuid4().hex
        self._store.orders[again.order["id"]] = again
        return str(again.order["id"])


class Prestashop:
    """An imitation of PrestaShop."""

    words: Mapping[str, str] = {"announced": "14", "processable": "15", "cancelled": PRESTASHOP_CANCELLED, "sent": "16", "returned": "17"}
    own = "18"

    def __init__(self, imitation: prestashop.Imitation) -> None:
        self._books, self._url = imitation.books, imitation.url
        self.tables: Mapping[str, Any] = {"writer": "prestashop", "prestashop": {"url": imitation.url, "key": prestashop.KEY}}

    def goods(self) -> dict[str, Stood]:
        lines: dict[str, list[object]] = {}
        for row in self._books.tables["order_details"].values():
            lines.setdefault(row["id_order"], []).append((row["product_reference"], row["product_quantity"], Decimal(row["total_price_tax_incl"])))
        paid = Counter(row["order_reference"] for row in self._books.tables["order_payments"].values())
        return {ref: self._stood(order, tuple(lines[ref]), paid[order["reference"]]) for ref, order in self._books.tables["orders"].items()}

    def _stood(self, order: Mapping[str, Any], lines: tuple[object, ...], payments: int) -> Stood:
        note = read_note(order["note"])
        receipt = note.receipt if note else None
        told = (receipt.status, receipt.expired, receipt.item_ids, receipt.complete) if receipt else ()
        city = self._books.tables["addresses"][order["id_address_delivery"]]["city"]
        rest = (order["total_paid_real"], order["total_shipping"], payments, city, lines, told)
        return Stood(receipt.key.rpartition(":")[2] if receipt else "", order["current_state"], Decimal(order["total_paid"]), rest)

    def stock(self) -> Mapping[str, int]:
        shelves = self._books.tables["stock_availables"].values()
        return {self._books.tables["products"][shelf["id_product"]]["reference"]: int(shelf["quantity"]) for shelf in shelves}

    def move(self, ref: str, status: str) -> None:
        merchant = PrestashopMerchant(self._url, prestashop.KEY)
        merchant.move(ref, status)
        merchant.close()

    def delete(self, ref: str) -> None:
        del self._books.tables["orders"][ref]

    def spoil(self, ref: str) -> None:
        line, order = self._books.where("order_details", id_order=ref)[0], self._books.tables["orders"][ref]
        rest = Decimal(order["total_paid"]) - Decimal(line["total_price_tax_incl"])
        line |= {"total_price_tax_incl": str(CENT), "unit_price_tax_incl": str(CENT / int(line["product_quantity"]))}
        order["total_paid"] = str(rest + CENT)

    def double(self, ref: str) -> str:
        again = self._books.put("orders", {})
        again |= {**copy.deepcopy(self._books.tables["orders"][ref]), "id": again["id"]}
        for row in self._books.where("order_details", id_order=ref):
            self._books.put("order_details", {**row, "id_order": again["id"]})
        return str(again["id"])
