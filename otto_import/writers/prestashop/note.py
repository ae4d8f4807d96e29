"""The order's note: what the merchant reads, and our receipt in its last line. What the merchant writes around our block stays.

The shop keeps a note sign by sign (8.2), and finds orders by it; it shows it in the order's page and nowhere to the buyer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otto_import.writers.web import Receipt, fee_label

if TYPE_CHECKING:
    from otto_import.orders import DeliveryFee, Line

_HEAD: Final = "--- OTTO ---"
_MACHINE: Final = re.compile(r"^\[otto-import (\{.*\})\][ \t\r]*$", re.MULTILINE)
_BLOCK: Final = re.compile(r"^--- OTTO ---[ \t\r]*\n(.*?)^\[otto-import (\{.*\})\][ \t\r]*$\n?", re.MULTILINE | re.DOTALL)
_NOTE: Final = "Note: "
_PAID_AT: Final = "otto_paid_at"
_SPARES: Final = "otto_spares_stock"
_TOWARDS: Final = "otto_towards"
_CLAIMED: Final = "otto_claimed"
_MARKUP: Final = str.maketrans({"<": "‹", ">": "›"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNote:
    """Hold a note taken apart: the receipt and what goes with it, the lines for people, our remarks, and the merchant's own text.

    `spares_stock` marks an order that was made without taking stock; `towards` is the status an unfinished order is on its way to; `claimed` marks an
    order that another program made.
    """

    receipt: Receipt
    paid_at: str = ""
    spares_stock: bool = False
    towards: str = ""
    claimed: bool = False
    body: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    foreign: str = ""

    def written(self) -> str:
        """Put the note together."""
        fields = self.receipt.fields()
        if self.paid_at:
            fields[_PAID_AT] = self.paid_at
        if self.spares_stock:
            fields[_SPARES] = "1"
        if self.towards:
            fields[_TOWARDS] = self.towards
        if self.claimed:
            fields[_CLAIMED] = "1"
        lines = [_HEAD, *self.body, *(f"{_NOTE}{remark}" for remark in self.remarks)]
        block = "\n".join(_one_line(line) for line in lines)
        whole = f"{block}\n[otto-import {json.dumps(fields, ensure_ascii=False).translate(_MARKUP)}]"
        return f"{self.foreign}\n{whole}" if self.foreign else whole


def read_note(text: str) -> OrderNote | None:
    """Take a note apart; None where no receipt of ours stands in it. A mangled block gives the receipt alone."""
    text = text.replace("\r\n", "\n")
    found = _BLOCK.search(text) or _MACHINE.search(text)
    if found is None:
        return None
    try:
        fields = json.loads(found.groups()[-1])
    except (ValueError, RecursionError):
        return None
    receipt = Receipt.read(fields) if isinstance(fields, Mapping) else None
    if receipt is None:
        return None
    lines = found.group(1).splitlines() if found.re is _BLOCK else []
    return OrderNote(
        receipt=receipt,
        paid_at=str(fields.get(_PAID_AT) or ""),
        spares_stock=fields.get(_SPARES) == "1",
        towards=str(fields.get(_TOWARDS) or ""),
        claimed=fields.get(_CLAIMED) == "1",
        body=tuple(line for line in lines if not line.startswith(_NOTE)),
        remarks=tuple(line.removeprefix(_NOTE) for line in lines if line.startswith(_NOTE)),
        foreign=(text[: found.start()] + text[found.end() :]).strip("\n"),
    )


def body(receipt: Receipt, lines: Sequence[Line], fees: Sequence[DeliveryFee]) -> tuple[str, ...]:
    """Write what a merchant wants to know of the order, one thing a line: numbers, position items, when to ship, fees."""
    head = f"OTTO order {receipt.order_number} ({receipt.sales_order_id}), placed {receipt.placed_at}"
    return (head, *(_line(line) for line in lines), *(f"{fee_label(fee)}: {fee.amount:.2f} EUR" for fee in fees))


def _line(line: Line) -> str:
    told = f"{line.quantity} x {line.sku} ({line.price:.2f} EUR): {', '.join(line.item_ids)}"
    if line.ship_by is not None:
        told += f"; ship by {line.ship_by.isoformat().replace('+00:00', 'Z')}"
    if line.weee_pickup:
        told += "; take the old appliance along"
    if line.sent:
        told += f"; {line.sent} already sent"
    return told


def _one_line(text: str) -> str:
    return " ".join(text.translate(_MARKUP).split())
