"""The ledger's SQL: constant texts, so that SQLite prepares each of them once."""

from __future__ import annotations

from datetime import UTC, datetime

from otto_import.ledger.rows import COLUMNS, millis
from otto_import.plan import LOST

_NAMES = ", ".join(COLUMNS)
_MARKS = ", ".join("?" * len(COLUMNS))
_SETTINGS = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in {"key", "order_number"})

INSERT = f"INSERT INTO orders ({_NAMES}) VALUES ({_MARKS}) ON CONFLICT (key) DO NOTHING"  # noqa: S608  – the names are ours

UPSERT = f"INSERT INTO orders ({_NAMES}) VALUES ({_MARKS}) ON CONFLICT (key) DO UPDATE SET {_SETTINGS}"  # noqa: S608  – the names are ours
RENUMBER = "UPDATE orders SET order_number = ?2 WHERE key = ?1 AND order_number IS NOT ?2"
"""Complete `UPSERT`: the number hardly ever changes, and naming it there would rewrite its index each time."""

INTEND = "INSERT INTO intentions (key, kind, stage, status, expected, at) VALUES (?, ?, ?, ?, ?, ?)"
CLOSE = "UPDATE intentions SET deed = ?1 WHERE key = ?2 AND deed IS NULL"
TOUCH = "UPDATE orders SET checked_at = ?1 WHERE key = ?2"

ADD_EVENT = """
INSERT INTO history (order_id, number, at, kind, code, text, status)
SELECT id, coalesce((SELECT max(number) FROM history WHERE order_id = orders.id), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM orders WHERE key = ?1
"""
HISTORY = """
SELECT at, kind, code, text, status FROM history WHERE order_id = (SELECT id FROM orders WHERE key = ?) ORDER BY number
"""

FORGET = (
    "DELETE FROM history WHERE order_id = (SELECT id FROM orders WHERE key = ?)",
    "DELETE FROM intentions WHERE key = ?",
    "DELETE FROM orders WHERE key = ?",
)

_INTENTION = "i.id, i.kind, i.stage, i.status, i.expected, i.at"
_SELECTED = ", ".join(f"orders.{name}" for name in COLUMNS)
_LATEST = "LEFT JOIN intentions AS i ON i.id = (SELECT max(id) FROM intentions WHERE key = orders.key AND deed IS NULL)"
_SELECT = f"SELECT {_SELECTED}, {_INTENTION} FROM orders {_LATEST}"  # noqa: S608  – the names are ours
_PENDING = f"SELECT {_SELECTED}, {_INTENTION} FROM orders INDEXED BY orders_pending {_LATEST} WHERE pending_kind IS NOT NULL"  # noqa: S608  – the same
_OPEN = f"""
SELECT {_SELECTED}, {_INTENTION} FROM orders INDEXED BY orders_open {_LATEST}
WHERE orders.stage IN ('ANNOUNCED', 'PROCESSABLE') AND pending_kind IS NULL
"""  # noqa: S608  – the same
_NEVER = millis(datetime.max.replace(tzinfo=UTC)) - 1
_PAGE = "AND orders.key > :after ORDER BY orders.key LIMIT :limit"

KNOWN = f"{_SELECT} WHERE orders.key IN (SELECT value FROM json_each(?))"  # noqa: S608  – the names are ours
NUMBERED = f"{_SELECT} WHERE order_number = ? ORDER BY orders.key"
IDENTIFIED = f"{_SELECT} WHERE sales_order_id = ? ORDER BY orders.key"

