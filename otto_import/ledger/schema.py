"""The ledger's tables, their versions, and how its connections are tuned."""

from __future__ import annotations

import sqlite3

from otto_import import database

APPLICATION_ID = 0x4F54544C
"""The number in the file's head by which a ledger is told from other SQLite files ("OTTL")."""

TUNING = ("PRAGMA wal_autocheckpoint = 4000", "PRAGMA cache_size = -4000")
"""A page of orders changes about 2 MB of pages: they fit into the cache (4 MB) and reach the file itself every 16 MB only."""

_FIRST = """
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    sales_order_id TEXT,
    order_number TEXT,
    placed_at INTEGER,
    stage TEXT NOT NULL,
    ref TEXT,
    status TEXT,
    otto_state TEXT,
    noted_at INTEGER,
    checked_at INTEGER,
    items TEXT NOT NULL,
    lines TEXT NOT NULL,
    address TEXT NOT NULL,
    total TEXT,
    paid INTEGER NOT NULL,
    overdue INTEGER NOT NULL,
    accepted TEXT,
    pending_kind TEXT,
    pending_code TEXT,
    pending_text TEXT,
    pending_attempts INTEGER,
    pending_since INTEGER,
    pending_next INTEGER,
    pending_paid INTEGER
) STRICT;
CREATE INDEX orders_number ON orders (order_number);
CREATE INDEX orders_pending ON orders (key, pending_kind, pending_next, pending_paid) WHERE pending_kind IS NOT NULL;
CREATE INDEX orders_overdue ON orders (overdue) WHERE overdue = 1;
CREATE INDEX orders_open ON orders (stage, placed_at) WHERE stage IN ('ANNOUNCED', 'PROCESSABLE') AND pending_kind IS NULL;
CREATE TABLE intentions (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    stage TEXT NOT NULL,
    status TEXT,
    expected TEXT,
    at INTEGER NOT NULL,
    deed TEXT
) STRICT;
CREATE INDEX intentions_open ON intentions (key) WHERE deed IS NULL;
CREATE TABLE history (
    order_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT,
    PRIMARY KEY (order_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    clock INTEGER NOT NULL,
    ended_at INTEGER,
    exit INTEGER,
    summary TEXT NOT NULL
) STRICT;
CREATE TABLE marks (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE progress (job TEXT PRIMARY KEY, next_from INTEGER NOT NULL, cancellations INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE identity (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    environment TEXT NOT NULL,
    account TEXT NOT NULL,
    writer TEXT NOT NULL,
    shop TEXT NOT NULL
) STRICT;
"""
# orders.id: keys come in no order, so rows are kept in the order of their making and a backfill fills one page of the file after the other;
# history hangs on that number for the same reason. Every index costs a backfill several µs an order: salesOrderIds have none of their own.

STEPS: tuple[database.Step, ...] = (_FIRST,)
"""The migrations, oldest first; what was released is never changed, only added to."""


def tune(connection: sqlite3.Connection) -> None:
    """Set what holds for one connection and is not kept in the file."""
    for pragma in TUNING:
        connection.execute(pragma)
