"""The use cases: what the steps are, in which order, and what a run leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from signal import SIGINT
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from otto_import.errors import LedgerError, OttoImportError, Stopped, UsageError
from otto_import.ledger.base import Mark, Progress, Standing
from otto_import.orders import Order, Withheld
from otto_import.otto.client import ListQuery
from otto_import.outcome import Crash, Summary, Tally, exit_code
from otto_import.planner import key_of
from otto_import.sync import events, receipts, steps
from otto_import.sync.run import Run
from otto_import.writers.base import Register

if TYPE_CHECKING:
    from otto_import.orders import Reading
    from otto_import.plan import Known
    from otto_import.sync.house import House

BERLIN = ZoneInfo("Europe/Berlin")
_SLICE = timedelta(days=7)
_EDGE = timedelta(seconds=1)
_BREATH = 0.2
_SIGNAL_BASE = 128


def sync(house: House) -> Summary:
    """Bring the shop up to date with what changed at OTTO."""
    return conduct(house, "sync", _sync, counts_standing=True)


def _sync(run: Run) -> None:
    house = run.house
    steps.in_doubt(run)
    steps.pending(run)
    if house.force:
        steps.held_back(run)
    first = house.ledger.mark(Mark.WATERMARK) is None
    if not first and steps.looks_back(run):
        # Once a day, over the days of the look-back: that is soon enough for a ledger restored from a backup, and costs an idle run nothing.
        run.resume()
    if first and not _filled(run):
        # A ledger without a watermark may be a new one before a shop that is not new: nothing is passed over before the shop was asked.
        run.search()
    looked_back, swept = steps.looks_back(run), steps.sweep_is_due(run)
    # A first walk over everything sees all that a sweep would, unless a backfill brought orders that it does not list.
    walk_sees_all = first and not steps.has_open_orders(run)
    watermark = steps.walk(run)
    if swept and not walk_sees_all:
        steps.sweep(run)
    steps.deadlines(run)
    _finish(run)
    # What the shop lost in the sweep is still unread by it, and must not wait for hours.
    marks = {Mark.SWEPT: house.now} if swept and run.lost is None else {}
    if looked_back or first:
        marks[Mark.LOOKED_BACK] = house.now
    if watermark is not None:
        marks[Mark.WATERMARK] = watermark
    if marks:
        house.ledger.set_marks(marks)


def _filled(run: Run) -> bool:
    """Fill a new ledger from the shop's receipts; tell whether these left nothing open."""
    house = run.house
    if not isinstance(house.writer, Register) or house.ledger.mark(Mark.FILLED) is not None:
        return False
    return receipts.fill(run, house.writer, house.now - house.rhythm.give_up)


def _finish(run: Run) -> None:
    """Carry out the collected cancellations; a stop before or in the middle of them ends the run before anything says that it is complete."""
    steps.stop_if_asked(run)
    run.close_guard()
    steps.stop_if_asked(run)


def midnight(day: date) -> datetime:
    """Give the moment a day begins in Berlin."""
    return datetime.combine(day, time(), BERLIN)


def backfill(house: House, first: date, last: date) -> Summary:
    """Import a range of order dates, both days included, slice by slice; go on where an interrupted one stopped."""
    job = f"{house.policy.prefix} {first} {last} {'fulfilled' if house.policy.fulfilled else 'open'}"
    progress = house.ledger.progress(job)
    begin, end = midnight(first), midnight(last + timedelta(days=1))
    start = progress.next_from if progress else begin
    notices = (f"going on at {start.astimezone(BERLIN):%Y-%m-%d}, where an earlier backfill of this range stopped",) if progress else ()
    counted = progress.cancellations if progress else 0
    return conduct(house, "backfill", lambda run: _backfill(run, job, start, end), counted=counted, notices=notices)


def _backfill(run: Run, job: str, start: datetime, end: datetime) -> None:
    house = run.house
    while start < end:
        stop = min(_later(start), end)
        run.when_held_back = partial(_keep_count, run, job, start)
        for page in steps.pages(run, ListQuery(placed_from=start - _EDGE, placed_to=stop + _EDGE)):
            run.page([reading for reading in page.readings if _within(reading, start, stop)])
        _finish(run)
        start = stop
        done = start >= end
        house.ledger.set_progress(job, None if done else Progress(start, run.guard.counted))
        if not done:
            house.lock.pause(_BREATH)


