"""The embedded shop's tables. Foreign programs read them, so names and meanings are a promise; add, never rename."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x4F74746F
"""What marks a file as an embedded shop ("Otto" in ASCII); `file` and SQLite's tools show it."""

# Money is text with two digits ("19.99"), a time is UTC text with milliseconds and Z, yes and no are 1 and 0.
_FIRST: Final = """
CREATE TABLE shop (
    identity        TEXT NOT NULL               -- random; tells this file from any other
) STRICT;
INSERT INTO shop (identity) VALUES (lower(hex(randomblob(16))));

CREATE TABLE orders (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice, so a reference never means another order
    otto_key        TEXT NOT NULL UNIQUE,       -- account and salesOrderId; the database itself refuses a double
    sales_order_id  TEXT NOT NULL,
    order_number    TEXT NOT NULL,              -- what the buyer sees at OTTO
    status          TEXT NOT NULL,
    total           TEXT NOT NULL,              -- the sum of the lines
    currency        TEXT NOT NULL,
    placed_at       TEXT NOT NULL,
    paid_at         TEXT,                       -- empty while it is unpaid
    payment_method  TEXT,                       -- as OTTO names it
    note            TEXT NOT NULL,              -- for the merchant, such as a suspected fraud
    created_at      TEXT NOT NULL,
    changed_at      TEXT NOT NULL,              -- when otto-import last wrote this order
    set_status      TEXT,                       -- receipt: the status otto-import set last
    item_ids        TEXT NOT NULL,              -- receipt: JSON list of the position items the order stands for
    expired         INTEGER NOT NULL,           -- receipt: cancelled because it stayed unpaid past the deadline
    complete        INTEGER NOT NULL            -- receipt: written to the end
) STRICT;
CREATE INDEX orders_by_number ON orders (order_number);

CREATE TABLE order_lines (
    order_id        INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    position        INTEGER NOT NULL,           -- 1, 2, 3 …
    kind            TEXT NOT NULL CHECK (kind IN ('article', 'shipping')),
    sku             TEXT NOT NULL,              -- empty on shipping lines
    title           TEXT NOT NULL,
    quantity        INTEGER NOT NULL,
    price           TEXT NOT NULL,              -- of one unit, VAT included
    vat_rate        TEXT NOT NULL,              -- in percent
    line_total      TEXT NOT NULL,
    article_number  TEXT NOT NULL,
    ean             TEXT NOT NULL,
    ship_by         TEXT,
    weee_pickup     INTEGER NOT NULL,           -- an old appliance is to be taken back
    sent_quantity   INTEGER NOT NULL,           -- so many of the units have already left
    otto_item_ids   TEXT NOT NULL,              -- JSON list of position items
    PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_addresses (
    order_id        INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CHECK (kind IN ('delivery', 'invoice')),
    placeholder     INTEGER NOT NULL,           -- OTTO has not told the address yet
    salutation      TEXT NOT NULL,
    first_name      TEXT NOT NULL,
    last_name       TEXT NOT NULL,
    street          TEXT NOT NULL,
    house_number    TEXT NOT NULL,
    addition        TEXT NOT NULL,
    zip_code        TEXT NOT NULL,
    city            TEXT NOT NULL,
    country         TEXT NOT NULL,              -- ISO 3166-1 alpha-2; empty on a placeholder
    phone           TEXT NOT NULL,              -- orders brought by a forwarder only
    email           TEXT NOT NULL,              -- OTTO's forwarding address, where the config asks for it
    PRIMARY KEY (order_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE stock_moves (
    id              INTEGER PRIMARY KEY,
    order_id        INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    sku             TEXT NOT NULL,
    quantity        INTEGER NOT NULL CHECK (quantity > 0),
    kind            TEXT NOT NULL CHECK (kind IN ('reserved', 'released')),
    at              TEXT NOT NULL,
    reason          TEXT NOT NULL               -- a stable code
) STRICT;
CREATE INDEX stock_moves_by_order ON stock_moves (order_id);

CREATE TABLE status_history (
    id              INTEGER PRIMARY KEY,
    order_id        INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    at              TEXT NOT NULL,
    from_status     TEXT,                       -- empty for a new order
    to_status       TEXT NOT NULL,
    by              TEXT NOT NULL,              -- 'otto-import'
    reason          TEXT NOT NULL               -- a sentence
) STRICT;
CREATE INDEX status_history_by_order ON status_history (order_id);
"""

_SPARED: Final = """
ALTER TABLE orders ADD COLUMN spares_stock INTEGER NOT NULL DEFAULT 0;  -- it left long ago: its units are taken from no stock
"""

STEPS: Final = (_FIRST, _SPARED)
"""Every migration there ever was, oldest first."""
