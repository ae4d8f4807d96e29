"""What the ledger knows of orders, as people and programs see it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from otto_import.orders import ItemState
from otto_import.plan import Intention, IntentionKind, Known, Pending, PendingKind, Reason, Stage
from otto_import.report.listing import FIRST, JsonListing, PeopleListing
from tests.build import NOW, known, order

pytestmark = pytest.mark.usefixtures("stable_terminal")

PENDING = Pending(kind=PendingKind.CONFLICT, reason=Reason("moved", "paid, but the shop says packed"), attempts=2, since=NOW, next_at=NOW, paid=True)
DOUBT = Intention(kind=IntentionKind.CREATE, stage=Stage.PROCESSABLE, status="processing", expected=None, at=NOW)


def some(count: int) -> Iterator[Known]:
    for number in range(count):
        yield known(Stage.PROCESSABLE, order(number=number), otto_state=ItemState.PROCESSABLE, placed_at=NOW - timedelta(minutes=number))


def shown(orders: Iterator[Known], *, verbose: bool = False, quiet: bool = False) -> list[str]:
    out = io.StringIO()
    PeopleListing(out, columns=None, verbose=verbose, quiet=quiet).show(orders)
    return out.getvalue().splitlines()


def test_a_row_has_number_time_states_total_and_what_it_waits_for() -> None:
    heading, row, count = shown(iter([known(Stage.PROCESSABLE, otto_state=ItemState.PROCESSABLE, pending=PENDING, overdue=True, intention=DOUBT)]))
    assert ["order", "placed", "OTTO", "shop", "total", "waits"] == heading.split()
    assert row.startswith(
        "number1  2026-06-08 14:00 CEST  PROCESSABLE  processing  22.94  in doubt; conflict: paid, but the shop says packed; overdue"
    )
    assert "1 order." == count


def test_an_order_of_which_little_is_known_has_dashes() -> None:
    bare = replace(known(Stage.NEVER), order_number=None, placed_at=None, total=None)
    assert ["otto-1", "–", "–", "–", "–"] == shown(iter([bare]))[1].split()


def test_the_first_fifty_are_shown_and_the_rest_counted() -> None:
    lines = shown(some(FIRST + 3))
    assert FIRST + 3 == len(lines)
    assert ["… and 3 more (`-v`, `--csv` or `--json`)", "53 orders."] == lines[-2:]


def test_fifty_are_shown_without_a_rest() -> None:
    assert "50 orders." == shown(some(FIRST))[-1]
    assert "more" not in shown(some(FIRST))[-2]


def test_with_verbose_all_are_shown_line_by_line() -> None:
    lines = shown(some(FIRST + 3), verbose=True)
    assert FIRST + 5 == len(lines)
    assert 1 == sum(line.startswith("order ") for line in lines)


def test_with_quiet_there_is_no_closing_sentence() -> None:
    assert 2 == len(shown(some(1), quiet=True))


@pytest.mark.parametrize("verbose", [False, True])
def test_no_orders_are_said_to_be_none(verbose: bool) -> None:
    assert ["No such orders."] == shown(iter(()), verbose=verbose)


def test_what_the_shop_put_into_a_status_cannot_move_the_cursor() -> None:
    assert "\x1b" not in "".join(shown(iter([known(Stage.PROCESSABLE, status="\x1b[2J")])))


def test_each_order_is_one_json_object_with_times_in_utc() -> None:
    out = io.StringIO()
    assert 1 == JsonListing(out).show(iter([known(Stage.PROCESSABLE, pending=PENDING, intention=DOUBT, checked_at=NOW)]))
    fields = json.loads(out.getvalue())
    assert "2026-06-08T12:00:00.000Z" == fields["placed_at"]
    assert ("known_order", "imported as processable", "22.94") == (fields["type"], fields["stage"], fields["total"])
    assert ("conflict", "moved", 2, True) == tuple(fields["pending"][name] for name in ("kind", "code", "attempts", "paid"))
    assert {"kind": "create", "shop_status": "processing", "at": "2026-06-09T12:00:00.000Z"} == fields["in_doubt"]
