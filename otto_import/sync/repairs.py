"""Use cases for what was lost or has drifted: compare a range with the shop, fill a ledger from receipts, take over another program's orders, forget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from otto_import.errors import UsageError
from otto_import.orders import Order
from otto_import.otto.client import ListQuery
from otto_import.outcome import ActionName, OrderLine, Result
from otto_import.plan import Found, Known, OrderKey, ShopOrder, writable
from otto_import.planner import key_of, make_plan
from otto_import.sync import receipts, steps
from otto_import.sync.jobs import conduct, midnight
from otto_import.writers.base import Register

if TYPE_CHECKING:
    from otto_import.outcome import Summary
    from otto_import.sync.house import House
    from otto_import.sync.run import Run
    from otto_import.writers.base import Writer

_EDGE: Final = timedelta(seconds=1)
_AT_ONCE: Final = 128


@dataclass(frozen=True, slots=True)
class Adoption:
    """Name an order that another connector already made: OTTO's order number, the shop's reference, and where that was said."""

    order_number: str
    shop_ref: str
    where: str


def reconcile(house: House, first: date, last: date) -> Summary:
    """Look every order of a range of order dates up in the shop, both days included, and plan what differs; the house says whether it is carried out."""
    begin, end = midnight(first), midnight(last + timedelta(days=1))

    def look(run: Run) -> None:
        run.policy = replace(run.policy, looks=True, searches=True)
        met: set[OrderKey] = set()
        for page in steps.pages(run, ListQuery(placed_from=begin - _EDGE, placed_to=end + _EDGE)):
            readings = [one for one in page.readings if not isinstance(one.order, Order) or begin <= one.order.placed_at < end]
            met.update(key_of(reading, run.policy) for reading in readings)
            run.page(readings, due=True)
        _look_the_other_way(run, met, begin, end)
        steps.stop_if_asked(run)
        run.close_guard()

    return conduct(house, "reconcile", look, counts_standing=True)


def _look_the_other_way(run: Run, met: set[OrderKey], begin: datetime, end: datetime) -> None:
    """Ask OTTO for orders of ours in the shop that its list lacks, one by one: it may have moved, hidden or lost them."""
    shop = run.house.writer
    if not isinstance(shop, Register):
        return
    for order in shop.ours(begin):
        key, placed = order.key, order.placed_at
        if key is None or key in met or placed is None or not begin <= placed < end or not key.startswith(f"{run.policy.prefix}:"):
            continue
        met.add(key)
        run.page([run.ask_known(key.removeprefix(f"{run.policy.prefix}:"), order.order_number)], due=True)


def rebuild(house: House) -> Summary:
    """Fill the ledger with what the shop's receipts tell of orders it does not know; what they leave open is looked up by the next sync."""
    shop = require_register(house.writer)

    def fill(run: Run) -> None:
        receipts.fill(run, shop, tells=True)

    return conduct(house, "rebuild", fill)


def require_register(shop: Writer) -> Register:
    """Give a shop that can list its orders; UsageError where it cannot."""
    if not isinstance(shop, Register):
        message = "this shop cannot list its orders; the next `otto-import sync` of a new ledger looks each of them up by its key instead"
        raise UsageError(message)
    return shop


def adopt(house: House, adoptions: Sequence[Adoption]) -> Summary:
    """Tell the ledger, and the shop's orders by a receipt, which of them another connector made of which OTTO order."""

    def take(run: Run) -> None:
        rows = iter(adoptions)
        while chunk := list(islice(rows, _AT_ONCE)):
            _take(run, chunk)
        steps.stop_if_asked(run)

    return conduct(house, "adopt", take)


def _take(run: Run, adoptions: Sequence[Adoption]) -> None:
    house = run.house
    shop = house.writer.read([adoption.shop_ref for adoption in adoptions])
    for adoption in adoptions:
        reading = run.ask(adoption.order_number)
        order = reading.order
        if not isinstance(order, Order):
            run.tell([_refusal(adoption, f"OTTO does not show this order ({adoption.where})")])
            continue
        key = key_of(reading, run.policy)
        known = dict(house.ledger.known([key]))
        fault = _fault(adoption, shop.get(adoption.shop_ref), key, known.get(key))
        if fault is not None:
            run.tell([_refusal(adoption, fault, order)])
            continue
        found = shop[adoption.shop_ref]
        if found.key == key:
            run.tell([_refusal(adoption, f"it is ours already ({adoption.where})", order, conflict=False)])
            continue
        hits = (*house.writer.find([key]).get(key, ()), replace(found, key=key, foreign=True))
        actions = make_plan([reading], known, {key: Found(hits)}, run.policy, house.now).actions
        # Only what writes a receipt: whatever else is to be done about the order is the next sync's, with its guard.
        run.carry([action for action in actions if not (write := writable(action)) or write.change.claims])


def _fault(adoption: Adoption, found: ShopOrder | None, key: OrderKey, known: Known | None) -> str | None:
    if found is None:
        return f"the shop has no order {adoption.shop_ref} ({adoption.where})"
    if found.key not in (None, key):
        return f"shop order {adoption.shop_ref} carries the key of another OTTO order ({adoption.where})"
    if known is not None and known.ref not in (None, adoption.shop_ref):
        return f"the ledger knows it as shop order {known.ref} already ({adoption.where})"
    return None


def _refusal(adoption: Adoption, text: str, order: Order | None = None, *, conflict: bool = True) -> OrderLine:
    return OrderLine(
        sales_order_id=order.sales_order_id if order else None,
        order_number=adoption.order_number,
        otto_state=order.state.value if order else None,
        action=ActionName.CONFLICT if conflict else ActionName.SKIP,
        shop_status=None,
        previous_shop_status=None,
        shop_status_found=None,
        shop_ref=adoption.shop_ref,
        reason=text,
        notices=(),
        result=Result.NONE,
        error=None,
        code="not_adopted",
        new=conflict,
    )
