"""A ledger from a backup, or none at all, in front of a shop that is further: the receipts tell what we did, and what the merchant did stays."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from otto_import.orders import ItemState
from otto_import.plan import Stage
from otto_import.sync import jobs, repairs
from tests import build
from tests.integration.test_receipts import COMPARE, double, listing
from tests.sync_world import World, world

A, P, S, C = ItemState.ANNOUNCED, ItemState.PROCESSABLE, ItemState.SENT, ItemState.CANCELLED_BY_MARKETPLACE


def told(here: World, number: int = 1) -> tuple[str, str]:
    """Give action and code of the last line about an order."""
    line = [line for line in here.lines if line.sales_order_id == build.order(number=number).sales_order_id][-1]
    return line.action.value, line.code


def test_an_order_we_moved_since_the_backup_is_cancelled_when_otto_cancels_it() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (10, (P,)), (30, (C,)))
        here.run()
        put_back = here.back_up()
        here.pass_hours(11)
        here.run()
        put_back()
        here.pass_hours(31)
        summary = here.run()
        known = here.known()

        assert ("cancelled", 0) == (here.status(), summary.conflicts)
    assert known is not None
    assert (Stage.CANCELLED, "cancelled") == (known.stage, known.status)


def test_an_order_that_our_deadline_cancelled_since_the_backup_comes_back_when_it_is_paid() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (200, (P,)))
        here.run()
        put_back = here.back_up()
        here.pass_hours(170)
        here.run()
        cancelled = here.status()
        put_back()
        here.pass_hours(31)
        summary = here.run()

        assert ("cancelled", "processing", 0) == (cancelled, here.status(), summary.conflicts)
        assert ("late payment",) == here.lines[-1].notices


@pytest.mark.parametrize("backup", [True, False])
def test_an_order_the_merchant_reopened_after_our_deadline_stays_open(backup: bool) -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.run()
        put_back = here.back_up()
        here.pass_hours(170)
        here.run()
        here.shop.move("1", "on-hold")
        put_back() if backup else here.lose_ledger()
        for _ in range(3):
            here.pass_hours(1)
            here.run()
        asked = len(here.otto.asked)
        here.pass_hours(1)
        here.run()

        assert "on-hold" == here.status()
        assert asked == len(here.otto.asked)


def test_the_merchants_step_back_since_the_backup_is_not_undone() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (10, (P,)), (60, (C,)))
        here.run()
        put_back = here.back_up()
        here.pass_hours(11)
        here.run()
        here.shop.move("1", "on-hold")
        put_back()
        here.pass_hours(1)
        here.run()
        stays = here.status()
        here.pass_hours(60)
        summary = here.run()

        assert ("on-hold", "on-hold") == (stays, here.status())
        assert (("conflict", "moved_cancelled"), 1) == (told(here), summary.conflicts)


def test_what_a_person_accepted_is_not_undone_by_an_older_receipt() -> None:
    with world() as here:
        here.order(1, (0, (P,)), (10, (C,)), (20, (P,)), (40, (S,)))
        here.run()
        here.pass_hours(11)
        here.run()
        here.pass_hours(10)
        summary = here.run()
        here.shop.move("1", "processing")
        accepted = here.run(partial(jobs.retry, names=["otto-1"]), accept=True)
        here.pass_hours(20)
        shipped = here.run()

        assert (1, 0, 0) == (summary.conflicts, accepted.conflicts, shipped.conflicts)
        assert "completed" == here.status()


@pytest.mark.parametrize("known", ["backup", "lost", "kept"])
def test_a_part_cancelled_at_otto_is_not_written_onto_an_order_the_merchant_packed(known: str) -> None:
    with world() as here:
        here.order(9, (0, (P,)))
        here.run()
        put_back = here.back_up()
        here.order(1, (0.5, (P, P)), (5, (P, C)))
        here.pass_hours(1)
        here.run()
        ref = here.in_shop()[0].ref
        here.shop.move(ref, "packed")
        packed = here.in_shop()[0]
        if known == "backup":
            put_back()
        elif known == "lost":
            here.lose_ledger()
        here.pass_hours(5)
        here.run()

        assert packed == here.in_shop()[0]
        assert ("conflict", "moved_cancelled") == told(here)


def test_a_part_cancelled_of_an_unpaid_order_that_the_merchant_packed_is_told_after_a_loss() -> None:
    with world() as here:
        here.order(1, (0, (A, A)), (5, (A, C)), (20, (P, C)))
        here.run()
        here.shop.move("1", "packed")
        packed = here.in_shop()[0]
        here.lose_ledger()
        here.pass_hours(6)
        here.run()
        first = told(here)
        here.pass_hours(15)
        here.run()

        assert ("conflict", "moved_cancelled") == first
        assert packed == here.in_shop()[0]


def test_a_part_cancelled_and_written_since_the_backup_is_no_contradiction() -> None:
    with world() as here:
        here.order(1, (0, (P, P)), (5, (P, C)))
        here.run()
        put_back = here.back_up()
        here.pass_hours(6)
        here.run()
        here.shop.move("1", "packed")
        put_back()
        here.pass_hours(1)
        summary = here.run()

        assert (0, "packed") == (summary.conflicts, here.status())


@pytest.mark.parametrize("by", ["sync", "rebuild"])
def test_a_double_is_not_forgotten_while_otto_withholds_the_order(by: str) -> None:
    with listing() as (here, shop):
        here.order(1, (0, (P,)))
        here.run()
        here.pass_hours(1)
        double(shop)
        if by == "sync":
            here.lose_ledger()
            here.run()
        else:
            here.run(repairs.rebuild)
        life = here.otto.lives.pop("otto-1")
        here.pass_hours(1)
        withheld = here.run()
        here.otto.lives["otto-1"] = life
        for _ in range(2):
            here.pass_hours(7)
            here.run()
        here.pass_hours(7)
        summary = here.run()
        twice = told(here)
        shop.orders.popitem()
        here.pass_hours(7)
        gone = here.run()

        assert (1, 1, 0) == (withheld.conflicts, summary.conflicts, gone.conflicts)
        assert ("conflict", "twice") == twice


def test_a_double_is_told_of_an_order_that_waits_for_another_reason() -> None:
    with listing() as (here, shop):
        here.order(1, (0, (P,)))
        shop.skims = Decimal("0.01")
        first = here.run()
        here.pass_hours(1)
        double(shop)
        here.run(repairs.rebuild)
        rebuilt = told(here)
        again = here.run(repairs.rebuild)

        assert 1 == first.conflicts
        assert ("conflict", "twice") == rebuilt
        assert (1, []) == (again.conflicts, [line for line in here.lines if line.code == "twice"])


def test_a_comparison_brings_a_restored_row_up_to_the_receipt_once() -> None:
    with listing() as (here, shop):
        here.order(1, (0, (A,)), (10, (P,)))
        here.run()
        put_back = here.back_up()
        here.pass_hours(11)
        here.run()
        shop.orders["1"] = replace(shop.orders["1"], status="packed", moved=True)
        put_back()
        here.run(COMPARE)
        known = here.known()

    assert known is not None
    assert (Stage.PROCESSABLE, None) == (known.stage, known.pending)
