"""One run: pages of orders go through questions, plan, deeds and lines, whatever step they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from otto_import.errors import WritesLost
from otto_import.ledger.base import Intent, Note
from otto_import.orders import Order
from otto_import.outcome import ActionName, Tally
from otto_import.plan import LOST, Found, PendingKind, Policy, cancels, writable
from otto_import.planner import key_of, make_plan, questions
from otto_import.sync.deeds import When, before, hold_back, intention, noted, remember
from otto_import.sync.events import orders_told
from otto_import.sync.guard import Guard
from otto_import.sync.lines import line_of
from otto_import.sync.writing import Writing
from otto_import.writers.base import Catalogue, Heir

if TYPE_CHECKING:
    from otto_import.orders import Reading
    from otto_import.outcome import OrderLine
    from otto_import.plan import Action, Known, OrderKey, Update
    from otto_import.sync.house import House


class Run:
    """Carry a run's state from page to page: the tally, and the cancellations that wait for the guard."""

    def __init__(self, house: House, *, counted_before: int = 0, counts_standing: bool = False) -> None:
        """Begin; `counted_before` cancellations count for the guard already, with `counts_standing` those that it held back in earlier runs."""
        self.house = house
        self.policy: Policy = house.policy
        self.tally = Tally()
        self.guard = Guard(house.max_cancellations, counted_before)
        self._counts_standing = counts_standing
        self.afresh = False
        self.when_held_back: Callable[[], None] = lambda: None
        self.lost: WritesLost | None = None

    def began(self, first_run: datetime) -> None:
        """Set when the ledger's first run was, as far as the shop's receipts tell."""
        self.policy = replace(self.policy, first_run=first_run)

    def search(self) -> None:
        """Pass over no order before the shop was asked for it."""
        self.policy = replace(self.policy, searches=self.policy.can_find)

    def resume(self) -> None:
        """Go on with a ledger of earlier runs, which may be older than the shop."""
        self.policy = replace(self.policy, resumed=True)

    def name(self, keys: Iterable[OrderKey]) -> None:
        """Mark orders that a person asked for by number."""
        self.policy = replace(self.policy, named=self.policy.named | frozenset(keys))

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Go on to other orders where the shop takes none of several writes in a row; `lost` keeps what is to be told at the run's end.

        To be used for orders that will be looked at again whatever the watermark says.
        """
        try:
            yield
        except WritesLost as lost:
            self.lost = lost

    def tell_lost(self) -> None:
        """Raise what `going_on` kept."""
        if self.lost is not None:
            raise self.lost

    def page(self, readings: Sequence[Reading], *, touch: bool = False, due: bool = False, anew: bool = False) -> None:
        """Bring one page of orders into the shop.

        `touch` notes that OTTO was asked about those with nothing new; `due` looks at pending orders even where OTTO says nothing new of them,
        `anew` at orders that were met in this run already.
        """
        fresh = self._fresh(readings, anew=anew)
        keys = [key for key in dict.fromkeys(key_of(reading, self.policy) for reading in (readings if touch else fresh)) if key]
        known = dict(self.house.ledger.known(keys)) if keys else {}
        if not due:
            fresh = [reading for reading in fresh if not _waits(reading, known.get(key_of(reading, self.policy)))]
        if fresh:
            self._decide(fresh, known)
        if touch and known:
            self.house.ledger.touch(known, self.house.now)

    def _decide(self, readings: list[Reading], known: dict[OrderKey, Known]) -> None:
        house, policy = self.house, self.policy
        asked = questions(readings, known, policy, house.now)
        if asked.again:
            readings = self._ask_again(readings, frozenset(asked.again))
            asked = questions(readings, known, policy, house.now)
        found: dict[OrderKey, Found] = {}
        if asked.find:
            hits = house.writer.find(asked.find)
            found.update({key: Found(tuple(hit for hit in hits.get(key, ()) if hit.key == key)) for key in asked.find})
            self._look_for_strangers(readings, found)
            self._look_for_articles(readings, found)
        if asked.read:
            orders = house.writer.read([ref for _, ref in asked.read])
            found.update({key: Found((orders[ref],) if ref in orders else ()) for key, ref in asked.read})
        self._carry_out(make_plan(readings, known, found, policy, house.now).actions)

    def _look_for_strangers(self, readings: Sequence[Reading], found: dict[OrderKey, Found]) -> None:
        """Find orders of an earlier connector among those that nobody of ours has made."""
        shop = self.house.writer
        if not isinstance(shop, Heir):
            return
        numbers = {
            key: reading.order.order_number
            for reading in readings
            if isinstance(reading.order, Order) and (key := key_of(reading, self.policy)) in found and not found[key].hits
        }
        strangers = shop.inherited(numbers) if numbers else {}
        for key, hits in strangers.items():
            found[key] = Found(tuple(hit for hit in hits if hit.key == key))

    def _look_for_articles(self, readings: Sequence[Reading], found: dict[OrderKey, Found]) -> None:
        """Note which articles of the orders that are nowhere in the shop it lacks; one question for all of them."""
        shop = self.house.writer
        if not isinstance(shop, Catalogue):
            return
        nowhere = {
            key: reading.order.lines
            for reading in readings
            if isinstance(reading.order, Order) and (key := key_of(reading, self.policy)) in found and not found[key].hits
        }
        lines = [line for each in nowhere.values() for line in each]
        missing = shop.missing(lines) if lines else frozenset()
        for key, each in nowhere.items() if missing else ():
            lacking = tuple(dict.fromkeys(line.sku for line in each if line.sku in missing))
            found[key] = replace(found[key], missing=lacking)

    def _carry_out(self, actions: Sequence[Action]) -> None:
        now: list[Action] = []
        for action in actions:
            self.guard.drop(action.key, counted=self._counts_standing and _held_back(action.known))
            if cancels(action) and not self.house.force:
                self._defer(action)
            else:
                now.append(action)
        self.carry(now)

    def _defer(self, action: Action) -> None:
        waiting = self.guard.defer(action)
        if waiting:
            self._hold_back(waiting)

    def close_guard(self) -> None:
        """Carry out the collected cancellations, if they are few enough."""
        waiting = self.guard.release()
        if waiting and self.guard.closed:
            self._hold_back(waiting)
        elif waiting:
            self.carry(waiting)

    def _hold_back(self, waiting: Sequence[Update]) -> None:
        notes = [(action, hold_back(action, self._when())) for action in waiting]
        self.house.ledger.note([note for _, note in notes])
        self.when_held_back()
        self._emit([line_of(action, None, note.known.pending, preview=self.house.preview, held_back=True) for action, note in notes])

    def carry(self, actions: Sequence[Action]) -> None:
        """Note intentions, write, note deeds, tell."""
        house, policy, when = self.house, self.policy, self._when()
        intents: list[Intent] = []
        notes: list[Note] = []
        lines: list[OrderLine] = []
        writing: dict[OrderKey, Action] = {}
        for action in actions:
            write = writable(action)
            if write is not None:
                writing[action.key] = action
                intents.append(Intent(before(action), intention(write, when.wall)))
                continue
            note = remember(action, None, when)
            if note is not None and action.key:
                notes.append(note)
            line = line_of(action, None, note.known.pending if note else None, preview=house.preview)
            # What the merchant moved is his to move, and a contradiction only to somebody who asked for differences.
            lines.append(replace(line, action=ActionName.CONFLICT) if policy.looks and line.code == "moved" else line)
        if intents:
            house.ledger.intend(intents, notes)
        elif notes:
            house.ledger.note(notes)
        self._emit(lines)
        if writing:
            Writing(house, self._when, self._emit).carry_out(writing, self.lost)

    def _fresh(self, readings: Sequence[Reading], *, anew: bool) -> list[Reading]:
        named = [(key_of(reading, self.policy), reading) for reading in readings]
        once: dict[str, tuple[OrderKey, Reading]] = {}
        for index, (key, reading) in enumerate(named):
            name = key or f"nameless {index}"
            if name not in once or _newer(reading, once[name][1]):
                once[name] = (key, reading)
        pairs = [(key, _modified(reading)) for key, reading in once.values()]
        flags = self.house.met.fresh([(key, modified) for key, modified in pairs if key])
        seen = iter(flags)
        return [reading for key, reading in once.values() if not key or next(seen) or anew]

    def _ask_again(self, readings: list[Reading], keys: frozenset[OrderKey]) -> list[Reading]:
        return [
            self.ask_known(reading.order.sales_order_id, reading.order.order_number) if key_of(reading, self.policy) in keys else reading
            for reading in readings
        ]

    def ask(self, name: str) -> Reading:
        """Read one order at OTTO by `salesOrderId` or `orderNumber`; a signal may end the wait."""
        self.house.stop.check()
        return self.house.source.order(name)

    def ask_known(self, sales_order_id: str | None, order_number: str | None) -> Reading:
        """Read one order that is known; where OTTO's answer names no order, it keeps the ids by which it was asked."""
        reading = self.ask(sales_order_id or order_number or "")
        if isinstance(reading.order, Order):
            return reading
        return replace(reading, order=replace(reading.order, sales_order_id=sales_order_id, order_number=order_number))

    def _when(self) -> When:
        return When(self.house.now, self.house.wall(), self.house.give_up_after, self.afresh)

    def tell(self, lines: Sequence[OrderLine]) -> None:
        """Count and tell lines of deeds that no plan asked for."""
        self._emit(lines)

    def _emit(self, lines: Sequence[OrderLine]) -> None:
        for line in lines:
            self.tally.add(line)
        if lines:
            orders_told(lines, preview=self.house.preview)
            self.house.emit(lines)


def _newer(reading: Reading, than: Reading) -> bool:
    mine, other = _modified(reading), _modified(than)
    return mine is None or other is None or mine >= other


def _modified(reading: Reading) -> datetime | None:
    order = reading.order
    return order.modified_at if isinstance(order, Order) else None


def _held_back(known: Known | None) -> bool:
    return known is not None and known.pending is not None and known.pending.kind is PendingKind.HELD_BACK


def _waits(reading: Reading, known: Known | None) -> bool:
    """Tell whether an order waits for its next look and OTTO says nothing new of it; until then it is counted from the ledger."""
    order = reading.order
    if known is None or known.pending is None or not isinstance(order, Order) or order.modified_at is None:
        return False
    if known.intention is not None and known.pending.reason.code != LOST:
        return False
    return known.otto_state is order.state and noted(reading, order) == known.noted_at
