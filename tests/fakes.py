"""Stand-ins that behave, and misbehave, on purpose: OTTO, a shop without any safety of its own, a power cut at a chosen call."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from otto_import.errors import ServiceError, ShopUnavailable
from otto_import.orders import ItemState, Order, Reading, Withheld
from otto_import.otto.client import ListQuery, Page
from otto_import.outcome import OrderLine
from otto_import.plan import (
    Change,
    Changed,
    Create,
    Done,
    Finding,
    InDoubt,
    NotBegun,
    OrderKey,
    Outcome,
    Refused,
    ShopOrder,
    ShopStatus,
    Update,
    Writable,
)
from otto_import.writers.base import never

T = TypeVar("T")


class PowerCut(BaseException):
    """End everything at once, as a power cut does: nothing may catch it."""


class Fuse:
    """Burn at the n-th call (never, if `at` is None), before or after the call takes effect."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.left = at
        self.after = after

    def guard(self, act: Callable[[], T]) -> T:
        """Let a call through, or burn."""
        burns = self.tick()
        if burns and not self.after:
            raise PowerCut
        result = act()
        if burns:
            raise PowerCut
        return result

    def tick(self) -> bool:
        """Count one call; tell whether it is the one."""
        if self.left is None:
            return False
        self.left -= 1
        return self.left < 0


class Fused:
    """Stand before any part and let its calls pass a fuse; attributes that are no calls pass freely."""

    def __init__(self, part: Any, fuse: Fuse) -> None:
        self._part = part
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._part, name)
        if not callable(value):
            return value
        return lambda *args, **kwargs: self._fuse.guard(lambda: value(*args, **kwargs))


@dataclass(frozen=True, slots=True)
class Life:
    """Hold an order's possible history: what OTTO says from each moment on, and from when the order is visible at all."""

    order: Order
    states: tuple[tuple[datetime, tuple[ItemState, ...]], ...]
    visible: datetime

    def at(self, clock: datetime) -> Order | None:
        """Give the order as OTTO knows it at a moment."""
        told = [(moment, states) for moment, states in self.states if moment <= clock]
        if not told or clock < self.visible:
            return None
        moment, states = told[-1]
        bare = ItemState.ANNOUNCED in states or not any(state is not ItemState.ANNOUNCED for state in states)
        never_payable = all(ItemState.PROCESSABLE not in one for _, one in told)
        items = tuple(replace(item, state=state) for item, state in zip(self.order.items, states, strict=True))
        told_as = replace(self.order, items=items, modified_at=moment)
        if bare or (never_payable and ItemState.SENT not in states):
            return replace(told_as, delivery_address=None, invoice_address=None)
        return told_as


