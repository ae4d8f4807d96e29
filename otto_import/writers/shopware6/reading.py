"""What a shop's order says: its three states, our receipt in its custom fields, its total."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from otto_import.plan import OrderKey, ShopOrder
from otto_import.writers.shopware6 import states
from otto_import.writers.shopware6.lines import cents
from otto_import.writers.shopware6.settings import COMMENT, CUSTOM_FIELD
from otto_import.writers.web import Receipt

if TYPE_CHECKING:
    from otto_import.writers.shopware6.api import Document

MOVING: Final = "otto_moving"
"""A custom field that says from where to where we are moving an order; "" or absent while we are not."""
_TO: Final = " > "
_WORDS: Final = re.compile(r"[\s,;:#()]+")
_STATE: Final[Mapping[str, Any]] = {"stateMachineState": {}}
_NEWEST_LAST: Final = [{"field": "createdAt", "order": "ASC"}]
_BRIEF: Final[Mapping[str, Any]] = {
    "associations": {
        **_STATE,
        "transactions": {"associations": _STATE, "sort": _NEWEST_LAST},
        "deliveries": {"associations": _STATE, "sort": _NEWEST_LAST},
    },
    "includes": {
        "order": [
            "id", "orderNumber", "amountTotal", "customFields", "campaignCode", "customerComment", "stateMachineState", "transactions", "deliveries",
            "lineItems", "orderCustomer", "billingAddressId", "shippingTotal",
        ],
        "order_transaction": ["id", "stateMachineState", "amount"],
        "order_delivery": ["id", "stateMachineState", "shippingOrderAddressId", "positions"],
        "order_delivery_position": ["id", "orderLineItemId"],
        "order_line_item": ["id", "quantity", "unitPrice", "productId", "type", "customFields", "label"],
        "order_customer": ["id"],
        "state_machine_state": ["technicalName"],
    },
}  # fmt: skip


def brief(where: Document) -> Document:
    """Ask for orders with what `ShopOrder` holds."""
    return {**_BRIEF, "filter": [where]}


def whole(ref: str) -> Document:
    """Ask for one order with what an update needs."""
    by_place = [{"field": "position", "order": "ASC"}]
    associations = {**_BRIEF["associations"], "lineItems": {"sort": by_place}, "orderCustomer": {}}
    associations["deliveries"] = {**associations["deliveries"], "associations": {**_STATE, "positions": {}}}
    return {**_BRIEF, "associations": associations, "filter": [among("id", [ref])]}


def among(field: str, values: Sequence[str]) -> Document:
    """Ask for one of some values."""
    return {"type": "equalsAny", "field": field, "value": list(values)}


def any_of(filters: Iterable[Document]) -> Document:
    """Ask for what meets any of some filters."""
    return {"type": "multi", "operator": "or", "queries": list(filters)}


def fields(record: Document) -> Mapping[str, object]:
    """Give an order's custom fields (an empty object comes as a list)."""
    found = record.get("customFields")
    return found if isinstance(found, dict) else {}


def transaction(record: Document) -> Document | None:
    """Give the payment that counts: the newest."""
    found: list[Document] = record.get("transactions") or []
    return found[-1] if found else None


def delivery(record: Document) -> Document | None:
    """Give the delivery that counts: the first."""
    found: list[Document] = record.get("deliveries") or []
    return found[0] if found else None


def states_of(record: Document) -> dict[str, str]:
    """Give the states of an order's machines, as many as it has."""
    parts = {states.ORDER: record, states.TRANSACTION: transaction(record), states.DELIVERY: delivery(record)}
    return {name: part["stateMachineState"]["technicalName"] for name, part in parts.items() if part and part.get("stateMachineState")}


def moving(start: states.States, end: states.States) -> str:
    """Write down a move that is about to begin."""
    return f"{states.text_of(start)}{_TO}{states.text_of(end)}"


def shop_order(record: Document, mapped: Sequence[str], graph: states.Graph) -> ShopOrder:
    """Read an order; `mapped` are the statuses that the config names."""
    known = fields(record)
    receipt = Receipt.read(known)
    now = states_of(record)
    return ShopOrder(
        ref=record["id"],
        key=receipt.key if receipt else None,
        status=states.shown(now, receipt.status if receipt else None, mapped),
        intermediate=_under_way(known.get(MOVING), now, graph),
        set_status=receipt.status if receipt else None,
        complete=receipt.complete if receipt else None,
        expired=receipt.expired if receipt else False,
        item_ids=receipt.items if receipt else None,
        total=cents(record.get("amountTotal")),
        paid=receipt.paid if receipt else None,
        addressed=receipt.addressed if receipt else None,
        order_number=(receipt.order_number or None) if receipt else None,
        placed_at=receipt.placed if receipt else None,
    )


def ours(since: datetime | None) -> Document:
    """Ask for every order that carries a receipt, from the oldest on, so that one that comes meanwhile moves no page."""
    none = {"type": "equals", "field": "customFields.otto_key", "value": None}
    filters: list[Document] = [{"type": "not", "operator": "and", "queries": [none]}]
    if since is not None:
        moment = since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        filters.append({"type": "range", "field": "createdAt", "parameters": {"gte": moment}})
    return {**_BRIEF, "filter": filters, "sort": [{"field": "createdAt", "order": "ASC"}, {"field": "id", "order": "ASC"}]}


def known_by(record: Document, place: str) -> str:
    """Give what stands where an earlier connector left OTTO's number."""
    value = fields(record).get(place.removeprefix(CUSTOM_FIELD)) if place.startswith(CUSTOM_FIELD) else record.get(place)
    return str(value).strip() if isinstance(value, str | int) else ""


def last_part(key: OrderKey) -> str:
    """Give the `salesOrderId` in a key."""
    return key.rpartition(":")[2]


def traced(record: Document, place: str, numbers: Iterable[str]) -> bool:
    """Tell whether an order without our receipt bears one of OTTO's numbers, as a word of its own in a comment."""
    if Receipt.read(fields(record)) is not None:
        return False
    text = known_by(record, place)
    words = _WORDS.split(text) if place == COMMENT else (text,)
    return any(number in words for number in numbers if number)


def _under_way(told: object, now: states.States, graph: states.Graph) -> bool:
    if not isinstance(told, str) or _TO not in told:
        return False
    start, end = (states.parsed(part) for part in told.split(_TO, 1))
    return now != end and states.passes(graph, start, end, now)
