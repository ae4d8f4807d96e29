"""The rules besides the table's cells: mapping, reading a status back, README's table."""

from __future__ import annotations

import pytest

from otto_import.orders import ItemState
from otto_import.plan import Found, Plan, Role, Stage, by_key
from otto_import.planner import changes, fingerprints, make_plan
from otto_import.rules import TABLE, Row, as_markdown, stages_of, status_of
from tests import build


@pytest.mark.parametrize(
    ("row", "state", "status"),
    [
        (Row.ANNOUNCED_OFF, ItemState.ANNOUNCED, "on-hold"),
        (Row.ANNOUNCED_LATE, ItemState.ANNOUNCED, "cancelled"),
        (Row.FULFILLED, ItemState.SENT, "completed"),
        (Row.FULFILLED, ItemState.RETURNED, "refunded"),
        (Row.CANCELLED_BY_PARTNER, ItemState.CANCELLED_BY_PARTNER, "cancelled"),
        (Row.UNKNOWN, ItemState.UNKNOWN, None),
    ],
)
def test_a_row_wants_the_mapped_status(row: Row, state: ItemState, status: str | None) -> None:
    assert status == status_of(row, state, build.policy())


def test_a_seller_may_give_his_own_cancellations_their_own_status() -> None:
    policy = build.policy(status={**build.STATUSES, Role.CANCELLED_BY_PARTNER: "failed"})

    assert "failed" == status_of(Row.CANCELLED_BY_PARTNER, ItemState.CANCELLED_BY_PARTNER, policy)


def test_a_status_stands_for_every_role_it_is_mapped_for_the_least_advanced_first() -> None:
    policy = build.policy(status={Role.ANNOUNCED: "open", Role.PROCESSABLE: "open", Role.SENT: "done", Role.CANCELLED: "done"})

    assert (Stage.ANNOUNCED, Stage.PROCESSABLE) == stages_of("open", policy)
    assert (Stage.FULFILLED, Stage.EXPIRED) == stages_of("done", policy, expired=True)
    assert (Stage.FULFILLED, Stage.CANCELLED) == stages_of("done", policy)
    assert () == stages_of("packed", policy)


def test_readmes_table_has_a_row_a_state_and_a_column_a_stage() -> None:
    lines = as_markdown().splitlines()

    assert len(Row) + 2 == len(lines)
    assert {len(Stage) + 2} == {line.count("|") for line in lines}
    assert all(cell.shown in as_markdown() for cell in TABLE.values())


def test_fingerprints_tell_a_change_and_nobody_apart() -> None:
    order, key = build.order(), build.key()

    assert 8 == len(fingerprints.of_address(key, order))
    assert fingerprints.of_address(key, order) != fingerprints.of_address(build.key(2), order)
    assert "" == fingerprints.of_address(key, build.order(ItemState.ANNOUNCED))
    assert fingerprints.of_lines(order) != fingerprints.of_lines(build.order(number=2))
    assert fingerprints.of_state(order) != fingerprints.of_state(build.order(ItemState.SENT))


def test_the_shop_lacks_what_its_receipt_or_the_ledger_says_is_missing() -> None:
    order, key = build.order(), build.key()
    known, whole = build.known(Stage.PROCESSABLE, order), build.shop_order("processing", order)

    assert not changes.lacks(key, order, known, whole)
    assert changes.lacks(key, order, known, build.shop_order("processing", order, item_ids=frozenset({"other"})))
    assert changes.lacks(key, order, known, build.shop_order("processing", order, total=order.total + 1))
    assert changes.lacks(key, order, build.known(Stage.ANNOUNCED, order), whole)
    assert changes.lacks(key, order, None, build.shop_order("processing", order, complete=None))


def test_actions_are_found_by_their_order() -> None:
    plan = make_plan([build.reading(build.order())], {}, {build.key(): Found()}, build.policy(), build.NOW)

    assert [build.key()] == list(by_key(plan.actions))
    assert Plan() == Plan(())
