"""How tests open the embedded shop, read its tables, and act as the merchant in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from otto_import.plan import Role
from otto_import.writers.base import WriterContext
from otto_import.writers.sqlite import plugin
from otto_import.writers.sqlite.plugin import SqliteSettings
from otto_import.writers.sqlite.writer import SqliteWriter

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
ROLES = {Role.ANNOUNCED: "on-hold", Role.PROCESSABLE: "processing", Role.SENT: "Versandt", Role.CANCELLED_BY_PARTNER: "selbst-storniert"}


def open_shop(folder: Path, **differences: Any) -> SqliteWriter:
    context = WriterContext(folder=folder, roles=ROLES, now=lambda: NOW)
    return plugin.open(SqliteSettings(path=Path("shop.db")), replace(context, **differences))


def rows(folder: Path, question: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        return connection.execute(question, values).fetchall()


def merchant(folder: Path, deed: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "shop.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(deed, values)


def stock(folder: Path, ref: str) -> dict[str, int]:
    question = "SELECT sku, sum(CASE kind WHEN 'reserved' THEN quantity ELSE -quantity END) FROM stock_moves WHERE order_id = ? GROUP BY sku"
    return dict(rows(folder, question, ref))
