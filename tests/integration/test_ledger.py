from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings

from otto_import.ledger import queries
from otto_import.ledger.base import Event, EventKind, Intent, Ledger, Mark, Note, Progress, RunRow, Standing
from otto_import.ledger.rows import TEXT_LIMIT
from otto_import.ledger.sqlite import KEYS_AT_ONCE, RUNS_KEPT, SqliteLedger
from otto_import.orders import ItemState
from otto_import.plan import Intention, Known, OrderKey, PendingKind, Stage
from tests.integration.ledger_values import CREATION, DAY, FULL, LATER, NOW, event, full_orders, in_memory, intentions, names, order, waiting, walk


@pytest.fixture
def ledger() -> Iterator[SqliteLedger]:
    with closing(in_memory()) as made:
        yield made


def test_the_example_of_a_full_order_leaves_no_field_at_its_default() -> None:
    bare = order("bare", placed_at=None)
    same = {field.name for field in fields(Known) if getattr(FULL, field.name) == getattr(bare, field.name)}
    assert {"intention"} == same


def test_a_full_order_comes_back_as_it_was_noted(ledger: SqliteLedger) -> None:
    ledger.note([Note(FULL)])
    assert {FULL.key: FULL} == ledger.known([FULL.key])


@settings(max_examples=60, deadline=None)
@given(full_orders(), full_orders(), intentions())
def test_any_order_comes_back_as_it_was_noted_last(first: Known, second: Known, intention: Intention) -> None:
    second = replace(second, key=first.key)
    with closing(in_memory()) as ledger:
        ledger.note([Note(first)])
        assert {first.key: first} == ledger.known([first.key])
        ledger.intend([Intent(first, intention)], [Note(second)])
        assert {first.key: replace(second, intention=replace(intention, id=1))} == ledger.known([first.key])
        assert str(second.total) == str(ledger.known([first.key])[first.key].total)


def test_times_of_any_zone_come_back_in_utc_cut_to_the_millisecond(ledger: SqliteLedger) -> None:
    berlin = datetime(2026, 6, 9, 14, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=2)))
    ledger.note([Note(order("a", placed_at=berlin))])
    assert NOW.replace(microsecond=123_000) == ledger.known([OrderKey("main:a")])[OrderKey("main:a")].placed_at


def test_a_time_without_a_zone_is_refused(ledger: SqliteLedger) -> None:
    with pytest.raises(TypeError):
        ledger.note([Note(order("a", placed_at=NOW.replace(tzinfo=None)))])


def test_orders_never_noted_are_left_out_and_more_keys_than_one_question_takes_are_found(ledger: SqliteLedger) -> None:
    orders = [order(f"{number:04}") for number in range(KEYS_AT_ONCE + 3)]
    ledger.note([Note(known) for known in orders])
    assert {known.key: known for known in orders} == ledger.known([known.key for known in orders] + [OrderKey("main:none")])


def test_an_order_is_found_by_its_number_and_by_its_id_and_under_its_new_number(ledger: SqliteLedger) -> None:
    broken = order("b", sales_order_id=None, order_number="n2")
    ledger.note([Note(order("a", order_number=None)), Note(broken)])
    ledger.note([Note(order("a", order_number="n1"))])
    assert [order("a", order_number="n1")] == ledger.named("n1")
    assert [order("a", order_number="n1")] == ledger.named("a")
    assert [broken] == ledger.named("n2")
    assert [] == ledger.named("b")


def test_an_intention_makes_the_row_of_a_new_order_and_leaves_a_known_one_as_it_is(ledger: SqliteLedger) -> None:
    ledger.note([Note(FULL)])
    ledger.intend([Intent(replace(FULL, status="other", stage=Stage.CANCELLED), LATER), Intent(order("new"), CREATION)])
    assert replace(FULL, intention=replace(LATER, id=1)) == ledger.known([FULL.key])[FULL.key]
    assert order("new", intention=replace(CREATION, id=2)) == ledger.known([OrderKey("main:new")])[OrderKey("main:new")]


