"""What is told after a run, and what is remembered as told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from otto_import.notify.message import Grade, Message, Part, counted, listed, message
from otto_import.notify.topics import Ear, Ending, Named, SetAside, Topic, sentence

if TYPE_CHECKING:
    from otto_import.notify.memory import Told
    from otto_import.outcome import Summary

BERLIN = ZoneInfo("Europe/Berlin")
_LONGEST_ERROR = 500
_Told = tuple[Part | None, dict[str, object]]
"""A part of the message if there is one, and what changes in the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Hold what shall be told; `whose` names the account, `quiet` is the time of day in Berlin (from, to) in which silence is not told of."""

    whose: str
    on: frozenset[Topic]
    silence: timedelta | None = None
    quiet: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Hold a run that is over: `now` is its clock; `set_aside` lists the paid orders that are (None: not known)."""

    ending: Ending
    summary: Summary
    ear: Ear
    now: datetime
    set_aside: Sequence[SetAside] | None = None


def decide(run: Run, told: Told, wishes: Wishes) -> tuple[Message | None, Told]:
    """Say what is to be told, in one message, and what the memory is then. What could not be sent is the caller's to keep as `unsent`."""
    newest = run.ear.newest
    if wishes.silence is not None and newest is not None:
        told = told.seen(min(newest, run.now))  # an order from the future must not hide the silence until then
    topics: tuple[tuple[Topic, Callable[[Run, Told, Wishes], _Told]], ...] = (
        (Topic.FAILURE, _failure),
        (Topic.CONFLICT, _conflicts),
        (Topic.HELD_BACK, _held_back),
        (Topic.SET_ASIDE, _set_aside),
        (Topic.LATE_PAYMENT, _late),
        (Topic.SILENCE, _silence),
    )
    parts: list[Part] = []
    for topic, tell in topics:
        if topic in wishes.on:
            part, changes = tell(run, told, wishes)
            told = told.model_copy(update=changes)
            parts += [part] if part else []
    return message(wishes.whose, parts, told.unsent), told


def _failure(run: Run, told: Told, _wishes: Wishes) -> _Told:
    """Tell of a failure once, again only if it fails in another way, and once that it is over."""
    summary = run.summary
    if run.ending is Ending.WHOLE and told.failing_since is not None:
        since = f"{summary.command} runs to its end again; it had failed since {_local(told.failing_since)}."
        return Part("well again", (since,), Grade.SUCCESS), {"failing_since": None, "failing_codes": ()}
    if run.ending is not Ending.FAILED or summary.exit in told.failing_codes:
        return None, {}
    why = sentence(summary.error or "the reason stands in its log", _LONGEST_ERROR)
    lines = (f"{summary.command} failed with exit code {summary.exit}: {why}", "Until it is well again, this is told only once.")
    changes = {"failing_since": told.failing_since or run.now, "failing_codes": (*told.failing_codes, summary.exit)}
    return Part(f"{summary.command} failed", lines, Grade.FAILURE), changes


def _conflicts(run: Run, _told: Told, _wishes: Wishes) -> _Told:
    found = run.ear.conflicts
    if not found.count:
        return None, {}
    new = counted(found.count, "new conflict")
    return Part(new, listed(f"{new}: compare OTTO and the shop, then run `otto-import retry`.", found)), {}


def _held_back(run: Run, told: Told, _wishes: Wishes) -> _Told:
    count = run.summary.cancellations_held_back
    if run.ending is not Ending.WHOLE or bool(count) is told.held_back:
        return None, {}
    if not count:
        return None, {"held_back": False}
    title = f"{counted(count, 'cancellation')} held back"
    return Part(title, (f"{title}, more than the guard allows: look at them, then run `otto-import sync --force`.",)), {"held_back": True}


def _set_aside(run: Run, told: Told, _wishes: Wishes) -> _Told:
    if run.set_aside is None:
        return None, {}
    named = Named(0, [])
    for order in run.set_aside:
        if order.name not in told.set_aside:
            named.add(order.name, order.reason)
    changes: dict[str, object] = {"set_aside": tuple(order.name for order in run.set_aside)}
    if not named.count:
        return None, changes
    title = f"{counted(named.count, 'paid order')} set aside"
    return Part(title, listed(f"{title}, a buyer is waiting: see to it, then run `otto-import retry`.", named)), changes


def _late(run: Run, _told: Told, _wishes: Wishes) -> _Told:
    found = run.ear.late
    if not found.count:
        return None, {}
    title = counted(found.count, "late payment")
    return Part(title, listed(f"{title}: the order had been cancelled as unpaid, and is to be sent after all.", found)), {}


def _silence(run: Run, told: Told, wishes: Wishes) -> _Told:
    """Tell once that no order came for long; not where it failed, which is told, and not in the quiet hours, but after them."""
    if wishes.silence is None or run.summary.command != "sync" or run.ending is Ending.FAILED or _switched_off(run):
        return None, {}
    if told.newest is None:
        return None, {"newest": run.now}  # nothing is known of any order: the silence is counted from here
    quiet = run.now - told.newest
    if quiet < wishes.silence or told.silent_since == told.newest or _is_quiet(run.now, wishes.quiet):
        return None, {}
    title = f"no order for {quiet // timedelta(hours=1)} hours"
    rest = "" if run.ending is Ending.WHOLE else " This run did not come to its end either."
    return Part(title, (f"N{title[1:]}: none is known that was placed after {_local(told.newest)}.{rest}",)), {"silent_since": told.newest}


def _switched_off(run: Run) -> bool:
    return run.ending is Ending.WHOLE and not run.summary.otto_requests


def _is_quiet(now: datetime, quiet: tuple[time, time] | None) -> bool:
    if quiet is None:
        return False
    begin, end = quiet
    clock = now.astimezone(BERLIN).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(BERLIN):%Y-%m-%d %H:%M} (Berlin)"
