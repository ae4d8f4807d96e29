"""The contract every writer must pass: subclass `WriterContract`, say how the shop is opened, and let a test runner collect it."""
# ruff: noqa: D102  – the name of a test is its sentence

from __future__ import annotations

from itertools import count

from otto_import.plan import Grade
from otto_import.testing import samples
from otto_import.testing.basis import kinds, needs_find, opened, read, same, wrote
from otto_import.testing.creating import Creating
from otto_import.testing.updating import Updating


class WriterContract(Creating, Updating):
    """Prove that a writer keeps what `otto_import.writers.base.Writer` promises; each test starts with an empty shop.

    Of a writer that cannot find less is asked: see the rule in `otto_import.testing.basis`.
    """

    def test_every_action_has_one_outcome(self) -> None:
        orders = [samples.order(number) for number in range(1, 31)]
        with opened(self) as writer:
            outcomes = list(writer.write([samples.create(order, self.processable) for order in orders]))
            same(["Done"] * 30, kinds(outcomes), "outcomes")
            same({samples.key(order) for order in orders}, {outcome.key for outcome in outcomes}, "keys of the outcomes")

    def test_one_refused_order_does_not_spoil_the_others(self) -> None:
        with opened(self) as writer:
            first = wrote(writer, samples.create(samples.order(2), self.processable))
            needs_find(writer)
            moved = samples.update(samples.order(2), first.ref, "another status", self.cancelled)
            outcomes = list(
                writer.write([samples.create(samples.order(1), self.processable), moved, samples.create(samples.order(3), self.processable)])
            )
            same(["Changed", "Done", "Done"], kinds(outcomes), "outcomes")
            same({samples.key(samples.order(number)) for number in (1, 2, 3)}, {outcome.key for outcome in outcomes}, "keys of the outcomes")

    def test_creates_and_updates_go_together(self) -> None:
        with opened(self) as writer:
            first = wrote(writer, samples.create(samples.order(1), self.processable))
            cancel = samples.update(samples.order(1), first.ref, self.processable, self.cancelled)
            outcomes = list(writer.write([cancel, samples.create(samples.order(2), self.announced)]))
            same(["Done", "Done"], kinds(outcomes), "outcomes")
            same(self.cancelled, read(writer, first.ref).status, "status of the updated order")

    def test_after_a_stop_nothing_more_is_begun(self) -> None:
        calls = count()
        actions = [samples.create(samples.order(number), self.processable) for number in range(1, 11)]
        with opened(self) as writer:
            outcomes = list(writer.write(actions, lambda: next(calls) >= 4))  # noqa: PLR2004  – four are begun, then comes the stop
            same({action.key for action in actions}, {outcome.key for outcome in outcomes}, "keys of the outcomes")
            same(["Done"] * 4 + ["NotBegun"] * 6, kinds(outcomes), "outcomes")
            needs_find(writer)
            refs = [ref for outcome in outcomes if (ref := getattr(outcome, "ref", None))]
            same(4, len(writer.read(refs)), "orders in the shop")

    def test_a_stop_before_the_first_order_writes_nothing(self) -> None:
        with opened(self) as writer:
            same(["NotBegun"], kinds(list(writer.write([samples.create(samples.order(), self.processable)], lambda: True))), "outcomes")
            wrote(writer, samples.create(samples.order(), self.processable))

    def test_the_shops_statuses_contain_those_used(self) -> None:
        with opened(self) as writer:
            found = {status.code: status for status in writer.statuses()}
            if not found:
                needs_find(writer)
        used = {self.announced, self.processable, self.sent, self.cancelled}
        same(set(), used - set(found), "statuses that the shop does not list")
        same(False, found[self.announced].means_paid is True, "whether the status of unpaid orders means paid")
        same(False, found[self.processable].means_paid is False, "whether the status of paid orders means unpaid")
        same(False, found[self.cancelled].gives_stock_back is False, "whether a cancellation keeps the stock")
        same([], [code for code in used if found[code].mails_buyer is True], "statuses that mail the buyer")

    def test_a_check_of_a_shop_that_works_finds_nothing_bad(self) -> None:
        with opened(self) as writer:
            same([], [finding.text for finding in writer.check() if finding.grade is Grade.BAD], "bad findings in an empty shop")
            wrote(writer, samples.create(samples.order(), self.processable))
            findings = list(writer.check())
            same([], [finding.text for finding in findings if finding.grade is Grade.BAD], "bad findings in a used shop")
            same(True, bool(findings), "whether a check finds anything at all")