IN_DOUBT = f"""
{_SELECT} WHERE orders.key IN (
    SELECT DISTINCT key FROM intentions WHERE deed IS NULL AND key > :after AND NOT EXISTS (
        SELECT 1 FROM orders AS lost
        WHERE lost.key = intentions.key AND lost.pending_code = '{LOST}' AND coalesce(lost.pending_next, {_NEVER}) > :wall
    ) ORDER BY key LIMIT :limit
)
ORDER BY orders.key
"""  # noqa: S608  – the names are ours
DUE = f"{_PENDING} AND pending_kind <> 'held_back' AND pending_code <> '{LOST}' AND pending_next <= :wall {_PAGE}"
PENDING = f"{_PENDING} {_PAGE}"
HELD_BACK = f"{_PENDING} AND pending_kind = 'held_back' {_PAGE}"
_LATE = "stage = 'ANNOUNCED' AND overdue = 0 AND accepted IS NULL AND placed_at <= :until"
PAST_DEADLINE = f"""
{_SELECT} WHERE orders.key IN (
    SELECT key FROM orders INDEXED BY orders_open WHERE stage IN ('ANNOUNCED', 'PROCESSABLE') AND pending_kind IS NULL AND {_LATE}
    UNION ALL SELECT key FROM orders INDEXED BY orders_pending WHERE pending_kind IN ('conflict', 'failed') AND otto_state = 'ANNOUNCED' AND {_LATE}
) {_PAGE}
"""  # noqa: S608  – the names are ours
UNCHECKED = f"{_OPEN} AND placed_at >= :from AND placed_at < :until AND (checked_at IS NULL OR checked_at < :before) {_PAGE}"

FINISHED = """
SELECT key FROM orders
WHERE max(placed_at, coalesce(noted_at, 0)) < :before AND pending_kind IS NULL
    AND (stage IN ('FULFILLED', 'CANCELLED', 'EXPIRED') OR (stage = 'NEVER' AND otto_state NOT IN ('ANNOUNCED', 'PROCESSABLE', 'UNKNOWN')))
    AND NOT EXISTS (SELECT 1 FROM intentions WHERE intentions.key = orders.key AND deed IS NULL)
ORDER BY id LIMIT :limit
"""

ORDERS = f"""
{_SELECT} WHERE (:state IS NULL OR otto_state = :state) AND (
    :every
    OR pending_kind IN (SELECT value FROM json_each(:kinds))
    OR (:overdue AND overdue = 1)
    OR (:doubt AND i.id IS NOT NULL)
    OR (:aside AND pending_kind <> 'held_back' AND pending_next IS NULL)
)
ORDER BY placed_at DESC, orders.key
"""  # noqa: S608  – the names are ours

STANDING = f"""
SELECT
    count(*) FILTER (WHERE pending_kind = 'hold'),
    count(*) FILTER (WHERE pending_kind = 'conflict'),
    count(*) FILTER (WHERE pending_kind = 'failed' AND pending_code <> '{LOST}'),
    count(*) FILTER (WHERE pending_kind = 'held_back'),
    (SELECT count(*) FROM orders INDEXED BY orders_overdue WHERE overdue = 1),
    count(*) FILTER (WHERE pending_next IS NULL),
    count(*) FILTER (WHERE pending_next IS NULL AND pending_paid = 1),
    (SELECT count(DISTINCT key) FROM intentions INDEXED BY intentions_open WHERE deed IS NULL)
FROM orders INDEXED BY orders_pending WHERE pending_kind IS NOT NULL
"""  # noqa: S608  – the names are ours

MARK = "SELECT at FROM marks WHERE name = ?"
SET_MARK = "INSERT INTO marks (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at"

BEGIN_RUN = "INSERT INTO runs (command, started_at, clock, summary) VALUES (?, ?, ?, '')"
PRUNE_RUNS = "DELETE FROM runs WHERE id <= ?"
END_RUN = "UPDATE runs SET ended_at = ?, exit = ?, summary = ? WHERE id = ?"
RUNS = "SELECT id, command, started_at, clock, ended_at, exit, summary FROM runs ORDER BY id DESC LIMIT ?"

PROGRESS = "SELECT next_from, cancellations FROM progress WHERE job = ?"
SET_PROGRESS = """
INSERT INTO progress (job, next_from, cancellations) VALUES (?, ?, ?)
ON CONFLICT (job) DO UPDATE SET next_from = excluded.next_from, cancellations = excluded.cancellations
"""
DROP_PROGRESS = "DELETE FROM progress WHERE job = ?"

IDENTITY = "SELECT environment, account, writer, shop FROM identity"
SET_IDENTITY = "INSERT OR REPLACE INTO identity (only, environment, account, writer, shop) VALUES (1, ?, ?, ?, ?)"
