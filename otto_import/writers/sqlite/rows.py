"""Orders, lines and addresses as rows of the embedded shop."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from otto_import.orders import Address, DeliveryFee, Line
from otto_import.plan import Change
from otto_import.writers.buyers import PLACEHOLDER_TEXT, forwarding_email

Row = tuple[str | int | None, ...]

PLACEHOLDER: Final = Address("", PLACEHOLDER_TEXT, "", "", "", "", "")
"""What stands in an address while OTTO withholds it; its row is marked as a placeholder too."""
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Lines:
    """Hold the lines of an order: rows without their order's number, what they add up to, the position items, the units of each SKU."""

    rows: tuple[Row, ...]
    total: Decimal
    item_ids: str
    units: dict[str, int]


def moment(at: datetime) -> str:
    """Write a time as UTC text with milliseconds and Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def money(amount: Decimal) -> str:
    """Write an amount with two digits."""
    return f"{amount:.2f}"


def lines(articles: Sequence[Line], fees: Sequence[DeliveryFee]) -> Lines:
    """Lay out article lines, then delivery fees as shipping lines under their own names."""
    rows: list[Row] = []
    item_ids: list[str] = []
    units: dict[str, int] = {}
    total = Decimal(0)
    for line in articles:
        quantity, price, line_total = len(line.item_ids), money(line.price), money(line.total)
        total += Decimal(line_total)  # as written, so that a fraction of a cent lost here shows in the total read back
        item_ids += line.item_ids
        units[line.sku] = units.get(line.sku, 0) + quantity
        ship_by = None if line.ship_by is None else moment(line.ship_by)
        rows.append((
            len(rows) + 1, "article", line.sku, line.title, quantity, price, money(line.vat_rate), line_total,
            line.article_number, line.ean, ship_by, int(line.weee_pickup), line.sent, _JSON(line.item_ids),
        ))  # fmt: skip
    for fee in fees:
        price = money(fee.amount)
        total += Decimal(price)
        rows.append((
            len(rows) + 1, "shipping", "", fee.name, 1, price, money(fee.vat_rate), price, "", "", None, 0, 0, _JSON(sorted(fee.item_ids)),
        ))  # fmt: skip
    return Lines(tuple(rows), total, _JSON(item_ids), units)


def addresses(change: Change, buyer_email: str) -> list[Row]:
    """Lay out the addresses that are there, without their order's number."""
    found: list[Row] = []
    if change.delivery is not None:
        found.append(_address("delivery", change.delivery, 0, ""))
    if change.invoice is not None:
        found.append(_address("invoice", change.invoice, 0, forwarding_email(change.invoice, buyer_email)))
    return found


def placeholders(change: Change) -> list[Row]:
    """Lay out placeholders for the addresses that are not there."""
    return [_WAITING[kind] for kind, address in (("delivery", change.delivery), ("invoice", change.invoice)) if address is None]


def _address(kind: str, address: Address, placeholder: int, email: str) -> Row:
    return (
        kind, placeholder, address.salutation, address.first_name, address.last_name, address.street, address.house_number,
        address.addition, address.zip_code, address.city, address.country, address.phone, email,
    )  # fmt: skip


_WAITING: Final = {kind: _address(kind, PLACEHOLDER, 1, "") for kind in ("delivery", "invoice")}
