"""Orders that are in the shop: follow OTTO, but let the shop have a say (design: The shop has a say)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from otto_import.orders import ItemState
from otto_import.plan import Change, Footing, IntentionKind, Reason, Role, ShopOrder, Stage
from otto_import.planner import changes
from otto_import.planner.base import caught_up, receipt_stage, stand
from otto_import.planner.case import Ask
from otto_import.rules import CANCELLING, Row, Verdict, stages_of, target_of

if TYPE_CHECKING:
    from otto_import.plan import Action, Conflict, Hold, Known
    from otto_import.planner.base import Base
    from otto_import.planner.case import Case

_NOT_MAPPED = "status.{role} is not mapped"


def decide(case: Case, known: Known) -> Action | Ask:
    """Decide about an order we brought into the shop."""
    if not _concerns_shop(case, known):
        return _at_rest(case)
    if not case.policy.can_find:
        return take(case, ShopOrder(ref=known.ref or case.key, key=case.key, status=known.status or ""))
    doubt = known.intention if known.intention and known.intention.kind is IntentionKind.CREATE else None
    if case.found is None:
        return Ask.FIND if doubt or _was_twice(known) or case.policy.looks else Ask.READ
    twice = several(case)
    if twice is not None:
        return twice
    if case.found.hits:
        return take(case, case.found.hits[0])
    if doubt and case.policy.wall - doubt.at < case.policy.settle:
        return unsettled(case)
    return case.conflict(Reason("deleted", "deleted in the shop; to make it again: retry with --recreate"))


def _was_twice(known: Known) -> bool:
    return known.pending is not None and known.pending.reason.code == "twice"


def several(case: Case) -> Conflict | None:
    """Contradict when the shop has an order more than once."""
    hits = case.found.hits if case.found else ()
    if len(hits) < 2:  # noqa: PLR2004  – one is as it should be
        return None
    return case.conflict(Reason("twice", f"twice in the shop: {', '.join(hit.ref for hit in hits)}; keep one and delete the rest"))


def unsettled(case: Case) -> Hold:
    """Wait for a create that may still arrive."""
    return case.hold("in_doubt", "the last try to create it may still arrive in the shop; looked at again next run", doubt=True)


def take(case: Case, shop: ShopOrder) -> Action:
    """Decide with the shop's own word at hand."""
    if shop.key is None and case.known and case.known.ref == shop.ref and not case.known.lines:
        # We were about to put our receipt onto it, and did not come to the end of that.
        shop = replace(shop, key=case.key, foreign=True)
    if shop.key != case.key:
        return case.conflict(Reason("not_this_order", f"shop order {shop.ref} is not this order: it carries another OTTO key, or none"), shop)
    if shop.foreign:
        return _claim(case, shop)
    case = replace(case, known=caught_up(case.known, shop, case.order, case.policy))
    base = stand(case.known, shop, case.policy)
    case = replace(case, footing=Footing(base.stage, "" if base.astray else _set_by_us(case, shop)))
    if _shows_what_is_wanted(case, shop, base):
        return _adopt(case, shop, base)
    if base.astray:
        return _astray(case, shop, base)
    verdict = case.verdict(base.stage)
    if base.moved and (verdict in {Verdict.CANCEL, Verdict.EXPIRE} or _partial(case, shop)):
        return _leaving(case, shop)
    return _follow(case, shop, base, verdict)


def _set_by_us(case: Case, shop: ShopOrder) -> str:
    if not shop.intermediate:
        return shop.status
    # Half-made: what counts is where the writer was bringing it, and will when it completes it.
    return shop.set_status or (case.doubt.status if case.doubt else None) or shop.status


def _claim(case: Case, shop: ShopOrder) -> Action:
    """Take an order that another program made, as it is: our receipt comes onto it, and from then on it is followed like one of ours."""
    stages = stages_of(shop.status, case.policy)
    stage = next(iter(stages)) if stages else Stage.PROCESSABLE
    case = replace(case, footing=Footing(stage, shop.status if stages else ""))
    action = case.adopt(Reason("claimed", f"made by another program and taken over as it is ({shop.status})"), shop, Change(stage=stage, claims=True))
    return replace(action, stage=stage, update=replace(action.update, stage=stage) if action.update else None)


