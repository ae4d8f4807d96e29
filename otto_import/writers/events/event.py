"""An action as an event for programs. Its shape is `$defs/event` of `writers/jsonl/event.schema.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from otto_import.orders import Address, DeliveryFee, Line
from otto_import.plan import Change, Create, Refused, Stage, Writable
from otto_import.writers.buyers import company, forwarding_email

SCHEMA: Final = 1
"""The version of the events' shape, in every event. It grows when a field changes its meaning or goes, not when one is added."""

_NAMESPACE: Final = UUID("5b1d2f0c-6f0e-5c0a-9d0e-7b6d1f5c3a21")
_STAGES: Final = {
    Stage.NEVER: "never",
    Stage.ANNOUNCED: "announced",
    Stage.PROCESSABLE: "processable",
    Stage.FULFILLED: "fulfilled",
    Stage.EXPIRED: "expired",
    Stage.CANCELLED: "cancelled",
}
# Line ends to some readers, though not to JSON: they are written as escapes.
_ESCAPES: Final = {"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
compact: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one event: its id, its JSON text in UTF-8, and what the shop's order then is (total None: as before)."""

    id: str
    body: bytes = field(repr=False)
    status: str
    total: Decimal | None

    @property
    def line(self) -> bytes:
        """Give the text with a line's end; there is none within it."""
        return self.body + b"\n"


def told(action: Writable, buyer_email: str, at: datetime) -> Event | Refused:
    """Write an action as an event, or say why it cannot be one; `buyer_email` is "none" or "masked", `at` the moment (aware UTC) it is sent."""
    status = action.change.status
    if status is None:
        if isinstance(action, Create):
            return Refused(action.key, "no_status")
        status = action.expected
    try:
        return event(action, status, buyer_email, at)
    except UnicodeEncodeError:
        return Refused(action.key, "unwritable_text")


def event(action: Writable, status: str, buyer_email: str, at: datetime) -> Event:
    """Write an action as an event after which the order has `status`.

    The event's id is made of all it says but for `at`: sent again it has the same id. OTTO's `modified_at` is in it, so that a state which comes
    back later has another one. UnicodeEncodeError for a text with half a character in it, which JSON can escape and no file can hold.
    """
    said, total = _said(action, status, buyer_email)
    body, kind = compact(said), _kind(action)
    event_id = str(uuid5(_NAMESPACE, f"{kind} {SCHEMA} {body}"))
    text = f'{{"type":"{kind}","schema":{SCHEMA},"event_id":"{event_id}","at":"{_moment(at)}",{body[1:]}'
    if not text.isascii():
        for sign, escape in _ESCAPES.items():
            text = text.replace(sign, escape)
    return Event(event_id, text.encode(), status, total)


def _kind(action: Writable) -> str:
    if isinstance(action, Create):
        return "order.created"
    return "order.cancelled" if action.change.cancels else "order.updated"


def _said(action: Writable, status: str, buyer_email: str) -> tuple[dict[str, Any], Decimal | None]:
    """Say what the order is; what the change leaves as it is, is left out."""
    order, change = action.order, action.change
    said: dict[str, Any] = {
        "otto_key": action.key,
        "sales_order_id": order.sales_order_id,
        "order_number": order.order_number,
        "otto_state": order.state.value,
        "stage": _STAGES[change.stage],
        "status": status,
        "previous_status": None if isinstance(action, Create) else action.expected,
        "expired": change.stage is Stage.EXPIRED if change.expired is None else change.expired,
        "placed_at": _moment(order.placed_at),
    }
    if order.modified_at is not None:
        said["modified_at"] = _moment(order.modified_at)
    if order.payment_method:
        said["payment_method"] = order.payment_method
    total = None
    if change.lines is not None:
        total = _lines(said, change.lines, change.fees or ())
    if change.lines is not None or change.paid:
        said["paid"] = change.paid
    if change.paid and change.paid_at is not None:
        said["paid_at"] = _moment(change.paid_at)
    _add_rest(said, change, buyer_email)
    return said, total


def _add_rest(said: dict[str, Any], change: Change, buyer_email: str) -> None:
    if change.delivery is not None:
        said["delivery_address"] = _address(change.delivery, "")
    if change.invoice is not None:
        said["invoice_address"] = _address(change.invoice, forwarding_email(change.invoice, buyer_email))
    if change.note:
        said["note"] = change.note
    if change.spares_stock:
        said["spares_stock"] = True


def _lines(said: dict[str, Any], lines: tuple[Line, ...], fees: tuple[DeliveryFee, ...]) -> Decimal:
    """Add lines, fees and their sum; it is the sum of the amounts as written, so that a fraction of a cent lost here shows in it."""
    said["lines"] = articles = [_line(line) for line in lines]
    said["fees"] = charges = [_fee(fee) for fee in fees]
    amounts = [*(article["line_total"] for article in articles), *(charge["amount"] for charge in charges)]
    total = sum(map(Decimal, amounts), Decimal("0.00"))
    said["total"] = _money(total)
    said["currency"] = "EUR"
    return total


def _line(line: Line) -> dict[str, Any]:
    written: dict[str, Any] = {
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "price": _money(line.price),
        "vat_rate": _money(line.vat_rate),
        "line_total": _money(line.total),
        "article_number": line.article_number,
        "ean": line.ean,
        "weee_pickup": line.weee_pickup,
        "sent_quantity": line.sent,
        "item_ids": line.item_ids,
    }
    if line.ship_by is not None:
        written["ship_by"] = _moment(line.ship_by)
    return written


def _fee(fee: DeliveryFee) -> dict[str, Any]:
    return {
        "name": fee.name,
        "amount": _money(fee.amount),
        "vat_rate": _money(fee.vat_rate),
        "freight": fee.freight,
        "item_ids": sorted(fee.item_ids),
    }


def _address(address: Address, email: str) -> dict[str, str]:
    firm = company(address)
    return {
        **({"company": firm} if firm else {}),
        "salutation": address.salutation,
        "first_name": address.first_name,
        "last_name": address.last_name,
        "addition": address.addition,
        "street": address.street,
        "house_number": address.house_number,
        "zip_code": address.zip_code,
        "city": address.city,
        "country": address.country,
        "phone": address.phone,
        "email": email,
    }


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