def _keep_count(run: Run, job: str, start: datetime) -> None:
    # What was held back counts for the rest of the range, even if the backfill is stopped in the middle of this slice.
    run.house.ledger.set_progress(job, Progress(start, run.guard.counted))


def _later(start: datetime) -> datetime:
    # Seven calendar days in Berlin, whatever the clocks do at the change of summer time.
    local = start.astimezone(BERLIN)
    return midnight(local.date() + _SLICE)


def _within(reading: Reading, start: datetime, end: datetime) -> bool:
    return not isinstance(reading.order, Order) or start <= reading.order.placed_at < end


def retry(house: House, names: Sequence[str]) -> Summary:
    """Try pending orders again now: those named, or all."""
    return conduct(house, "retry", lambda run: _retry(run, names))


def _retry(run: Run, names: Sequence[str]) -> None:
    run.afresh = True
    if not names:
        steps.in_doubt(run, every=True)
        steps.by_id(run, run.house.ledger.pending, due=True)
    asked = [_ask_by_name(run, name) for name in names]
    if asked:
        run.page([reading for _, readings in asked for reading in readings], touch=True, due=True)
    for rows, readings in asked:
        steps.forget_numbers(run, rows, readings)
    _finish(run)


def _ask_by_name(run: Run, name: str) -> tuple[Sequence[Known], list[Reading]]:
    known = run.house.ledger.named(name)
    readings = [run.ask_known(row.sales_order_id, row.order_number) for row in known] or [run.ask(name)]
    if not known and isinstance(readings[0].order, Withheld):
        message = f"neither OTTO nor the ledger knows an order {name}; give its orderNumber or salesOrderId"
        raise UsageError(message)
    run.name([key for key in (key_of(reading, run.policy) for reading in readings) if key])
    return known, readings


def conduct(
    house: House, command: str, steps_of: Callable[[Run], None], *, counted: int = 0, counts_standing: bool = False, notices: tuple[str, ...] = ()
) -> Summary:
    """Run the steps between the opening and the closing of the run's row; whatever ends them, the summary is told."""
    began = house.tick()
    run_id = house.ledger.begin_run(command, house.wall(), house.now)
    logged_as = None if house.preview else run_id  # a preview leaves no row behind, and so has no number
    events.run_started(logged_as, command)
    if house.ledger.mark(Mark.FIRST_RUN) is None:
        house.ledger.set_marks({Mark.FIRST_RUN: house.policy.first_run})
    before = house.ledger.standing().held_back if counts_standing else counted
    run = Run(house, counted_before=before, counts_standing=counts_standing)

    def close(code: int | None, error: str | None) -> Summary:
        summary = _summary(house, command, run.tally, house.tick() - began, notices)
        ended = exit_code(summary, troubled=run.tally.troubled, strict=house.strict) if code is None else code
        summary = replace(summary, error=error, exit=ended)
        with suppress(LedgerError):  # the error that ended the run is the one to tell
            house.ledger.end_run(run_id, house.wall(), ended, json.dumps(asdict(summary), default=str, ensure_ascii=False))
        events.run_ended(logged_as, summary)
        return summary

    try:
        steps_of(run)
        run.tell_lost()
    except KeyboardInterrupt:
        return close(_SIGNAL_BASE + SIGINT, str(Stopped(SIGINT)))
    except Stopped as stopped:
        return close(_SIGNAL_BASE + stopped.signal_number, str(stopped))
    except OttoImportError as problem:
        return close(problem.exit_code, str(problem))
    except Exception as bug:
        raise Crash(close(1, "a bug in otto-import ended the run")) from bug
    return close(None, None)


def _summary(house: House, command: str, tally: Tally, seconds: float, notices: tuple[str, ...]) -> Summary:
    try:
        standing, watermark = house.ledger.standing(), house.ledger.mark(Mark.WATERMARK)
    except LedgerError:
        standing, watermark = Standing(), None
    return Summary(
        command=command,
        dry_run=house.preview,
        created=tally.created,
        updated=tally.updated,
        adopted=tally.adopted,
        skipped=tally.skipped,
        orders=tally.orders,
        held=standing.held + tally.nameless,
        conflicts=standing.conflicts,
        failed=standing.failed,
        in_doubt=standing.in_doubt,
        overdue=standing.overdue,
        set_aside=standing.set_aside,
        set_aside_paid=standing.set_aside_paid,
        cancellations_held_back=standing.held_back,
        watermark=watermark,
        otto_requests=house.source.requests,
        shop_requests=house.writer.requests,
        seconds=round(seconds, 3),
        notices=notices,
    )
