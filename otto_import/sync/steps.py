"""The steps of a run, each yielding pages of orders to the same plan (design: The steps of a run)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from otto_import.ledger.base import Mark
from otto_import.orders import ItemState, Order
from otto_import.otto.client import ListQuery

if TYPE_CHECKING:
    from otto_import.orders import Reading
    from otto_import.otto.client import Page
    from otto_import.plan import Known, OrderKey
    from otto_import.sync.run import Run

Listing = Callable[["OrderKey | None", int], Sequence["Known"]]
_BY_ID = 50
_NO_DATE = timedelta(minutes=10)
_OPEN = (ItemState.ANNOUNCED, ItemState.PROCESSABLE)


def pages(run: Run, query: ListQuery) -> Iterator[Page]:
    """Walk a list at OTTO; a signal may end the wait for a page, never the work on it."""
    with closing(run.house.source.pages(query)) as walking:
        while True:
            run.house.stop.check()
            page = next(walking, None)
            if page is None:
                return
            yield page


def by_id(run: Run, listing: Listing, *, due: bool = False, anew: bool = False, turn: int = 0) -> None:
    """Read the orders of a listing one by one at OTTO, and plan them; those that the shop loses hold up no others."""
    after: OrderKey | None = None
    while rows := listing(after, _BY_ID):
        after = rows[-1].key
        with run.going_on():
            first = turn % len(rows)
            plan_known(run, [row for row in [*rows[first:], *rows[:first]] if not run.guard.waits(row.key)], due=due, anew=anew)


def plan_known(run: Run, rows: Sequence[Known], *, due: bool = False, anew: bool = False) -> None:
    """Read known orders at OTTO by whichever id is legible, and plan them; an order known by its number alone gets its own row once it can be read."""
    readings = [run.ask_known(row.sales_order_id, row.order_number) for row in rows]
    run.page(readings, touch=True, due=due, anew=anew)
    forget_numbers(run, rows, readings)


def forget_numbers(run: Run, rows: Sequence[Known], readings: Sequence[Reading]) -> None:
    """Drop rows of orders known by their number alone that could be read now, and so have rows of their own."""
    read = [row.key for row, reading in zip(rows, readings, strict=False) if row.sales_order_id is None and isinstance(reading.order, Order)]
    if read:
        run.house.ledger.forget(read)


def in_doubt(run: Run, *, every: bool = False) -> None:
    """Settle writes that may or may not have happened; those lost again and again only when their time has come, or `every` one of them."""
    wall = None if every else run.house.wall()
    turn = int(run.house.wall().timestamp()) // 60

    def listing(after: OrderKey | None, limit: int) -> Sequence[Known]:
        return run.house.ledger.in_doubt(wall, after, limit)

    # Where nobody can look up whether the order or the shop is at fault, none waits: so that the same few are not always the first, they take turns.
    by_id(run, listing, due=True, turn=0 if run.policy.can_find else turn)


def pending(run: Run) -> None:
    """Look again at orders whose time has come."""
    wall = run.house.wall()
    by_id(run, lambda after, limit: run.house.ledger.due(wall, after, limit), due=True)


def held_back(run: Run) -> None:
    """Look again at cancellations that the guard held back."""
    by_id(run, run.house.ledger.held_back, due=True)


def walk(run: Run) -> datetime | None:
    """Walk what changed since the last run; give the new watermark, or None where nothing says how far we are."""
    house = run.house
    old = house.ledger.mark(Mark.WATERMARK)
    query = ListQuery(changed_from=_changed_from(run, old))
    greatest: datetime | None = None
    first_date: datetime | None = None
    for number, page in enumerate(pages(run, query)):
        if number == 0:
            first_date = page.date or house.wall() - _NO_DATE
        run.page(page.readings, touch=old is None)
        seen = [reading.order.modified_at for reading in page.readings if isinstance(reading.order, Order) and reading.order.modified_at]
        greatest = max([*seen, greatest] if greatest else seen, default=greatest)
    if greatest is None or first_date is None:
        return old
    # However far ahead OTTO's dates may be, tomorrow's changes must still lie after the watermark.
    new = min(greatest, first_date, house.now + timedelta(days=1))
    return max(new, old) if old else new


def _changed_from(run: Run, watermark: datetime | None) -> datetime | None:
    rhythm = run.house.rhythm
    if watermark is None:
        return run.policy.start
    return watermark - (max(rhythm.look_back, rhythm.overlap) if looks_back(run) else rhythm.overlap)


def looks_back(run: Run) -> bool:
    """Tell whether the daily look further back is due."""
    last = run.house.ledger.mark(Mark.LOOKED_BACK)
    return last is None or run.house.now - last >= run.house.rhythm.look_back_every


def has_open_orders(run: Run) -> bool:
    """Tell whether the ledger knows an order that may still change."""
    now = run.house.now
    return bool(run.house.ledger.unchecked(now - run.house.rhythm.give_up, now + timedelta(days=1), now + timedelta(days=1), None, 1))


def sweep_is_due(run: Run) -> bool:
    """Tell whether all open orders are due for a look."""
    last = run.house.ledger.mark(Mark.SWEPT)
    return last is None or run.house.now - last >= run.house.rhythm.recheck


def sweep(run: Run) -> None:
    """Walk all open orders of the last 60 days, and read those by id that the list lacks; older ones once a day, very old ones not at all."""
    house = run.house
    placed_from = house.now - house.rhythm.sweep
    for page in pages(run, ListQuery(placed_from=placed_from, states=_OPEN, at_least_one=True)):
        run.page(page.readings, touch=True)
    oldest, day_ago = house.now - house.rhythm.give_up, house.now - timedelta(days=1)
    by_id(run, lambda after, limit: house.ledger.unchecked(placed_from, house.now + timedelta(days=1), house.now, after, limit))
    by_id(run, lambda after, limit: house.ledger.unchecked(oldest, placed_from, day_ago, after, limit))


def deadlines(run: Run) -> None:
    """Read announced orders by id whose deadline has come."""
    placed_until = run.house.now - run.policy.deadline
    # Pending ones too, even those set aside and just met in a list: their time is over whatever they wait for.
    by_id(run, lambda after, limit: run.house.ledger.past_deadline(placed_until, after, limit), due=True, anew=True)


def stop_if_asked(run: Run) -> None:
    """End here if a signal asked for it and nothing is in flight."""
    run.house.stop.check()