def test_the_latest_open_intention_is_told_and_a_deed_closes_all_of_them(ledger: SqliteLedger) -> None:
    ledger.intend([Intent(order("a"), CREATION), Intent(order("b"), CREATION)])
    ledger.intend([Intent(order("a"), LATER)])
    assert [replace(LATER, id=3), replace(CREATION, id=2)] == [known.intention for known in ledger.in_doubt(None, None, 10)]
    ledger.note([Note(order("a"), closes="done"), Note(order("b"))])
    assert ["b"] == names(ledger.in_doubt(None, None, 10))
    assert 1 == ledger.standing().in_doubt


def test_a_note_of_the_same_call_does_not_close_the_new_intention(ledger: SqliteLedger) -> None:
    ledger.intend([Intent(order("a"), CREATION)])
    ledger.intend([Intent(order("a"), LATER)], [Note(order("a"), closes="found")])
    assert [replace(LATER, id=2)] == [known.intention for known in ledger.in_doubt(None, None, 10)]


def test_touching_moves_only_the_time_of_the_last_asking(ledger: SqliteLedger) -> None:
    ledger.note([Note(FULL), Note(order("b"))])
    ledger.touch((key for key in [FULL.key, OrderKey("main:none")]), NOW + DAY)
    assert {FULL.key: replace(FULL, checked_at=NOW + DAY), OrderKey("main:b"): order("b")} == ledger.known([FULL.key, OrderKey("main:b")])
    assert {} == ledger.known([OrderKey("main:none")])


def test_a_forgotten_order_leaves_nothing(ledger: SqliteLedger) -> None:
    ledger.intend([Intent(order("a"), CREATION), Intent(order("b"), CREATION)], [Note(order("a"), (event("one"),))])
    ledger.forget([OrderKey("main:a")])
    ledger.note([Note(order("c"))])
    assert (["b"], 1, []) == (names(ledger.in_doubt(None, None, 10)), ledger.standing().in_doubt, ledger.history(OrderKey("main:c")))
    ledger.note([Note(order("a"))])
    assert ({OrderKey("main:a"): order("a")}, []) == (ledger.known([OrderKey("main:a")]), ledger.history(OrderKey("main:a")))


def test_history_is_kept_in_its_order_with_long_texts_cut(ledger: SqliteLedger) -> None:
    told = Event(at=NOW + DAY, kind=EventKind.OTTO, code="state", text="OTTO said SENT")
    ledger.note([Note(order("a"), (told, event("x" * 2 * TEXT_LIMIT))), Note(order("b"), (event("other"),))])
    ledger.note([Note(order("a"), (event("last"),))])
    assert [told, event("x" * TEXT_LIMIT), event("last")] == ledger.history(OrderKey("main:a"))


LISTED = [
    order("announced", stage=Stage.ANNOUNCED),
    order("announced later", stage=Stage.ANNOUNCED, placed_at=NOW + DAY),
    order("announced overdue", stage=Stage.ANNOUNCED, overdue=True),
    order("announced, pending", stage=Stage.ANNOUNCED, pending=waiting(PendingKind.HOLD)),
    order("asked", stage=Stage.PROCESSABLE, checked_at=NOW),
    order("broken", placed_at=None, pending=waiting(PendingKind.HOLD, next_at=NOW + DAY)),
    order("cancelled", stage=Stage.CANCELLED),
    order("conflict", stage=Stage.PROCESSABLE, pending=waiting(PendingKind.CONFLICT, paid=True)),
    order("failed", pending=waiting(PendingKind.FAILED, paid=True)),
    order("held back", stage=Stage.ANNOUNCED, pending=waiting(PendingKind.HELD_BACK, paid=True)),
    order("no date", stage=Stage.ANNOUNCED, placed_at=None),
    order("processable", stage=Stage.PROCESSABLE, checked_at=NOW - timedelta(milliseconds=1)),
    order("sent", stage=Stage.FULFILLED),
    order("set aside", pending=waiting(PendingKind.HOLD, next_at=None)),
    order("set aside, paid", pending=waiting(PendingKind.CONFLICT, next_at=None, paid=True)),
]


