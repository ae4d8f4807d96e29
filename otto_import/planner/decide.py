"""Decide about one order: the state table first, then the paragraphs that override it (design: State rules)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from otto_import.orders import BrokenOrder, ItemState, Order
from otto_import.plan import Action, Found, Hold, Known, Reason, Skip, Stage
from otto_import.planner import creating, deadline, fingerprints, following
from otto_import.planner.case import Ask, Case
from otto_import.rules import TABLE, Row, Verdict, row_of

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.orders import Reading
    from otto_import.plan import OrderKey, Policy

_TOMORROW = timedelta(days=1)


def decide(key: OrderKey, reading: Reading, known: Known | None, found: Found | None, policy: Policy, now: datetime) -> Action | Ask:
    """Decide about one order, or say what must be asked first; `found` is None while the shop has not been asked."""
    order = reading.order
    named = key in policy.named
    taken = known is not None and known.accepted is not None and not named and known.accepted == fingerprints.of_word(order)
    if taken or (named and policy.accept and not isinstance(order, Order)):
        return Skip(key=key, reading=reading, known=known, accepted=True, reason=Reason("accepted", "taken as it is, by your word"))
    if not isinstance(order, Order):
        code = "unreadable" if isinstance(order, BrokenOrder) else "withheld"
        return Hold(key=key, reading=reading, known=known, reason=Reason(code, order.text))
    # A word from beyond tomorrow was misdated, OTTO's Date header with it: it must not make us deaf until its day has come.
    if known and known.noted_at and order.modified_at and order.modified_at < known.noted_at <= now + _TOMORROW:
        return Skip(key=key, reading=reading, known=known, stale=True, reason=Reason("stale", "OTTO's answer is older than what is known"))
    case = _case(key, reading, order, known, found, policy, now)
    if isinstance(case, Ask):
        return case
    if case.named and policy.accept:
        return _accept(case)
    if case.row is Row.UNKNOWN:
        words = ", ".join(order.unknown_states) or "none"
        return case.hold("unknown_state", f"{case.cell().reason.text} ({words})")
    if case.named and policy.recreate:
        return creating.decide(case)
    if known is None or known.stage is Stage.NEVER:
        return creating.decide(case)
    return following.decide(case, known)


def _case(key: OrderKey, reading: Reading, order: Order, known: Known | None, found: Found | None, policy: Policy, now: datetime) -> Case | Ask:
    row, overdue = Row.ANNOUNCED_OFF, None
    if order.state is not ItemState.ANNOUNCED:
        row = row_of(order.state)
    else:
        stage = _effective_stage(known)
        if policy.announced or TABLE[Row.ANNOUNCED_OFF, stage].verdict is Verdict.AS_IMPORT_ON:
            row = Row.ANNOUNCED
            if stage in {Stage.NEVER, Stage.ANNOUNCED}:
                verdict = deadline.judge(reading, order, stage, policy, now)
                if verdict.ask:
                    return Ask.OTTO
                row, overdue = (Row.ANNOUNCED_LATE if verdict.passed else Row.ANNOUNCED), verdict.overdue
    return Case(key=key, reading=reading, order=order, known=known, found=found, policy=policy, now=now, row=row, overdue=overdue)


def _effective_stage(known: Known | None) -> Stage:
    if known is None:
        return Stage.NEVER
    if known.stage is Stage.NEVER and known.intention:
        return known.intention.stage
    return known.stage


def _accept(case: Case) -> Action | Ask:
    known = case.known
    if case.row is Row.UNKNOWN:
        return case.skip(Reason("accepted", "left as it is, by your word"), accepted=True)
    if known is None or (known.ref is None and known.intention is None):
        return case.skip(Reason("accepted", "left out of the shop, by your word"), accepted=True)
    if not case.policy.can_find:
        return case.skip(Reason("accepted", "taken as it is, by your word"), accepted=True)
    if case.found is None:
        return Ask.READ if known.ref and case.doubt is None else Ask.FIND
    twice = following.several(case)
    if twice is not None:
        return twice
    if not case.found.hits:
        if case.doubt and case.policy.wall - case.doubt.at < case.policy.settle:
            return following.unsettled(case)
        return case.skip(Reason("accepted", "not in the shop, by your word"), accepted=True)
    shop = case.found.hits[0]
    return case.adopt(Reason("accepted", f"the shop's {shop.status} is taken as it is, by your word"), shop, None, accepted=True)
