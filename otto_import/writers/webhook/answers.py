"""What a receiver says, read with care: `answer.schema.json` and `lookup.schema.json`, beside this file, are its shapes.

Texts of a receiver come to ledgers, logs and terminals: only what is one printable line of modest length is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from otto_import.http import Unreadable
from otto_import.plan import OrderKey, ShopOrder
from otto_import.writers.web.client import read_json

LONGEST: Final = 200
"""How many characters a reference or a status may have."""

_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_MOST: Final = Decimal(10) ** 12
_FINEST: Final = -6
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Said:
    """Hold what an answer to an event says of the order; None where it says nothing."""

    reference: str | None = None
    status: str | None = None
    total: Decimal | None = None


def said(document: object) -> Said:
    """Read the answer to an event. One without a reference says nothing: `{"status": "ok"}` is many a server's way to be polite."""
    if not isinstance(document, dict):
        return Said()
    reference = word(document.get("reference"))
    if reference is None:
        return Said()
    return Said(reference, word(document.get("status")), amount(document.get("total")))


def document_of(body: bytes) -> object:
    """Read a body as JSON; None where it is none."""
    try:
        found: object = read_json(body)
    except Unreadable:
        return None
    return found


def order_of(entry: object) -> ShopOrder | None:
    """Read one order of a look-up; None where it names neither key nor reference. An order without a reference goes by its key."""
    if not isinstance(entry, dict):
        return None
    key = entry.get("key")
    key = OrderKey(key) if isinstance(key, str) and key else None
    ref = word(entry.get("reference")) or key
    if ref is None:
        return None
    items = entry.get("item_ids")
    return ShopOrder(
        ref=ref,
        key=key,
        status=_shown(entry.get("status")),
        set_status=word(entry.get("set_status")),
        complete=_truth(entry.get("complete")),
        expired=entry.get("expired") is True,
        item_ids=frozenset(items) if isinstance(items, list) and all(isinstance(item, str) for item in items) else None,
        total=amount(entry.get("total")),
        paid=_truth(entry.get("paid")),
        addressed=_truth(entry.get("addressed")),
        order_number=word(entry.get("order_number")),
        placed_at=_moment(entry.get("placed_at")),
    )


def word(value: object) -> str | None:
    """Give a text of one printable line, or a whole number as text; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST:
        return str(value)
    return value if isinstance(value, str) and value.strip() and len(value) <= LONGEST and value.isprintable() else None


def amount(value: object) -> Decimal | None:
    """Read an amount of money, written as a number or as text; None for anything else."""
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    found = Decimal(value)
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < _FINEST or abs(found) >= _MOST:
        return None
    cents = found.quantize(_CENT)
    return cents if cents == found else found


def _shown(value: object) -> str:
    """Give a status as it can be shown: one that no config can name must still be seen to be another."""
    if not isinstance(value, str) or not value.strip():
        return "(no status)"
    return "".join(sign if sign.isprintable() else "?" for sign in value[:LONGEST])


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
