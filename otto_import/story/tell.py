"""Put a story together from what was known, what was heard, and today's plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from otto_import.orders import Item, ItemState, Order
from otto_import.plan import OrderKey, Policy
from otto_import.story.ahead import ahead_of
from otto_import.story.rule import rule_of
from otto_import.story.timeline import timeline
from otto_import.story.values import Ahead, ItemLine, Story, Word

if TYPE_CHECKING:
    from otto_import.ledger.base import Event
    from otto_import.orders import Reading
    from otto_import.outcome import OrderLine
    from otto_import.plan import Known, ShopOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Hold what was asked and answered today. `reading` is OTTO's answer, `found` the shop's; where one is None, the `silence` beside it says why.

    `planned` is what a run would do; where it is None, `unplanned` says why. `now` is the run's clock, `wall` the real one.
    """

    now: datetime
    wall: datetime
    reading: Reading | None = None
    otto_silence: str = ""
    found: Sequence[ShopOrder] | None = None
    shop_silence: str = ""
    planned: OrderLine | None = None
    unplanned: str = ""


def tell(key: OrderKey, known: Known | None, history: Sequence[Event], heard: Heard, policy: Policy) -> Story:
    """Tell one order; `known` and `history` are the ledger's, from before the plan was made."""
    order = heard.reading.order if heard.reading else None
    seen = order if isinstance(order, Order) else None
    placed_at = seen.placed_at if seen else known.placed_at if known else None
    ours = [found for found in heard.found or () if found.key == key]
    named = order or known
    return Story(
        key=key,
        sales_order_id=named.sales_order_id if named else None,
        order_number=(named.order_number if named else None) or (known.order_number if known else None),
        placed_at=placed_at,
        told_at=heard.now,
        known=known,
        timeline=timeline(placed_at, history),
        otto=_ottos_word(heard),
        shop=_shops_word(heard, known, key),
        items=tuple(map(_item, seen.items)) if seen else (),
        rule=rule_of(heard.reading, known, ours[0] if len(ours) == 1 else None, policy, heard.now),
        ahead=ahead_of(heard.planned, known, heard.wall) if heard.planned else Ahead(text=heard.unplanned),
        notices=heard.planned.notices if heard.planned else (),
    )


def _ottos_word(heard: Heard) -> Word:
    if heard.reading is None:
        return Word(answered=False, text=heard.otto_silence)
    order = heard.reading.order
    if isinstance(order, Order):
        return Word(answered=True, text=f"OTTO says {order.state}", state=order.state)
    return Word(answered=True, text=order.text)


def _shops_word(heard: Heard, known: Known | None, key: OrderKey) -> Word:
    if heard.found is None:
        return Word(answered=False, text=heard.shop_silence)
    found = tuple(heard.found)
    if not found:
        ref = known.ref if known else None
        return Word(answered=True, text="the shop does not have it" if ref is None else f"the shop no longer has its order {ref}")
    return Word(answered=True, text="; ".join(_shown(one, key) for one in found), found=found)


def _shown(found: ShopOrder, key: OrderKey) -> str:
    facts = [f"the shop's order {found.ref} shows {found.status}"]
    if found.key != key:
        facts.append("but it is not this order: it carries another OTTO key, or none")
    if found.total is not None:
        facts.append(f"total {found.total} EUR")
    if found.paid is not None:
        facts.append("paid" if found.paid else "not paid")
    if found.addressed is False:
        facts.append("placeholder address")
    if found.complete is False:
        facts.append("written only in part")
    if found.expired:
        facts.append("cancelled by our deadline")
    return ", ".join(facts)


_SINCE = {
    ItemState.PROCESSABLE: "processable_at",
    ItemState.SENT: "sent_at",
    ItemState.RETURNED: "returned_at",
    ItemState.CANCELLED_BY_PARTNER: "cancelled_at",
    ItemState.CANCELLED_BY_MARKETPLACE: "cancelled_at",
}


def _item(item: Item) -> ItemLine:
    return ItemLine(
        id=item.id,
        state=item.state,
        sku=item.sku,
        title=item.title,
        price=item.price,
        since=getattr(item, _SINCE[item.state]) if item.state in _SINCE else None,
        ship_by=item.ship_by,
        reason=item.cancellation_reason,
    )
