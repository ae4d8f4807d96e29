"""How tests open the event stream, and read it as a program would that knows nothing but its schema."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from otto_import.plan import Role
from otto_import.writers.base import WriterContext
from otto_import.writers.jsonl import plugin
from otto_import.writers.jsonl.plugin import JsonlSettings
from otto_import.writers.jsonl.writer import JsonlWriter

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
ROLES = {Role.ANNOUNCED: "on-hold", Role.PROCESSABLE: "processing", Role.SENT: "completed", Role.CANCELLED: "cancelled"}
SCHEMA = json.loads(Path(__file__).parents[1].joinpath("otto_import/writers/jsonl/event.schema.json").read_text(encoding="utf-8"))
Line = dict[str, Any]


def open_stream(folder: Path, **differences: Any) -> JsonlWriter:
    context = WriterContext(folder=folder, roles=ROLES, now=lambda: NOW)
    return plugin.open(JsonlSettings(path=Path("orders.jsonl")), replace(context, **differences))


def written(folder: Path) -> list[Line]:
    """Read every line; the last one, too, must have its end."""
    text = (folder / "orders.jsonl").read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def events(folder: Path) -> list[Line]:
    """Read the events, after a header that must be the first line and the only one."""
    header, *rest = written(folder)
    assert ["stream", 1] == [header["type"], header["schema"]]
    assert all(line["type"].startswith("order.") for line in rest)
    return rest


def heard(lines: Iterable[Line]) -> dict[str, Line]:
    """Give each event once, by its id and without the moment it was sent; the same id must say the same."""
    found: dict[str, Line] = {}
    for line in lines:
        said = {name: value for name, value in line.items() if name != "at"}
        assert said == found.setdefault(line["event_id"], said)
    return found


def followed(lines: Iterable[Line]) -> dict[str, Line]:
    """Follow the stream as a program does: each event changes what it names, one heard before changes nothing; give the orders by OTTO's id."""
    orders: dict[str, Line] = {}
    for line in heard(lines).values():
        assert line["type"] == "order.created" or line["sales_order_id"] in orders
        orders.setdefault(line["sales_order_id"], {}).update(line)
    return orders
