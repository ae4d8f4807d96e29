"""What the runs left behind: when the last good one was, and which orders wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from otto_import.checks.proof import Proof, good, warning
from otto_import.ledger.base import RunRow, Standing

_SUBJECT = "last run"
_OLD = timedelta(days=1)
_LONG = timedelta(days=2)


def last_run(runs: Sequence[RunRow], wall: datetime, *, at_work: bool) -> Iterator[Proof]:
    """Judge the runs, the latest first, by the real clock; good is a `sync` that ended with 0. `at_work`: the latest may still be running."""
    if not runs:
        yield good(_SUBJECT, "none yet")
        return
    latest = runs[0]
    if latest.ended_at is None and not at_work:
        yield warning(_SUBJECT, f"`{latest.command}` of {_age(wall, latest.started_at)} ago was cut off", "run `otto-import sync`, which repairs it")
    elif latest.exit:
        ended = f"`{latest.command}` of {_age(wall, latest.started_at)} ago ended with exit code {latest.exit}"
        yield warning(_SUBJECT, ended, "run it again to see why")
    ended_well = next((run.ended_at for run in runs if run.command == "sync" and run.exit == 0 and run.ended_at), None)
    if ended_well is None:
        yield warning("last good run", "no `sync` has ended with 0 yet", "run `otto-import sync`")
    elif wall - ended_well > _OLD:
        yield warning("last good run", f"`sync` ended {_age(wall, ended_well)} ago", "see whether cron or the timer still starts it")
    else:
        yield good("last good run", f"`sync` ended {_age(wall, ended_well)} ago")


def waiting(standing: Standing) -> Iterator[Proof]:
    """Count the orders that need a person or time, by what they wait for."""
    counts = (
        (standing.held, "held", "held back until they can be decided", "see them with `otto-import orders --held`"),
        (standing.conflicts, "conflicts", "in conflict between OTTO and the shop", "see them with `otto-import orders --conflict`"),
        (standing.failed, "failed", "refused by the shop", "see them with `otto-import orders --failed`, then `otto-import retry`"),
        (standing.held_back, "guard", "to be cancelled, but held back by the guard", "look at them, then `otto-import sync --force`"),
        (standing.overdue, "overdue", "announced, unpaid past the deadline and not cancelled", "see them with `otto-import orders --overdue`"),
        (standing.in_doubt, "in doubt", "perhaps half written", "run `otto-import sync`, which looks and completes"),
        (standing.set_aside, "set aside", "looked at limits.give_up_after times and not any more", "see to it, then `otto-import retry`"),
        (standing.set_aside_paid, "set aside", "set aside though paid", "see to them first: their buyers wait"),
    )
    found = [warning(subject, f"{_orders(count)} {what}", remedy) for count, subject, what, remedy in counts if count]
    yield from found or [good("waiting", "no order is held, in conflict, failed or overdue")]


def _orders(count: int) -> str:
    return f"{count} order{'' if count == 1 else 's'}"


def _age(wall: datetime, then: datetime) -> str:
    passed = max(wall - then, timedelta(0))
    minutes = passed // timedelta(minutes=1)
    if passed >= _LONG:
        return f"{passed.days} days"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min" if minutes else "less than a minute"
