"""Orders as CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest

from otto_import.plan import Intention, IntentionKind, Known, Pending, PendingKind, Reason, Stage
from otto_import.report.sheet import visible
from otto_import.report.spreadsheet import HEADINGS, defused, write_csv
from tests.build import NOW, known

ROW = known(Stage.PROCESSABLE, total=Decimal("1234.50"), checked_at=NOW)


def written(*orders: Known, decimal_comma: bool = False) -> str:
    out = io.StringIO(newline="")
    assert len(orders) == write_csv(iter(orders), out.write, decimal_comma=decimal_comma)
    return out.getvalue()


def cells(order: Known, *, decimal_comma: bool = False) -> dict[str, str]:
    text = written(order, decimal_comma=decimal_comma).removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if decimal_comma else ",")
    return dict(row)


def test_it_begins_with_a_byte_order_mark_and_the_headings_once() -> None:
    text = written(ROW, ROW)
    assert text.startswith("\ufeff" + ",".join(HEADINGS) + "\r\n")
    assert (3, 1) == (text.count("\r\n"), text.count("order_number"))


def test_without_orders_there_are_the_headings_alone() -> None:
    assert 1 == len(written().splitlines())


def test_a_row_tells_what_the_ledger_knows_in_german_time() -> None:
    row = cells(ROW)
    assert ("number1", "otto-1", "2026-06-08 14:00:00") == (row["order_number"], row["sales_order_id"], row["placed_at_berlin"])
    assert ("imported as processable", "processing", "12") == (row["stage"], row["shop_status"], row["shop_ref"])
    assert ("1234.50", "EUR", "yes", "no", "no") == tuple(row[name] for name in ("total", "currency", "paid", "overdue", "in_doubt"))
    assert ("", "", "2026-06-09 14:00:00") == (row["waits"], row["next_look_berlin"], row["checked_at_berlin"])


def test_what_waits_says_why_and_since_when() -> None:
    pending = Pending(kind=PendingKind.CONFLICT, reason=Reason("total", "shop says 1, OTTO 2"), attempts=1, since=NOW, next_at=NOW)
    doubt = Intention(kind=IntentionKind.STATUS, stage=Stage.PROCESSABLE, status="processing", expected=None, at=NOW)
    row = cells(replace(ROW, pending=pending, intention=doubt))
    assert ("conflict", "shop says 1, OTTO 2", "2026-06-09 14:00:00", "yes") == tuple(
        row[name] for name in ("waits", "why", "waits_since_berlin", "in_doubt")
    )


def test_a_decimal_comma_comes_with_semicolons() -> None:
    assert "1234,50" == cells(ROW, decimal_comma=True)["total"]
    assert written(ROW, decimal_comma=True).startswith("\ufefforder_number;sales_order_id;")


def test_an_order_never_imported_has_no_amount() -> None:
    row = cells(replace(ROW, total=None, placed_at=None))
    assert ("", "", "") == (row["total"], row["currency"], row["placed_at_berlin"])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠x"])
def test_what_could_be_a_formula_is_defused(text: str) -> None:
    assert f"'{text}" == defused(text)
    assert f"'{visible(text)}" == cells(replace(ROW, status=text))["shop_status"]


@pytest.mark.parametrize("separator", [";", ",", "|"])
def test_a_formula_behind_another_spreadsheets_separator_is_defused(separator: str) -> None:
    assert f"a{separator}'=1+1" == defused(f"a{separator}=1+1")
    assert f"a{separator}b-1{separator} c" == defused(f"a{separator}b-1{separator} c")


def test_what_moves_a_cursor_or_turns_the_reading_round_is_shown_and_has_no_effect() -> None:
    assert "\\x1b[2J\\x9b\\u202egnp" == cells(replace(ROW, status="\x1b[2J\x9b\u202egnp"))["shop_status"]


@pytest.mark.parametrize("text", ["", "processing", "1-2", " =1", "a=b", "'=1"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert text == defused(text)


def test_separators_and_quotes_stay_within_their_cell_and_each_order_is_one_line() -> None:
    assert 'a;b,"c"  d' == cells(replace(ROW, status='a;b,"c"\r\nd'))["shop_status"]


def test_any_number_of_orders_is_handed_on_in_parts() -> None:
    parts: list[str] = []
    assert 1200 == write_csv((ROW for _ in range(1200)), parts.append, decimal_comma=False)
    assert 3 == len(parts)
    assert 1201 == len("".join(parts).splitlines())
