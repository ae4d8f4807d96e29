"""What the ledger is to remember of an action and its outcome. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from otto_import.ledger.base import Event, EventKind, Note
from otto_import.orders import ItemState, Order
from otto_import.plan import (
    AWAY,
    LOST,
    Adopt,
    Changed,
    Conflict,
    Create,
    Done,
    Hold,
    InDoubt,
    Intention,
    IntentionKind,
    Known,
    NotBegun,
    Pending,
    PendingKind,
    Reason,
    Refused,
    ShopOrder,
    Skip,
    Stage,
    Update,
    writable,
)
from otto_import.planner import fingerprints

if TYPE_CHECKING:
    from otto_import.orders import Reading
    from otto_import.plan import Action, Change, OrderKey, Outcome, Writable

_DELAYS = (*(timedelta(minutes=minutes) for minutes in (0, 1, 5, 15, 60)), timedelta(hours=6))


@dataclass(frozen=True, slots=True)
class When:
    """Hold the moment by both clocks, the run's and the real one, and after how many looks an order is set aside.

    With `afresh` a person asked for another look, and the looks are counted from one again.
    """

    now: datetime
    wall: datetime
    give_up_after: int = 10
    afresh: bool = False


def intention(write: Writable, wall: datetime) -> Intention:
    """Make the intention that is noted before a write."""
    rest = IntentionKind.LINES if write.change.status is None else IntentionKind.STATUS
    kind = IntentionKind.CREATE if isinstance(write, Create) else rest
    expected = write.expected if isinstance(write, Update) else None
    status = write.change.status if write.change.status is not None else expected
    return Intention(kind=kind, stage=write.stage or Stage.NEVER, status=status, expected=expected, at=wall)


def bare(action: Action) -> Known:
    """Give what is known before the action; a new row holds the ids alone, so that an intention can be found again."""
    if action.known is not None:
        return action.known
    order = action.reading.order
    placed = order.placed_at if isinstance(order, Order) else None
    return Known(key=action.key, sales_order_id=order.sales_order_id, order_number=order.order_number, placed_at=placed)


def before(action: Action) -> Known:
    """Give what is noted with an intention: what is known; of another program's order which it is, so that a claim in doubt never makes it twice."""
    known, write = bare(action), writable(action)
    if known.ref is not None or action.footing is None or not isinstance(write, Update) or not write.change.claims:
        return known
    return replace(known, ref=write.ref, stage=action.footing.stage, status=action.footing.status)


def remember(action: Action, outcome: Outcome | None, when: When, *, again: Reason | None = None) -> Note | None:
    """Say what is to be remembered; None: nothing at all. `again` is a contradiction seen when the shop was looked at after the write."""
    if isinstance(action, Skip) and action.stale:
        return None
    note = _noted(action, outcome, _read(action, when.now), when, again)
    return None if outcome is None and _idle(action, note) else note


def _noted(action: Action, outcome: Outcome | None, read: Known, when: When, again: Reason | None) -> Note:
    match outcome:
        case None:
            return _decided(action, read, when)
        case Done():
            return _done(action, read, outcome, when, again)
        case Refused(code=code):
            return _set_aside(action, read, PendingKind.FAILED, Reason("refused", f"the shop refused it: {code}"), when, closes="refused")
        case Changed(found=found):
            text = f"the shop's order {'is gone' if found is None else f'shows {found.status} now'}; nothing was written"
            return _set_aside(action, read, PendingKind.CONFLICT, Reason("changed", text), when, closes="changed")
        case InDoubt(code=code) if code != AWAY and action.known is not None and action.known.intention is not None:
            # The try before this one was looked up and had not arrived: it may well be the order, which must not hold up the others in every run.
            text = f"the shop loses it again and again ({code}), and does not have it when asked; look at the shop's own log of errors"
            return _set_aside(action, read, PendingKind.FAILED, Reason(LOST, text), when, closes=None)
        case InDoubt():
            return Note(read, _said_by_otto(action, when.now))
        case NotBegun():
            # Closing would end an older doubt as well; then the new intention stays open with it, which costs one more look.
            return Note(bare(action), closes=None if action.known and action.known.intention else "not begun")


def hold_back(action: Update, when: When) -> Note:
    """Remember a cancellation that the guard held back."""
    reason = Reason("held_back", f"{action.reason.text}; held back by limits.max_cancellations")
    # The shop was looked at: whatever an earlier write of unknown outcome did, this cancellation is planned from what it shows.
    return _set_aside(action, _read(action, when.now), PendingKind.HELD_BACK, reason, when, closes="held back")


