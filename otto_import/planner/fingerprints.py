"""What the ledger keeps instead of content: enough to see a change, too little to know a person."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from otto_import.orders import Order

if TYPE_CHECKING:
    from otto_import.orders import BrokenOrder, Withheld
    from otto_import.plan import OrderKey


def of_lines(order: Order) -> str:
    """Fingerprint the living items with their prices, and their fees."""
    items = sorted(f"{item.id} {item.sku} {item.price} {item.vat_rate}" for item in order.living)
    fees = sorted(f"{fee.name} {fee.amount} {fee.vat_rate}" for fee in order.living_fees)
    return sha256("\n".join([*items, "", *fees]).encode()).hexdigest()[:16]


def of_address(key: OrderKey, order: Order) -> str:
    """Fingerprint the addresses with 4 bytes, salted with the key; "" while OTTO withholds them (design: Addresses)."""
    parts: list[str] = [key]
    for address in (order.delivery_address, order.invoice_address):
        if address is not None:
            fields = (address.salutation, address.first_name, address.last_name, address.addition, address.street, address.house_number)
            parts += [*fields, address.zip_code, address.city, address.country, address.phone, address.email]
        parts.append("\0")
    return sha256("\x1f".join(parts).encode()).hexdigest()[:8] if order.delivery_address else ""


def of_word(said: Order | BrokenOrder | Withheld) -> str:
    """Fingerprint what a person accepts with `retry --accept`: every item's state and price, or that there is nothing to be read."""
    return of_state(said) if isinstance(said, Order) else type(said).__name__


def of_state(order: Order) -> str:
    """Fingerprint every item's state and price."""
    return sha256("\n".join(sorted(f"{item.id} {item.state} {item.price}" for item in order.items)).encode()).hexdigest()[:16]
