"""What a Shopware keeps and how it changes: the part of the imitation that knows no HTTP. Its traps are those which the real shop showed."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import uuid4

Record = dict[str, Any]
LIVE: Final = "0fa91ce3e96a4bc2be4bd9ce752c3425"
MACHINES: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "order": {
        "open": {"process": "in_progress", "cancel": "cancelled"},
        "in_progress": {"complete": "completed", "cancel": "cancelled"},
        "completed": {"reopen": "open"},
        "cancelled": {"reopen": "open"},
    },
    "order_transaction": {
        "open": {"paid": "paid", "do_pay": "in_progress", "cancel": "cancelled"},
        "in_progress": {"paid": "paid", "cancel": "cancelled"},
        "paid": {"refund": "refunded", "cancel": "cancelled", "reopen": "open"},
        "refunded": {"reopen": "open"},
        "cancelled": {"reopen": "open", "paid": "paid"},
    },
    "order_delivery": {
        "open": {"ship": "shipped", "cancel": "cancelled"},
        "shipped": {"retour": "returned", "reopen": "open", "cancel": "cancelled"},
        "returned": {"reopen": "open"},
        "cancelled": {"reopen": "open"},
    },
}
PARTS: Final = ("order_line_item", "order_address", "order_delivery", "order_delivery_position", "order_transaction", "order_customer")
NESTED: Final = {
    "lineItems": "order_line_item",
    "addresses": "order_address",
    "deliveries": "order_delivery",
    "transactions": "order_transaction",
    "positions": "order_delivery_position",
}
WIDTHS: Final = {"firstName": 50, "lastName": 60, "zipcode": 50, "city": 70, "phoneNumber": 40}
_UUID: Final = re.compile(r"[0-9a-f]{32}")


class Wrong(Exception):
    """Answer with an error."""

    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code
        super().__init__(code)


def state_id(machine: str, name: str) -> str:
    return f"{machine}-{name}".encode().hex().ljust(32, "0")[-32:]


STATES: Final = {state_id(machine, name): (machine, name) for machine, names in MACHINES.items() for name in names}


def cents(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass
class Draft:
    """Hold an order's rows; those of the draft that were deleted by a sync are missing in it, but its merge does not know."""

    order: Record
    rows: dict[str, dict[str, Record]] = field(default_factory=lambda: {part: {} for part in PARTS})
    deleted: set[str] = field(default_factory=set)


