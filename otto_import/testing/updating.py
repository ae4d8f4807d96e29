"""The contract about changing orders that stand in the shop."""
# ruff: noqa: D102  – the name of a test is its sentence

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from otto_import.orders import ItemState, Order
from otto_import.plan import Changed, ShopOrder, Update
from otto_import.testing import samples
from otto_import.testing.basis import Basis, kinds, looked, needs_find, opened, read, same, stock, told, wrote
from otto_import.writers.base import Writer


class Updating(Basis):
    """Prove that orders change as asked, only if they are as expected, and not a bit more."""

    def test_an_update_that_expects_another_status_writes_nothing(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable))
            needs_find(writer)
            self.move(done.ref, self.sent)
            before = read(writer, done.ref)
            found = self._changed(writer, samples.update(order, done.ref, self.processable, self.cancelled, left=_smaller()))
            same(self.sent, found and found.status, "status found")
            same(before, read(writer, done.ref), "order after a refused update")

    def test_an_update_of_a_deleted_order_says_that_it_is_gone(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable))
            needs_find(writer)
            self.delete(done.ref)
            same(None, self._changed(writer, samples.update(order, done.ref, self.processable, self.cancelled)), "order found")

    def test_an_update_never_touches_an_order_with_another_key(self) -> None:
        mine, other = samples.order(1), samples.order(2)
        with opened(self) as writer:
            done = wrote(writer, samples.create(other, self.processable))
            found = self._changed(writer, samples.update(mine, done.ref, self.processable, self.cancelled))
            told(samples.key(other), found and found.key, "key found")
            same(self.processable, read(writer, done.ref).status, "status of the other order")

    def test_a_payment_brings_status_addresses_and_paid_mark(self) -> None:
        with opened(self) as writer:
            done = self._announced(writer)
            paid = wrote(writer, samples.payment(samples.order(), done, self.announced, self.processable))
            same((self.processable, done), (paid.status, paid.ref), "status and reference")
            found = read(writer, done)
        told(True, found.paid, "paid mark")
        told(True, found.addressed, "address mark")
        told(self.processable, found.set_status, "status set last")
        seen = looked(self, done)
        same(True, (seen.delivery, seen.invoice) == (samples.ADDRESS, samples.INVOICE), "whether the addresses are there")
        same(samples.PAID, seen.paid_at, "time of payment")
        same([2, 1], [quantity for _, _, quantity, _ in seen.lines], "quantities")

    def test_a_placeholder_stands_until_the_address_comes(self) -> None:
        with opened(self) as writer:
            done = self._announced(writer)
        same((None, None), (looked(self, done).delivery, looked(self, done).invoice), "addresses of an announced order")

    def test_none_leaves_everything_as_it_is(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable, note="first", expired=True))
            before = read(writer, done.ref)
            wrote(writer, samples.update(order, done.ref, self.processable))
            same(before, read(writer, done.ref), "order after an update that asks for nothing")
        seen = looked(self, done.ref)
        same(True, (seen.delivery, seen.invoice) == (samples.ADDRESS, samples.INVOICE), "whether the addresses are still there")
        same((samples.PAID, "first"), (seen.paid_at, seen.note), "time of payment and note")

    def test_an_address_withheld_later_never_blanks_a_good_one(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable))
            wrote(writer, samples.update(order, done.ref, self.processable, self.sent, left=order))
            told(True, read(writer, done.ref).addressed, "address mark")
        same(True, looked(self, done.ref).delivery == samples.ADDRESS, "whether the address is still there")

    def test_a_corrected_address_replaces_the_old_one(self) -> None:
        order = samples.order()
        moved = replace(samples.ADDRESS, street="Neuer Wall")
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable))
            wrote(writer, samples.update(order, done.ref, self.processable, delivery=moved))
        same(True, looked(self, done.ref).delivery == moved, "whether the corrected address is there")
        same(True, looked(self, done.ref).invoice == samples.INVOICE, "whether the invoice address is as it was")

    def test_a_partial_cancellation_takes_lines_units_and_money_away(self) -> None:
        order, left = samples.order(), _smaller()
        with opened(self) as writer:
            ref = wrote(writer, samples.create(order, self.processable)).ref
            done = wrote(writer, samples.update(order, ref, self.processable, left=left))
            same(self.processable, done.status, "status")
            told(Decimal("25.94"), done.total, "total")
            told(frozenset(left.living_ids), read(writer, ref).item_ids, "position items")
        same([("SKU-1-lamp", 1)], [(sku, quantity) for sku, _, quantity, _ in looked(self, ref).lines], "lines")
        same({"SKU-1-lamp": 1}, stock(self, ref), "units held")

    def test_a_whole_cancellation_keeps_the_lines_and_gives_the_stock_back(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            ref = wrote(writer, samples.create(order, self.processable)).ref
            done = wrote(writer, samples.update(order, ref, self.processable, self.cancelled, cancels=True))
            same(self.cancelled, done.status, "status")
            told(Decimal("65.92"), done.total, "total")
        same(2, len(looked(self, ref).lines), "number of lines")
        same({}, stock(self, ref), "units held")

    def test_a_repeated_update_is_harmless(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            ref = wrote(writer, samples.create(order, self.processable)).ref
            for expected in (self.processable, self.cancelled, self.cancelled):
                wrote(writer, samples.update(order, ref, expected, self.cancelled, note="cancelled by OTTO"))
            same(self.cancelled, read(writer, ref).status, "status")
        same("cancelled by OTTO", looked(self, ref).note, "note")
        same({}, stock(self, ref), "units held")

    def test_an_expired_order_comes_back_with_a_late_payment(self) -> None:
        with opened(self) as writer:
            ref = self._announced(writer)
            wrote(writer, samples.update(samples.order(), ref, self.announced, self.cancelled, expired=True, cancels=True))
            same((self.cancelled, True), self._status_and_mark(writer, ref), "status and mark after the deadline")
            wrote(writer, samples.payment(samples.order(), ref, self.cancelled, self.processable, expired=False))
            same((self.processable, False), self._status_and_mark(writer, ref), "status and mark after the payment")
        same({"SKU-1-lamp": 2, "SKU-1-book": 1}, stock(self, ref), "units held")

    def test_an_order_moved_by_the_merchant_is_completed_without_a_status(self) -> None:
        with opened(self) as writer:
            ref = self._announced(writer)
            needs_find(writer)
            self.move(ref, self.sent)
            done = wrote(writer, samples.payment(samples.order(), ref, self.sent, None))
            same(self.sent, done.status, "status")
            found = read(writer, ref)
        told(self.announced, found.set_status, "status set last")
        told(True, found.paid, "paid mark")
        told(True, found.addressed, "address mark")

    def test_a_status_taken_over_from_the_merchant_is_noted_on_the_receipt(self) -> None:
        with opened(self) as writer:
            ref = self._announced(writer)
            needs_find(writer)
            self.move(ref, self.processable)
            wrote(writer, samples.payment(samples.order(), ref, self.processable, self.processable))
            told(self.processable, read(writer, ref).set_status, "status set last")

    def _announced(self, writer: Writer) -> str:
        return wrote(writer, samples.create(samples.order(state=ItemState.ANNOUNCED), self.announced)).ref

    def _changed(self, writer: Writer, action: Update) -> ShopOrder | None:
        needs_find(writer)
        outcomes = list(writer.write([action]))
        same(["Changed"], kinds(outcomes), "outcome of an update whose order is not as expected")
        return next((outcome.found for outcome in outcomes if isinstance(outcome, Changed)), None)

    def _status_and_mark(self, writer: Writer, ref: str) -> tuple[str, bool]:
        found = read(writer, ref)
        return found.status, found.expired


def _smaller() -> Order:
    return samples.without(samples.order(), "order-1-1", "order-1-2")
