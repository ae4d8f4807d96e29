"""Addresses as PrestaShop takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from otto_import.writers import buyers
from otto_import.writers.prestashop import texts
from otto_import.writers.prestashop.webservice import Row, any_of, text
from otto_import.writers.web import Refusal

if TYPE_CHECKING:
    from otto_import.orders import Address
    from otto_import.plan import Writable
    from otto_import.writers.prestashop.parts import Parts

ALIAS_DELIVERY: Final = "OTTO delivery"
ALIAS_INVOICE: Final = "OTTO invoice"
_GONE: Final = 404


def fields(address: Address, country: str, *, freight: bool, buyer_email: str) -> dict[str, object]:
    """Lay an address out; `country` is the shop's number of it. The telephone number goes to forwarders only.

    What finds no place of its own (form of address, OTTO's forwarding e-mail if wished, a name with signs the shop refuses) stands under
    `other`, which the shop prints on no label and sends no mail to.
    """
    first, last = texts.name(address.first_name), texts.name(address.last_name)
    given = " ".join(part for part in (address.first_name, address.last_name) if part)
    shown = " ".join(part for part in (address.first_name and first, address.last_name and last) if part)
    others = (address.salutation, buyers.forwarding_email(address, buyer_email), "" if given == shown else given)
    return {
        "firstname": first,
        "lastname": last,
        "company": texts.generic(buyers.company(address)),
        "address1": texts.street(buyers.street(address)) or "-",
        "address2": texts.street(address.addition),
        "postcode": texts.postcode(address.zip_code),
        "city": texts.city(address.city),
        "phone": texts.phone(address.phone) if freight else "",
        "other": texts.generic("; ".join(filter(None, others)), 1000),
        "id_country": country,
    }


def buyer(address: Address) -> dict[str, object]:
    """Give the names of the customer."""
    return {"firstname": texts.name(address.first_name), "lastname": texts.name(address.last_name)}


def new_addresses(parts: Parts, action: Writable, customer: str, *, resumes: bool = False) -> tuple[str, str]:
    """Make the addresses of a new order, a declared placeholder where OTTO withholds them; give the numbers of delivery and invoice address.

    One that `resumes` takes those that an earlier try left.
    """
    change = action.change
    delivery = change.delivery or buyers.placeholder(parts.settings.placeholder)
    there = {text(row, "alias"): text(row, "id") for row in (_of(parts, customer) if resumes else ())}
    first = _put(parts, action, delivery, ALIAS_DELIVERY, customer, there.get(ALIAS_DELIVERY))
    if change.invoice is None or change.invoice == delivery:
        return first, first
    return first, _put(parts, action, change.invoice, ALIAS_INVOICE, customer, there.get(ALIAS_INVOICE))


def changed_addresses(parts: Parts, action: Writable, order: Row, *, ours: bool) -> dict[str, object]:
    """Write the addresses that a change names, and give the fields of the order that must follow.

    Those of an order that we made are corrected where they stand; an order of somebody else's gets new ones, since his may serve other orders.
    """
    change = action.change
    customer, now = text(order, "id_customer"), {name: text(order, name) for name in ("id_address_delivery", "id_address_invoice")}
    delivery, invoice = now["id_address_delivery"], now["id_address_invoice"]
    shared = delivery == invoice
    if change.delivery is not None:
        delivery = _put(parts, action, change.delivery, ALIAS_DELIVERY, customer, delivery if ours else None)
        invoice = delivery if shared else invoice
        if ours and customer not in {"", "0"}:
            parts.webservice.change("customers", "customer", customer, buyer(change.delivery))
    if change.invoice is not None and change.invoice != change.delivery:
        invoice = _put(parts, action, change.invoice, ALIAS_INVOICE, customer, invoice if ours and not shared else None)
    elif change.invoice is not None:
        invoice = delivery
    then = {"id_address_delivery": delivery, "id_address_invoice": invoice}
    return {name: value for name, value in then.items() if value != now[name]}


def _of(parts: Parts, customer: str) -> list[Row]:
    return parts.webservice.rows("addresses", "id,alias", ("id_customer", any_of([customer])), ("deleted", any_of(["0"])))


def _put(parts: Parts, action: Writable, address: Address, alias: str, customer: str, number: str | None) -> str:
    """Correct an address, or make one that is not there (any more); give its number."""
    country = parts.directory.country(address.country)
    told: Mapping[str, object] = fields(address, country, freight=action.order.freight, buyer_email=parts.buyer_email)
    if number and number != "0":
        try:
            return text(parts.webservice.change("addresses", "address", number, told), "id")
        except Refusal as refusal:
            if refusal.status != _GONE:
                raise
    return text(parts.webservice.add("addresses", "address", {"id_customer": customer, "alias": alias, **told}), "id")
