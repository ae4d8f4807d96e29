"""Buyers as shops want them: which e-mail may be kept, where a company's name goes, and what stands there while OTTO withholds the address."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from otto_import.orders import Address

if TYPE_CHECKING:
    from otto_import.plan import OrderKey

FORWARDING: Final = "@customer.otto.market"
"""OTTO's own forwarding addresses end like this (otto-api.md 3.4); any other address in its place is a person's and is never kept."""

PLACEHOLDER_TEXT: Final = "OTTO (address follows)"
_COMPANY: Final = "COMPANY"


def forwarding_email(address: Address | None, wish: str) -> str:
    """Give OTTO's forwarding address if `[buyer] email` is "masked" and there is one, else ""."""
    email = address.email if address else ""
    return email if wish == "masked" and email.lower().endswith(FORWARDING) else ""


def synthetic_email(key: OrderKey) -> str:
    """Make an address that is nobody's for shops that insist on one: the same for the same order, in a domain that cannot exist (RFC 2606)."""
    return f"otto-{hashlib.sha256(key.encode()).hexdigest()[:20]}@otto-import.invalid"


def company(address: Address) -> str:
    """Give the name of a company, "" for a person: OTTO has no field of its own for it (otto-api.md 3.4)."""
    if address.salutation.upper() != _COMPANY:
        return ""
    return " ".join(part for part in (address.first_name, address.last_name) if part) or address.addition


def placeholder(text: str = PLACEHOLDER_TEXT, country: str = "DE") -> Address:
    """Make the declared placeholder of an order whose address OTTO withholds; shops that insist on a postcode and a town get some."""
    return Address(first_name="OTTO", last_name=text, street=text, house_number="", zip_code="00000", city="-", country=country)


def street(address: Address) -> str:
    """Join street and house number."""
    return " ".join(part for part in (address.street, address.house_number) if part)