def _concerns_shop(case: Case, known: Known) -> bool:
    if known.intention is not None or known.pending is not None or case.policy.looks:
        return True
    match case.verdict(case.stage):
        case Verdict.KEEP:
            return changes.differs(case.key, case.order, known)
        case Verdict.MOVE | Verdict.CANCEL | Verdict.CONFLICT | Verdict.ADVANCE | Verdict.EXPIRE:
            return True
        case Verdict.ADVANCE_IF_MAPPED:
            return _advances(case, known.status) or (case.stage is Stage.PROCESSABLE and _partial(case))
        case _:
            return False


def _advances(case: Case, status: str | None) -> bool:
    backwards = case.known is not None and case.known.otto_state is ItemState.RETURNED and case.order.state is ItemState.SENT
    return case.wanted is not None and case.wanted != status and not backwards


def _shrank_before_it_left(case: Case, shop: ShopOrder, base: Base) -> bool:
    return base.stage is Stage.PROCESSABLE and _partial(case, shop)


def _at_rest(case: Case) -> Action:
    stage = target_of(case.row) if case.row in CANCELLING or case.row is Row.FULFILLED else None
    reason = _reason(case, case.cell().reason)
    if case.row is Row.FULFILLED and case.wanted is None:
        reason = Reason("sent_not_mapped", f"{reason.text}; status.sent is not mapped, so the shop stays as it is")
    return case.skip(reason, stage=stage)


def _reason(case: Case, reason: Reason) -> Reason:
    return Reason(reason.code, reason.text.format(days=case.policy.deadline.days)) if "{days}" in reason.text else reason


def _shows_what_is_wanted(case: Case, shop: ShopOrder, base: Base) -> bool:
    """Tell whether the shop shows the wanted status without our having brought it there, or before we could note it."""
    if case.wanted is None or shop.status != case.wanted:
        return False
    if case.known is None or case.stage is Stage.NEVER or case.doubt:
        return True
    if case.cell().verdict in {Verdict.CONFLICT, Verdict.NOTHING}:
        # With two roles on one status it would prove nothing that the shop still shows what we set.
        return base.moved
    return base.stage is not target_of(case.row) or base.moved


def _adopt(case: Case, shop: ShopOrder, base: Base) -> Action:
    reason = Reason("adopted", f"the shop already shows {shop.status}")
    if case.row in CANCELLING or case.row is Row.ANNOUNCED_LATE:
        stage = target_of(case.row)
        return case.adopt(reason, shop, changes.status_only(stage, shop.status) if case.doubt else None)
    held = _not_ready(case, shop)
    if held is not None:
        return held
    whole = base.whole and not changes.lacks(case.key, case.order, case.known, shop)
    return case.adopt(reason, shop, None if whole else changes.full(case.order, target_of(case.row), shop.status))


def _follow(case: Case, shop: ShopOrder, base: Base, verdict: Verdict) -> Action:
    reason = _reason(case, case.cell(base.stage).reason)
    match verdict:
        case Verdict.KEEP:
            return _keep(case, shop, base, reason)
        case Verdict.MOVE:
            held = _not_ready(case, shop)
            return held or _move(case, shop, base, reason)
        case Verdict.ADVANCE:
            return (
                _move(case, shop, base, reason)
                if case.wanted
                else case.conflict(Reason("not_mapped", f"{reason.text}; status.sent is not mapped"), shop)
            )
        case Verdict.ADVANCE_IF_MAPPED:
            came_back = base.moved and case.order.state is ItemState.SENT and shop.status == case.policy.status.get(Role.RETURNED)
            half_way = not base.whole and not base.moved
            if not came_back and (_advances(case, case.known.status if case.known else shop.status) or (half_way and case.wanted)):
                return _move(case, shop, base, reason)
            if half_way:
                change = changes.without_status(changes.full(case.order, Stage.FULFILLED, shop.status))
                return case.update(_what_is_amiss(case, base), shop, change)
            if _shrank_before_it_left(case, shop, base):
                change = changes.without_status(changes.full(case.order, Stage.FULFILLED, shop.status))
                return case.update(Reason("changed", "a part was cancelled at OTTO before the rest left"), shop, change)
            return _settled(case, shop, base, reason, stage=Stage.FULFILLED)
        case Verdict.CANCEL | Verdict.EXPIRE:
            return _cancel(case, shop, reason)
        case Verdict.CONFLICT:
            return _contradicted(case, shop, base, reason)
        case _:
            stage = target_of(case.row) if case.row in CANCELLING else base.stage
            return case.skip(reason, stage=stage, found=shop)