def contradiction(action: Action, outcome: Done) -> Reason | None:
    """Compare what the shop says after a write with what was asked."""
    write = writable(action)
    if write is None:
        return None
    change = write.change
    if change.status is not None and outcome.status != change.status:
        return Reason("status", f"set to {change.status}, but the shop says {outcome.status}")
    if change.total is not None and outcome.total is not None and outcome.total != change.total:
        return Reason("total", f"shop says {outcome.total}, OTTO {change.total}")
    return None


def _read(action: Action, now: datetime) -> Known:
    known = bare(action)
    order = action.reading.order
    if not isinstance(order, Order):
        return replace(known, checked_at=now)
    if action.found is not None and action.footing is not None and (known.stage is Stage.NEVER or _has_arrived(known, action.found)):
        # Found in the shop, though the ledger did not know: from now on it does, even if nothing can be written.
        known = replace(known, ref=action.found.ref, stage=action.footing.stage, status=action.footing.status)
    return replace(
        known,
        sales_order_id=order.sales_order_id,
        order_number=order.order_number,
        placed_at=order.placed_at,
        otto_state=order.state,
        noted_at=noted(action.reading, order) or known.noted_at,
        checked_at=now,
    )


def _has_arrived(known: Known, found: ShopOrder) -> bool:
    return known.intention is not None and known.intention.status == found.status


def noted(reading: Reading, order: Order) -> datetime | None:
    """Give the moment up to which OTTO's word is known: the smaller of last modification and the answer's Date, cut to the ledger's milliseconds."""
    if order.modified_at is None:
        return None
    moment = order.modified_at if reading.date is None else min(order.modified_at, reading.date)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _done(action: Action, read: Known, outcome: Done, when: When, again: Reason | None) -> Note:
    write = writable(action)
    if write is None:
        message = f"{action.key} was written though nothing was to be written"
        raise TypeError(message)
    # Completing what was half-made moves it on as well; a status that stayed as it was found may be the merchant's.
    half_made = action.found is not None and action.found.complete is False and outcome.status != action.found.status
    before = outcome.status if read.status is None or half_made else read.status
    status = before if write.change.status is None else write.change.status
    known = replace(
        _written(action.key, read, write, write.change),
        ref=outcome.ref,
        status=status,
        stage=action.stage or read.stage,
        overdue=action.overdue,
        pending=None,
        accepted=None,
        intention=None,
    )
    deed = Event(when.now, EventKind.DEED, _name(action), action.reason.text, outcome.status)
    wrong = again or contradiction(action, outcome) or (action.reason if isinstance(action, Conflict) else None)
    events = (*_said_by_otto(action, when.now), deed)
    if wrong is None:
        return Note(known, events, closes="done")
    pending = _pending(action, PendingKind.CONFLICT, wrong, when)
    return Note(replace(known, pending=pending), (*events, *_news(action, pending, when.now)), closes="done")


def _written(key: OrderKey, read: Known, write: Writable, change: Change) -> Known:
    if change.lines is None and not change.claims:
        return read
    order = write.order
    return replace(
        read,
        # What another program made of it may be behind OTTO's word: asked about at the next sweep, it is brought up to date.
        checked_at=None if change.claims else read.checked_at,
        items=order.living_ids,
        lines=fingerprints.of_lines(order),
        address=fingerprints.of_address(key, order) or read.address,
        total=order.total,
        paid=read.paid or change.paid or (change.claims and order.state is not ItemState.ANNOUNCED),
    )


def _decided(action: Action, read: Known, when: When) -> Note:
    if isinstance(action, Adopt):
        return _adopted(action, read, when)
    if isinstance(action, Skip):
        return _skipped(action, read, when)
    if isinstance(action, Hold) and action.doubt:
        return Note(read, _said_by_otto(action, when.now))
    twice = _seen_twice(action)
    if twice is not None:
        return _set_aside(action, read, PendingKind.CONFLICT, twice, when, closes=None)
    if isinstance(action, Hold):
        return _set_aside(action, read, PendingKind.HOLD, action.reason, when, closes="nothing arrived" if action.settled else None)
    return _set_aside(action, read, PendingKind.CONFLICT, action.reason, when, closes="conflict")


def _seen_twice(action: Action) -> Reason | None:
    """Give the older contradiction where an order waits for OTTO's word: only another look into the shop ends it."""
    waits = isinstance(action, Hold) and action.found is None and not action.settled
    pending = action.known.pending if waits and action.known else None
    return pending.reason if pending and pending.reason.code == "twice" else None


