"""The ledger's values as rows and back: times as whole milliseconds UTC, money as text, item ids as a JSON list, enumerations as text.

What is finer than a millisecond is cut off, as everywhere in OTTO's and our own times. Stages go by their name: their text is for people.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from otto_import.database import DamagedDatabase
from otto_import.ledger.base import Event, EventKind, Note, Progress, RunRow, Selection
from otto_import.orders import ItemState
from otto_import.plan import Intention, IntentionKind, Known, OrderKey, Pending, PendingKind, Reason, Stage

Row = tuple[Any, ...]
"""One row as SQLite gives or takes it."""

COLUMNS = (
    "key",
    "sales_order_id",
    "order_number",
    "placed_at",
    "stage",
    "ref",
    "status",
    "otto_state",
    "noted_at",
    "checked_at",
    "items",
    "lines",
    "address",
    "total",
    "paid",
    "overdue",
    "accepted",
    "pending_kind",
    "pending_code",
    "pending_text",
    "pending_attempts",
    "pending_since",
    "pending_next",
    "pending_paid",
)
"""The columns of an order's row, in the order of `order_row` and at the head of what `known_from` takes."""

TEXT_LIMIT = 500
"""How many characters of a history line's text are kept."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NOT_PENDING = (None,) * 7
_PENDING_FROM = COLUMNS.index("pending_kind")
_INTENTION_FROM = len(COLUMNS)


def millis(moment: datetime) -> int:
    """Count the whole milliseconds from 1970 to an aware moment."""
    return (moment - _EPOCH) // _MILLISECOND


def maybe_millis(moment: datetime | None) -> int | None:
    """Count as `millis` does, or give None."""
    return None if moment is None else (moment - _EPOCH) // _MILLISECOND


def moment(count: int) -> datetime:
    """Give the aware UTC moment so many milliseconds after 1970."""
    return _EPOCH + timedelta(milliseconds=count)


def maybe_moment(count: int | None) -> datetime | None:
    """Give the moment as `moment` does, or None."""
    return None if count is None else _EPOCH + timedelta(milliseconds=count)


def order_row(known: Known) -> Row:
    """Turn an order into its row, without its intention."""
    pending = known.pending
    return (
        known.key,
        known.sales_order_id,
        known.order_number,
        maybe_millis(known.placed_at),
        known.stage.name,
        known.ref,
        known.status,
        None if known.otto_state is None else known.otto_state.value,
        maybe_millis(known.noted_at),
        maybe_millis(known.checked_at),
        json.dumps(known.items),
        known.lines,
        known.address,
        None if known.total is None else str(known.total),
        known.paid,
        known.overdue,
        known.accepted,
        *(_NOT_PENDING if pending is None else _pending_row(pending)),
    )


def _pending_row(pending: Pending) -> Row:
    return (
        pending.kind.value,
        pending.reason.code,
        pending.reason.text,
        pending.attempts,
        millis(pending.since),
        maybe_millis(pending.next_at),
        pending.paid,
    )


def known_from(row: Row) -> Known:
    """Make an order from its row followed by the columns of its latest open intention."""
    return Known(
        key=OrderKey(row[0]),
        sales_order_id=row[1],
        order_number=row[2],
        placed_at=maybe_moment(row[3]),
        stage=Stage[row[4]],
        ref=row[5],
        status=row[6],
        otto_state=None if row[7] is None else ItemState(row[7]),
        noted_at=maybe_moment(row[8]),
        checked_at=maybe_moment(row[9]),
        items=tuple(json.loads(row[10])),
        lines=row[11],
        address=row[12],
        total=None if row[13] is None else Decimal(row[13]),
        paid=bool(row[14]),
        overdue=bool(row[15]),
        accepted=row[16],
        pending=None if row[_PENDING_FROM] is None else _pending_from(row[_PENDING_FROM:_INTENTION_FROM]),
        intention=None if row[_INTENTION_FROM] is None else _intention_from(row[_INTENTION_FROM:]),
    )


def _pending_from(row: Row) -> Pending:
    kind, code, text, attempts, since, next_at, paid = row
    return Pending(
        kind=PendingKind(kind), reason=Reason(code, text), attempts=attempts, since=moment(since), next_at=maybe_moment(next_at), paid=bool(paid)
    )


def _intention_from(row: Row) -> Intention:
    number, kind, stage, status, expected, at = row
    return Intention(id=number, kind=IntentionKind(kind), stage=Stage[stage], status=status, expected=expected, at=moment(at))


def intention_row(key: OrderKey, intention: Intention) -> Row:
    """Turn an intention into its row, without its number."""
    return (key, intention.kind.value, intention.stage.name, intention.status, intention.expected, millis(intention.at))


def event_rows(note: Note) -> Iterator[Row]:
    """Turn a note's history into rows that name the order by its key."""
    for event in note.events:
        yield (note.known.key, millis(event.at), event.kind.value, event.code, event.text[:TEXT_LIMIT], event.status)


def event_from(row: Row) -> Event:
    """Make a line of history from its row."""
    at, kind, code, text, status = row
    return Event(at=moment(at), kind=EventKind(kind), code=code, text=text, status=status)


def run_from(row: Row) -> RunRow:
    """Make a run from its row."""
    number, command, started_at, clock, ended_at, code, summary = row
    return RunRow(number, command, moment(started_at), moment(clock), maybe_moment(ended_at), code, summary)


def moment_from(row: Row) -> datetime:
    """Make a remembered moment from its row."""
    return moment(row[0])


def progress_from(row: Row) -> Progress:
    """Make a backfill's progress from its row."""
    return Progress(next_from=moment(row[0]), cancellations=row[1])


def selection_values(selection: Selection) -> dict[str, str | int | None]:
    """Turn a selection into the values of the listing's statement."""
    return {
        "state": None if selection.state is None else selection.state.value,
        "every": not (selection.pending or selection.overdue or selection.in_doubt or selection.set_aside),
        "kinds": json.dumps(sorted(selection.pending)),
        "overdue": selection.overdue,
        "doubt": selection.in_doubt,
        "aside": selection.set_aside,
    }


@contextmanager
def sound() -> Iterator[None]:
    """Call a row that cannot be read as ours a damaged database."""
    try:
        yield
    except (KeyError, ValueError, TypeError, InvalidOperation, OverflowError) as error:
        raise DamagedDatabase from error
