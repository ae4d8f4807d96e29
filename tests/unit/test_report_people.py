"""What people see: the preview, the table, the sentences."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from otto_import.outcome import ActionName, OrderLine, Result, Summary
from otto_import.report.people import FIRST, PeopleReport
from tests.jobs import CLOCK, line

pytestmark = pytest.mark.usefixtures("stable_terminal")

SUMMARY = Summary(command="sync", dry_run=False, otto_requests=3, shop_requests=4, seconds=1.234, orders=36)


def _lines(result: Result = Result.DONE) -> list[OrderLine]:
    gone = {"otto_state": "CANCELLED_BY_MARKETPLACE", "items": {"CANCELLED_BY_MARKETPLACE": 1}, "previous_shop_status": "on-hold", "cancels": True}
    return [
        line(result=result, reason="paid: imported with addresses"),
        line(
            "b2kk2x12c4",
            otto_state="ANNOUNCED",
            items={"ANNOUNCED": 1},
            shop_status="on-hold",
            reason="announced: waits for payment",
            placed_at=CLOCK - timedelta(minutes=12),
            result=result,
        ),
        line(
            "h7dd2x12c4",
            ActionName.UPDATE,
            previous_shop_status="on-hold",
            items={"PROCESSABLE": 1, "CANCELLED_BY_MARKETPLACE": 1},
            reason="paid: addresses, paid mark and lines",
            result=result,
            notices=("late payment",),
        ),
        line("k7dd2x12c4", ActionName.UPDATE, shop_status="cancelled", reason="cancelled by OTTO", result=result, **gone),
        line("r7dd2x12c4", ActionName.UPDATE, shop_status="on-hold", reason="cancelled by OTTO", result=Result.HELD_BACK, **gone),
        line("m7dd2x12c4", ActionName.ADOPT, shop_status_found="processing", reason="the shop shows it already", result=result),
        line("n7dd2x12c4", ActionName.HOLD, shop_status=None, reason="no address yet", result=Result.NONE, new=True),
        line(
            "p7dd2x12c4",
            ActionName.CONFLICT,
            otto_state="SENT",
            items={"SENT": 1},
            shop_status="completed",
            shop_status_found="completed",
            reason="cancelled after it was sent: the goods may be leaving",
            result=Result.NONE,
        ),
        line("q7dd2x12c4", shop_status=None, reason="paid: imported with addresses", result=Result.FAILED, error="E42"),
        replace(
            line(action=ActionName.HOLD, shop_status=None, items={}, otto_state=None, placed_at=None, result=Result.NONE),
            reason="cannot be read: the items are missing",
            order_number=None,
            sales_order_id="9864623c-42a4-4892-9270-cd733d32362e",
        ),
        line("s7dd2x12c4", ActionName.SKIP, otto_state="SENT", items={"SENT": 1}, shop_status=None, reason="already fulfilled", result=Result.NONE),
    ]


def _shown(
    lines: Sequence[OrderLine], summary: Summary, *, columns: int | None = 100, verbose: bool = False, quiet: bool = False, encoding: str = "utf-8"
) -> str:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding)
    report = PeopleReport(stream, clock=CLOCK, columns=columns, verbose=verbose, quiet=quiet)
    for start in range(0, len(lines), 20):
        report.emit(lines[start : start + 20])
    report.finish(summary)
    return buffer.getvalue().decode(encoding)


FULL = replace(SUMMARY, created=2, updated=2, adopted=1, skipped=1, held=2, conflicts=1, failed=1, set_aside=1, cancellations_held_back=60, exit=4)


@pytest.mark.parametrize("columns", [80, 100, 140, None])
def test_a_run_that_met_everything(columns: int | None, snapshot: SnapshotAssertion) -> None:
    assert snapshot == _shown(_lines(), FULL, columns=columns)


def test_a_preview(snapshot: SnapshotAssertion) -> None:
    assert snapshot == _shown(_lines(Result.PLANNED), replace(FULL, dry_run=True))


def test_every_order_line_by_line(snapshot: SnapshotAssertion) -> None:
    assert snapshot == _shown(_lines(), FULL, verbose=True, columns=None)


def test_quiet_shows_trouble_alone(snapshot: SnapshotAssertion) -> None:
    assert snapshot == _shown(_lines(), FULL, quiet=True)


def test_quiet_says_nothing_when_all_is_well() -> None:
    assert _shown([line()], replace(SUMMARY, created=1), quiet=True) == ""


def test_a_terminal_that_knows_ascii_alone(snapshot: SnapshotAssertion) -> None:
    assert snapshot == _shown(_lines(), FULL, encoding="ascii")


@pytest.mark.parametrize("columns", [77, 80, 93, 119, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_no_character_is_lost(columns: int) -> None:
    long = [
        line(reason="word " * 40 + "end", shop_status="a-very-long-status-of-some-shop/with-three/machines", items={"CANCELLED_BY_MARKETPLACE": 12})
    ]
    text = _shown([*_lines(), *long], FULL, columns=columns)
    assert columns >= max(map(len, text.splitlines()))
    assert text.count("word") == 40


def test_a_pipe_gets_one_line_an_order() -> None:
    text = _shown(_lines(), FULL, columns=None)
    assert [one.split()[-2:] for one in text.splitlines() if "h7dd2x12c4" in one] == [["late", "payment"]]


def test_fifty_orders_make_the_table_and_the_rest_is_counted() -> None:
    text = _shown([line(f"order{number:05}") for number in range(120)], replace(SUMMARY, created=120), columns=80)
    assert text.count("order0") == FIRST
    assert "order00049" in text
    assert "… and 70 more (`-v` or `--json`)" in text


def test_exactly_fifty_orders_leave_no_rest() -> None:
    assert "more" not in _shown([line(f"order{number:05}") for number in range(FIRST)], replace(SUMMARY, created=FIRST))


def test_markup_and_control_characters_in_texts_have_no_effect() -> None:
    text = _shown([line(reason="[bold]red[/bold] \x1b[31m", notices=("[link=x]",))], replace(SUMMARY, created=1), columns=200)
    assert "[bold]red[/bold] \\x1b[31m" in text
    assert "note: [link=x]" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("Nothing to do: the shop is up to date (36 orders looked at).", {}),
        ("Nothing to do: the shop is up to date (1 order looked at).", {"orders": 1}),
        ("Nothing to do: the shop is up to date.", {"orders": 0}),
        ("Dry run: nothing to do (36 orders looked at).", {"dry_run": True}),
        ("Nothing was changed (36 orders looked at).", {"held": 1}),
        ("2 created, 20 skipped.", {"created": 2, "skipped": 20}),
        ("Dry run: 2 to create, 1 to update; nothing was written.", {"dry_run": True, "created": 2, "updated": 1}),
        ("Stopped: 2 created; the next run goes on from here.", {"created": 2, "exit": 130}),
        ("Stopped before anything was changed; run it again.", {"exit": 143}),
        ("Broken off: 2 created; the next run goes on from here.", {"created": 2, "exit": 5, "error": "OTTO is away"}),
        ("Broken off before anything was changed; run it again.", {"exit": 5, "error": "OTTO is away"}),
        (
            "Broken off before all was looked at. Dry run: 2 to create; nothing was written.",
            {"dry_run": True, "created": 2, "exit": 5, "error": "OTTO is away"},
        ),
    ],
)
def test_the_closing_sentence(expected: str, changes: dict[str, object]) -> None:
    summary = replace(SUMMARY, **changes)  # type: ignore[arg-type]  # the table mixes types
    assert expected == _shown([], summary).splitlines()[0]


def test_a_run_that_was_not_to_do_anything_says_why_and_nothing_else() -> None:
    summary = Summary(command="sync", dry_run=False, notices=("import.enabled is false: nothing is imported.",))
    assert _shown([], summary) == "import.enabled is false: nothing is imported.\n"


def test_notices_stand_before_the_closing_sentence() -> None:
    summary = replace(SUMMARY, notices=("Our clock is 7 minutes ahead of OTTO's.",))
    assert _shown([], summary).startswith("Our clock is 7 minutes ahead of OTTO's.\nNothing to do")


def test_cancellations_are_counted_apart_from_the_other_updates() -> None:
    lines = [line(action=ActionName.UPDATE, cancels=True), line(action=ActionName.UPDATE, cancels=True, result=Result.FAILED)]
    assert "\n2 updated, 1 cancelled.\n" in _shown(lines, replace(SUMMARY, updated=3))
    assert "\n1 cancelled.\n" in _shown(lines, replace(SUMMARY, updated=1))


@pytest.mark.parametrize("field", ["held", "conflicts", "failed", "in_doubt", "overdue", "set_aside", "cancellations_held_back"])
def test_each_thing_that_stands_gets_a_sentence_and_a_word_in_quiet(field: str) -> None:
    summary = replace(SUMMARY, **{field: 7})  # type: ignore[arg-type]  # mypy cannot see which field it is
    assert len(_shown([], summary, columns=None).splitlines()) == 2
    assert "7 " in _shown([], replace(summary, exit=1), quiet=True)
    assert _shown([], summary, quiet=True) == ""


def test_the_guard_names_its_way_out() -> None:
    assert "otto-import sync --force" in _shown([], replace(SUMMARY, cancellations_held_back=60, exit=4), columns=None)