class Store:
    """Keep products and orders. `old` is a 6.4; `at_once` takes stock as an order comes into being (STOCK_HANDLING)."""

    def __init__(self, *, old: bool = False, at_once: bool = False) -> None:
        self.old, self.at_once = old, at_once
        self.products: dict[str, Record] = {}
        self.orders: dict[str, Draft] = {}
        self.drafts: dict[str, tuple[str, Draft]] = {}
        self.mails: list[str] = []

    def add(self, number: str, *, ean: str = "", parent: str | None = None, children: int = 0, stock: int = 1000) -> str:
        record = uuid4().hex
        self.products[record] = {
            "id": record, "productNumber": number, "name": f"Artikel {number}", "ean": ean, "parentId": parent, "childCount": children, "stock": stock,
        }  # fmt: skip
        return record

    def available(self) -> dict[str, int]:
        held = dict.fromkeys(self.products, 0)
        for order in self.orders.values():
            done = {"cancelled"} if self.at_once else {"cancelled", "completed"}
            if STATES[order.order["stateId"]][1] not in done:
                for line in self._goods(order):
                    held[line["productId"]] += line["quantity"]
        return {product["productNumber"]: product["stock"] - held[record] for record, product in self.products.items()}

    def _goods(self, order: Draft) -> Iterator[Record]:
        return (line for line in order.rows["order_line_item"].values() if line["type"] == "product" and line.get("productId"))

    def create(self, document: Record) -> Draft:
        if document["id"] in self.orders:
            raise Wrong(500 if self.old else 400, "FRAMEWORK__WRITE_TYPE_INTEND_ERROR")
        needed = ("stateId", "billingAddressId", "currencyId", "salesChannelId", "price", "shippingCosts", "orderDateTime", "itemRounding")
        if any(not document.get(name) for name in needed):
            raise Wrong(400, "c1051bb4-1103-4974-8973-15e9f9b5f4a3")
        made = Draft({})
        self._put(made, "order", document)
        self.orders[document["id"]] = made
        return made

    def _put(self, order: Draft, entity: str, document: Record, *, crud: bool = False) -> None:
        """Write a record and what is nested in it; unknown fields are kept by nobody and refused by nobody."""
        if crud and entity == "order" and "stateId" in document:
            raise Wrong(400, "FRAMEWORK__WRITE_CONSTRAINT_VIOLATION")
        if not _UUID.fullmatch(str(document.get("id", ""))):
            raise Wrong(400, "FRAMEWORK__INVALID_UUID")
        row = (
            order.order
            if entity == "order"
            else order.rows[entity].setdefault(document["id"], {"customFields": [], "sequence": len(order.rows[entity])})
        )
        for name, value in document.items():
            if name in NESTED:
                for each in value:
                    parent = {"orderDeliveryId": document["id"]} if name == "positions" else {}
                    self._put(order, NESTED[name], {**each, **parent})
            elif name == "orderCustomer":
                self._put(order, "order_customer", value)
            elif name == "customFields":
                fields = row.get("customFields")
                row["customFields"] = {**(fields if isinstance(fields, dict) else {}), **value}
            else:
                row[name] = value
        self._proved(entity, row)

    def _proved(self, entity: str, row: Record) -> None:
        if entity == "order_line_item":
            if row.get("productId") and row["productId"] not in self.products:
                raise Wrong(500, "0")
            if "price" not in row or "label" not in row:
                raise Wrong(400, "c1051bb4-1103-4974-8973-15e9f9b5f4a3")
            row["unitPrice"], row["totalPrice"] = row["price"]["unitPrice"], row["price"]["totalPrice"]
        if entity == "order_address" and any(len(row.get(name) or "") > width for name, width in WIDTHS.items()):
            raise Wrong(500, "0")
        if entity == "order_address" and not all(row.get(name) for name in ("firstName", "lastName", "street", "city", "countryId", "zipcode")):
            raise Wrong(400, "c1051bb4-1103-4974-8973-15e9f9b5f4a3")
        if entity == "order_customer" and not (row.get("email") and row.get("firstName") and row.get("salutationId")):
            raise Wrong(400, "c1051bb4-1103-4974-8973-15e9f9b5f4a3")

    def sync(self, operations: Mapping[str, Record], version: str | None) -> None:
        """Write all of it or nothing."""
        before: list[tuple[Draft, Draft]] = []
        products = copy.deepcopy(self.products)
        try:
            for operation in operations.values():
                for record in operation["payload"]:
                    if operation["entity"] != "product":
                        order = self._owner(operation["entity"], record, version)
                        before.append((order, copy.deepcopy(order)))
                    self._operate(operation["entity"], operation["action"], record, version)
        except Wrong:
            for order, was in reversed(before):
                order.order, order.rows, order.deleted = was.order, was.rows, was.deleted
            self.products = products
            raise

    def _operate(self, entity: str, action: str, record: Record, version: str | None) -> None:
        if entity == "product":
            self.products[record["id"]].update(record)
            return
        order = self._owner(entity, record, version)
        if action == "delete":
            self._drop(order, entity, record["id"])
        else:
            self._put(order, entity, record, crud=True)

    def _owner(self, entity: str, record: Record, version: str | None) -> Draft:
        if version is not None:
            return self.drafts[version][1]
        for ref, order in self.orders.items():
            if ref == (record["id"] if entity == "order" else record.get("orderId")) or (entity != "order" and record["id"] in order.rows[entity]):
                return order
            if record.get("orderDeliveryId") in order.rows["order_delivery"]:
                return order
        raise Wrong(400, "c1051bb4-1103-4974-8973-15e9f9b5f4a3")

    def _drop(self, order: Draft, entity: str, record: str) -> None:
        if order.rows[entity].pop(record, None) is None:
            raise Wrong(404, "FRAMEWORK__RESOURCE_NOT_FOUND")
        positions = order.rows["order_delivery_position"]
        for each in [each for each, row in positions.items() if row.get("orderLineItemId") == record]:
            del positions[each]

    def draft(self, ref: str) -> str:
        version = uuid4().hex
        self.drafts[version] = (ref, copy.deepcopy(self.orders[ref]))
        return version

    def delete_line(self, line: str, version: str) -> None:
        order = self.drafts[version][1]
        self._drop(order, "order_line_item", line)
        order.deleted.add(line)

    def recalculate(self, version: str | None) -> None:
        if version not in self.drafts:
            raise Wrong(400, "CHECKOUT__ORDER_CANNOT_BE_RECALCULATED")
        order = self.drafts[version][1]
        total = cents(order.order["shippingCosts"]["totalPrice"])
        for line in order.rows["order_line_item"].values():
            line["totalPrice"] = cents(line["priceDefinition"]["price"]) * line["quantity"]
            total += line["totalPrice"]
            if line["type"] == "product":
                if line["productId"] not in self.products:
                    raise Wrong(404, "CHECKOUT__PRODUCT_NOT_FOUND")
                line["label"] = self.products[line["productId"]]["name"]
        order.order["price"] = {**order.order["price"], "totalPrice": total}
        if self.old:
            for delivery in order.rows["order_delivery"].values():
                delivery["stateId"] = state_id("order_delivery", "open")

    def merge(self, version: str) -> None:
        ref, draft = self.drafts.pop(version)
        live = self.orders[ref]
        for entity, rows in draft.rows.items():
            for record, row in live.rows[entity].items():
                if record not in draft.deleted and row.get("orderLineItemId") not in draft.deleted:
                    rows.setdefault(record, row)
        draft.deleted.clear()
        self.orders[ref] = draft

    def move(self, entity: str, record: str, action: str, *, mail: bool) -> None:
        for order in self.orders.values():
            row = order.order if entity == "order" and order.order["id"] == record else order.rows.get(entity, {}).get(record)
            if row is not None:
                break
        else:
            raise Wrong(404, "FRAMEWORK__RESOURCE_NOT_FOUND")
        here = STATES[row["stateId"]][1]
        there = MACHINES[entity][here].get(action)
        if there is None:
            led_here = any(steps.get(action) == here for steps in MACHINES[entity].values())
            if led_here and not self.old:
                return
            raise Wrong(400, "SYSTEM__ILLEGAL_STATE_TRANSITION")
        row["stateId"] = state_id(entity, there)
        if entity == "order" and not self.at_once and "completed" in {here, there}:
            for line in self._goods(order):
                self.products[line["productId"]]["stock"] += line["quantity"] * (1 if here == "completed" else -1)
        if mail:
            self.mails.append(f"{entity} {there}")
