"""The payment that stands on an order: one, of OTTO's amount, under OTTO's key."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from otto_import.writers.prestashop import lines
from otto_import.writers.prestashop.parts import METHOD, Parts, shop_time
from otto_import.writers.prestashop.webservice import Row, any_of, text

if TYPE_CHECKING:
    from otto_import.plan import Writable

_FIELDS = "id,amount,transaction_id,payment_method,date_add"


def settle(parts: Parts, action: Writable, order: Row) -> dict[str, object]:
    """See that an order is paid with its total, and give the fields of the order that must follow.

    The shop makes a payment of 0.00 with each new order, and one more, of what is missing, with each status that makes an invoice.
    """
    total = lines.amount(order, "total_paid")
    rows = parts.webservice.rows("order_payments", _FIELDS, ("order_reference", any_of([text(order, "reference")])))
    ours = _ours(rows, action.key, total)
    fields = _fields(parts, action, total, ours)
    if ours is None:
        own = {"order_reference": text(order, "reference"), "id_currency": parts.directory.euro(), "conversion_rate": 1}
        parts.webservice.add("order_payments", "order_payment", {**own, **fields})
    elif any(_told(ours, name) != str(value) for name, value in fields.items()):
        parts.webservice.change("order_payments", "order_payment", text(ours, "id"), fields)
    for row in rows:
        if row is not ours and _empty(row):
            parts.webservice.drop("order_payments", text(row, "id"))
    return {} if lines.amount(order, "total_paid_real") == total else {"total_paid_real": total}


def _ours(rows: list[Row], key: str, total: Decimal) -> Row | None:
    """Choose the row to be ours: the one under our key, else the one the shop made of the right amount, else an empty one.

    A single one of somebody else's is that of the connector who made the order, and is taken over with it.
    """
    free = [row for row in rows if not text(row, "transaction_id")]
    marked = [row for row in rows if text(row, "transaction_id") == key]
    right = [row for row in free if lines.amount(row, "amount") == total]
    sole = rows if len(rows) == 1 else []
    return next(iter([*marked, *right, *(row for row in free if _empty(row)), *sole]), None)


def _empty(row: Row) -> bool:
    return not text(row, "transaction_id") and not lines.amount(row, "amount") and text(row, "payment_method") == METHOD


def _fields(parts: Parts, action: Writable, total: Decimal, ours: Row | None) -> dict[str, object]:
    fields: dict[str, object] = {"amount": total, "payment_method": METHOD, "transaction_id": action.key}
    when = action.change.paid_at
    if when is not None or ours is None:
        fields["date_add"] = shop_time(when or parts.now())
    return fields


def _told(row: Row, field: str) -> str:
    return str(lines.amount(row, field)) if field == "amount" else text(row, field)
