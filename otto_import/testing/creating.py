"""The contract about looking up, reading and creating orders."""
# ruff: noqa: D102  – the name of a test is its sentence

from __future__ import annotations

from decimal import Decimal

from otto_import.orders import ItemState
from otto_import.plan import Done, OrderKey
from otto_import.testing import samples
from otto_import.testing.basis import Basis, kinds, looked, needs_find, opened, read, same, spares_stock, stock, told, wrote


class Creating(Basis):
    """Prove that orders come into the shop once, whole, and are found again."""

    def test_constructing_finding_and_reading_leave_no_trace(self) -> None:
        before = self.traces()
        with opened(self) as writer:
            same([], [hit for hits in writer.find([OrderKey("contract:none")]).values() for hit in hits], "hits in an empty shop")
            same({}, dict(writer.read(["1"])), "orders read in an empty shop")
            same([], list(writer.write([])), "outcomes of no actions")
        same(before, self.traces(), "traces in the shop")

    def test_an_order_created_is_found_by_its_key(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable))
            needs_find(writer)
            hits = writer.find([samples.key(order)])[samples.key(order)]
            same([done.ref], [hit.ref for hit in hits], "references found")
            same([samples.key(order)], [hit.key for hit in hits], "keys found")
            same([self.processable], [hit.status for hit in hits], "statuses found")

    def test_keys_that_only_resemble_an_orders_key_find_nothing(self) -> None:
        order = samples.order(7)
        near = [f"{samples.key(order)}0", samples.key(order)[:-1], samples.key(order).upper(), "contract:%", "contract:5f1c_7", "", "'"]
        with opened(self) as writer:
            wrote(writer, samples.create(order, self.processable))
            needs_find(writer)
            same([], [hit for hits in writer.find(list(map(OrderKey, near))).values() for hit in hits], "hits of keys that differ")

    def test_hundreds_of_keys_are_looked_up_at_once(self) -> None:
        order = samples.order(501)
        keys = [samples.key(samples.order(number)) for number in range(1, 700)]
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable))
            needs_find(writer)
            found = {key: [hit.ref for hit in hits] for key, hits in writer.find(keys).items() if hits}
            same({samples.key(order): [done.ref]}, found, "hits")

    def test_references_that_name_no_order_are_left_out(self) -> None:
        with opened(self) as writer:
            done = wrote(writer, samples.create(samples.order(), self.processable))
            needs_find(writer)
            same([done.ref], list(writer.read(["0", "987654", done.ref, "no-such-order", "", "9" * 40])), "references read")

    def test_an_order_deleted_in_the_shop_is_gone(self) -> None:
        with opened(self) as writer:
            done = wrote(writer, samples.create(samples.order(), self.processable))
            needs_find(writer)
            self.delete(done.ref)
            same({}, dict(writer.read([done.ref])), "orders read after a deletion")

    def test_the_reference_of_a_deleted_order_is_never_given_again(self) -> None:
        with opened(self) as writer:
            first = wrote(writer, samples.create(samples.order(1), self.processable))
            needs_find(writer)
            self.delete(first.ref)
            second = wrote(writer, samples.create(samples.order(2), self.processable))
            same(False, first.ref == second.ref, "whether the reference is used twice")

    def test_creating_a_key_twice_makes_one_order(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable))
            again = list(writer.write([samples.create(order, self.processable)]))
            same(1, len(again), "number of outcomes")
            if isinstance(again[0], Done):
                same(done.ref, again[0].ref, "reference of the second create")
            else:
                same(["Refused"], kinds(again), "outcome of the second create")
            needs_find(writer)
            same([done.ref], [hit.ref for hit in writer.find([samples.key(order)])[samples.key(order)]], "orders with this key")

    def test_another_writer_sees_what_was_done(self) -> None:
        with opened(self) as writer:
            done = wrote(writer, samples.create(samples.order(), self.processable))
            identity = writer.identity
        with opened(self) as other:
            same(identity, other.identity, "identity of the shop")
            same(self.processable, read(other, done.ref).status, "status seen by another writer")

    def test_the_receipt_is_read_back(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            found = read(writer, wrote(writer, samples.create(order, self.processable)).ref)
        told(self.processable, found.set_status, "status set last")
        told(frozenset(order.living_ids), found.item_ids, "position items")
        told(True, found.complete, "mark of a complete order")
        same(False, found.expired, "mark of an expired order")

    def test_the_outcome_tells_status_and_total_to_the_cent(self) -> None:
        with opened(self) as writer:
            done = wrote(writer, samples.create(samples.order(), self.processable))
            same(self.processable, done.status, "status")
            told(Decimal("65.92"), done.total, "total of the outcome")
            told(Decimal("65.92"), read(writer, done.ref).total, "total read")

    def test_a_total_that_lines_and_fees_do_not_make_up_shows(self) -> None:
        with opened(self) as writer:
            done = wrote(writer, samples.create(samples.order(), self.processable, total=Decimal("65.93")))
            told(Decimal("65.92"), done.total, "total of the outcome")

    def test_an_announced_order_is_unpaid_and_without_address(self) -> None:
        with opened(self) as writer:
            done = wrote(writer, samples.create(samples.order(state=ItemState.ANNOUNCED), self.announced))
            found = read(writer, done.ref)
        told(self.announced, found.set_status, "status set last")
        told(False, found.paid, "paid mark")
        told(False, found.addressed, "address mark")

    def test_a_paid_order_has_its_paid_mark_and_its_address(self) -> None:
        with opened(self) as writer:
            found = read(writer, wrote(writer, samples.create(samples.order(), self.processable)).ref)
        told(True, found.paid, "paid mark")
        told(True, found.addressed, "address mark")

    def test_umlauts_apostrophes_and_emoji_survive(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable))
        seen = looked(self, done.ref)
        same([line.title for line in order.lines], [title for _, title, _, _ in seen.lines], "titles")
        same(True, seen.delivery == samples.ADDRESS, "whether the delivery address is as it was")
        same(True, seen.invoice == samples.INVOICE, "whether the invoice address is as it was")

    def test_lines_and_fees_are_kept(self) -> None:
        order = samples.order()
        with opened(self) as writer:
            done = wrote(writer, samples.create(order, self.processable, note="OTTO suspects fraud"))
        seen = looked(self, done.ref)
        same([("SKU-1-lamp", 2, Decimal("19.99")), ("SKU-1-book", 1, Decimal("19.99"))], [(s, q, p) for s, _, q, p in seen.lines], "lines")
        same([Decimal("5.95")], [amount for _, amount in seen.shipping], "fees")
        same(samples.PAID, seen.paid_at, "time of payment")
        same("OTTO suspects fraud", seen.note, "note")

    def test_a_new_order_takes_its_units_from_the_stock(self) -> None:
        with opened(self) as writer:
            announced = wrote(writer, samples.create(samples.order(1, ItemState.ANNOUNCED), self.announced))
            paid = wrote(writer, samples.create(samples.order(2), self.processable))
        same({"SKU-1-lamp": 2, "SKU-1-book": 1}, stock(self, announced.ref), "units of an announced order")
        same({"SKU-2-lamp": 2, "SKU-2-book": 1}, stock(self, paid.ref), "units of a paid order")

    def test_an_order_that_left_long_ago_takes_no_stock(self) -> None:
        order = samples.order(state=ItemState.SENT)
        with opened(self) as writer:
            spares_stock(writer)
            ref = wrote(writer, samples.create(order, self.sent, spares_stock=True)).ref
            same({}, stock(self, ref), "units held by a new order")
            wrote(writer, samples.payment(order, ref, self.sent, self.sent))
            same({}, stock(self, ref), "units held after an update")
