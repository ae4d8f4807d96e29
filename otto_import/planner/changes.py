"""What a shop order is to look like: the changes that actions carry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from otto_import.orders import FULFILLED, ItemState
from otto_import.plan import Change, Stage
from otto_import.planner.fingerprints import of_address, of_lines

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.orders import Order
    from otto_import.plan import Known, OrderKey, ShopOrder

PAYABLE = frozenset({ItemState.PROCESSABLE, *FULFILLED})


def full(order: Order, stage: Stage, status: str | None, *, spares_stock: bool = False) -> Change:
    """Say all there is to say of an order: status, lines, addresses, and that it is paid once OTTO lets it be shipped."""
    paid = order.state in PAYABLE
    return Change(
        stage=stage,
        status=status,
        lines=order.lines,
        fees=order.living_fees,
        total=order.total,
        delivery=order.delivery_address,
        invoice=order.invoice_address,
        paid=paid,
        paid_at=paid_time(order) if paid else None,
        expired=False,
        note="suspected fraud: OTTO asks for care" if order.suspected_fraud else "",
        spares_stock=spares_stock,
    )


def status_only(stage: Stage, status: str) -> Change:
    """Cancel: the lines stay, only the status changes; the receipt learns whether our deadline did it."""
    return Change(stage=stage, status=status, expired=stage is Stage.EXPIRED, cancels=True)


def without_status(change: Change) -> Change:
    """Keep the status as it is and complete the rest."""
    return replace(change, status=None, expired=None)


def paid_time(order: Order) -> datetime:
    """Give when the order was paid, as nearly as OTTO tells."""
    return order.paid_at or order.modified_at or order.placed_at


def differs(key: OrderKey, order: Order, known: Known) -> bool:
    """Tell whether lines or address are other than those last written; an address OTTO withholds differs from nothing."""
    return of_lines(order) != known.lines or address_differs(key, order, known)


def address_differs(key: OrderKey, order: Order, known: Known) -> bool:
    """Tell whether OTTO names an address other than the one last written."""
    address = of_address(key, order)
    return bool(address) and address != known.address


def shrinks(order: Order, known: Known | None, found: ShopOrder | None = None) -> bool:
    """Tell whether items that were written have been cancelled since: a partial cancellation.

    Where ledger and receipt both tell, both must say so: either may be behind, the ledger when it was restored, the receipt when a person accepted.
    """
    told = found.item_ids if found is not None and found.complete else None
    noted = known.items if known is not None and (known.lines or told is None) else None
    views = [set(items) for items in (noted, told) if items is not None]
    return bool(views) and all(items - set(order.living_ids) for items in views)


def lacks(key: OrderKey, order: Order, known: Known | None, found: ShopOrder) -> bool:
    """Tell whether the shop's order misses anything of what `full` would write, as far as receipt and ledger can tell."""
    if found.complete is False or (order.state in PAYABLE and found.paid is False) or (order.delivery_address and found.addressed is False):
        return True
    if found.total is not None and found.total != order.total:
        return True
    if found.item_ids is not None and found.item_ids != frozenset(order.living_ids):
        return True
    if known is None or not known.lines:
        return found.complete is None
    return differs(key, order, known) or (order.state in PAYABLE and not known.paid)
