"""The whole product of what OTTO says, what we know, what the shop says, and the settings: no case may break a promise."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from otto_import.orders import FULFILLED, ItemState, Order, Reading
from otto_import.plan import (
    Action,
    Conflict,
    Create,
    Found,
    Hold,
    Intention,
    IntentionKind,
    Known,
    Pending,
    PendingKind,
    Policy,
    Reason,
    Role,
    ShopOrder,
    Skip,
    Stage,
    Update,
    cancels,
    writable,
)
from otto_import.planner import make_plan, questions
from otto_import.rules import RANK
from tests import build

KEY = build.key()
FULL = build.STATUSES
BARE = {Role.PROCESSABLE: "processing"}
NO_SENT = {role: status for role, status in FULL.items() if role not in {Role.SENT, Role.RETURNED}}
POLICIES = [
    build.policy(),
    build.policy(announced=False),
    build.policy(status=BARE, announced=False),
    build.policy(status=NO_SENT),
    build.policy(cancel_after_deadline=False),
    build.policy(fulfilled=True, first_run=build.NOW),
    build.policy(hold_suspected_fraud=True, start=build.NOW - timedelta(hours=1)),
    build.policy(named=frozenset({KEY})),
    build.policy(named=frozenset({KEY}), recreate=True),
    build.policy(named=frozenset({KEY}), accept=True),
    build.policy(can_find=False),
    build.policy(settle=timedelta(minutes=2), wall=build.NOW + timedelta(seconds=30)),
]


def readings() -> Iterator[Reading]:
    """Give what OTTO may say of the order."""
    pairs = [(state,) for state in ItemState] + [
        (ItemState.ANNOUNCED, ItemState.CANCELLED_BY_MARKETPLACE),
        (ItemState.PROCESSABLE, ItemState.CANCELLED_BY_MARKETPLACE),
        (ItemState.PROCESSABLE, ItemState.SENT),
        (ItemState.SENT, ItemState.RETURNED),
        (ItemState.CANCELLED_BY_PARTNER, ItemState.CANCELLED_BY_MARKETPLACE),
    ]
    for states in pairs:
        order = build.order(*states)
        yield build.reading(order)
        if order.state is ItemState.ANNOUNCED:
            late = build.order(*states, age=timedelta(days=8))
            for skew in (timedelta(0), timedelta(minutes=6), None):
                yield build.reading(late, by_id=True, skew=skew)
            yield build.reading(late)
            yield build.reading(replace(late, payment_method="INVOICE_SINGLE"), by_id=True)
        if order.state is ItemState.PROCESSABLE:
            yield build.reading(replace(order, delivery_address=None, invoice_address=None))
            yield build.reading(replace(order, suspected_fraud=True))


def knowledge(order: Order) -> Iterator[Known | None]:
    """Give what the ledger may know."""
    yield None
    create = Intention(kind=IntentionKind.CREATE, stage=Stage.ANNOUNCED, status="on-hold", expected=None, at=build.NOW)
    yield build.known(Stage.NEVER, order, lines="", items=(), intention=create)
    yield build.known(Stage.NEVER, order, lines="", items=(), intention=replace(create, stage=Stage.PROCESSABLE, status="processing"))
    pending = Pending(kind=PendingKind.CONFLICT, reason=Reason("moved_paid", "…"), attempts=2, since=build.NOW, next_at=build.NOW)
    for stage in Stage:
        if stage is Stage.NEVER:
            continue
        known = build.known(stage, order)
        yield known
        yield replace(known, pending=pending)
        yield replace(known, lines="other", items=(*known.items, "gone"))
        for target, status in ((Stage.PROCESSABLE, "processing"), (Stage.CANCELLED, "cancelled")):
            yield replace(known, intention=Intention(kind=IntentionKind.STATUS, stage=target, status=status, expected=known.status, at=build.NOW))


def shops(order: Order) -> Iterator[tuple[ShopOrder, ...]]:
    """Give what the shop may say."""
    yield ()
    for status in ("on-hold", "processing", "completed", "cancelled", "refunded", "packed"):
        yield (build.shop_order(status, order),)
        yield (build.shop_order(status, order, set_status=None, complete=None, item_ids=None, total=None, paid=None, addressed=None),)
    yield (build.shop_order("pending", order, intermediate=True, complete=False),)
    yield (build.shop_order("cancelled", order, expired=True),)
    for status, brought_to in (("on-hold", "processing"), ("packed", "processing"), ("processing", "on-hold"), ("processing", "cancelled")):
        yield (build.shop_order(status, order, set_status=brought_to),)
    yield (build.shop_order("processing", order, key=None),)
    yield (build.shop_order("on-hold", order), build.shop_order("on-hold", order, ref="13"))


@dataclass(frozen=True, slots=True)
class Decided:
    """Hold one case and how it was decided."""

    reading: Reading
    order: Order
    known: Known | None
    shop: tuple[ShopOrder, ...]
    policy: Policy
    asked_shop: bool
    action: Action


def decide(reading: Reading, known: Known | None, shop: tuple[ShopOrder, ...], policy: Policy) -> Decided:
    """Answer every question until there is none, then plan."""
    rows = {KEY: known} if known else {}
    found: dict[object, Found] = {}
    asked = questions([reading], rows, policy, build.NOW)
    if asked.again:
        assert not reading.by_id, "an order read by id is asked for again"
        reading = replace(reading, by_id=True)
        asked = questions([reading], rows, policy, build.NOW)
        assert () == asked.again
    assert len(asked.find) + len(asked.read) <= 1
    for key in asked.find:
        found[key] = Found(shop)
    for key, ref in asked.read:
        found[key] = Found(tuple(one for one in shop if one.ref == ref))
    (action,) = make_plan([reading], rows, found, policy, build.NOW).actions  # type: ignore[arg-type]  # the keys are order keys
    assert isinstance(reading.order, Order)
    return Decided(reading, reading.order, known, shop, policy, bool(found), action)


@pytest.fixture(scope="module")
def product() -> list[Decided]:
    """Decide every case once."""
    cases = []
    for reading in readings():
        assert isinstance(reading.order, Order)
        for known, policy in itertools.product(knowledge(reading.order), POLICIES):
            cases += [decide(reading, known, shop, policy) for shop in shops(reading.order)]
    return cases


def test_every_case_is_decided_with_a_reason_in_words(product: list[Decided]) -> None:
    assert len(product) > 80_000
    assert [] == [case for case in product if len(case.action.reason.text) < 5 or "{" in case.action.reason.text]


def test_nothing_is_created_without_having_looked_and_found_nothing(product: list[Decided]) -> None:
    creates = [case for case in product if isinstance(case.action, Create)]

    assert creates
    assert [] == [case for case in creates if case.policy.can_find and (not case.asked_shop or any(one.key == KEY for one in case.shop))]


def test_no_second_create_while_the_first_may_still_arrive(product: list[Decided]) -> None:
    waiting = [case for case in product if case.policy.settle and case.known and case.known.intention and case.known.stage is Stage.NEVER]

    assert any(isinstance(case.action, Hold) and case.action.doubt for case in waiting)
    assert [] == [case for case in waiting if isinstance(case.action, Create)]


def test_an_order_we_imported_is_created_again_only_by_name_with_recreate(product: list[Decided]) -> None:
    again = [case for case in product if isinstance(case.action, Create) and case.known and case.known.stage is not Stage.NEVER]

    assert again
    assert {True} == {case.policy.recreate for case in again}


def test_with_announced_import_off_no_announced_order_is_created(product: list[Decided]) -> None:
    off = [case for case in product if not case.policy.announced and not (case.known and case.known.intention)]

    assert [] == [case for case in off if isinstance(case.action, Create) and case.order.state is ItemState.ANNOUNCED]


def test_no_move_goes_backwards(product: list[Decided]) -> None:
    moves = [case for case in product if isinstance(case.action, Update) and case.action.change.status is not None and not cancels(case.action)]

    assert moves
    for case in moves:
        assert isinstance(case.action, Update)
        assert case.known is None or RANK.get(case.known.stage, 0) <= RANK[case.action.change.stage], case


def test_no_sent_order_becomes_processable(product: list[Decided]) -> None:
    for case in product:
        write = writable(case.action)
        if write is None or write.change.status != "processing" or not isinstance(write, Update) or write.expected == "processing":
            continue
        assert write.expected not in {"completed", "refunded"}, case
        assert not {item.state for item in case.order.living} <= FULFILLED, case
        assert case.known is None or case.known.stage is not Stage.FULFILLED, case


def _later(shown: ShopOrder, than: Stage) -> bool:
    stages = {"on-hold": 0, "processing": 2, "completed": 3, "refunded": 3, "cancelled": 1 if shown.expired else 4}
    known = {Stage.ANNOUNCED: 0, Stage.EXPIRED: 1, Stage.PROCESSABLE: 2, Stage.FULFILLED: 3}.get(than, 4)
    return shown.complete is True and stages.get(shown.set_status or "", -1) > known


def test_no_order_that_the_merchant_moved_is_cancelled(product: list[Decided]) -> None:
    cancelled = [case for case in product if cancels(case.action)]

    assert cancelled
    for case in cancelled:
        assert isinstance(case.action, Update)
        shown = case.action.found
        assert shown is not None
        ours = {shown.set_status} if case.known is None or case.known.stage is Stage.NEVER else {case.known.status}
        if case.known and not case.known.intention and _later(shown, case.known.stage):
            ours = {shown.set_status}  # a restored ledger, whose row is behind the receipt
        if case.known and case.known.intention:
            ours.add(case.known.intention.status)
        assert shown.intermediate or shown.status in ours, case


def test_a_merchants_status_is_never_overwritten(product: list[Decided]) -> None:
    for case in product:
        write = writable(case.action)
        if isinstance(write, Update) and write.expected == "packed":
            assert write.change.status in {None, "packed"}, case


def test_every_update_expects_what_the_shop_shows(product: list[Decided]) -> None:
    for case in product:
        write = writable(case.action)
        if isinstance(write, Update) and case.policy.can_find:
            assert (write.ref, write.expected) in {(one.ref, one.status) for one in case.shop}, case
            assert [KEY] == [one.key for one in case.shop if one.ref == write.ref], case


def test_a_cancellation_writes_no_lines_and_nothing_else_cancels(product: list[Decided]) -> None:
    for case in product:
        write = writable(case.action)
        if write is not None and write.change.cancels:
            assert write.change.lines is None, case
        if isinstance(case.action, Update) and case.action.change.status == "cancelled" != case.action.expected:
            assert cancels(case.action), case


def test_an_order_past_its_deadline_is_cancelled_only_when_asked_again_and_our_clock_is_right(product: list[Decided]) -> None:
    ours = [case for case in product if isinstance(case.action, Update) and case.action.stage is Stage.EXPIRED]

    assert ours
    for case in ours:
        assert case.reading.by_id
        assert case.reading.skew is not None
        assert abs(case.reading.skew) <= timedelta(minutes=5)
        assert case.order.payment_method in {None, "PREPAYMENT"}
        assert case.policy.cancel_after_deadline


def test_an_unknown_state_is_held_whatever_else_is_true(product: list[Decided]) -> None:
    unknown = [case for case in product if case.order.state is ItemState.UNKNOWN and not case.policy.accept]

    assert {Hold} == {type(case.action) for case in unknown}


def test_a_shop_order_with_another_key_is_never_written(product: list[Decided]) -> None:
    strangers = [case for case in product if [None] == [one.key for one in case.shop] and case.asked_shop]

    assert strangers
    assert [] == [case for case in strangers if isinstance(writable(case.action), Update)]


def test_two_hits_are_a_conflict(product: list[Decided]) -> None:
    twice = [case for case in product if len(case.shop) > 1 and case.asked_shop and (case.known is None or case.known.stage is Stage.NEVER)]

    assert twice
    assert {Conflict} <= {type(case.action) for case in twice} <= {Conflict, Hold, Skip}
