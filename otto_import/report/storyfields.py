"""One order's story for programs: the fields of its JSON object. They are a promise; times are UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otto_import.plan import PendingKind
from otto_import.report.jsonlines import order_fields, timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.plan import Intention, Pending, ShopOrder
    from otto_import.story import ItemLine, Rule, Story


def story_fields(story: Story) -> dict[str, object]:
    """Give the fields of a story's one JSON object."""
    known, ahead = story.known, story.ahead
    return {
        "type": "story",
        "sales_order_id": story.sales_order_id,
        "order_number": story.order_number,
        "key": story.key,
        "placed_at": moment_text(story.placed_at),
        "told_at": timestamp(story.told_at),
        "known": known is not None,
        "stage": known.stage.value if known else None,
        "shop_status": known.status if known else None,
        "shop_ref": known.ref if known else None,
        "otto_state": known.otto_state if known else None,
        "checked_at": moment_text(known.checked_at) if known else None,
        "overdue": known.overdue if known else False,
        "accepted": bool(known and known.accepted),
        "timeline": [
            {"at": timestamp(one.at), "who": one.who, "code": one.code, "text": one.text, "shop_status": one.status} for one in story.timeline
        ],
        "otto": {"answered": story.otto.answered, "state": story.otto.state, "text": story.otto.text},
        "shop": {"answered": story.shop.answered, "text": story.shop.text, "orders": [_shop_fields(found) for found in story.shop.found]},
        "items": [_item_fields(item) for item in story.items],
        "rule": _rule_fields(story.rule),
        "pending": pending_fields(known.pending if known else None),
        "in_doubt": doubt_fields(known.intention if known else None),
        "next": {
            "text": ahead.text,
            "not_before": moment_text(ahead.not_before),
            "order": order_fields(ahead.line) if ahead.line else None,
        },
        "notices": story.notices,
    }


def moment_text(moment: datetime | None) -> str | None:
    """Write a moment, or null."""
    return None if moment is None else timestamp(moment)


def _shop_fields(found: ShopOrder) -> dict[str, object]:
    return {
        "ref": found.ref,
        "key": found.key,
        "status": found.status,
        "total": None if found.total is None else str(found.total),
        "paid": found.paid,
        "addressed": found.addressed,
        "complete": found.complete,
    }


def _item_fields(item: ItemLine) -> dict[str, object]:
    return {
        "id": item.id,
        "state": item.state,
        "sku": item.sku,
        "title": item.title,
        "price": str(item.price),
        "since": moment_text(item.since),
        "ship_by": moment_text(item.ship_by),
        "reason": item.reason,
    }


def _rule_fields(rule: Rule | None) -> dict[str, object] | None:
    if rule is None:
        return None
    return {
        "otto_says": rule.row,
        "we_know": rule.stage,
        "verdict": rule.verdict,
        "shown": rule.shown,
        "reason": rule.reason,
        "fresh": rule.fresh,
    }


def pending_fields(pending: Pending | None) -> dict[str, object] | None:
    """Give why an order waits, and when it is looked at again."""
    if pending is None:
        return None
    return {
        "kind": pending.kind,
        "code": pending.reason.code,
        "reason": pending.reason.text,
        "attempts": pending.attempts,
        "since": timestamp(pending.since),
        "next_at": None if pending.next_at is None else timestamp(pending.next_at),
        "paid": pending.paid,
        "set_aside": is_set_aside(pending),
    }


def is_set_aside(pending: Pending | None) -> bool:
    """Tell whether an order is not looked at again by itself; one that the guard holds back is not set aside, it waits for the guard."""
    return pending is not None and pending.next_at is None and pending.kind is not PendingKind.HELD_BACK


def doubt_fields(intention: Intention | None) -> dict[str, object] | None:
    """Give a write of which no end was noted."""
    if intention is None:
        return None
    return {"kind": intention.kind, "shop_status": intention.status, "at": timestamp(intention.at)}
