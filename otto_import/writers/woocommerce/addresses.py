"""Addresses as WooCommerce keeps them. No e-mail address is ever among them: the shop writes to whoever stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otto_import.writers.buyers import company, forwarding_email, placeholder, street

if TYPE_CHECKING:
    from otto_import.orders import Address
    from otto_import.plan import Change


def laid_out(address: Address, *, phone: bool) -> dict[str, str]:
    """Give the fields of an address; the phone number only where a forwarder needs it."""
    told = {
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": company(address),
        "address_1": street(address),
        "address_2": address.addition,
        "city": address.city,
        "postcode": address.zip_code,
        "country": address.country,
    }
    return {**told, "phone": address.phone} if phone and address.phone else told


def placed(change: Change, *, freight: bool, addressed: bool | None, text: str = "") -> dict[str, dict[str, str]]:
    """Give the addresses a change brings, and with a `text` the placeholder for those it does not.

    Until a real address stands on the order the delivery address serves as the buyer's, too.
    """
    delivery = change.delivery
    invoice = change.invoice or (None if addressed else delivery)
    stand_in = placeholder(text) if text else None
    pairs = (("billing", invoice or stand_in), ("shipping", delivery or stand_in))
    return {name: laid_out(address, phone=freight) for name, address in pairs if address is not None}


def kept(change: Change, wish: str) -> dict[str, str | None]:
    """Give what the shop has no field for: salutations, and OTTO's forwarding address, which must not stand where the shop would write to it."""
    told: dict[str, str | None] = {}
    for name, address in (("billing", change.invoice), ("shipping", change.delivery)):
        if address is not None and address.salutation:
            told[f"_otto_{name}_salutation"] = address.salutation
    email = forwarding_email(change.invoice, wish)
    return {**told, "_otto_buyer_email": email} if email else told
