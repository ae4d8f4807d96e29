"""What a test sees when it looks into a shop past its writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from otto_import.orders import Address


@dataclass(frozen=True, slots=True)
class Look:
    """Hold what a shop really keeps of one order.

    `lines` are (SKU, title, quantity, price of one unit) in their order, `shipping` (name, amount); an address is None while a placeholder
    stands for it; `stock` is the units held of each SKU, None where the shop keeps no stock.
    """

    lines: tuple[tuple[str, str, int, Decimal], ...]
    shipping: tuple[tuple[str, Decimal], ...]
    delivery: Address | None = field(repr=False)
    invoice: Address | None = field(repr=False)
    paid_at: datetime | None
    note: str
    stock: Mapping[str, int] | None = None
