"""What the ledger knows of orders, as a table for people and as JSON lines; any number of them in flat memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from otto_import.plan import Known, PendingKind
from otto_import.report.jsonlines import json_text
from otto_import.report.local import local
from otto_import.report.sheet import Sheet
from otto_import.report.storyfields import doubt_fields, is_set_aside, moment_text, pending_fields
from otto_import.report.table import rendered, width_of

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = 50
"""Rows shown as a table."""

_HEADINGS = ("order", "placed", "OTTO", "shop", "total", "waits")
_WIDTHS = (12, 21, 24, 16, 10)
_STYLES = {PendingKind.CONFLICT: "red", PendingKind.FAILED: "red", PendingKind.HOLD: "yellow", PendingKind.HELD_BACK: "yellow"}
_WORDS = {PendingKind.HOLD: "held", PendingKind.CONFLICT: "conflict", PendingKind.FAILED: "failed", PendingKind.HELD_BACK: "held back"}


class PeopleListing:
    """Show the first orders as a table and count the rest, or with `verbose` show every one as a row of fixed widths; `quiet`: no closing words."""

    def __init__(self, stream: TextIO | None, *, columns: int | None, verbose: bool = False, quiet: bool = False) -> None:
        self._sheet = Sheet(stream)
        self._console = Console(file=stream, width=width_of(columns), highlight=False, markup=False, emoji=False)
        self._verbose = verbose
        self._quiet = quiet

    def show(self, orders: Iterator[Known]) -> int:
        """Show orders; give how many there are."""
        count = self._rows(orders) if self._verbose else self._table(orders)
        if not self._quiet:
            self._say(f"{count} order{'' if count == 1 else 's'}." if count else "No such orders.")
        return count

    def _table(self, orders: Iterator[Known]) -> int:
        first = [(known, cells(known, self._sheet.fit)) for known in islice(orders, FIRST)]
        if not first:
            return 0
        grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for heading in _HEADINGS:
            grid.add_column(heading, overflow="fold", justify="right" if heading == "total" else "left", no_wrap=heading == "placed")
        for known, row in first:
            style = _STYLES[known.pending.kind] if known.pending else ""
            grid.add_row(*map(Text, row[:-1]), Text(row[-1], style=style))
        self._sheet.write(rendered(self._console, grid))
        rest = sum(1 for _ in orders)
        if rest:
            self._say(f"… and {rest} more (`-v`, `--csv` or `--json`)")
        return len(first) + rest

    def _rows(self, orders: Iterator[Known]) -> int:
        count = 0
        for known in orders:
            if not count:
                self._sheet.write(f"{_fixed(_HEADINGS)}\n")
            self._sheet.write(f"{_fixed(cells(known, self._sheet.fit))}\n")
            count += 1
        return count

    def _say(self, sentence: str) -> None:
        self._sheet.write(f"{self._sheet.fit(sentence)}\n")


def cells(known: Known, fit: Callable[[str], str]) -> tuple[str, ...]:
    """Give the cells of an order's row, each one line that fits its stream."""
    return tuple(
        fit(text)
        for text in (
            known.order_number or known.sales_order_id or known.key,
            local(known.placed_at),
            known.otto_state.value if known.otto_state else "–",
            known.status or "–",
            "–" if known.total is None else str(known.total),
            _waits(known),
        )
    )


def _waits(known: Known) -> str:
    parts = []
    if known.intention is not None:
        parts.append("in doubt")
    if known.pending is not None:
        aside = ", set aside" if is_set_aside(known.pending) else ""
        parts.append(f"{_WORDS[known.pending.kind]}{aside}: {known.pending.reason.text}")
    if known.overdue:
        parts.append("overdue")
    return "; ".join(parts)


def _fixed(row: Iterable[str]) -> str:
    *short, last = row
    return "  ".join([*(f"{cell:<{width}}" for cell, width in zip(short, _WIDTHS, strict=True)), last]).rstrip()


class JsonListing:
    """Write one JSON object an order."""

    def __init__(self, stream: TextIO | None) -> None:
        self._sheet = Sheet(stream)

    def show(self, orders: Iterator[Known]) -> int:
        """Write orders; give how many there are."""
        count = 0
        for known in orders:
            self._sheet.write(json_text(known_fields(known), self._sheet) + "\n")
            count += 1
        return count


def known_fields(known: Known) -> dict[str, object]:
    """Give what the ledger knows of an order, in the order of the fields; times are UTC."""
    return {
        "type": "known_order",
        "sales_order_id": known.sales_order_id,
        "order_number": known.order_number,
        "key": known.key,
        "placed_at": moment_text(known.placed_at),
        "otto_state": known.otto_state,
        "stage": known.stage,
        "shop_status": known.status,
        "shop_ref": known.ref,
        "total": None if known.total is None else str(known.total),
        "paid": known.paid,
        "overdue": known.overdue,
        "checked_at": moment_text(known.checked_at),
        "pending": pending_fields(known.pending),
        "in_doubt": doubt_fields(known.intention),
    }
