"""The sentences at the end of a run: what it did, what stands, and what to do about it."""

from __future__ import annotations

import signal

from otto_import.outcome import Summary
from otto_import.report.jsonlines import timestamp

_SIGNALLED = frozenset({128 + signal.SIGINT, 128 + signal.SIGTERM})


def closing(summary: Summary, cancelled: int) -> list[str]:
    """Say what a run did, or would do; `cancelled` counts the updates that cancel a whole order."""
    if not summary.otto_requests and not summary.changes and summary.notices and summary.error is None:
        return list(summary.notices)  # the run asked nobody anything: its notices say why
    return [*summary.notices, _outcome(summary, cancelled)]


def _outcome(summary: Summary, cancelled: int) -> str:
    deeds = _planned(summary, cancelled) if summary.dry_run else _done(summary, cancelled)
    broken_off = "Stopped" if summary.exit in _SIGNALLED else "Broken off" if summary.error is not None else ""
    if broken_off and summary.dry_run:
        return f"{broken_off} before all was looked at. Dry run: {deeds or 'nothing to do so far'}; nothing was written."
    if broken_off:
        return f"{broken_off}: {deeds}; the next run goes on from here." if deeds else f"{broken_off} before anything was changed; run it again."
    if summary.changes and summary.dry_run:
        return f"Dry run: {deeds}; nothing was written."
    if summary.changes:
        return f"{deeds}."
    looked = f" ({counted(summary.orders, 'order')} looked at)" if summary.orders else ""
    if summary.dry_run:
        return f"Dry run: nothing to do{looked}."
    return f"Nothing was changed{looked}." if _stands(summary) else f"Nothing to do: the shop is up to date{looked}."


def _done(summary: Summary, cancelled: int) -> str:
    return _listed(
        (summary.created, "created"),
        (summary.updated - cancelled, "updated"),
        (cancelled, "cancelled"),
        (summary.adopted, "adopted"),
        (summary.skipped, "skipped"),
    )


def _planned(summary: Summary, cancelled: int) -> str:
    return _listed(
        (summary.created, "to create"),
        (summary.updated - cancelled, "to update"),
        (cancelled, "to cancel"),
        (summary.adopted, "to adopt"),
        (summary.skipped, "to skip"),
    )


def _listed(*counts: tuple[int, str]) -> str:
    return ", ".join(f"{count} {words}" for count, words in counts if count)


def _stands(summary: Summary) -> int:
    return summary.held + summary.conflicts + summary.failed + summary.in_doubt + summary.cancellations_held_back


def counted(count: int, noun: str) -> str:
    """Count things in words: `1 order`, `2 orders`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def standing(summary: Summary) -> list[str]:
    """Say what stands after the run, each with the way out; the gravest first."""
    found = (
        (summary.cancellations_held_back, _would_be_held_back if summary.dry_run else _held_back),
        (summary.conflicts, _conflicts),
        (summary.failed, _failed),
        (summary.set_aside, lambda count: _set_aside(count, summary.set_aside_paid)),
        (summary.held, _held),
        (summary.in_doubt, _in_doubt),
        (summary.overdue, _overdue),
    )
    return [sentence(count) for count, sentence in found if count]


def _held_back(count: int, verb: str = "") -> str:
    verb = verb or ("is" if count == 1 else "are")
    return (
        f"{counted(count, 'cancellation')} {verb} held back, more than limits.max_cancellations allows in one run: "
        "look at them, then run `otto-import sync --force`, or `otto-import retry ORDER` for one."
    )


def _would_be_held_back(count: int) -> str:
    return _held_back(count, "would be")


def _conflicts(count: int) -> str:
    return (
        f"{counted(count, 'conflict')} {'stands' if count == 1 else 'stand'}: compare OTTO and the shop, then run `otto-import retry ORDER`, "
        "or `otto-import retry ORDER --accept` to take the shop as it is."
    )


def _failed(count: int) -> str:
    return f"{counted(count, 'order')} failed: tried again by later runs, or now by `otto-import retry`."


def _set_aside(count: int, paid: int) -> str:
    buyers = f", {paid} of them paid, with a buyer waiting" if paid else ""
    are = "is" if count == 1 else "are"
    return f"{counted(count, 'order')} {are} set aside after limits.give_up_after looks{buyers}: see to it, then run `otto-import retry`."


def _held(count: int) -> str:
    return f"{counted(count, 'order')} {'is' if count == 1 else 'are'} held: looked at again by later runs, or now by `otto-import retry`."


def _in_doubt(count: int) -> str:
    return f"{counted(count, 'order')} {'is' if count == 1 else 'are'} in doubt: the next run looks into the shop before it writes again."


def _overdue(count: int) -> str:
    return f"{counted(count, 'announced order')} {'is' if count == 1 else 'are'} overdue: unpaid past the deadline, and left alone."


def in_short(summary: Summary) -> str:
    """Name what needs a person in one line, or nothing."""
    listed = _listed(
        (summary.cancellations_held_back, f"cancellation{'' if summary.cancellations_held_back == 1 else 's'} held back"),
        (summary.conflicts, "in conflict"),
        (summary.failed, "failed"),
        (summary.held, "held"),
        (summary.in_doubt, "in doubt"),
        (summary.overdue, "overdue"),
    )
    paid = f", {summary.set_aside_paid} of them paid" if summary.set_aside_paid else ""
    aside = f"; {counted(summary.set_aside, 'order')} set aside{paid}" if summary.set_aside else ""
    return f"{listed or 'nothing stands'}{aside}." if listed or aside else ""


def effort(summary: Summary) -> str:
    """Tell what the run cost and how far it came."""
    until = f"; OTTO read up to {timestamp(summary.watermark)}" if summary.watermark else ""
    asked = f"{counted(summary.otto_requests, 'request')} to OTTO, {summary.shop_requests} to the shop"
    return f"{summary.seconds:.1f} s; {asked}{until}."
