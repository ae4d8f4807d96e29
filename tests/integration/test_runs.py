"""Stories of several runs: what one run leaves open, the next one finishes, and nothing is forgotten on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from otto_import.ledger.base import Mark
from otto_import.orders import ItemState
from otto_import.plan import PendingKind, Stage
from otto_import.sync import jobs
from tests import build
from tests.sync_world import START, States, StopAfter, world

A, P, S, CM = ItemState.ANNOUNCED, ItemState.PROCESSABLE, ItemState.SENT, ItemState.CANCELLED_BY_MARKETPLACE
BACKFILL = partial(jobs.backfill, first=date(2026, 5, 25), last=date(2026, 6, 7))


class Counted:
    """Note what is asked."""

    def __init__(self, ask: Any) -> None:
        self.asked: list[Any] = []
        self._ask = ask

    def __call__(self, keys: Any) -> Any:
        """Note, and ask."""
        self.asked.append(keys)
        return self._ask(keys)


@pytest.mark.parametrize("fault", ["refuse", "doubt"])
def test_an_order_that_a_backfill_let_in_is_not_dropped_by_start_date_afterwards(fault: str) -> None:
    with world(start=START + timedelta(days=10)) as here:
        here.order(1, (0, (P,)))
        here.shop.faults = [fault]
        here.run(BACKFILL, start=None)
        here.pass_hours(1)

        summary = here.run()

        assert ("processing", 0) == (here.status(), summary.exit)


def test_an_order_twice_in_the_shop_stays_a_conflict_until_one_is_gone() -> None:
    with world() as here:
        here.order(1, (0, (P,)))
        here.shop.faults = ["late"]
        here.run()
        here.pass_hours(1)
        here.shop.arriving = [(here.now, action) for _, action in here.shop.arriving]
        late = here.shop.arriving.pop()[1]
        here.run()
        here.shop.one(late)
        known = here.known()
        assert known is not None
        here.run(partial(jobs.retry, names=["otto-1"]), recreate=True)
        assert 2 == len(here.in_shop())

        for _ in range(3):
            here.pass_hours(7)
            here.run()
            waiting = here.known()
            assert waiting is not None
            assert waiting.pending is not None
            assert "twice" == waiting.pending.reason.code

        here.shop.delete(here.in_shop()[1].ref)
        here.pass_hours(7)
        here.run()
        settled = here.known()
        assert settled is not None
        assert settled.pending is None


def test_a_stop_among_the_cancellations_leaves_the_watermark_where_it_was() -> None:
    with world() as here:
        for number in (1, 2, 3):
            here.order(number, (0, (P,)), (2, (CM,)))
        here.run()
        here.pass_hours(3)
        before = here.ledger.mark(Mark.WATERMARK)

        summary = here.run(stop=StopAfter(1))

        assert (143, 1, before) == (summary.exit, len(here.shop.cancelled), here.ledger.mark(Mark.WATERMARK))
        assert 0 == here.run().exit
        assert ["cancelled"] * 3 == [here.status(number) for number in (1, 2, 3)]


def test_an_answer_older_than_one_met_in_the_same_run_undoes_nothing() -> None:
    with world() as here:
        here.order(1, (0, (P,)), (8, (CM,)))
        here.run()
        here.pass_hours(9)
        fresh = here.otto.pages

        def lagging(query: object) -> object:
            here.otto.lag = {"otto-1": timedelta(hours=5)} if getattr(query, "states", ()) else {}
            return fresh(query)  # type: ignore[arg-type]  # the query passes through

        here.otto.pages = lagging  # type: ignore[method-assign, assignment]  # OTTO's list lags behind in the sweep
        here.run()

        assert "cancelled" == here.status()
        assert 1 == len([line for line in here.lines if line.sales_order_id == "otto-1"])


def test_open_orders_are_swept_even_if_no_walk_ever_found_a_date() -> None:
    with world() as here:
        here.order(1, (0, (P,)), (4, (CM,)))
        here.run(BACKFILL)
        here.pass_hours(5)
        life = here.otto.lives.pop("otto-1")
        here.run()
        here.otto.lives["otto-1"] = life
        hidden = here.otto.pages
        here.otto.pages = lambda query: hidden(query) if query.placed_from else iter_nothing()  # type: ignore[method-assign, assignment, return-value]

        for _ in range(3):
            here.pass_hours(7)
            here.run()

        assert "cancelled" == here.status()


def iter_nothing() -> object:
    """Give a walk without a page."""
    yield from ()


def test_a_part_cancelled_before_the_rest_left_is_written_though_sent_is_not_mapped() -> None:
    status = {role: text for role, text in build.STATUSES.items() if text not in {"completed", "refunded"}}
    with world(status=status) as here:
        here.order(1, (0, (P, P)), (3, (S, CM)))
        here.run()
        here.pass_hours(4)
        here.run()

        assert ("processing", frozenset({"1-0"})) == (here.status(), here.in_shop()[0].item_ids)
        known = here.known()
        assert known is not None
        assert Stage.FULFILLED is known.stage


def test_a_lost_ledger_does_not_keep_a_sent_order_from_advancing() -> None:
    with world(fulfilled=True) as here:
        here.order(1, (0, (P,)), (3, (S,)))
        here.run()
        here.ledger.forget([build.key()])
        here.pass_hours(4)
        here.run()

        assert "completed" == here.status()


def test_what_a_backfills_guard_held_back_counts_when_it_goes_on() -> None:
    with world() as here:
        here.limit = 3
        for number in range(1, 7):
            here.order(number, (0, (P,)), (2, (CM,)))
        here.run(BACKFILL)
        here.pass_hours(3)
        here.run(BACKFILL, stop=StopAfter(4))
        here.run(BACKFILL)

        assert [] == here.shop.cancelled


def test_a_partly_sent_order_created_by_name_comes_to_rest_after_a_doubt() -> None:
    with world() as here:
        here.order(1, (0, (P, S)))
        here.shop.faults = ["doubt"]
        here.run(partial(jobs.retry, names=["otto-1"]))
        here.pass_hours(1)
        here.run()
        here.pass_hours(1)
        summary = here.run()

        assert (1, 0) == (len(here.in_shop()), summary.exit)


def test_accepting_waits_for_a_create_that_may_still_arrive() -> None:
    with world() as here:
        here.order(1, (0, (P,)), (5, (CM,)))
        here.shop.faults = ["late"]
        here.run()
        here.run(partial(jobs.retry, names=["otto-1"]), accept=True)
        here.pass_hours(6)
        here.run()

        assert ["cancelled"] == [order.status for order in here.in_shop()]


def test_an_announced_order_in_doubt_is_not_created_once_the_import_is_off() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.shop.faults = ["doubt"]
        here.run()
        here.pass_hours(1)
        here.run(announced=False)

        assert [] == list(here.in_shop())
        known = here.known()
        assert known is not None
        assert known.intention is None


def test_a_paid_mark_that_arrived_unheard_is_not_taken_for_the_merchants_hand() -> None:
    with world() as here:
        here.shop.receipts = False
        here.order(1, (0, (A,)), (2, (P,)), (6, (CM,)))
        here.run()
        here.pass_hours(3)
        here.shop.faults = ["done unheard"]
        here.run()
        here.shop.faults = ["refuse"]
        here.run()
        here.pass_hours(9)
        here.run()

        assert "cancelled" == here.status()


def test_a_cancellation_held_back_in_doubt_is_carried_out_by_force() -> None:
    with world() as here:
        here.limit = 0
        here.shop.receipts = False
        here.order(1, (0, (A,)), (2, (P,)), (6, (CM,)))
        here.run()
        here.pass_hours(3)
        here.shop.faults = ["done unheard"]
        here.run()
        here.pass_hours(4)
        assert 4 == here.run().exit
        assert 4 == here.run().exit

        assert 0 == here.run(force=True).exit
        assert "cancelled" == here.status()


def test_an_order_known_by_its_number_is_kept_until_its_own_row_is_written() -> None:
    from otto_import.orders import BrokenOrder, Reading

    with world() as here:
        order = here.order(1, (0, (P,)))
        here.order(2, (0, (P,)))
        real = here.otto.pages
        broken = Reading(BrokenOrder(None, order.order_number, "no position items"))

        def page(query: object) -> object:
            for one in real(query):  # type: ignore[arg-type]  # the query passes through
                yield type(one)(tuple(broken if getattr(r.order, "sales_order_id", "") == "otto-1" else r for r in one.readings), one.date, one.skew)

        here.otto.pages = page  # type: ignore[method-assign, assignment]  # OTTO breaks one order
        here.run()
        assert 1 == len(here.ledger.named(order.order_number))
        by_id = here.otto.order
        here.otto.order = lambda name: by_id("otto-1" if name == order.order_number else name)  # type: ignore[method-assign, assignment]  # and mends it
        here.shop.faults = ["down"]
        here.run()
        assert here.ledger.named(order.order_number)
        here.otto.pages = real  # type: ignore[method-assign]  # the list is mended as well
        here.pass_hours(1)
        here.run()

        assert "processing" == here.status()
        assert [build.key()] == [known.key for known in here.ledger.named(order.order_number)]


def test_a_conflict_about_the_total_stands_while_announced_too() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.shop.skims = Decimal("0.01")
        here.run()
        for _ in range(2):
            here.pass_hours(7)
            here.run()
            waiting = here.known()
            assert waiting is not None
            assert waiting.pending is not None
            assert (PendingKind.CONFLICT, "shop says 22.93, OTTO 22.94") == (waiting.pending.kind, waiting.pending.reason.text)

        (stored,) = here.in_shop()
        here.shop.orders[stored.ref] = replace(stored, total=Decimal("22.94"))
        here.pass_hours(7)
        here.run()
        settled = here.known()
        assert settled is not None
        assert settled.pending is None


def test_an_unknown_name_ends_a_retry_with_a_summary_and_exit_2() -> None:
    with world() as here:
        summary = here.run(partial(jobs.retry, names=["nobody"]))

        assert 2 == summary.exit
        assert summary.error is not None
        assert "nobody" in summary.error


def test_a_hold_that_otto_withholds_can_be_accepted() -> None:
    with world() as here:
        here.order(1, (0, (P,)))
        here.run()
        life = here.otto.lives.pop("otto-1")
        here.run(partial(jobs.retry, names=["otto-1"]))
        held = here.known()
        assert held is not None
        assert held.pending is not None
        assert "withheld" == held.pending.reason.code

        here.run(partial(jobs.retry, names=["otto-1"]), accept=True)

        taken = here.known()
        assert taken is not None
        assert taken.pending is None
        here.otto.lives["otto-1"] = life


# --- a ledger restored from a backup lacks what was imported since ------------------------------------------------------------------------------


@pytest.mark.parametrize(("story", "hours"), [(((0, (P,)), (5, (CM,))), 25), (((0, (A,)), (5, (CM,))), 25), (((0, (A,)),), 169)])
def test_an_order_that_a_restored_ledger_lacks_is_cancelled_in_the_shop_all_the_same(story: tuple[tuple[float, States], ...], hours: float) -> None:
    with world() as here:
        here.order(1, *story)
        here.run()
        assert here.status() in {"processing", "on-hold"}
        here.ledger.forget([build.key(1)])
        here.pass_hours(hours)

        here.run()

        assert ("cancelled", 0) == (here.status(), here.run().exit)
        assert [build.key(1)] == here.shop.cancelled


def test_an_order_that_a_restored_ledger_lacks_is_not_cancelled_when_the_list_is_behind_otto() -> None:
    with world() as here:
        late, paid = here.order(1, (0, (A,))), here.order(2, (0, (A,)), (168.5, (P,)))
        here.run()
        here.ledger.forget([build.key(1), build.key(2)])
        here.pass_hours(169)
        here.otto.lag[paid.sales_order_id] = timedelta(hours=1)

        here.run()

        assert ("cancelled", "processing") == (here.status(1), here.status(2))
        assert late.sales_order_id in here.otto.asked


# --- a deadline comes to pending orders too -----------------------------------------------------------------------------------------------------


def test_an_order_set_aside_is_cancelled_when_its_time_is_over() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.shop.skims = Decimal("0.01")
        here.run()
        while here.now < START + timedelta(days=6, hours=17):
            here.pass_hours(7)
            here.run()
        waiting = here.known()
        assert waiting is not None
        assert waiting.pending is not None
        assert (None, "on-hold") == (waiting.pending.next_at, here.status())
        here.now = START + timedelta(days=7)

        summary = here.run()

        assert ("cancelled", 0, 0) == (here.status(), summary.conflicts, summary.overdue)


def test_a_late_order_that_nobody_may_cancel_is_overdue_and_not_looked_at_in_every_run() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.run()
        here.shop.move(here.in_shop()[0].ref, "packed")
        here.now = START + timedelta(days=7)
        first = here.run()
        asked = here.otto.asked.count("otto-1")
        here.pass_hours(0.05)
        here.run()
        here.pass_hours(0.05)
        second = here.run()

        assert ("packed", 1, 1) == (here.status(), first.conflicts, first.overdue)
        assert (1, 1) == (second.conflicts, second.overdue)
        assert here.otto.asked.count("otto-1") <= asked + 2


def test_a_late_order_whose_cancellation_the_shop_refuses_is_overdue_until_it_is_done() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.run()
        here.now = START + timedelta(days=7)
        here.shop.faults = ["refuse", "refuse"]
        first = here.run()
        assert (1, 1, "on-hold") == (first.failed, first.overdue, here.status())
        here.pass_hours(1)
        here.run()
        here.pass_hours(1)
        last = here.run()

        assert (0, 0, "cancelled") == (last.failed, last.overdue, here.status())


def test_a_set_aside_order_that_left_unpaid_behind_is_not_looked_at_for_its_old_deadline() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (1, (P,)), (2, (S,)))
        here.run()
        here.shop.move(here.in_shop()[0].ref, "packed")
        for _ in range(14):
            here.pass_hours(7)
            here.run()
        here.now = START + timedelta(days=8)
        here.run()
        asked = len(here.otto.asked)
        for _ in range(3):
            here.pass_hours(0.05)
            assert 1 == here.run().conflicts
        assert asked == len(here.otto.asked)


def test_orders_never_imported_cost_an_idle_run_no_question() -> None:
    with world() as here:
        here.order(1, (0, (CM,)))
        here.order(2, (0, (A,)))
        here.run()
        here.ledger.forget([build.key(2)])
        here.pass_hours(0.2)
        counted = Counted(here.shop.find)
        here.shop.find = counted  # type: ignore[method-assign]  # the fake of the tests, asked through an ear
        for _ in range(4):
            here.pass_hours(0.1)
            here.run()
        assert [] == [keys for keys in counted.asked if build.key(1) in keys]
