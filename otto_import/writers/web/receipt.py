"""The receipt on a shop order: whose it is, what we set last, and whether it is whole. From receipts a lost ledger can be rebuilt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from otto_import.plan import OrderKey

if TYPE_CHECKING:
    from otto_import.orders import Order
    from otto_import.plan import Change

_YES: Final = "1"
_NO: Final = "0"
_KEY: Final = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Hold what a shop order says of itself; `item_ids` are the living position items as last written (None: not told).

    `address` tells whether a real address stands on it, `paid` whether we marked it as paid; `placed_at` is OTTO's order date, UTC, as text.
    """

    key: OrderKey
    sales_order_id: str = ""
    order_number: str = ""
    placed_at: str = ""
    status: str | None = None
    item_ids: tuple[str, ...] | None = None
    complete: bool | None = None
    expired: bool = False
    addressed: bool | None = None
    paid: bool | None = None

    def fields(self, prefix: str = "otto_") -> dict[str, str]:
        """Lay the receipt out as texts under names with a prefix; what is not told is left out."""
        told: dict[str, str | None] = {
            _KEY: self.key,
            "sales_order_id": self.sales_order_id or None,
            "order_number": self.order_number or None,
            "placed_at": self.placed_at or None,
            "status": self.status,
            "items": None if self.item_ids is None else ",".join(self.item_ids),
            "complete": _word(self.complete),
            "expired": _word(self.expired),
            "addressed": _word(self.addressed),
            "paid": _word(self.paid),
        }
        return {f"{prefix}{name}": value for name, value in told.items() if value is not None}

    @classmethod
    def read(cls, fields: Mapping[str, object], prefix: str = "otto_") -> Receipt | None:
        """Read the receipt from a shop's fields; None where there is none. What a stranger put there in another shape counts as not told."""

        def text(name: str) -> str | None:
            value = fields.get(f"{prefix}{name}")
            return value if isinstance(value, str) else None

        key = text(_KEY)
        if not key:
            return None
        items = text("items")
        return cls(
            key=OrderKey(key),
            sales_order_id=text("sales_order_id") or "",
            order_number=text("order_number") or "",
            placed_at=text("placed_at") or "",
            status=text("status"),
            item_ids=None if items is None else tuple(part for part in items.split(",") if part),
            complete=_truth(text("complete")),
            expired=text("expired") == _YES,
            addressed=_truth(text("addressed")),
            paid=_truth(text("paid")),
        )

    @property
    def placed(self) -> datetime | None:
        """Give OTTO's order date in UTC; None where nobody can read it, since a stranger wrote into the field."""
        try:
            found = datetime.fromisoformat(self.placed_at)
            return found.astimezone(UTC) if found.tzinfo else None
        except (ValueError, OverflowError):
            return None

    @property
    def items(self) -> frozenset[str] | None:
        """Give the position items as `ShopOrder` wants them."""
        return None if self.item_ids is None else frozenset(self.item_ids)


def issued(key: OrderKey, order: Order, change: Change, *, complete: bool) -> Receipt:
    """Make the receipt of a new shop order."""
    return Receipt(
        key=key,
        sales_order_id=order.sales_order_id,
        order_number=order.order_number,
        placed_at=order.placed_at.isoformat().replace("+00:00", "Z"),
        status=change.status,
        item_ids=_items(change) or (),
        complete=complete,
        expired=bool(change.expired),
        addressed=change.delivery is not None,
        paid=change.paid,
    )


def claimed(key: OrderKey, order: Order, status: str) -> Receipt:
    """Make the receipt of an order that another program made: whose it is and where it stood; of its content nothing is told, since it is not ours."""
    return Receipt(
        key=key,
        sales_order_id=order.sales_order_id,
        order_number=order.order_number,
        placed_at=order.placed_at.isoformat().replace("+00:00", "Z"),
        status=status,
        complete=True,
    )


def renewed(receipt: Receipt, change: Change, *, complete: bool = True) -> Receipt:
    """Bring a receipt up to what a change writes; what the change leaves as it is stays."""
    items = _items(change)
    return Receipt(
        key=receipt.key,
        sales_order_id=receipt.sales_order_id,
        order_number=receipt.order_number,
        placed_at=receipt.placed_at,
        status=receipt.status if change.status is None else change.status,
        item_ids=receipt.item_ids if items is None else items,
        complete=complete,
        expired=receipt.expired if change.expired is None else change.expired,
        addressed=True if change.delivery is not None else receipt.addressed,
        paid=True if change.paid else receipt.paid,
    )


def _items(change: Change) -> tuple[str, ...] | None:
    return None if change.lines is None else tuple(_each(line.item_ids for line in change.lines))


def _each(groups: Iterable[tuple[str, ...]]) -> Iterable[str]:
    for group in groups:
        yield from group


def _word(truth: bool | None) -> str | None:
    return None if truth is None else _YES if truth else _NO


def _truth(word: str | None) -> bool | None:
    return {_YES: True, _NO: False}.get(word) if word else None
