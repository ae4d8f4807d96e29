"""What a change makes of an order's note."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from otto_import.plan import Create, Update
from otto_import.writers.prestashop.note import OrderNote, body
from otto_import.writers.prestashop.parts import utc_text
from otto_import.writers.web.receipt import Receipt, claimed, issued, renewed

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.plan import Writable


def renewed_note(action: Writable, was: OrderNote | None, foreign: str, *, towards: str, claimed: bool, now: datetime) -> OrderNote:
    """Bring a note up to what an action writes; `towards` is the status still to come, "" once everything is done.

    `claimed` tells that another program made the order.
    """
    change = action.change
    receipt = renewed(was.receipt, change, complete=not towards) if was else _first(action, towards)
    paid_at = was.paid_at if was else ""
    if change.paid:
        paid_at = utc_text(change.paid_at) if change.paid_at else paid_at or utc_text(now)
    remarks = was.remarks if was else ()
    remark = " ".join(change.note.split())
    told = (was.body if was else body(receipt, (), ())) if change.lines is None else body(receipt, change.lines, change.fees or ())
    return OrderNote(
        receipt=receipt,
        paid_at=paid_at,
        spares_stock=was.spares_stock if was else change.spares_stock,
        towards=towards,
        claimed=claimed,
        body=told,
        remarks=(*remarks, remark) if remark and remark not in remarks else remarks,
        foreign=foreign,
    )


def _first(action: Writable, towards: str) -> Receipt:
    change = action.change
    if isinstance(action, Update) and change.claims:
        return replace(claimed(action.key, action.order, action.expected), complete=not towards)
    receipt = issued(action.key, action.order, change, complete=not towards)
    if isinstance(action, Create):
        return receipt
    # An order whose receipt is not there (yet): what the change does not say, nobody knows.
    return replace(
        receipt,
        item_ids=None if change.lines is None else receipt.item_ids,
        addressed=receipt.addressed or None,
        paid=receipt.paid or None,
    )
