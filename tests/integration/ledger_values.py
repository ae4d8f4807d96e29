"""What the ledger's tests share: orders to remember, Hypothesis strategies for them, and ledgers in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st

from otto_import.database import migrate, temporary
from otto_import.ledger.base import Event, EventKind, Intent, Note
from otto_import.ledger.schema import STEPS
from otto_import.ledger.sqlite import SqliteLedger
from otto_import.orders import ItemState
from otto_import.plan import LOST, Intention, IntentionKind, Known, OrderKey, Pending, PendingKind, Reason, Stage

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CREATION = Intention(kind=IntentionKind.CREATE, stage=Stage.PROCESSABLE, status="processing", expected=None, at=NOW)
LATER = Intention(kind=IntentionKind.STATUS, stage=Stage.CANCELLED, status="cancelled", expected="processing", at=NOW + DAY)

FULL = Known(
    key=OrderKey("main:full"),
    sales_order_id="full",
    order_number="cbn4kqmhyn",
    placed_at=NOW - DAY,
    stage=Stage.PROCESSABLE,
    ref="123",
    status="processing",
    otto_state=ItemState.PROCESSABLE,
    noted_at=NOW - timedelta(minutes=1),
    checked_at=NOW,
    items=("item 1", "item-2"),
    lines="0123abcd",
    address="89ef4567",
    total=Decimal("19.90"),
    paid=True,
    overdue=True,
    accepted="b2kk2x12c4",
    pending=Pending(kind=PendingKind.CONFLICT, reason=Reason("moved", "the shop says X"), attempts=2, since=NOW - DAY, next_at=NOW, paid=True),
)


def order(name: str, **changes: object) -> Known:
    """Make a known order `main:<name>` that was never imported."""
    plain = Known(key=OrderKey(f"main:{name}"), sales_order_id=name, order_number=f"n-{name}", placed_at=NOW - DAY)
    return replace(plain, **changes)  # type: ignore[arg-type]  # the tests name the fields


def waiting(kind: PendingKind, *, next_at: datetime | None = NOW, paid: bool = False) -> Pending:
    """Make the pending part of an order."""
    return Pending(kind=kind, reason=Reason("code", "a sentence"), attempts=1, since=NOW, next_at=next_at, paid=paid)


def event(text: str) -> Event:
    """Make a line of history."""
    return Event(at=NOW, kind=EventKind.DEED, code="created", text=text, status="processing")


def in_memory() -> SqliteLedger:
    """Make an empty ledger that leaves no file."""
    connection = temporary()
    migrate(connection, STEPS)
    return SqliteLedger(connection)


def names(orders: Sequence[Known]) -> list[str]:
    """Give the names of orders made by `order`."""
    return [known.key.removeprefix("main:") for known in orders]


def walk(listing: Callable[[OrderKey | None, int], Sequence[Known]], limit: int = 2) -> list[Known]:
    """Collect all pages of a listing."""
    found: list[Known] = []
    while page := listing(found[-1].key if found else None, limit):
        found.extend(page)
    return found


moments = st.integers(min_value=0, max_value=4_102_444_800_000).map(lambda count: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=count))
near_moments = st.integers(min_value=-3, max_value=3).map(lambda days: NOW + days * DAY)


def pendings(times: st.SearchStrategy[datetime] = moments, texts: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Pending]:
    """Make pending parts."""
    words = st.text() if texts is None else texts
    return st.builds(
        Pending,
        kind=st.sampled_from(PendingKind),
        reason=st.builds(Reason, st.one_of(words, st.just(LOST)), words),
        attempts=st.integers(min_value=0, max_value=10_000),
        since=times,
        next_at=st.none() | times,
        paid=st.booleans(),
    )


def intentions(times: st.SearchStrategy[datetime] = moments) -> st.SearchStrategy[Intention]:
    """Make intentions not yet numbered."""
    return st.builds(
        Intention,
        kind=st.sampled_from(IntentionKind),
        stage=st.sampled_from(Stage),
        status=st.none() | st.text(),
        expected=st.none() | st.text(),
        at=times,
        id=st.just(0),
    )


def full_orders() -> st.SearchStrategy[Known]:
    """Make orders with anything in every field."""
    return st.builds(
        Known,
        key=st.uuids().map(lambda number: OrderKey(f"main:{number}")),
        sales_order_id=st.none() | st.text(),
        order_number=st.none() | st.text(),
        placed_at=st.none() | moments,
        stage=st.sampled_from(Stage),
        ref=st.none() | st.text(),
        status=st.none() | st.text(),
        otto_state=st.none() | st.sampled_from(ItemState),
        noted_at=st.none() | moments,
        checked_at=st.none() | moments,
        items=st.lists(st.text(), max_size=4).map(tuple),
        lines=st.text(),
        address=st.text(),
        total=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        paid=st.booleans(),
        overdue=st.booleans(),
        accepted=st.none() | st.text(),
        pending=st.none() | pendings(),
        intention=st.none(),
    )


def few_orders() -> st.SearchStrategy[Known]:
    """Make orders of few names and moments, so that they meet again."""
    return st.builds(
        order,
        st.sampled_from("abcde"),
        placed_at=st.none() | near_moments,
        stage=st.sampled_from(Stage),
        checked_at=st.none() | near_moments,
        status=st.none() | st.sampled_from(["on-hold", "processing"]),
        overdue=st.booleans(),
        pending=st.none() | pendings(near_moments, st.just("why")),
    )


def few_notes() -> st.SearchStrategy[Note]:
    """Make notes about such orders."""
    return st.builds(
        Note,
        known=few_orders(),
        events=st.lists(st.sampled_from(["one", "two"]).map(event), max_size=2).map(tuple),
        closes=st.none() | st.sampled_from(["done", "refused"]),
    )


def few_intents() -> st.SearchStrategy[Intent]:
    """Make intents about such orders."""
    return st.builds(Intent, known=few_orders(), intention=intentions(near_moments))
