"""Where an order stands in the shop, seen from what the ledger knows and what the shop says (design: The shop has a say)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from otto_import.plan import Known, Policy, ShopOrder, Stage
from otto_import.rules import RANK, stages_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otto_import.orders import Order


# In this order we bring an order from stage to stage; what else its stages may do is a contradiction, and never written.
_LIFE = (Stage.ANNOUNCED, Stage.EXPIRED, Stage.PROCESSABLE, Stage.FULFILLED, Stage.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Say at which stage the shop's order is, whether the merchant moved it, and whether he moved it to a status of no meaning to us.

    `whole` is False when a write of ours may have stopped half-way.
    """

    stage: Stage
    moved: bool = False
    astray: bool = False
    whole: bool = True


def stand(known: Known | None, found: ShopOrder, policy: Policy) -> Base:
    """Judge the shop's status against the last one we set, an open intention, the receipt, and today's mapping."""
    intention = known.intention if known else None
    # A claim is the one write after which a whole order has no lines of ours that the ledger knows.
    claimed = intention is not None and known is not None and known.stage is not Stage.NEVER and not known.lines and found.complete is True
    whole = (intention is None or claimed) and found.complete is not False
    if intention and intention.status is not None and found.status == intention.status and not _same(known, intention.status):
        return Base(stage=intention.stage, whole=False)
    if known is None or known.stage is Stage.NEVER:
        return _unknown_to_us(known, found, policy)
    if found.status == known.status or found.intermediate:
        return Base(stage=known.stage, whole=whole and not found.intermediate)
    further = _further(found, known.stage, policy)
    if further is not None:
        return Base(stage=further, moved=True, whole=whole)
    return Base(stage=known.stage, moved=True, astray=True, whole=whole)


def caught_up(known: Known | None, found: ShopOrder, order: Order, policy: Policy) -> Known | None:
    """Bring a row up to a whole order's receipt that proves us to have come further than it knows: a ledger restored from a backup is behind.

    What a person accepted is not ours to prove, and while a write is in doubt its intention says more than the receipt.
    """
    if known is None or known.stage is Stage.NEVER or known.intention or known.accepted is not None or found.complete is not True:
        return known
    proved = receipt_stage(found, policy) if found.set_status != known.status else None
    further = proved is not None and _LIFE.index(proved) > _LIFE.index(known.stage)
    if not further and not _written_since(known, found, order):
        return known
    items = tuple(sorted(found.item_ids or ()))
    # OTTO's word counts as unheard, so that the row is remembered anew; lines and address of that time are to be recognised.
    row = replace(known, otto_state=None, items=items, lines="", address="", total=found.total, paid=known.paid or found.paid is True)
    return replace(row, stage=proved, status=found.set_status) if further and proved else row


def _written_since(known: Known, found: ShopOrder, order: Order) -> bool:
    living = frozenset(order.living_ids)
    return found.item_ids == living and living != frozenset(known.items)


def _same(known: Known | None, status: str) -> bool:
    return known is not None and known.stage is not Stage.NEVER and known.status == status


def _unknown_to_us(known: Known | None, found: ShopOrder, policy: Policy) -> Base:
    intention = known.intention if known else None
    if found.intermediate:
        return Base(stage=intention.stage if intention else Stage.ANNOUNCED, whole=False)
    stages = stages_of(found.status, policy, expired=found.expired)
    ours = found.set_status == found.status
    whole = found.complete is True
    ours_was = None if ours or not whole else receipt_stage(found, policy)
    if ours_was is not None:
        # The receipt says as much as the ledger would: from where we had set it to, the merchant moved it.
        further = _further(found, ours_was, policy)
        return Base(stage=further or ours_was, moved=True, astray=further is None, whole=whole)
    if stages:
        return Base(stage=_least(stages), moved=not ours, whole=whole)
    # A status that today's mapping does not name: even if our receipt is on it, nobody can say what it stood for.
    return Base(stage=intention.stage if intention else Stage.ANNOUNCED, moved=True, astray=True, whole=whole)


def receipt_stage(found: ShopOrder, policy: Policy) -> Stage | None:
    """Say to which stage our receipt proves that we brought an order; None where it names no status, or one of no meaning today."""
    stages = stages_of(found.set_status, policy, expired=found.expired) if found.set_status is not None else ()
    if not stages:
        return None
    return Stage.PROCESSABLE if Stage.PROCESSABLE in stages and found.paid else _least(stages)


def _least(stages: Iterable[Stage]) -> Stage:
    return next(iter(stages))


def _further(found: ShopOrder, stage: Stage, policy: Policy) -> Stage | None:
    here = RANK.get(stage)
    if here is None:
        return None
    return next((other for other in stages_of(found.status, policy) if RANK.get(other, 0) > here), None)
