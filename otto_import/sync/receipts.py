"""Fill a ledger from the receipts on the shop's orders: a lost ledger costs one walk through the shop, and no order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from otto_import.ledger.base import Event, EventKind, Mark, Note
from otto_import.outcome import ActionName, OrderLine, Result
from otto_import.plan import Known, OrderKey, ShopOrder, Stage
from otto_import.rules import stages_of

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.sync.run import Run
    from otto_import.writers.base import Register

_AT_ONCE: Final = 128


def fill(run: Run, shop: Register, since: datetime | None = None, *, tells: bool = False) -> bool:
    """Note every order of ours that came into the shop `since` and that the ledger lacks; `tells` gives a line for each.

    Give whether the receipts left nothing open. What they do, such as an order that is there twice, is for the look-up by key to settle.
    """
    house = run.house
    orders = iter(shop.ours(since))
    latest: datetime | None = None
    twice = _Doubles()
    whole = True
    while chunk := list(islice(orders, _AT_ONCE)):
        house.stop.check()
        ours = [order for order in chunk if order.key and order.key.startswith(f"{house.policy.prefix}:")]
        latest = max((moment for moment in (latest, *(order.placed_at for order in ours)) if moment), default=None)
        firsts = twice.firsts(ours)
        whole = whole and all(_row(run, order) is not None for order in firsts)
        twice.noted |= _note(run, firsts, tells=tells)
    house.ledger.forget([key for key in twice.keys if key in twice.noted])
    house.ledger.set_marks({Mark.FILLED: house.now})
    if latest is not None and latest < run.policy.first_run:
        # What was placed after the last import and is sent by now is not "from before": its absence must not be passed over in silence.
        house.ledger.set_marks({Mark.FIRST_RUN: latest})
        run.began(latest)
    return whole and not twice.keys


class _Doubles:
    """Keep keys apart that the shop holds more than once: nobody may decide here which of them counts."""

    def __init__(self) -> None:
        self.noted: set[OrderKey] = set()
        self._seen: set[OrderKey] = set()
        self.keys: list[OrderKey] = []

    def firsts(self, orders: Sequence[ShopOrder]) -> list[ShopOrder]:
        """Give the orders met for the first time, and note the others."""
        firsts = []
        for order in orders:
            if order.key is None:
                continue
            if order.key in self._seen:
                self.keys.append(order.key)
            else:
                self._seen.add(order.key)
                firsts.append(order)
        return firsts


def _note(run: Run, orders: Sequence[ShopOrder], *, tells: bool) -> set[OrderKey]:
    house = run.house
    known = house.ledger.known([order.key for order in orders if order.key])
    notes, lines = [], []
    for order in orders:
        row = None if order.key in known else _row(run, order)
        if row is None:
            continue
        event = Event(house.now, EventKind.DEED, "rebuilt", "taken from the shop's receipt", order.status)
        notes.append(Note(row, (event,)))
        lines.append(_line(row, order, Result.PLANNED if house.preview else Result.DONE))
    if notes:
        house.ledger.note(notes)
    if tells:
        run.tell(lines)
    return {note.known.key for note in notes}


def _row(run: Run, order: ShopOrder) -> Known | None:
    """Say what a receipt proves; None where it is torn, missing, or names a status of no meaning today."""
    policy = run.policy
    if order.key is None or order.complete is not True or order.set_status is None:
        return None
    stages = stages_of(order.set_status, policy, expired=order.expired)
    if not stages:
        return None
    stage = Stage.PROCESSABLE if Stage.PROCESSABLE in stages and order.paid else stages[0]
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
        action=ActionName.ADOPT,
        shop_status=order.status,
        previous_shop_status=None,
        shop_status_found=order.status,
        shop_ref=order.ref,
        reason="taken from the shop's receipt",
        notices=(),
        result=result,
        error=None,
        code="rebuilt",
        placed_at=row.placed_at,
        total=None if row.total is None else str(row.total),
    )