def _contradicted(case: Case, shop: ShopOrder, base: Base, reason: Reason) -> Action:
    """Contradict; where it is the merchant who is further than OTTO, he may simply have been quicker, so only a change at OTTO makes it a matter."""
    if not base.moved or reason.code != "went_backwards":
        return case.conflict(reason, shop)
    # A ledger filled from receipts does not know yet what it wrote: such a look is the first.
    only_looked = case.policy.looks or case.known is None or not case.known.lines
    brought = _brought_to(case, shop)
    if only_looked and case.verdict(brought) is Verdict.KEEP and base.whole and not changes.lacks(case.key, case.order, case.known, shop):
        return replace(case, footing=Footing(brought, shop.set_status or "")).skip(_stays(case, shop), found=shop)
    said = "announced" if case.order.state is ItemState.ANNOUNCED else "ready to ship"
    text = f"OTTO says {said}, but the shop says {shop.status}, which is further; look at it in OTTO and in the shop"
    return case.conflict(Reason(reason.code, text), shop)


def _brought_to(case: Case, shop: ShopOrder) -> Stage:
    return (receipt_stage(shop, case.policy) or Stage.NEVER) if case.stage is Stage.NEVER else case.stage


def _stays(case: Case, shop: ShopOrder) -> Reason:
    said = _reason(case, case.cell().reason).text
    return Reason("moved", f"{said}; the shop says {shop.status} by the merchant's hand, which stays")


def _move(case: Case, shop: ShopOrder, base: Base, reason: Reason) -> Action:
    notice = "late payment" if base.stage is Stage.EXPIRED else ""
    return case.update(reason, shop, changes.full(case.order, target_of(case.row), case.wanted), notice=notice)


def _cancel(case: Case, shop: ShopOrder, reason: Reason) -> Action:
    if case.wanted is None:
        who = "OTTO cancelled" if case.row in CANCELLING else reason.text
        return case.conflict(Reason("cancelled_not_mapped", f"{who}; status.cancelled is not mapped; do not ship"), shop)
    return case.update(reason, shop, changes.status_only(target_of(case.row), case.wanted))


def _keep(case: Case, shop: ShopOrder, base: Base, reason: Reason) -> Action:
    known = case.known
    if known is not None and not known.lines and base.whole and not changes.lacks(case.key, case.order, known, shop):
        # A ledger rebuilt from receipts knows what was written, but not how to recognise it: from now on it does.
        return case.adopt(Reason("recognised", "the shop's order is as OTTO says"), shop, None)
    drifted = case.policy.looks and changes.lacks(case.key, case.order, known, shop)
    if known is None or not base.whole or drifted or changes.differs(case.key, case.order, known):
        change = changes.without_status(changes.full(case.order, base.stage, shop.status))
        return case.update(_what_is_amiss(case, base), shop, change)
    return _settled(case, shop, base, reason, stage=base.stage)


def _what_is_amiss(case: Case, base: Base) -> Reason:
    if not base.whole:
        return Reason("completed", "an earlier write stopped half-way; completed")
    if case.known is None or changes.differs(case.key, case.order, case.known):
        return Reason("changed", "lines or address changed at OTTO")
    return Reason("drifted", "the shop's order is no longer what was written; lines, total or address differ")