def _adopted(action: Adopt, read: Known, when: When) -> Note:
    order, found = action.order, action.found
    known = replace(
        read,
        ref=action.ref,
        status=found.status if found else read.status,
        stage=action.stage or read.stage,
        items=order.living_ids or read.items,
        lines=fingerprints.of_lines(order) if order.living else read.lines,
        address=fingerprints.of_address(action.key, order) or read.address,
        total=order.total if order.living else read.total,
        paid=read.paid or order.state is not ItemState.ANNOUNCED,
        overdue=action.overdue,
        pending=None,
        intention=None,
        accepted=fingerprints.of_state(order) if action.accepted else None,
    )
    deed = Event(when.now, EventKind.DEED, _name(action), action.reason.text, known.status)
    return Note(known, (*_said_by_otto(action, when.now), deed), closes="adopted")


def _skipped(action: Skip, read: Known, when: When) -> Note:
    order = action.reading.order
    accepted = fingerprints.of_word(order) if action.accepted else None
    known = replace(read, stage=action.stage or read.stage, overdue=action.overdue, pending=None, intention=None, accepted=accepted)
    if action.found is not None and isinstance(order, Order) and action.reason.code == "moved" and not read.lines:
        # Known by its receipt alone, and found whole: from now on the ledger recognises what was written, and need not look again.
        address = fingerprints.of_address(action.key, order) or read.address
        paid = read.paid or action.found.paid is not False
        known = replace(known, items=order.living_ids, lines=fingerprints.of_lines(order), address=address, total=order.total, paid=paid)
    elif action.found is not None and isinstance(order, Order) and action.known is None:
        known = replace(known, items=order.living_ids, lines=fingerprints.of_lines(order))
    return Note(known, _said_by_otto(action, when.now), closes="nothing to do")


def _set_aside(action: Action, read: Known, kind: PendingKind, reason: Reason, when: When, *, closes: str | None) -> Note:
    pending = _pending(action, kind, reason, when)
    known = replace(
        read, pending=pending, overdue=action.overdue or _expires(action, kind), accepted=None, intention=None if closes else read.intention
    )
    return Note(known, (*_said_by_otto(action, when.now), *_news(action, pending, when.now)), closes=closes)


def _expires(action: Action, kind: PendingKind) -> bool:
    # Not cancelled though its time is over: listed, and looked at with pauses instead of in every run. What the guard holds back is counted as such.
    return isinstance(action, Update) and action.stage is Stage.EXPIRED and kind is not PendingKind.HELD_BACK


def _pending(action: Action, kind: PendingKind, reason: Reason, when: When) -> Pending:
    before = action.known.pending if action.known else None
    same = before is not None and before.kind is kind and before.reason.code == reason.code
    attempts = before.attempts + 1 if before and same and not when.afresh else 1
    delay = _DELAYS[min(attempts, len(_DELAYS)) - 1]
    # What the guard held back waits for a person as it is, however often it is met.
    next_at = when.wall + delay if attempts < when.give_up_after or kind is PendingKind.HELD_BACK else None
    order = action.reading.order
    paid = order.state is ItemState.PROCESSABLE if isinstance(order, Order) else bool(before and before.paid)
    since = before.since if before and same else when.wall
    return Pending(kind=kind, reason=reason, attempts=attempts, since=since, next_at=next_at, paid=paid)


def _news(action: Action, pending: Pending, now: datetime) -> tuple[Event, ...]:
    before = action.known.pending if action.known else None
    given_up = pending.next_at is None and not (before and before.next_at is None)
    if pending.attempts > 1 and not given_up:
        return ()
    status = action.found.status if action.found else None
    text = f"set aside after {pending.attempts} looks: {pending.reason.text}" if given_up else pending.reason.text
    return (Event(now, EventKind.DECISION, pending.reason.code, text, status),)


def _said_by_otto(action: Action, now: datetime) -> tuple[Event, ...]:
    order = action.reading.order
    if not isinstance(order, Order) or (action.known and action.known.otto_state is order.state):
        return ()
    return (Event(now, EventKind.OTTO, order.state.value, f"OTTO says {order.state}"),)


def _name(action: Action) -> str:
    return type(action).__name__.lower()


def _idle(action: Action, note: Note) -> bool:
    """Tell whether nothing new is to be remembered: an order never imported and passed over, or one that is as it was."""
    if action.known is None:
        return isinstance(action, Skip) and not note.known.accepted and note.known.ref is None
    return not note.events and action.known.intention is None and replace(note.known, checked_at=action.known.checked_at) == action.known