class FakeOtto:
    """Be OTTO: lists sorted by change, in small pages with an order repeated on the next one, and now and then an answer from a while ago."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.lives: dict[str, Life] = {}
        self.clock = clock
        self.requests = 0
        self.asked: list[str] = []
        self.lag: dict[str, timedelta] = {}
        self.away = 0
        self.page_size = 3

    def pages(self, query: ListQuery) -> Generator[Page, None, None]:
        """Walk the list."""
        now = self.clock()
        told = [order for life in self.lives.values() if (order := life.at(now - self.lag.get(life.order.sales_order_id, timedelta(0)))) is not None]
        listed = sorted((order for order in told if _matches(order, query)), key=lambda order: order.modified_at or now)
        for start in range(0, max(len(listed), 1), self.page_size):
            self._answer()
            again = listed[max(0, start - 1) : start]
            orders = again + listed[start : start + self.page_size]
            yield Page(tuple(Reading(order, now, timedelta(0)) for order in orders), now, timedelta(0))

    def order(self, order_id: str) -> Reading:
        """Read one order; never from a while ago."""
        self.asked.append(order_id)
        self._answer()
        life = self.lives.get(order_id)
        order = life.at(self.clock()) if life else None
        if order is None:
            return Reading(Withheld(order_id, None, "OTTO does not know this order (HTTP 404)"), self.clock(), timedelta(0), by_id=True)
        return Reading(order, self.clock(), timedelta(0), by_id=True)

    def _answer(self) -> None:
        self.requests += 1
        if self.away:
            self.away -= 1
            raise _otto_away()


def _otto_away() -> ServiceError:
    return ServiceError("OTTO", "GET /v4/orders", "is away")


def _shop_down() -> ShopUnavailable:
    return ShopUnavailable("POST /orders", "is down")


def _matches(order: Order, query: ListQuery) -> bool:
    if query.changed_from and (order.modified_at is None or order.modified_at < query.changed_from):
        return False
    if query.placed_from and order.placed_at <= query.placed_from:
        return False
    if query.placed_to and order.placed_at >= query.placed_to:
        return False
    return not query.states or any(item.state in query.states for item in order.items)


@dataclass(frozen=True, slots=True)
class Stored:
    """Hold an order of the fake shop."""

    ref: str
    key: OrderKey
    status: str
    set_status: str | None = None
    item_ids: frozenset[str] = frozenset()
    total: Any = None
    paid: bool = False
    addressed: bool = False
    expired: bool = False
    moved: bool = False


@dataclass
class FakeShop:
    """Be a shop that trusts everybody: it creates twice when asked twice. `receipts` is False for a shop that cannot hold ours.

    `faults` are used up one a write: "refuse", "doubt" (not done, no answer), "done unheard" (done, no answer), "late" (arrives within
    `settle_seconds`, after we have looked), "down" (the whole shop).
    """

    wall: Callable[[], datetime]
    settle_seconds: int = 120
    receipts: bool = True
    can_find: bool = True
    identity: str = "fake"
    requests: int = 0
    orders: dict[str, Stored] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    arriving: list[tuple[datetime, Create]] = field(default_factory=list)
    cancelled: list[OrderKey] = field(default_factory=list)
    overwritten: list[OrderKey] = field(default_factory=list)
    made: int = 0
    skims: Decimal = Decimal(0)

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look up by key; late creates arrive just after."""
        self._arrive(forced=False)
        found = {key: [self._told(one) for one in self.orders.values() if one.key == key] for key in keys}
        self._arrive(forced=True)
        return {key: hits for key, hits in found.items() if hits}

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read by reference."""
        self._arrive(forced=False)
        return {ref: self._told(self.orders[ref]) for ref in refs if ref in self.orders}

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Carry out, with the faults that are due."""
        for action in actions:
            if stop():
                yield NotBegun(action.key)
                continue
            yield self.one(action)

    def one(self, action: Writable) -> Outcome:
        """Carry out one write."""
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "down":
            raise _shop_down()
        if fault == "refuse":
            return Refused(action.key, "out_of_stock")
        if fault == "doubt":
            return InDoubt(action.key, "timeout")
        if fault == "late" and isinstance(action, Create):
            self.arriving.append((self.wall() + timedelta(seconds=self.settle_seconds), action))
            return InDoubt(action.key, "timeout")
        outcome = self._create(action) if isinstance(action, Create) else self._update(action)
        return InDoubt(action.key, "timeout") if fault == "done unheard" else outcome

    def statuses(self) -> Sequence[ShopStatus]:
        """List nothing."""
        return ()

    def check(self) -> Iterable[Finding]:
        """Find nothing."""
        return ()

    def close(self) -> None:
        """Keep the orders for the test to look at."""

    def move(self, ref: str, status: str) -> None:
        """Give an order another status, as the merchant does."""
        self.orders[ref] = replace(self.orders[ref], status=status, moved=True)

    def delete(self, ref: str) -> None:
        """Delete an order, as the merchant does."""
        del self.orders[ref]

    def _arrive(self, *, forced: bool) -> None:
        due = [one for one in self.arriving if forced or one[0] <= self.wall()]
        self.arriving = [one for one in self.arriving if one not in due]
        for _, action in due:
            self._create(action)

    def _create(self, action: Create) -> Outcome:
        self.made += 1
        ref = str(self.made)
        self.orders[ref] = self._changed(Stored(ref, action.key, action.change.status or ""), action.change)
        return Done(action.key, ref, self.orders[ref].status, self.orders[ref].total)

    def _update(self, action: Update) -> Outcome:
        there = self.orders.get(action.ref)
        if there is None or there.status != action.expected:
            return Changed(action.key, self._told(there) if there else None)
        if action.change.cancels:
            self.cancelled.append(action.key)
        if there.moved and there.status == "packed" and action.change.status not in {None, "packed"}:
            self.overwritten.append(action.key)
        self.orders[action.ref] = after = self._changed(there, action.change)
        return Done(action.key, action.ref, after.status, after.total)

    def _changed(self, order: Stored, change: Change) -> Stored:
        if change.lines is not None:
            ids = frozenset(one for line in change.lines for one in line.item_ids)
            order = replace(order, item_ids=ids, total=None if change.total is None else change.total - self.skims)
        if change.status is not None:
            order = replace(order, status=change.status, set_status=change.status)
        expired = order.expired if change.expired is None else change.expired
        return replace(order, paid=order.paid or change.paid, addressed=order.addressed or change.delivery is not None, expired=expired)

    def _told(self, order: Stored) -> ShopOrder:
        if not self.receipts:
            return ShopOrder(ref=order.ref, key=order.key, status=order.status, total=order.total)
        return ShopOrder(
            ref=order.ref,
            key=order.key,
            status=order.status,
            set_status=order.set_status,
            complete=True,
            expired=order.expired,
            item_ids=order.item_ids,
            total=order.total,
            paid=order.paid,
            addressed=order.addressed,
        )


class FusedShop(Fused):
    """Let the power fail between the single writes of a page, too."""

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Carry out one by one through the fuse."""
        for action in actions:
            yield self._fuse.guard(lambda one=action: self._part.one(one))  # type: ignore[misc]  # a default binds the loop's value


class NoStop:
    """Never ask a run to stop."""

    def __call__(self) -> bool:
        return False

    def check(self) -> None:
        """Go on."""


class Told:
    """Collect the lines of a run."""

    def __init__(self) -> None:
        self.lines: list[OrderLine] = []

    def __call__(self, lines: Sequence[OrderLine]) -> None:
        self.lines += lines
