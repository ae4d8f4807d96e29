"""Orders that were never imported: whether they may be, and whether they are really not in the shop yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from otto_import.orders import ItemState
from otto_import.plan import Hold, PendingKind, Reason, ShopOrder, Stage
from otto_import.planner import following
from otto_import.planner.case import Ask
from otto_import.rules import CANCELLING, TABLE, Row, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from otto_import.plan import Action
    from otto_import.planner.case import Case

_A_DAY = timedelta(days=1)
# Why an order waits of which nobody could say yet whether it is to be imported.
_UNJUDGED = frozenset({"unreadable", "withheld", "unknown_state"})


def decide(case: Case) -> Action | Ask:
    """Decide about an order the ledger has never seen imported, or whose creation is in doubt, or that is to be made again."""
    if case.found is not None and case.found.hits:
        return following.several(case) or following.take(case, case.found.hits[0])
    doubtful = case.doubt is not None
    if not doubtful and not _must_look(case):
        kept_out = _kept_out(case)
        if kept_out is not None:
            return kept_out
    if case.policy.can_find:
        if case.found is None:
            # Should it be there after all, it will be cancelled: that takes OTTO's word on this very order.
            return Ask.OTTO if case.row is Row.ANNOUNCED_LATE and not case.reading.by_id else Ask.FIND
        if case.doubt and case.policy.wall - case.doubt.at < case.policy.settle:
            return following.unsettled(case)
    return _nowhere(case, doubtful=doubtful)


def _nowhere(case: Case, *, doubtful: bool) -> Action:
    kept_out = _kept_out(case)
    if kept_out is None:
        return _create(case, doubtful=doubtful)
    if isinstance(kept_out, Hold):
        return replace(kept_out, settled=case.policy.can_find)
    if case.doubt and not case.policy.can_find:
        # An event stream cannot be asked: whatever it was told last counts as told.
        sent = ShopOrder(ref=case.key, key=case.key, status=case.doubt.status or "", complete=True)
        return following.take(case, sent)
    return kept_out


def _must_look(case: Case) -> bool:
    """Tell whether the shop is to be asked even for an order that would be passed over."""
    policy = case.policy
    missed = policy.resumed and policy.can_find and (case.row in CANCELLING or case.row is Row.ANNOUNCED_LATE)
    return policy.searches or missed or _contradicts(case)


def _contradicts(case: Case) -> bool:
    # Something was in the shop when we looked last, though it was not to be taken: look again before passing the order over.
    pending = case.known.pending if case.known else None
    return pending is not None and pending.kind is PendingKind.CONFLICT


def _create(case: Case, *, doubtful: bool) -> Action:
    status = case.wanted
    if status is None:
        if case.row is Row.FULFILLED:
            return case.conflict(
                Reason("sent_not_in_shop", "already sent, not in the shop; map status.sent, or take it as it is with retry --accept")
            )
        return case.hold("not_mapped", f"no shop status is mapped for {case.order.state}; add it to [status]")
    missing = case.found.missing if case.found else ()
    if missing and case.policy.holds_unknown:
        text = f"not in the shop: {', '.join(missing)}; make the article there, or name its number in sku_map"
        return replace(case.hold("unknown_sku", text), settled=case.policy.can_find)
    return case.create(
        _reason(case),
        status,
        doubtful=doubtful and case.policy.can_find,
        spares_stock=case.row is Row.FULFILLED and case.order.placed_at < case.policy.first_run,
        notices=tuple(_oddities(case, missing)),
    )


def _oddities(case: Case, missing: Sequence[str]) -> Iterator[str]:
    if missing:
        yield f"not in the shop, so written as free text: {', '.join(missing)}"
    if not case.policy.keeps_dates and case.now - case.order.placed_at > _A_DAY:
        yield "the shop dates it today; OTTO's date stands on the order"


def _reason(case: Case) -> Reason:
    if case.row is Row.FULFILLED:
        return Reason("already_sent", "already sent; imported so that the shop knows it")
    return case.cell(Stage.NEVER).reason


def _kept_out(case: Case) -> Action | None:
    order, policy, cell = case.order, case.policy, case.cell(Stage.NEVER)
    if cell.verdict is Verdict.SKIP:
        return case.skip(cell.reason)
    if order.state is ItemState.ANNOUNCED and not policy.announced:
        return case.skip(TABLE[Row.ANNOUNCED_OFF, Stage.NEVER].reason)
    if not _let_in(case):
        if cell.verdict is Verdict.CREATE_FULFILLED and order.placed_at < policy.first_run and not policy.fulfilled:
            return case.skip(cell.reason)
        if policy.start and order.placed_at < policy.start and not _came_alive(case):
            return case.skip(Reason("before_start", "placed before start_date"))
    if order.suspected_fraud and policy.hold_suspected_fraud and not (case.named or case.doubt):
        return case.hold("suspected_fraud", "OTTO suspects fraud; look at it, then retry it by its number")
    if order.partly_fulfilled and not (case.named or case.doubt):
        return case.hold("partly_sent", "a part is already sent; look at it, then retry it by its number")
    if case.row is Row.PROCESSABLE and order.delivery_address is None:
        return case.hold("no_address", "no address yet; OTTO has not named one")
    return None


def _let_in(case: Case) -> bool:
    """Tell whether the order was judged fit for import before, by a backfill say: then no date keeps it out again."""
    known = case.known
    if known is None:
        return False
    if known.stage is not Stage.NEVER or known.intention is not None:
        return True
    return known.pending is not None and known.pending.reason.code not in _UNJUDGED


def _came_alive(case: Case) -> bool:
    start = case.policy.start
    return any(
        item.state is ItemState.ANNOUNCED or (start is not None and item.processable_at is not None and item.processable_at >= start)
        for item in case.order.living
    )
