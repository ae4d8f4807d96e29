"""Orders that another program made, ledgers rebuilt from receipts, and the look at every order that a reconciliation takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from otto_import.orders import ItemState, Order
from otto_import.plan import Action, Adopt, Conflict, Found, Known, Questions, ShopOrder, Skip, Stage, Update
from otto_import.planner import make_plan, questions
from otto_import.sync.deeds import before
from tests import build

PAID = build.order()


def planned(order: Order, known: Known | None, *hits: ShopOrder, **over: Any) -> Action:
    every = {} if known is None else {known.key: known}
    return make_plan([build.reading(order)], every, {build.key(): Found(hits)}, build.policy(**over), build.NOW).actions[0]


def foreign(status: str) -> ShopOrder:
    return ShopOrder(ref="77", key=build.key(), status=status, foreign=True, total=PAID.total)


def written(stage: Stage, **over: Any) -> Known:
    """Give what a receipt proves: everything but how lines and address were."""
    return build.known(stage, **{"lines": "", "address": "", **over})


# --- another program's orders -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "footing", "status"),
    [
        (Stage.PROCESSABLE, "processing", "processing"),
        (Stage.ANNOUNCED, "on-hold", "on-hold"),
        (Stage.FULFILLED, "completed", "completed"),
        (Stage.PROCESSABLE, "", "packing"),
    ],
)
def test_an_order_that_another_program_made_gets_our_receipt_and_nothing_else(stage: Stage, footing: str, status: str) -> None:
    action = planned(PAID, None, foreign(status))
    assert isinstance(action, Adopt)
    assert action.update is not None
    assert action.footing is not None
    change = action.update.change
    assert (stage, stage, stage, footing) == (action.stage, action.update.stage, action.footing.stage, action.footing.status)
    assert (True, None, None, None, None, False) == (change.claims, change.status, change.lines, change.delivery, change.expired, change.paid)
    assert ("77", status) == (action.update.ref, action.update.expected)


def test_an_order_made_by_both_is_there_twice() -> None:
    action = planned(PAID, None, foreign("processing"), build.shop_order("processing"))
    assert isinstance(action, Conflict)
    assert "twice" == action.reason.code


def test_an_order_kept_out_by_its_date_is_taken_over_where_it_was_pointed_out() -> None:
    assert isinstance(planned(PAID, None, foreign("processing"), start=build.NOW), Adopt)
    assert isinstance(planned(build.order(ItemState.SENT, age=timedelta(days=90)), None, foreign("processing")), Adopt)


# --- a ledger rebuilt from receipts -------------------------------------------------------------------------------------------------------------


def test_an_order_known_from_its_receipt_alone_is_recognised_and_not_written_again() -> None:
    action = planned(PAID, written(Stage.PROCESSABLE), build.shop_order("processing"))
    assert isinstance(action, Adopt)
    assert ("recognised", None) == (action.reason.code, action.update)


@pytest.mark.parametrize("over", [{"total": PAID.total + 1}, {"addressed": False}, {"paid": False}, {"item_ids": frozenset({"x"})}])
def test_an_order_known_from_its_receipt_that_lacks_something_is_completed(over: dict[str, Any]) -> None:
    action = planned(PAID, written(Stage.PROCESSABLE), build.shop_order("processing", **over))
    assert isinstance(action, Update)
    assert action.change.lines is not None


# --- looking at every order ---------------------------------------------------------------------------------------------------------------------


def asked(known: Known, **over: Any) -> Questions:
    return questions([build.reading(PAID)], {known.key: known}, build.policy(**over), build.NOW)


def test_a_reconciliation_looks_every_order_up_by_its_key() -> None:
    known = build.known(Stage.PROCESSABLE)
    assert ((), ()) == (asked(known).find, asked(known).read)
    assert ((build.key(),), ()) == (asked(known, looks=True).find, asked(known, looks=True).read)


def test_an_order_that_is_as_it_should_be_is_passed_over() -> None:
    assert isinstance(planned(PAID, build.known(Stage.PROCESSABLE), build.shop_order("processing"), looks=True), Skip)


def test_lines_that_drifted_in_the_shop_are_repaired_only_by_a_reconciliation() -> None:
    drifted = build.shop_order("processing", total=PAID.total - 1)
    action = planned(PAID, build.known(Stage.PROCESSABLE), drifted, looks=True)
    assert isinstance(action, Update)
    assert ("drifted", None, PAID.lines) == (action.reason.code, action.change.status, action.change.lines)


def test_lines_that_changed_at_otto_are_told_from_those_that_drifted() -> None:
    known = build.known(Stage.PROCESSABLE, lines="other")
    action = planned(PAID, known, build.shop_order("processing"), looks=True)
    assert isinstance(action, Update)
    assert "changed" == action.reason.code


@pytest.mark.parametrize(
    ("code", "hits"),
    [
        ("deleted", ()),
        ("twice", (build.shop_order("processing"), build.shop_order("processing", ref="13"))),
        ("moved_paid", (build.shop_order("packing", paid=False),)),
    ],
)
def test_a_reconciliation_leaves_to_a_person_what_a_person_did(code: str, hits: tuple[ShopOrder, ...]) -> None:
    action = planned(PAID, build.known(Stage.PROCESSABLE), *hits, looks=True)
    assert isinstance(action, Conflict)
    assert code == action.reason.code


def test_an_order_missing_in_the_shop_is_made() -> None:
    action = planned(replace(PAID), None, looks=True)
    assert "create" == type(action).__name__.lower()


# --- a claim that did not come to its end -------------------------------------------------------------------------------------------------------


def test_with_the_intention_of_a_claim_it_is_noted_which_order_it_is() -> None:
    claim = planned(PAID, None, foreign("packing"))
    assert ("77", Stage.PROCESSABLE, "") == (before(claim).ref, before(claim).stage, before(claim).status)
    create = planned(PAID, None)
    assert (None, Stage.NEVER) == (before(create).ref, before(create).stage)
    completed = planned(PAID, None, build.shop_order("processing", complete=False))
    assert (None, Stage.NEVER) == (before(completed).ref, before(completed).stage)


def test_an_order_without_our_receipt_that_we_were_about_to_claim_is_claimed_again() -> None:
    half = build.known(Stage.PROCESSABLE, ref="77", lines="", status="processing")
    action = planned(PAID, half, replace(foreign("processing"), key=None, foreign=False))
    assert isinstance(action, Adopt)
    assert action.update is not None
    assert action.update.change.claims


def test_an_order_of_ours_that_lost_its_receipt_is_left_to_a_person() -> None:
    action = planned(PAID, build.known(Stage.PROCESSABLE, lines="other", ref="77"), replace(foreign("processing"), key=None, foreign=False))
    assert isinstance(action, Conflict)
    assert "not_this_order" == action.reason.code
