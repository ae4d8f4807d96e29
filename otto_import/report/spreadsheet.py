"""What the ledger knows of orders, as CSV for spreadsheets: UTF-8 with a byte order mark, German time, no cell that could be a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from otto_import.report.local import local_plain
from otto_import.report.sheet import visible
from otto_import.report.storyfields import is_set_aside

if TYPE_CHECKING:
    from collections.abc import Callable

    from otto_import.plan import Known

BYTE_ORDER_MARK = "\ufeff"
HEADINGS = (
    "order_number",
    "sales_order_id",
    "placed_at_berlin",
    "otto_state",
    "stage",
    "shop_status",
    "shop_ref",
    "total",
    "currency",
    "paid",
    "overdue",
    "in_doubt",
    "waits",
    "why",
    "waits_since_berlin",
    "next_look_berlin",
    "checked_at_berlin",
    "set_aside",
)
_FORMULA = re.compile(r"^(?=[=+\-@\t\r\n＝＋－＠])|(?<=[;,|])(?=[=+\-@＝＋－＠])")
"""Where a formula may begin: at the beginning of a cell, or after what a spreadsheet set to another separator takes for the end of one.

Spreadsheets take the full-width signs for the plain ones.
"""
_AT_ONCE = 500


def write_csv(orders: Iterator[Known], write: Callable[[str], object], *, decimal_comma: bool) -> int:
    """Write orders, some hundred at a time; give how many there are. With a decimal comma fields are parted by semicolons, as German programs want it."""
    page = io.StringIO(newline="")
    rows = csv.writer(page, delimiter=";" if decimal_comma else ",", lineterminator="\r\n")
    page.write(BYTE_ORDER_MARK)
    rows.writerow(HEADINGS)
    count = 0
    for known in orders:
        rows.writerow(visible(defused(cell)) for cell in _cells(known, decimal_comma=decimal_comma))
        count += 1
        if count % _AT_ONCE == 0:
            write(page.getvalue())
            page.seek(0)
            page.truncate()
    write(page.getvalue())
    return count


def defused(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return _FORMULA.sub("'", text)


def _cells(known: Known, *, decimal_comma: bool) -> tuple[str, ...]:
    pending = known.pending
    return (
        known.order_number or "",
        known.sales_order_id or "",
        local_plain(known.placed_at),
        known.otto_state.value if known.otto_state else "",
        known.stage.value,
        known.status or "",
        known.ref or "",
        _amount(known.total, decimal_comma=decimal_comma),
        "" if known.total is None else "EUR",
        _yes(known.paid),
        _yes(known.overdue),
        _yes(known.intention is not None),
        pending.kind.value if pending else "",
        pending.reason.text if pending else "",
        local_plain(pending.since if pending else None),
        local_plain(pending.next_at if pending else None),
        local_plain(known.checked_at),
        _yes(is_set_aside(pending)),
    )


def _amount(total: Decimal | None, *, decimal_comma: bool) -> str:
    if total is None:
        return ""
    return str(total).replace(".", ",") if decimal_comma else str(total)


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
