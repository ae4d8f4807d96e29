"""How one order is written into the embedded shop, inside a transaction that the writer holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from otto_import.plan import Changed, Create, Refused, ShopOrder, Update, Writable
from otto_import.writers.sqlite import reading, rows

_BY: Final = "otto-import"
_ADD_ORDER: Final = """
INSERT INTO orders (otto_key, sales_order_id, order_number, status, total, currency, placed_at, paid_at, payment_method, note,
    created_at, changed_at, set_status, item_ids, expired, spares_stock, complete)
VALUES (?, ?, ?, ?, ?, 'EUR', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"""
_ADD_LINE: Final = """
INSERT INTO order_lines (order_id, position, kind, sku, title, quantity, price, vat_rate, line_total, article_number, ean, ship_by,
    weee_pickup, sent_quantity, otto_item_ids)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_PUT_ADDRESS: Final = """
INSERT OR REPLACE INTO order_addresses (order_id, kind, placeholder, salutation, first_name, last_name, street, house_number, addition,
    zip_code, city, country, phone, email)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_ADD_MOVE: Final = "INSERT INTO stock_moves (order_id, sku, quantity, kind, at, reason) VALUES (?, ?, ?, ?, ?, ?)"
_ADD_HISTORY: Final = "INSERT INTO status_history (order_id, at, from_status, to_status, by, reason) VALUES (?, ?, ?, ?, ?, ?)"
_DROP_LINES: Final = "DELETE FROM order_lines WHERE order_id = ?"
_SET_LINES: Final = "UPDATE orders SET total = ?, item_ids = ? WHERE id = ?"
_SET_STATUS: Final = "UPDATE orders SET status = ?1, set_status = ?1 WHERE id = ?2"
_SET_PAID: Final = "UPDATE orders SET paid_at = coalesce(?1, paid_at, ?2) WHERE id = ?3"
_SET_EXPIRED: Final = "UPDATE orders SET expired = ? WHERE id = ?"
_ADD_NOTE: Final = """
UPDATE orders SET note = CASE note WHEN '' THEN ?1 ELSE note || char(10) || ?1 END
WHERE id = ?2 AND instr(char(10) || note || char(10), char(10) || ?1 || char(10)) = 0"""
_FINISH: Final = "UPDATE orders SET complete = 1, changed_at = ? WHERE id = ?"
_TAKEN: Final = """
SELECT sku, sum(CASE kind WHEN 'reserved' THEN quantity ELSE -quantity END) FROM stock_moves WHERE order_id = ? GROUP BY sku"""
_WANTED: Final = "SELECT sku, sum(quantity) FROM order_lines WHERE order_id = ? AND kind = 'article' GROUP BY sku"
_SPARES: Final = "SELECT 1 FROM orders WHERE id = ? AND spares_stock = 1"


@dataclass(frozen=True, slots=True)
class Deeds:
    """Write orders over one connection at one moment (`at`, aware UTC).

    `releasing` are the statuses whose orders hold no stock; `buyer_email` is "none" or "masked".
    """

    connection: sqlite3.Connection
    releasing: frozenset[str]
    buyer_email: str
    at: datetime
    stamp: str

    def attempt(self, action: Writable) -> int | Refused | Changed:
        """Write one order wholly or not at all; give its row, or what stood in the way."""
        execute = self.connection.execute
        execute("SAVEPOINT one_order")
        try:
            outcome = self._create(action) if isinstance(action, Create) else self._update(action)
        except sqlite3.IntegrityError as error:
            execute("ROLLBACK TO one_order")
            outcome = Refused(action.key, _code(error))
        except (UnicodeEncodeError, sqlite3.DataError):  # half of a character that JSON can write and no file can hold, or a text too long
            execute("ROLLBACK TO one_order")
            outcome = Refused(action.key, "unwritable_text")
        execute("RELEASE one_order")
        return outcome

    def _create(self, action: Create) -> int | Refused:
        order, change = action.order, action.change
        if change.status is None:
            return Refused(action.key, "no_status")
        connection, stamp = self.connection, self.stamp
        lines = rows.lines(change.lines or (), change.fees or ())
        paid_at = rows.moment(change.paid_at or self.at) if change.paid else None
        number = connection.execute(
            _ADD_ORDER,
            (
                action.key, order.sales_order_id, order.order_number, change.status, rows.money(lines.total), rows.moment(order.placed_at), paid_at,
                order.payment_method, change.note, stamp, stamp, change.status, lines.item_ids, int(bool(change.expired)),
                int(change.spares_stock),
            ),
        ).lastrowid or 0  # fmt: skip
        connection.executemany(_ADD_LINE, [(number, *row) for row in lines.rows])
        found = rows.addresses(change, self.buyer_email)
        connection.executemany(_PUT_ADDRESS, [(number, *row) for row in (*found, *rows.placeholders(change))])
        if change.status not in self.releasing and not change.spares_stock:
            connection.executemany(_ADD_MOVE, [(number, sku, units, "reserved", stamp, action.reason.code) for sku, units in lines.units.items()])
        connection.execute(_ADD_HISTORY, (number, stamp, None, change.status, _BY, action.reason.text))
        return number

    def _update(self, action: Update) -> int | Changed:
        found = next(reading.by_ref(self.connection, (action.ref,)), None)
        if found is None or found.key != action.key or found.status != action.expected:
            return Changed(action.key, found)
        number, change = int(found.ref), action.change
        execute, stamp = self.connection.execute, self.stamp
        if change.lines is not None:
            lines = rows.lines(change.lines, change.fees or ())
            execute(_DROP_LINES, (number,))
            self.connection.executemany(_ADD_LINE, [(number, *row) for row in lines.rows])
            execute(_SET_LINES, (rows.money(lines.total), lines.item_ids, number))
        self.connection.executemany(_PUT_ADDRESS, [(number, *row) for row in rows.addresses(change, self.buyer_email)])
        if change.paid:
            execute(_SET_PAID, (None if change.paid_at is None else rows.moment(change.paid_at), stamp, number))
        if change.expired is not None:
            execute(_SET_EXPIRED, (int(change.expired), number))
        if change.note:
            execute(_ADD_NOTE, (change.note, number))
        self._set_status(action, number, found)
        execute(_FINISH, (stamp, number))
        return number

    def _set_status(self, action: Update, number: int, found: ShopOrder) -> None:
        status = action.change.status
        if status is not None:
            self.connection.execute(_SET_STATUS, (status, number))
            if status != found.status:
                self.connection.execute(_ADD_HISTORY, (number, self.stamp, found.status, status, _BY, action.reason.text))
        self._settle_stock(number, found.status if status is None else status, action.reason.code)

    def _settle_stock(self, number: int, status: str, reason: str) -> None:
        """Bring what an order holds of each SKU to what its status and lines demand; nothing to do the second time."""
        if self.connection.execute(_SPARES, (number,)).fetchone():
            return
        taken: Mapping[str, int] = dict(self.connection.execute(_TAKEN, (number,)))
        wanted: Mapping[str, int] = {} if status in self.releasing else dict(self.connection.execute(_WANTED, (number,)))
        moves = {sku: wanted.get(sku, 0) - taken.get(sku, 0) for sku in (*wanted, *(sku for sku in taken if sku not in wanted))}
        self.connection.executemany(
            _ADD_MOVE,
            [
                (number, sku, abs(units), "reserved" if units > 0 else "released", self.stamp, reason)
                for sku, units in moves.items()
                if units
            ],
        )  # fmt: skip


def _code(error: sqlite3.IntegrityError) -> str:
    if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
        return "duplicate_key"
    return error.sqlite_errorname.removeprefix("SQLITE_").lower()