def _settled(case: Case, shop: ShopOrder, base: Base, reason: Reason, *, stage: Stage) -> Action:
    wrong_total = total_conflict(shop.total, case)
    if wrong_total is not None and base.stage in {Stage.ANNOUNCED, Stage.PROCESSABLE}:
        return case.conflict(wrong_total, shop)
    return case.skip(reason, stage=stage, found=shop)


def total_conflict(total: object, case: Case) -> Reason | None:
    """Compare the shop's total with ours, to the cent."""
    if total is None or total == case.order.total:
        return None
    return Reason("total", f"shop says {total}, OTTO {case.order.total}")


def _not_ready(case: Case, shop: ShopOrder) -> Action | None:
    order = case.order
    if case.row is not Row.PROCESSABLE:
        return None
    if order.delivery_address is None and not (case.known and case.known.address):
        return case.hold("no_address", "no address yet; OTTO has not named one", found=shop)
    if order.suspected_fraud and case.policy.hold_suspected_fraud and not case.named:
        return case.hold("suspected_fraud", "OTTO suspects fraud; look at it, then retry it by its number", found=shop)
    return None


def _partial(case: Case, shop: ShopOrder | None = None) -> bool:
    return bool(case.order.living) and changes.shrinks(case.order, case.known, shop)


def _leaving(case: Case, shop: ShopOrder) -> Action:
    if _partial(case, shop):
        what = "a part was cancelled"
    else:
        what = "OTTO cancelled" if case.row in CANCELLING else _reason(case, case.cell(Stage.ANNOUNCED).reason).text
    return case.conflict(Reason("moved_cancelled", f"{what}, but the shop says {shop.status}: the goods may be leaving; nothing was written"), shop)


def _astray(case: Case, shop: ShopOrder, base: Base) -> Action:
    verdict = case.verdict(base.stage)
    before_it_left = verdict is Verdict.ADVANCE_IF_MAPPED and base.stage is Stage.PROCESSABLE
    shrank = (verdict in {Verdict.KEEP, Verdict.MOVE} or before_it_left) and _partial(case, shop)
    if verdict in {Verdict.CANCEL, Verdict.EXPIRE} or shrank:
        return _leaving(case, shop)
    match verdict:
        case Verdict.KEEP if case.row is not Row.PROCESSABLE:
            if case.known and case.known.pending and case.known.pending.reason.code == "status":
                return case.conflict(Reason("status", f"set to {case.known.status}, but the shop says {shop.status}"), shop)
            return case.skip(_stays(case, shop), found=shop)
        case Verdict.KEEP | Verdict.MOVE | Verdict.ADVANCE:
            return _paid_but_moved(case, shop, base)
        case Verdict.ADVANCE_IF_MAPPED:
            return case.skip(_stays(case, shop), stage=Stage.FULFILLED, found=shop)
        case Verdict.CONFLICT:
            return case.conflict(case.cell(base.stage).reason, shop)
        case _:
            return case.skip(_stays(case, shop), stage=target_of(case.row) if case.row in CANCELLING else None, found=shop)


def _paid_but_moved(case: Case, shop: ShopOrder, base: Base) -> Action:
    held = _not_ready(case, shop)
    if held is not None:
        return held
    missing = not base.whole or changes.lacks(case.key, case.order, case.known, shop)
    waits = case.known is not None and case.known.pending is not None
    if base.stage is Stage.PROCESSABLE and not missing and not waits:
        return case.skip(_stays(case, shop), found=shop)
    said = "paid" if case.row is Row.PROCESSABLE else "sent"
    reason = Reason("moved_paid", f"{said}, but the shop says {shop.status}; the status stays as the merchant set it")
    change = changes.without_status(changes.full(case.order, base.stage, shop.status)) if missing else None
    return case.conflict(reason, shop, change)
