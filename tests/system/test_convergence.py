"""Whatever happens, calm runs bring shop and ledger to the truth: possible histories, a shop without safety, a merchant, power cuts.

The same machine is run against six deliberate bugs, and must find each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from otto_import import database
from otto_import.errors import OttoImportError
from otto_import.ledger.base import Intent, Note
from otto_import.ledger.met import Met
from otto_import.ledger.schema import STEPS, tune
from otto_import.ledger.sqlite import SqliteLedger
from otto_import.orders import ItemState
from otto_import.outcome import Summary
from otto_import.plan import IntentionKind, Known, OrderKey, PendingKind, Policy, ShopOrder, Stage
from otto_import.sync import jobs
from otto_import.sync.house import House, Rhythm
from tests import build
from tests.fakes import FakeOtto, FakeShop, Fuse, Fused, FusedShop, Life, NoStop, PowerCut, Told

A, P, S, R, CM, CP = (
    ItemState.ANNOUNCED,
    ItemState.PROCESSABLE,
    ItemState.SENT,
    ItemState.RETURNED,
    ItemState.CANCELLED_BY_MARKETPLACE,
    ItemState.CANCELLED_BY_PARTNER,
)
# Each history: states of the two items, one step after the other; never backwards.
HISTORIES: Sequence[Sequence[tuple[ItemState, ItemState]]] = [
    [(A, A), (P, P), (S, S)],
    [(A, A), (P, P), (S, S), (S, R), (R, R)],
    [(A, A), (CM, CM)],
    [(A, A)],
    [(A, A), (A, CM), (P, CM)],
    [(P, P)],
    [(P, P), (P, CM), (S, CM)],
    [(P, P), (CM, CM)],
    [(P, P), (CP, CP)],
    [(P, P), (P, S), (S, S)],
    [(A, A), (P, P), (CM, CM)],
    [(A, A), (S, S)],
]
LIMIT = 2
START = datetime.fromisoformat("2026-06-01T08:00:00+00:00")


@dataclass(frozen=True)
class Bug:
    """Break the program on purpose, from outside: wrap its ledger or its shop."""

    ledger: Callable[[Any], Any] = lambda part: part
    shop: Callable[[Any], Any] = lambda part: part


class Machine(RuleBasedStateMachine):
    """Let things happen to OTTO, the shop and the power supply, then look at the truth after calm runs."""

    bug: ClassVar[Bug] = Bug()
    nets: ClassVar[bool] = True
    stories: ClassVar[Sequence[Sequence[tuple[ItemState, ItemState]]]] = HISTORIES

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.count = 0
        self.otto = FakeOtto(lambda: self.now)
        self.shop = FakeShop(lambda: self.now)
        connection = database.temporary()
        tune(connection)
        database.migrate(connection, STEPS)
        self.ledger = SqliteLedger(connection)
        self.touched: set[OrderKey] = set()
        self.blown = False

    def teardown(self) -> None:
        """Look at the truth at the end of every story."""
        try:
            self.calm_runs_bring_the_truth()
        finally:
            self.ledger.close()

    @initialize(receipts=st.booleans())
    def a_shop(self, receipts: bool) -> None:
        self.shop.receipts = receipts

    @rule(
        number=st.integers(0, len(HISTORIES) - 1), pace=st.sampled_from([1, 12, 36, 60]), late=st.sampled_from([0, 0, 3, 11]), prepaid=st.booleans()
    )
    def otto_takes_an_order(self, number: int, pace: int, late: int, prepaid: bool) -> None:
        self.count += 1
        placed = self.now - timedelta(minutes=5)
        story = self.stories[number % len(self.stories)]
        order = build.order(P, P, number=self.count, placed_at=placed, payment_method="PREPAYMENT" if prepaid else "INVOICE_SINGLE")
        states = tuple((placed + timedelta(hours=pace * step), pair) for step, pair in enumerate(story))
        self.otto.lives[order.sales_order_id] = Life(order, states, placed + timedelta(hours=late if self.nets else 0))

    @rule(hours=st.sampled_from([0, 1, 5, 13, 30, 80]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours, seconds=1)

    @precondition(lambda self: self.otto.lives and self.nets)
    @rule(which=st.integers(0, 99), hours=st.sampled_from([1, 14, 40]))
    def otto_answers_from_a_while_ago(self, which: int, hours: int) -> None:
        self.otto.lag[list(self.otto.lives)[which % len(self.otto.lives)]] = timedelta(hours=hours)

    @precondition(lambda self: self.shop.orders)
    @rule(which=st.integers(0, 99), status=st.sampled_from(["packed", "completed", "processing", "cancelled"]))
    def the_merchant_moves_an_order(self, which: int, status: str) -> None:
        order = list(self.shop.orders.values())[which % len(self.shop.orders)]
        if order.status != status:
            self.shop.move(order.ref, status)
            self.touched.add(order.key)

    @precondition(lambda self: self.shop.orders)
    @rule(which=st.integers(0, 99))
    def the_merchant_deletes_an_order(self, which: int) -> None:
        order = list(self.shop.orders.values())[which % len(self.shop.orders)]
        self.shop.delete(order.ref)
        self.touched.add(order.key)

    @rule(
        faults=st.one_of(
            st.sampled_from(["", "refuse", "doubt", "done unheard", "late"]).map(lambda fault: [fault] * 20),
            st.lists(st.sampled_from(["", "refuse", "doubt", "done unheard", "late", "down"]), max_size=4),
        ),
        cut=st.one_of(st.none(), st.integers(0, 40)),
        after=st.booleans(),
        away=st.sampled_from([0, 0, 0, 1, 2]),
    )
    def a_run(self, faults: list[str], cut: int | None, after: bool, away: int) -> None:
        self.shop.faults = list(faults)
        self.otto.away = away
        with suppress(PowerCut):
            self.run_once(Fuse(cut, after=after))
        self.shop.faults = []
        self.otto.away = 0

    def run_once(self, fuse: Fuse | None = None, *, force: bool = False) -> tuple[Summary, Told]:
        """Run a sync, through a fuse and whatever bug there is."""
        fuse = fuse or Fuse()
        told, met = Told(), Met()
        ledger = Fused(self.bug.ledger(self.ledger), fuse)
        shop: Any = FusedShop(self.bug.shop(self.shop), fuse)
        before = len(self.shop.cancelled)
        try:
            house = House(
                source=self.otto,
                ledger=ledger,
                writer=shop,
                policy=self.policy(),
                met=met,
                emit=told,
                stop=NoStop(),
                now=self.now,
                wall=lambda: self.now,
                tick=lambda: 0.0,
                rhythm=Rhythm() if self.nets else Rhythm(recheck=timedelta(days=9999), look_back_every=timedelta(days=9999)),
                max_cancellations=LIMIT,
                force=force,
            )
            return jobs.sync(house), told
        finally:
            met.close()
            self.blown = self.blown or (not force and len(self.shop.cancelled) - before > LIMIT)

    def policy(self) -> Policy:
        """Give the settings of the machine."""
        return build.policy(first_run=START - timedelta(days=1), wall=self.now, settle=timedelta(seconds=self.shop.settle_seconds))

    @rule()
    def calm_runs_bring_the_truth(self) -> None:
        """Let the faults end, run a few times, and look."""
        self.otto.lag.clear()
        for _ in range(7):
            self.now += timedelta(hours=9)
            summary, _told = self.run_once()
            assert summary.error is None, summary.error
        self.no_order_stands_twice()
        known = self.everything_known()
        for sales_order_id in self.otto.lives:
            self.the_order_is_where_it_belongs(sales_order_id, known.get(OrderKey(f"main:{sales_order_id}")))
        self.the_guard_is_remembered(known)
        summary, told = self.run_once()
        assert 0 == summary.changes, told.lines

    def everything_known(self) -> Mapping[OrderKey, Known]:
        """Read the ledger."""
        return self.ledger.known([OrderKey(f"main:{one}") for one in self.otto.lives])

    def no_order_stands_twice(self) -> None:
        """Look for doubles."""
        keys = [order.key for order in self.shop.orders.values()]
        assert len(keys) == len(set(keys)), keys

    def the_order_is_where_it_belongs(self, sales_order_id: str, known: Known | None) -> None:
        """Compare OTTO, ledger and shop for one order."""
        key = OrderKey(f"main:{sales_order_id}")
        order = self.otto.lives[sales_order_id].at(self.now)
        there = next((one for one in self.shop.orders.values() if one.key == key), None)
        if order is None:
            return
        assert known is None or known.intention is None, f"{key} is still in doubt after calm runs"
        pending = known.pending if known else None
        if key in self.touched:
            # The merchant's hand is never overwritten, and what contradicts OTTO is told.
            if there is not None and there.moved and there.status == "packed" and order.state in {P, CM, CP}:
                assert pending is not None or (known is not None and known.stage is not Stage.ANNOUNCED), f"{key}: a silent contradiction"
            return
        if pending is not None:
            assert pending.kind is PendingKind.HELD_BACK or pending.reason.code in {"partly_sent", "no_address"}, f"{key}: {pending}"
        if there is None:
            assert known is None or known.stage is Stage.NEVER, f"{key}: the ledger tells of an order the shop does not have"
            wanted = order.state in {P, S, R} and pending is None
            assert not wanted, f"{key} is missing"
            announced = order.state is A and self.now < order.placed_at + timedelta(days=7)
            assert not announced, f"{key} is not reserved"
            return
        assert known is not None, f"{key}: the ledger does not know what the shop has"
        assert (there.ref, there.status) == (known.ref, known.status), f"{key}: the ledger is wrong about the shop"
        if pending is not None:
            return
        expected = {A: {"on-hold", "cancelled"}, P: {"processing"}, S: {"completed"}, R: {"refunded"}, CM: {"cancelled"}, CP: {"cancelled"}}
        assert there.status in expected[order.state], f"{key}: OTTO says {order.state}, the shop {there.status}"
        if order.state is A and there.status == "cancelled":
            assert self.now >= order.placed_at + timedelta(days=7)
        if order.living and there.status not in {"cancelled", "refunded"}:
            assert frozenset(order.living_ids) == there.item_ids, f"{key}: other lines than OTTO's"
            assert order.total == there.total
        if order.state in {P, S, R}:
            assert there.paid, f"{key} is not marked as paid"
            assert there.addressed, f"{key} has no address"

    def the_guard_is_remembered(self, known: Mapping[OrderKey, Known]) -> None:
        """Compare what stands held back with what OTTO cancelled and the shop still has open."""
        open_yet = {
            order.key
            for order in self.shop.orders.values()
            if order.key not in self.touched
            and (said := self.otto.lives[order.key.removeprefix("main:")].at(self.now)) is not None
            and said.state in {CM, CP}
            and order.status != "cancelled"
        }
        held = {key for key, one in known.items() if one.pending and one.pending.kind is PendingKind.HELD_BACK}
        assert open_yet <= held, f"cancelled at OTTO, open in the shop, and nobody is told: {open_yet - held}"

    @invariant()
    def no_status_of_the_merchants_own_is_overwritten(self) -> None:
        assert [] == self.shop.overwritten

    @invariant()
    def no_run_cancels_more_than_the_guard_allows(self) -> None:
        assert not self.blown


SETTINGS = settings(
    max_examples=120,
    stateful_step_count=22,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    phases=[Phase.generate, Phase.shrink],
)


class WithoutNets(Machine):
    """Go without open sweep and look-back, which would find again what a mistake forgets; then OTTO must answer at once and up to date."""

    nets = False


TestConvergence = Machine.TestCase
TestConvergence.settings = SETTINGS
TestConvergenceWithoutNets = WithoutNets.TestCase
TestConvergenceWithoutNets.settings = SETTINGS


class _Around:
    """Stand before a part, and let a subclass twist some of its calls."""

    def __init__(self, part: Any) -> None:
        self.part = part

    def __getattr__(self, name: str) -> Any:
        return getattr(self.part, name)


class _NoLookUp(_Around):
    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        self.part.find(keys)
        return {}


class _NoIntentionForUpdates(_Around):
    def intend(self, intents: Sequence[Intent], notes: Sequence[Note] = ()) -> None:
        self.part.intend([one for one in intents if one.intention.kind is IntentionKind.CREATE], notes)


class _Forgets(_Around):
    kind: ClassVar[PendingKind]

    def note(self, notes: Sequence[Note]) -> None:
        self.part.note([self.twisted(one) for one in notes])

    def twisted(self, note: Note) -> Note:
        pending = note.known.pending
        return replace(note, known=replace(note.known, pending=None)) if pending and pending.kind is self.kind else note


class _ForgetsFailures(_Forgets):
    kind = PendingKind.FAILED


class _ForgetsTheGuard(_Forgets):
    kind = PendingKind.HELD_BACK


class _Hasty(_Around):
    """Tell of a deed one write before it is done."""

    def __init__(self, part: Any) -> None:
        super().__init__(part)
        self.waiting: list[Any] = []

    def one(self, action: Any) -> Any:
        shadow = replace(self.part, orders=dict(self.part.orders), faults=list(self.part.faults), cancelled=[], arriving=list(self.part.arriving))
        outcome = shadow.one(action)
        self.waiting.append(action)
        if len(self.waiting) > 1:
            self.part.one(self.waiting.pop(0))
        return outcome


class _OverwritesTheMerchant(_Around):
    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        return {ref: replace(one, status=one.set_status or one.status) for ref, one in self.part.read(refs).items()}

    def one(self, action: Any) -> Any:
        there = self.part.orders.get(getattr(action, "ref", None))
        return self.part.one(replace(action, expected=there.status) if there else action)


Story = Sequence[tuple[str, Mapping[str, object]]]
"""Rules of the machine by name, with their arguments, as Hypothesis would draw them."""


def shop(*, receipts: bool = True) -> tuple[str, Mapping[str, object]]:
    """Begin with a shop."""
    return "a_shop", {"receipts": receipts}


def takes(number: int, pace: int = 12) -> tuple[str, Mapping[str, object]]:
    """Let OTTO take an order with one of the histories."""
    return "otto_takes_an_order", {"number": number, "pace": pace, "late": 0, "prepaid": False}


def hours(count: int) -> tuple[str, Mapping[str, object]]:
    """Let time pass."""
    return "time_passes", {"hours": count}


def run(fault: str = "") -> tuple[str, Mapping[str, object]]:
    """Run, every write with one fault."""
    return "a_run", {"faults": [fault] * 20, "cut": None, "after": False, "away": 0}


def tell(machine: type[Machine], story: Story) -> None:
    """Tell a story to the machine, and let it look at the truth at the end, as it does of itself."""
    told = machine()
    try:
        for name, arguments in story:
            getattr(told, name)(**arguments)
            told.no_run_cancels_more_than_the_guard_allows()
            told.no_status_of_the_merchants_own_is_overwritten()
    finally:
        told.teardown()


MOVES = ("the_merchant_moves_an_order", {"which": 0, "status": "packed"})
BUGS: Mapping[str, tuple[type[Machine], Bug, Story]] = {
    "no look-up": (Machine, Bug(shop=_NoLookUp), [shop(), takes(5), run("done unheard")]),
    "no intention for updates": (
        Machine,
        Bug(ledger=_NoIntentionForUpdates),
        # Where the shop bears receipts, they tell what was done even so.
        [shop(receipts=False), takes(10, pace=36), run(), hours(30), hours(13), run("done unheard"), hours(30)],
    ),
    "watermark passes a failed order": (WithoutNets, Bug(ledger=_ForgetsFailures), [shop(), takes(5), hours(5), takes(5), run("refuse")]),
    "outcome noted before it is durable": (Machine, Bug(shop=_Hasty), [shop(), takes(5), run()]),
    "merchant's move overwritten": (Machine, Bug(shop=_OverwritesTheMerchant), [shop(), takes(0), run(), MOVES, hours(13), run()]),
    "guard not remembered": (Machine, Bug(ledger=_ForgetsTheGuard), [shop(), *[takes(7)] * 3, run(), hours(13), run()]),
}


@pytest.mark.parametrize("name", BUGS)
def test_the_machine_finds_a_deliberate_bug_in_a_story_that_is_fine_without_it(name: str) -> None:
    machine, bug, story = BUGS[name]

    tell(machine, story)
    with pytest.raises((AssertionError, OttoImportError)):
        tell(type("Broken", (machine,), {"bug": bug}), story)
