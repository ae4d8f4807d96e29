"""Fill a ledger from the receipts on the shop's orders: a lost ledger costs one walk through the shop, and no order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from otto_import.ledger.base import Event, EventKind, Mark, Note
from otto_import.outcome import ActionName, OrderLine, Result
from otto_import.plan import Known, OrderKey, Pending, PendingKind, Reason, ShopOrder
from otto_import.planner.base import receipt_stage

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.sync.run import Run
    from otto_import.writers.base import Register

_AT_ONCE: Final = 128
_FROM_RECEIPT: Final = "taken from the shop's receipt"


def fill(run: Run, shop: Register, since: datetime | None = None, *, tells: bool = False) -> bool:
    """Note every order of ours that came into the shop `since` and that the ledger lacks; `tells` gives a line for each.

    One that is there twice becomes a conflict, which the next look at the shop confirms or ends. Give whether the receipts left nothing open: what
    they do is for the look-up by key to settle.
    """
    house = run.house
    orders = iter(shop.ours(since))
    latest: datetime | None = None
    whole = True
    unproved: set[OrderKey] = set()
    while chunk := list(islice(orders, _AT_ONCE)):
        house.stop.check()
        ours = [order for order in chunk if order.key and order.key.startswith(f"{house.policy.prefix}:")]
        latest = max((moment for moment in (latest, *(order.placed_at for order in ours)) if moment), default=None)
        whole = _note(run, ours, unproved, tells=tells) and whole
    house.ledger.set_marks({Mark.FILLED: house.now})
    if latest is not None and latest < run.policy.first_run:
        # What was placed after the last import and is sent by now is not "from before": its absence must not be passed over in silence.
        house.ledger.set_marks({Mark.FIRST_RUN: latest})
        run.began(latest)
    return whole


def _note(run: Run, orders: Sequence[ShopOrder], unproved: set[OrderKey], *, tells: bool) -> bool:
    """Note what the receipts prove, and what contradicts the ledger; tell whether nothing was left open.

    `unproved` collects the orders of which a copy without proof was met: another copy must not make them look like one, so they are looked up.
    """
    house = run.house
    rows = dict(house.ledger.known([order.key for order in orders if order.key]))
    notes, lines = {}, []
    whole = True
    for order in orders:
        key = order.key or OrderKey("")
        known = rows.get(key)
        if known is None:
            row = None if key in unproved else _row(run, order)
            if row is None:
                whole = False
                unproved.add(key)
                continue
            notes[key] = Note(row, (Event(house.now, EventKind.DEED, "rebuilt", _FROM_RECEIPT, order.status),))
            lines.append(_line(row, order, Result.PLANNED if house.preview else Result.DONE))
        elif known.ref in (None, order.ref) or _is_twice(known):
            continue
        else:
            whole = False
            row = _twice(known, order, house.wall())
            events = notes[key].events if key in notes else ()
            notes[key] = Note(row, (*events, _news_of(row, house.now)))
            lines.append(_line(row, order, Result.NONE))
        rows[key] = row
    if notes:
        house.ledger.note(list(notes.values()))
    if tells:
        run.tell(lines)
    return whole


def _is_twice(known: Known) -> bool:
    return known.pending is not None and known.pending.reason.code == "twice"


def _twice(known: Known, other: ShopOrder, wall: datetime) -> Known:
    # Which of the two counts nobody may decide here: both have a receipt of ours. The next look by key tells whether they are still there.
    reason = Reason("twice", f"twice in the shop: {known.ref}, {other.ref}; keep one and delete the rest")
    pending = Pending(kind=PendingKind.CONFLICT, reason=reason, attempts=1, since=wall, next_at=wall, paid=known.paid)
    return replace(known, pending=pending)


def _news_of(row: Known, now: datetime) -> Event:
    reason = row.pending.reason if row.pending else Reason("", "")
    return Event(now, EventKind.DECISION, reason.code, reason.text, row.status)


def _row(run: Run, order: ShopOrder) -> Known | None:
    """Say what a receipt proves; None where it is torn, missing, or names a status of no meaning today."""
    policy = run.policy
    stage = receipt_stage(order, policy)
    if order.key is None or order.complete is not True or stage is None:
        return None
    return Known(
        key=order.key,
        sales_order_id=order.key.removeprefix(f"{policy.prefix}:"),
        order_number=order.order_number,
        placed_at=order.placed_at,
        stage=stage,
        ref=order.ref,
        status=order.set_status,
        items=tuple(sorted(order.item_ids or ())),
        total=order.total,
        paid=bool(order.paid),
    )


def _line(row: Known, order: ShopOrder, result: Result) -> OrderLine:
    return OrderLine(
        sales_order_id=row.sales_order_id,
        order_number=row.order_number,
        otto_state=None,
        action=ActionName.CONFLICT if row.pending else ActionName.ADOPT,
        shop_status=order.status,
        previous_shop_status=None,
        shop_status_found=order.status,
        shop_ref=order.ref,
        reason=row.pending.reason.text if row.pending else _FROM_RECEIPT,
        notices=(),
        result=result,
        error=None,
        code=row.pending.reason.code if row.pending else "rebuilt",
        new=row.pending is not None,
        placed_at=row.placed_at,
        total=None if row.total is None else str(row.total),
    )
