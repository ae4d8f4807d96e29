"""Orders as they stand in the shop: looked up by OTTO key, read by number.

The customer's e-mail is made from the key, and the customer's secret key stands on the order from its first moment: that is how an order is found,
half-made ones too. Where the customer is gone (erased, say), the payment's transaction id, which is the key, finds it. The receipt in the note
says whose it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from otto_import.plan import OrderKey, ShopOrder
from otto_import.writers.buyers import synthetic_email
from otto_import.writers.prestashop.lines import amount
from otto_import.writers.prestashop.note import OrderNote, read_note
from otto_import.writers.prestashop.parts import METHOD, shop_time
from otto_import.writers.prestashop.webservice import Row, Webservice, text

if TYPE_CHECKING:
    from otto_import.writers.prestashop.directory import Directory

FIELDS: Final = (
    "id,id_customer,id_address_delivery,id_address_invoice,current_state,note,reference,secure_key,invoice_number,"
    "total_paid,total_paid_real,total_shipping,total_products_wt,date_add"
)
APART: Final = "[]|,%"
"""What means something in the shop's filters, so that no value with it can be asked for."""
_LONGEST_NUMBER: Final = 10
_MARK: Final = "otto-import "
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Sighting:
    """Hold an order as the shop has it; `key` is the receipt's, else the one it was found by; None where nothing tells.

    `foreign` marks one that was found by what another connector left on it.
    """

    row: Row
    note: OrderNote | None
    key: OrderKey | None
    foreign: bool = False

    @property
    def number(self) -> str:
        """Give the order's number."""
        return text(self.row, "id")

    @property
    def status(self) -> str:
        """Give the number of its status."""
        return text(self.row, "current_state")


class Sightings:
    """Find and read orders; writes nothing."""

    def __init__(self, webservice: Webservice, directory: Directory) -> None:
        self._webservice = webservice
        self._directory = directory

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[Sighting]]:
        """Look orders up by key, all of them where there are several."""
        hits: defaultdict[OrderKey, list[Sighting]] = defaultdict(list)
        asked = list(dict.fromkeys(keys))
        for look in (self._by_customer, self._by_payment):
            left = [key for key in asked if key not in hits]
            if left:
                for sighting in look(left):
                    if sighting.key in left and sighting.number not in {each.number for each in hits[sighting.key]}:
                        hits[sighting.key].append(sighting)
        return {key: sorted(found, key=lambda each: int(each.number)) for key, found in hits.items() if found}

    def read(self, numbers: Sequence[str]) -> Mapping[str, Sighting]:
        """Read orders by number; those that are gone are left out. One whose note lost our receipt is known by its payment."""
        sound = [each for each in dict.fromkeys(numbers) if each.isascii() and each.isdigit() and len(each) <= _LONGEST_NUMBER and int(each) > 0]
        rows = list(self._webservice.chunked("orders", FIELDS, "id", sound))
        notes = {text(row, "id"): read_note(text(row, "note")) for row in rows}
        bare = [text(row, "reference") for row in rows if notes[text(row, "id")] is None]
        payments = (row for row in self._payments("order_reference", bare) if text(row, "payment_method") == METHOD)
        paid = {text(row, "order_reference"): OrderKey(text(row, "transaction_id")) for row in payments if ":" in text(row, "transaction_id")}
        found = (self.sighting(row, paid.get(text(row, "reference"))) for row in rows)
        return {each.number: each for each in found if each.number in sound}

    def all(self, since: datetime | None) -> Iterator[Sighting]:
        """Give every order with a receipt of ours that changed (so also: that was made) since a moment, in the order of their numbers."""
        last = "0"
        while True:
            filters = [("note", f"%[{_MARK}]%"), ("id", f">[{last}]")]
            if since is not None:
                filters.append(("date_upd", f">[{shop_time(since)}]"))
            rows = self._webservice.rows("orders", FIELDS, *filters, most=_PAGE)
            yield from (found for row in rows if (found := self.sighting(row, None)).note)
            if len(rows) < _PAGE:
                return
            last = text(rows[-1], "id")

    def of_customers(self, secure_keys: Sequence[str]) -> list[Row]:
        """Give the orders of customers, by the customers' secret keys."""
        return list(self._webservice.chunked("orders", FIELDS, "secure_key", secure_keys))

    def customers(self, keys: Sequence[OrderKey]) -> list[Row]:
        """Give the customers that were made for orders."""
        return list(self._webservice.chunked("customers", "id,email,secure_key,date_add", "email", [synthetic_email(key) for key in keys]))

    def shop_order(self, sighting: Sighting) -> ShopOrder:
        """Say what the planner wants to know of an order."""
        note = sighting.note
        receipt = note.receipt if note else None
        complete = receipt.complete if receipt else None if self._settled(sighting) else False
        return ShopOrder(
            ref=sighting.number,
            key=sighting.key,
            status=sighting.status,
            intermediate=complete is False and sighting.status in self._directory.rules().passing,
            set_status=receipt.status if receipt else None,
            complete=complete,
            expired=bool(receipt and receipt.expired),
            item_ids=receipt.items if receipt else None,
            total=amount(sighting.row, "total_paid"),
            paid=receipt.paid if receipt else None,
            addressed=receipt.addressed if receipt else None,
            foreign=sighting.foreign,
            order_number=(receipt.order_number or None) if receipt else None,
            placed_at=receipt.placed if receipt else None,
        )

    def _settled(self, sighting: Sighting) -> bool:
        # Our own order without a receipt is half-made as long as nobody is its customer; that is set together with the receipt.
        return text(sighting.row, "id_customer") not in {"", "0"}

    def _by_customer(self, keys: Sequence[OrderKey]) -> Iterator[Sighting]:
        emails = {synthetic_email(key): key for key in keys}
        owners = {text(row, "secure_key"): emails.get(text(row, "email")) for row in self.customers(keys)}
        known = [secure for secure, key in owners.items() if secure and key]
        for row in self.of_customers(known):
            yield self.sighting(row, owners.get(text(row, "secure_key")))

    def _by_payment(self, keys: Sequence[OrderKey]) -> Iterator[Sighting]:
        return self.paid_under({key: key for key in keys})

    def paid_under(self, ids: Mapping[str, OrderKey]) -> Iterator[Sighting]:
        """Find orders by the transaction ids of their payments; the shop compares without regard to case, we do not."""
        payments = (row for row in self._payments("transaction_id", list(ids)) if text(row, "transaction_id") in ids)
        references = {text(row, "order_reference"): ids[text(row, "transaction_id")] for row in payments}
        for row in self._webservice.chunked("orders", FIELDS, "reference", list(references)):
            yield self.sighting(row, references.get(text(row, "reference")))

    def _payments(self, field: str, values: Iterable[str]) -> Iterator[Row]:
        askable = [value for value in values if value and not set(value) & set(APART)]
        return self._webservice.chunked("order_payments", "id,order_reference,transaction_id,payment_method", field, askable)

    @staticmethod
    def sighting(row: Row, key: OrderKey | None) -> Sighting:
        """Take an order that was found under a key; its receipt, where it has one, knows better."""
        note = read_note(text(row, "note"))
        return Sighting(row, note, note.receipt.key if note else key or None)