@pytest.fixture
def listed(ledger: SqliteLedger) -> SqliteLedger:
    ledger.note([Note(known) for known in reversed(LISTED)])
    return ledger


def test_pending_orders_are_listed_page_by_page_in_the_order_of_keys(listed: SqliteLedger) -> None:
    assert ["announced, pending", "broken", "conflict", "failed", "held back", "set aside", "set aside, paid"] == names(walk(listed.pending))
    assert ["broken", "conflict"] == names(listed.pending(OrderKey("main:announced, pending"), 2))


def test_due_are_the_pending_orders_whose_time_has_come_but_for_those_held_back(listed: SqliteLedger) -> None:
    assert ["announced, pending", "conflict", "failed"] == names(walk(lambda after, limit: listed.due(NOW, after, limit)))
    assert [] == listed.due(NOW - timedelta(milliseconds=1), None, 10)
    assert ["announced, pending", "broken", "conflict", "failed"] == names(listed.due(NOW + DAY, None, 10))


def test_held_back_are_the_cancellations_that_the_guard_stopped(listed: SqliteLedger) -> None:
    assert ["held back"] == names(walk(listed.held_back))


def test_past_the_deadline_are_announced_orders_with_a_conflict_or_failed_too_unless_overdue(listed: SqliteLedger) -> None:
    late = {"stage": Stage.ANNOUNCED, "otto_state": ItemState.ANNOUNCED}
    conflict, failed = waiting(PendingKind.CONFLICT, next_at=None), waiting(PendingKind.FAILED)
    listed.note(
        [
            Note(order("contradicted", **late, pending=conflict)),
            Note(order("contradicted, overdue", **late, pending=conflict, overdue=True)),
            Note(order("contradicted, sent", stage=Stage.ANNOUNCED, otto_state=ItemState.SENT, pending=conflict)),
            Note(order("refused", **late, pending=failed)),
        ]
    )
    assert ["announced", "contradicted", "refused"] == names(walk(lambda after, limit: listed.past_deadline(NOW - DAY, after, limit)))
    later = ["announced", "announced later", "contradicted", "refused"]
    assert later == names(walk(lambda after, limit: listed.past_deadline(NOW + DAY, after, limit), 1))
    assert [] == listed.past_deadline(NOW - DAY - timedelta(milliseconds=1), None, 10)


def test_unchecked_are_open_orders_of_a_time_about_which_otto_was_not_asked_lately(listed: SqliteLedger) -> None:
    def ask(start: datetime, end: datetime) -> list[str]:
        return names(walk(lambda after, limit: listed.unchecked(start, end, NOW, after, limit)))

    assert ["announced", "announced later", "announced overdue", "processable"] == ask(NOW - DAY, NOW + 2 * DAY)
    assert ["announced", "announced overdue", "processable"] == ask(NOW - DAY, NOW + DAY)
    assert ["announced later"] == ask(NOW - DAY + timedelta(milliseconds=1), NOW + 2 * DAY)


def test_what_stands_is_counted(listed: SqliteLedger) -> None:
    listed.intend([Intent(order("sent"), LATER), Intent(order("sent"), LATER), Intent(order("new"), CREATION)])
    assert Standing(held=3, conflicts=2, failed=1, held_back=1, overdue=1, set_aside=2, set_aside_paid=1, in_doubt=2) == listed.standing()


def test_nothing_stands_in_an_empty_ledger(ledger: SqliteLedger) -> None:
    assert Standing() == ledger.standing()


