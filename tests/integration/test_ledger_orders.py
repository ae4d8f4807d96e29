"""The listing of what the ledger knows: what is selected, in which order, and in how little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest

from otto_import.ledger.base import Intent, Note, Selection
from otto_import.ledger.overlay import OverlayLedger
from otto_import.ledger.sqlite import SqliteLedger
from otto_import.orders import ItemState
from otto_import.plan import PendingKind
from tests.integration.ledger_values import CREATION, NOW, in_memory, names, order, waiting


@pytest.fixture
def ledger() -> Iterator[SqliteLedger]:
    with closing(in_memory()) as made:
        made.note([
            Note(order("held", placed_at=NOW - timedelta(days=3), pending=waiting(PendingKind.HOLD), otto_state=ItemState.PROCESSABLE)),
            Note(order("conflict", placed_at=NOW - timedelta(days=1), pending=waiting(PendingKind.CONFLICT), overdue=True)),
            Note(order("failed", placed_at=NOW - timedelta(days=2), pending=waiting(PendingKind.FAILED))),
            Note(order("undated", placed_at=None, otto_state=ItemState.PROCESSABLE)),
            Note(order("fine", placed_at=NOW, otto_state=ItemState.SENT)),
        ])  # fmt: skip
        made.intend([Intent(order("doubtful", placed_at=NOW - timedelta(days=4)), CREATION)])
        yield made


@pytest.mark.parametrize(
    ("expected", "selection"),
    [
        ("fine conflict failed held doubtful undated", Selection()),
        ("held undated", Selection(state=ItemState.PROCESSABLE)),
        ("", Selection(state=ItemState.ANNOUNCED)),
        ("held", Selection(pending=frozenset({PendingKind.HOLD}))),
        ("conflict held", Selection(pending=frozenset({PendingKind.HOLD, PendingKind.CONFLICT}))),
        ("conflict", Selection(overdue=True)),
        ("doubtful", Selection(in_doubt=True)),
        ("failed doubtful", Selection(pending=frozenset({PendingKind.FAILED}), in_doubt=True)),
        ("held", Selection(state=ItemState.PROCESSABLE, pending=frozenset({PendingKind.HOLD, PendingKind.CONFLICT}))),
        ("", Selection(set_aside=True)),
    ],
)
def test_the_selected_orders_are_given_latest_first_and_those_without_a_date_last(expected: str, selection: Selection, ledger: SqliteLedger) -> None:
    assert expected.split() == names(list(ledger.orders(selection)))


@pytest.mark.parametrize(
    ("expected", "selection"),
    [
        ("aside waiting", Selection(set_aside=True)),
        ("waiting", Selection(set_aside=True, state=ItemState.PROCESSABLE)),
        ("aside failed waiting", Selection(set_aside=True, pending=frozenset({PendingKind.FAILED}))),
        ("aside waiting doubtful", Selection(set_aside=True, in_doubt=True)),
    ],
)
def test_orders_set_aside_are_found_whatever_they_wait_for_but_none_that_the_guard_holds_back(
    expected: str, selection: Selection, ledger: SqliteLedger
) -> None:
    given_up = [waiting(kind, next_at=None) for kind in (PendingKind.CONFLICT, PendingKind.HOLD, PendingKind.HELD_BACK)]
    ledger.note([
        Note(order("aside", placed_at=NOW - timedelta(hours=1), pending=given_up[0])),
        Note(order("waiting", placed_at=NOW - timedelta(days=3, hours=1), pending=given_up[1], otto_state=ItemState.PROCESSABLE)),
        Note(order("guarded", placed_at=NOW, pending=given_up[2])),
    ])  # fmt: skip
    assert expected.split() == names(list(ledger.orders(selection)))


def test_an_order_is_given_with_all_that_is_known_of_it(ledger: SqliteLedger) -> None:
    (doubtful,) = ledger.orders(Selection(in_doubt=True))
    assert ledger.known([doubtful.key]) == {doubtful.key: doubtful}


def test_a_preview_speaks_for_what_it_wrote_and_the_ledger_below_for_the_rest(ledger: SqliteLedger) -> None:
    overlay = OverlayLedger(ledger)
    overlay.note([Note(order("held", placed_at=NOW + timedelta(days=1)))])
    overlay.forget([order("conflict").key])
    assert ["held", "fine", "failed", "doubtful", "undated"] == names(list(overlay.orders(Selection())))
    assert ["fine", "conflict", "failed", "held", "doubtful", "undated"] == names(list(ledger.orders(Selection())))
    overlay.close()


def test_a_preview_lists_its_own_runs_before_those_below(ledger: SqliteLedger) -> None:
    ledger.begin_run("sync", NOW, NOW)
    overlay = OverlayLedger(ledger)
    overlay.begin_run("backfill", NOW, NOW)
    assert ["backfill", "sync"] == [run.command for run in overlay.runs(5)]
    assert ["backfill"] == [run.command for run in overlay.runs(1)]
    overlay.close()


def test_a_listing_left_half_way_leaves_the_ledger_usable(ledger: SqliteLedger) -> None:
    first = list(islice(ledger.orders(Selection()), 1))
    ledger.note([Note(replace(first[0], status="other"))])
    assert "other" == ledger.known([first[0].key])[first[0].key].status


def test_ten_thousand_orders_are_listed_in_the_memory_of_a_few(ledger: SqliteLedger) -> None:
    for start in range(0, 10_000, 1000):
        ledger.note([Note(order(f"{start + number:06}", placed_at=NOW - timedelta(minutes=start + number))) for number in range(1000)])
    tracemalloc.start()
    count = sum(1 for _ in ledger.orders(Selection()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 10_006 == count
    assert 4_000_000 > peak
