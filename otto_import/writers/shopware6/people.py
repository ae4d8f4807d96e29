"""Buyers in Shopware: addresses that fit its columns, salutations by its keys, and no e-mail address that a mail could reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otto_import.writers import buyers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otto_import.orders import Address
    from otto_import.plan import OrderKey
    from otto_import.writers.shopware6.api import Document

_WIDTHS: Final[Mapping[str, int]] = {"firstName": 50, "lastName": 60, "zipcode": 50, "city": 70, "phoneNumber": 40}
_WIDTH: Final = 255
_NEEDED: Final = ("firstName", "lastName", "street", "zipcode", "city")
_KEYS: Final[Mapping[str, str]] = {"mr": "mr", "herr": "mr", "mrs": "mrs", "ms": "mrs", "frau": "mrs"}
_NEUTRAL: Final = "not_specified"


def address(record: str, found: Address, countries: Mapping[str, str], salutations: Mapping[str, str], *, phone: bool, otherwise: str) -> Document:
    """Lay an address out under its id; `otherwise` is the country where the shop does not know the address's own."""
    texts = {
        "firstName": found.first_name,
        "lastName": found.last_name,
        "street": buyers.street(found),
        "zipcode": found.zip_code,
        "city": found.city,
        "company": buyers.company(found),
        "additionalAddressLine1": found.addition,
        "phoneNumber": found.phone if phone else "",
    }
    told = {name: _cut(text, _WIDTHS.get(name, _WIDTH)) or ("-" if name in _NEEDED else None) for name, text in texts.items()}
    return {"id": record, "countryId": countries.get(found.country.upper(), otherwise), "salutationId": salutation(found, salutations), **told}


def customer(record: str, found: Address, salutations: Mapping[str, str]) -> Document:
    """Lay out who bought, without an e-mail address."""
    return {
        "id": record,
        "firstName": _cut(found.first_name, _WIDTH) or "-",
        "lastName": _cut(found.last_name, _WIDTH) or "-",
        "company": _cut(buyers.company(found), _WIDTH) or None,
        "salutationId": salutation(found, salutations),
    }


def salutation(found: Address, salutations: Mapping[str, str]) -> str | None:
    """Give the id of a salutation; the neutral one for companies and for words that the shop does not have."""
    key = _KEYS.get(found.salutation.lower().rstrip("."), _NEUTRAL)
    return salutations.get(key) or salutations.get(_NEUTRAL) or next(iter(salutations.values()), None)


def unreachable(key: OrderKey) -> str:
    """Give the e-mail address of an order: nobody's, since the merchant's own changes of status may mail it."""
    return buyers.synthetic_email(key)


def _cut(text: str, width: int) -> str:
    return text.strip() if len(text.strip()) <= width else text.strip()[: width - 1].rstrip() + "…"
