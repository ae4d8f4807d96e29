"""An order's outcome in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from otto_import.outcome import ActionName, Result
from otto_import.report.rows import Kind, age, kind_of, needs_person, row
from otto_import.report.sheet import visible
from tests.jobs import CLOCK, line


@pytest.mark.parametrize(
    ("expected", "passed"),
    [
        ("future", timedelta(seconds=-1)),
        ("0 min", timedelta(0)),
        ("59 min", timedelta(minutes=59, seconds=59)),
        ("1 h", timedelta(hours=1)),
        ("47 h", timedelta(hours=47, minutes=59)),
        ("2 d", timedelta(days=2)),
        ("400 d", timedelta(days=400)),
    ],
)
def test_the_age_is_told_in_the_largest_unit_that_says_enough(expected: str, passed: timedelta) -> None:
    assert expected == age(CLOCK - passed, CLOCK)


def test_an_order_without_a_date_has_no_age() -> None:
    assert age(None, CLOCK) == "–"


@pytest.mark.parametrize(
    ("expected", "statuses"),
    [
        ("– → processing", (None, None, "processing")),
        ("on-hold → processing", (None, "on-hold", "processing")),
        ("completed → processing", ("completed", "on-hold", "processing")),
        ("completed", ("completed", "on-hold", "completed")),
        ("on-hold", (None, "on-hold", None)),
        ("–", (None, None, None)),
    ],
)
def test_the_status_is_what_the_shop_said_else_what_we_had_set_and_then_what_it_is(expected: str, statuses: tuple[str | None, ...]) -> None:
    found, previous, then = statuses
    shown = line(action=ActionName.UPDATE, shop_status_found=found, previous_shop_status=previous, shop_status=then)
    assert expected == row(shown, CLOCK, visible).status


def test_an_order_made_again_has_no_status_before() -> None:
    shown = line(action=ActionName.CREATE, previous_shop_status="on-hold", shop_status="processing")
    assert "– → processing" == row(shown, CLOCK, visible).status


def test_an_order_deleted_in_the_shop_has_no_status_any_more() -> None:
    shown = line(action=ActionName.CONFLICT, previous_shop_status="on-hold", shop_status="on-hold", code="deleted")
    assert "–" == row(shown, CLOCK, visible).status


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("paid", {}),
        ("failed (E42): paid", {"result": Result.FAILED, "error": "E42"}),
        ("failed: paid", {"result": Result.FAILED}),
        ("in doubt (timeout): paid", {"result": Result.IN_DOUBT, "error": "timeout"}),
        ("held back: paid", {"result": Result.HELD_BACK}),
        ("paid (E42)", {"error": "E42"}),
    ],
)
def test_trouble_stands_before_the_reason(expected: str, changes: dict[str, Any]) -> None:
    assert expected == row(line(**changes), CLOCK, visible).why


@pytest.mark.parametrize(
    ("expected", "action", "result"),
    [
        ("+ ✓", ActionName.CREATE, Result.DONE),
        ("+", ActionName.CREATE, Result.PLANNED),
        ("~", ActionName.UPDATE, Result.FAILED),
        ("= ✓", ActionName.ADOPT, Result.DONE),
        ("·", ActionName.SKIP, Result.DONE),
        ("✗", ActionName.CONFLICT, Result.DONE),
        ("!", ActionName.HOLD, Result.NONE),
    ],
)
def test_only_a_deed_in_the_shop_is_ticked(expected: str, action: ActionName, result: Result) -> None:
    assert expected == row(line(action=action, result=result), CLOCK, visible).mark


def test_the_cancellation_of_a_whole_order_is_a_kind_of_its_own() -> None:
    assert kind_of(line(action=ActionName.UPDATE, cancels=True)) == Kind.CANCEL
    assert kind_of(line(action=ActionName.UPDATE)) == Kind.UPDATE
    assert kind_of(line(action=ActionName.CONFLICT, cancels=True)) == Kind.CONFLICT


def test_items_are_counted_by_state_and_the_orders_own_state_comes_first() -> None:
    made = line(otto_state="PROCESSABLE", items={"CANCELLED_BY_PARTNER": 1, "PROCESSABLE": 3})
    assert row(made, CLOCK, visible).states == ("PROCESSABLE 3", "CANCELLED_BY_PARTNER 1")


def test_an_order_without_legible_items_shows_what_is_known() -> None:
    assert row(line(items={}), CLOCK, visible).states == ("PROCESSABLE",)
    broken = row(line(items={}, otto_state=None, order_number=None, sales_order_id="9864623c"), CLOCK, visible)
    assert (broken.states, broken.number) == (("–",), "9864623c")
    assert row(line(order_number=None, sales_order_id=None), CLOCK, visible).number == "–"


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        (True, {"action": ActionName.HOLD, "result": Result.NONE}),
        (True, {"action": ActionName.CONFLICT, "result": Result.NONE}),
        (True, {"result": Result.FAILED}),
        (True, {"result": Result.HELD_BACK}),
        (True, {"result": Result.IN_DOUBT}),
        (False, {"result": Result.DONE}),
        (False, {"action": ActionName.SKIP, "result": Result.NONE}),
    ],
)
def test_trouble_needs_a_person(expected: bool, changes: dict[str, Any]) -> None:
    assert expected is needs_person(line(**changes))
