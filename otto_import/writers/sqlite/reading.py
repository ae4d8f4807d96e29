"""What the embedded shop says of its orders."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from otto_import.plan import OrderKey, ShopOrder

_LARGEST: Final = 2**63 - 1
# One list as one JSON argument: constant SQL for any number of orders. The total is read from the lines, so that it shows what really stands there.
_ASKED: Final = """
SELECT o.id, o.otto_key, o.status, o.set_status, o.complete, o.expired, o.item_ids, o.paid_at,
    (SELECT group_concat(l.line_total, ' ') FROM order_lines AS l WHERE l.order_id = o.id),
    EXISTS (SELECT 1 FROM order_addresses AS a WHERE a.order_id = o.id AND a.kind = 'delivery' AND a.placeholder = 0),
    o.order_number, o.placed_at
FROM orders AS o WHERE """
_BY_KEY: Final = _ASKED + "o.otto_key IN (SELECT value FROM json_each(?)) ORDER BY o.id"  # noqa: S608  – joined from constants
_BY_ID: Final = _ASKED + "o.id IN (SELECT value FROM json_each(?)) ORDER BY o.id"  # noqa: S608  – joined from constants
_AFTER: Final = _ASKED + "o.id > ? ORDER BY o.id LIMIT ?"
_RESULTS: Final = """
SELECT o.id, o.status, (SELECT group_concat(l.line_total, ' ') FROM order_lines AS l WHERE l.order_id = o.id)
FROM orders AS o WHERE o.id IN (SELECT value FROM json_each(?))"""

_Told = tuple[int, str, str, str | None, int, int, str, str | None, str | None, int, str, str]


def row_id(ref: str) -> int | None:
    """Give the row a reference names; None if it cannot be one of ours."""
    number = int(ref) if ref.isascii() and ref.isdecimal() and len(ref) <= len(str(_LARGEST)) else 0
    return number if 0 < number <= _LARGEST else None


def by_key(connection: sqlite3.Connection, keys: Iterable[OrderKey]) -> Iterator[ShopOrder]:
    """Read the orders that carry one of these keys."""
    return map(_shop_order, connection.execute(_BY_KEY, (json.dumps(list(keys)),)))


def by_ref(connection: sqlite3.Connection, refs: Iterable[str]) -> Iterator[ShopOrder]:
    """Read the orders these references name."""
    ids = [number for number in map(row_id, refs) if number is not None]
    return map(_shop_order, connection.execute(_BY_ID, (json.dumps(ids),)))


def after(connection: sqlite3.Connection, row: int, limit: int) -> list[ShopOrder]:
    """Read the next orders after a row."""
    return list(map(_shop_order, connection.execute(_AFTER, (row, limit))))


def results(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, tuple[str, Decimal | None]]:
    """Read back what was written: status and sum of the lines, by row."""
    rows = connection.execute(_RESULTS, (json.dumps(list(ids)),))
    return {number: (status, _sum(amounts)) for number, status, amounts in rows}


def _shop_order(row: _Told) -> ShopOrder:
    number, key, status, set_status, complete, expired, item_ids, paid_at, amounts, addressed, order_number, placed_at = row
    return ShopOrder(
        ref=str(number),
        key=OrderKey(key),
        status=status,
        set_status=set_status,
        complete=bool(complete),
        expired=bool(expired),
        item_ids=_ids(item_ids),
        total=_sum(amounts),
        paid=paid_at is not None,
        addressed=bool(addressed),
        order_number=order_number,
        placed_at=_moment(placed_at),
    )


def _sum(amounts: str | None) -> Decimal | None:
    try:
        return sum(map(Decimal, (amounts or "").split()), Decimal("0.00"))
    except InvalidOperation:  # another program wrote into the lines
        return None


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):  # another program wrote into the row
        return None


def _ids(text: str) -> frozenset[str] | None:
    try:
        found = json.loads(text)
    except ValueError:  # another program wrote into the receipt
        return None
    return frozenset(map(str, found)) if isinstance(found, list) else None