@pytest.mark.parametrize("query", ["KNOWN", "NUMBERED", "IN_DOUBT", "DUE", "PENDING", "HELD_BACK", "PAST_DEADLINE", "UNCHECKED", "STANDING"])
def test_no_question_of_a_run_reads_through_all_orders(ledger: SqliteLedger, query: str) -> None:
    values = {"after": "", "limit": 1, "wall": 1, "until": 1, "from": 1, "before": 1}
    text: str = getattr(queries, query)
    plan = ledger._connection.execute(f"EXPLAIN QUERY PLAN {text}", values if ":after" in text else ("[]",) * text.count("?")).fetchall()
    steps = [step[3] for step in plan]
    partial = ("orders_pending", "intentions_open", "orders_overdue")  # they hold only what a person or the next run must look at
    assert [] == [step for step in steps if step.startswith(("SCAN orders", "SCAN intentions")) and not step.endswith(partial)]


def test_marks_are_remembered_each_for_itself(ledger: SqliteLedger) -> None:
    assert [None] * len(Mark) == [ledger.mark(mark) for mark in Mark]
    ledger.set_marks({Mark.WATERMARK: NOW, Mark.SWEPT: NOW - DAY})
    ledger.set_marks({Mark.WATERMARK: NOW + DAY})
    assert (NOW + DAY, NOW - DAY, None) == (ledger.mark(Mark.WATERMARK), ledger.mark(Mark.SWEPT), ledger.mark(Mark.FIRST_RUN))


def test_a_backfills_progress_is_remembered_until_it_is_dropped(ledger: SqliteLedger) -> None:
    ledger.set_progress("january", Progress(NOW, 3))
    ledger.set_progress("january", Progress(NOW + DAY, 4))
    ledger.set_progress("may", Progress(NOW, 0))
    assert Progress(NOW + DAY, 4) == ledger.progress("january")
    ledger.set_progress("january", None)
    assert (None, Progress(NOW, 0)) == (ledger.progress("january"), ledger.progress("may"))


def test_runs_are_listed_the_latest_first_with_those_that_never_ended(ledger: SqliteLedger) -> None:
    first = ledger.begin_run("sync", NOW, NOW - DAY)
    second = ledger.begin_run("backfill", NOW + DAY, NOW)
    ledger.end_run(first, NOW + DAY, 4, '{"type": "summary"}')
    ended = RunRow(first, "sync", NOW, NOW - DAY, NOW + DAY, 4, '{"type": "summary"}')
    assert [RunRow(second, "backfill", NOW + DAY, NOW), ended] == ledger.runs(10)


def test_only_the_last_thousand_runs_are_kept(ledger: SqliteLedger) -> None:
    numbers = [ledger.begin_run("sync", NOW, NOW) for _ in range(RUNS_KEPT + 5)]
    assert numbers[:4:-1] == [run.id for run in ledger.runs(2 * RUNS_KEPT)]


def test_empty_calls_change_nothing(ledger: SqliteLedger) -> None:
    before = ledger._connection.total_changes
    ledger.intend([])
    ledger.note([])
    ledger.touch([], NOW)
    ledger.forget([])
    assert (before, {}) == (ledger._connection.total_changes, ledger.known([]))


def test_no_column_is_made_for_a_persons_data(ledger: SqliteLedger) -> None:
    tables = ledger._connection.execute(
        "SELECT t.name, group_concat(c.name, ' ') FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' GROUP BY t.name"
    )
    assert {
        "orders": "id key sales_order_id order_number placed_at stage ref status otto_state noted_at checked_at items lines address total paid"
        " overdue accepted pending_kind pending_code pending_text pending_attempts pending_since pending_next pending_paid",
        "intentions": "id key kind stage status expected at deed",
        "history": "order_id number at kind code text status",
        "runs": "id command started_at clock ended_at exit summary",
        "marks": "name at",
        "progress": "job next_from cancellations",
        "identity": "only environment account writer shop",
    } == dict(tables)


def test_every_table_is_strict(ledger: SqliteLedger) -> None:
    strict = ledger._connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'").fetchall()
    assert {(name, 1) for name, _ in strict} == set(strict)
    assert 7 == len(strict)


def test_it_is_a_ledger(ledger: SqliteLedger) -> None:
    seen: Ledger = ledger
    assert [] == seen.named("nobody")
