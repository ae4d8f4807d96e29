"""What is told after a run: each thing once, by night only what matters, and nothing of a buyer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from otto_import.notify import Ear, Ending, Message, Run, SetAside, Told, Topic, Wishes, decide
from otto_import.notify.message import MOST_LINES, Grade
from otto_import.notify.topics import MOST_NAMED, order_name, sentence
from otto_import.outcome import ActionName, OrderLine, Result, Summary
from tests.jobs import line

NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)
ALL = Wishes(whose="main", on=frozenset(Topic))
SILENT = replace(ALL, silence=timedelta(hours=24))
WELL = Summary(command="sync", dry_run=False, otto_requests=1)
AWAY = replace(WELL, exit=5, error="OTTO: cannot be reached")
CONFLICT = line(action=ActionName.CONFLICT, result=Result.NONE, reason="paid, but the shop says refunded", new=True)


def ear(*lines: OrderLine) -> Ear:
    made = Ear()
    made.take(lines)
    return made


def run(*lines: OrderLine, **changes: Any) -> Run:
    summary = changes.pop("summary", WELL)
    ending = Ending.WHOLE if summary.error is None else Ending.FAILED
    return Run(**{"ending": ending, "summary": summary, "ear": ear(*lines), "now": NOON, **changes})


def told_by(message: Message | None) -> tuple[str, str]:
    assert message is not None
    return message.title, message.body


# --- failures -----------------------------------------------------------------------------------------------------------------------------------


def test_a_failure_is_told_once_and_its_end_once() -> None:
    first, told = decide(run(summary=AWAY), Told(), ALL)
    assert ("otto-import, main: sync failed", Grade.FAILURE) == (first and first.title, first and first.grade)
    assert "sync failed with exit code 5: OTTO: cannot be reached" in told_by(first)[1]
    for _ in range(30):
        again, told = decide(run(summary=AWAY, now=NOON + timedelta(hours=3)), told, ALL)
        assert again is None
    last, told = decide(run(now=NOON + timedelta(hours=8)), told, ALL)
    assert ("otto-import, main: well again", "sync runs to its end again; it had failed since 2026-06-09 14:00 (Berlin).") == told_by(last)
    assert (None, Told()) == decide(run(), told, ALL)


def test_another_way_of_failing_is_told_too_but_no_way_twice() -> None:
    bug = replace(WELL, exit=1, error="a bug in otto-import ended the run")
    told, messages = Told(), []
    for summary in (AWAY, bug, AWAY, bug):
        message, told = decide(run(summary=summary), told, ALL)
        messages.append(message and message.title)
    assert ["otto-import, main: sync failed", "otto-import, main: sync failed", None, None] == messages


@pytest.mark.parametrize("ending", [Ending.STOPPED, Ending.NOT_BEGUN])
def test_a_run_that_was_stopped_or_met_another_is_no_failure_and_ends_none(ending: Ending) -> None:
    assert (None, Told()) == decide(run(ending=ending, summary=replace(WELL, exit=143, error="stopped")), Told(), ALL)
    failing = Told(failing_since=NOON, failing_codes=(5,))
    assert (None, failing) == decide(run(ending=ending, summary=replace(WELL, exit=6, error="busy")), failing, ALL)


# --- orders -------------------------------------------------------------------------------------------------------------------------------------


def test_new_conflicts_are_told_with_their_numbers_and_old_ones_are_not() -> None:
    message, _ = decide(run(CONFLICT, replace(CONFLICT, new=False, order_number="old"), line()), Told(), ALL)
    title, body = told_by(message)
    assert "otto-import, main: 1 new conflict" == title
    assert "- cbn4kqmhyn: paid, but the shop says refunded" in body.splitlines()
    assert "old" not in body


def test_a_write_that_went_through_and_left_a_contradiction_is_a_conflict() -> None:
    message, _ = decide(run(line(new=True, error="shop says 19.98, OTTO 19.99")), Told(), ALL)
    assert "- cbn4kqmhyn: shop says 19.98, OTTO 19.99" in told_by(message)[1]


def test_a_new_hold_is_no_conflict() -> None:
    assert None is decide(run(replace(CONFLICT, action=ActionName.HOLD)), Told(), ALL)[0]


def test_many_orders_are_counted_and_the_first_are_named() -> None:
    message, _ = decide(run(*(replace(CONFLICT, order_number=f"b{number}") for number in range(1000))), Told(), ALL)
    title, body = told_by(message)
    assert "otto-import, main: 1000 new conflicts" == title
    assert (MOST_NAMED + 2, "- and 990 more") == (len(body.splitlines()), body.splitlines()[-1])


def test_a_late_payment_is_told_once_the_shop_has_it() -> None:
    late = line(action=ActionName.UPDATE, notices=("late payment",), reason="paid after we had cancelled it: ready to ship again")
    assert "otto-import, main: 1 late payment" == told_by(decide(run(late), Told(), ALL)[0])[0]
    assert None is decide(run(replace(late, result=Result.FAILED)), Told(), ALL)[0]


def test_a_paid_order_set_aside_is_told_once_however_often_it_is_met_and_again_after_it_was_well() -> None:
    one, other = SetAside("one", "no address yet"), SetAside("two", "the shop refused it: ARTICLE")
    first, told = decide(run(set_aside=[one]), Told(), ALL)
    assert "1 paid order set aside" in told_by(first)[0]
    assert (None, told) == decide(run(set_aside=[one]), told, ALL)
    second, told = decide(run(set_aside=[one, other]), told, ALL)
    assert ["- two: the shop refused it: ARTICLE"] == [each for each in told_by(second)[1].splitlines() if each.startswith("-")]
    assert (None, told) == decide(run(set_aside=None), told, ALL)  # nobody knows: the ledger could not be read
    _, told = decide(run(set_aside=[]), told, ALL)
    assert None is not decide(run(set_aside=[one]), told, ALL)[0]


def test_the_guard_is_told_when_it_begins_to_hold_back_and_again_after_it_let_go() -> None:
    held = replace(WELL, exit=4, cancellations_held_back=60)
    first, told = decide(run(summary=held), Told(), ALL)
    assert "otto-import, main: 60 cancellations held back" == told_by(first)[0]
    assert (None, told) == decide(run(summary=held), told, ALL)
    _, told = decide(run(), told, ALL)
    assert None is not decide(run(summary=held), told, ALL)[0]


def test_a_run_sends_one_message_with_all_its_topics_and_the_gravest_grade() -> None:
    message, _ = decide(run(CONFLICT, summary=AWAY, set_aside=[SetAside("one", "held")]), Told(), ALL)
    assert ("otto-import, main: sync failed, 1 new conflict, 1 paid order set aside", Grade.FAILURE) == (
        message and message.title,
        message and message.grade,
    )


@pytest.mark.parametrize("topic", Topic)
def test_only_what_is_wished_for_is_told_and_remembered(topic: Topic) -> None:
    without = replace(SILENT, on=frozenset(Topic) - {topic})
    late = line(notices=("late payment",))
    all_of_it = run(CONFLICT, late, summary=replace(AWAY), set_aside=[SetAside("one", "held")])
    held = run(summary=replace(WELL, cancellations_held_back=60))
    silent = run(now=NOON)
    told_without = [decide(each, Told(newest=NOON - timedelta(days=9)), without)[0] for each in (all_of_it, held, silent)]
    told_with = [decide(each, Told(newest=NOON - timedelta(days=9)), SILENT)[0] for each in (all_of_it, held, silent)]
    assert told_without != told_with


# --- silence ------------------------------------------------------------------------------------------------------------------------------------


def test_silence_is_told_once_and_again_only_after_an_order_came() -> None:
    told = Told()
    titles = []
    for hour in range(120):
        now = NOON + timedelta(hours=hour)
        lines = [line(placed_at=now)] if hour in {0, 60} else []
        message, told = decide(run(*lines, now=now), told, SILENT)
        titles += [(hour, message.title)] if message else []
    assert [(24, "otto-import, main: no order for 24 hours"), (84, "otto-import, main: no order for 24 hours")] == titles


def test_where_no_order_was_ever_seen_the_silence_is_counted_from_the_first_run() -> None:
    _, told = decide(run(), Told(), SILENT)
    assert None is decide(run(now=NOON + timedelta(hours=23)), told, SILENT)[0]
    assert None is not decide(run(now=NOON + timedelta(hours=24)), told, SILENT)[0]


def test_an_order_dated_in_the_future_does_not_hide_the_silence() -> None:
    _, told = decide(run(line(placed_at=NOON + timedelta(days=30_000))), Told(), SILENT)
    assert None is not decide(run(now=NOON + timedelta(hours=24)), told, SILENT)[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"summary": AWAY},
        {"summary": replace(WELL, otto_requests=0)},
        {"summary": replace(WELL, command="backfill")},
    ],
    ids=["failed, which is told", "switched off", "not a sync"],
)
def test_silence_is_not_told_where_it_means_nothing(changes: dict[str, Any]) -> None:
    told = Told(newest=NOON - timedelta(days=9), failing_since=NOON, failing_codes=(5,))
    message, _ = decide(run(**changes), told, replace(SILENT, on=frozenset({Topic.SILENCE})))
    assert None is message


def test_runs_that_never_come_to_their_end_are_silent_too_and_that_is_told() -> None:
    stopped = run(ending=Ending.STOPPED, summary=replace(WELL, exit=143, error="stopped"))
    assert "did not come to its end" in told_by(decide(stopped, Told(newest=NOON - timedelta(days=9)), SILENT)[0])[1]


# The clocks of Berlin go forward on 2026-03-29 at 2:00 (1:00 UTC) and back on 2026-10-25 at 3:00 (1:00 UTC).
@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-06-09T19:59:59+00:00", False),
        ("2026-06-09T20:00:00+00:00", True),
        ("2026-06-10T04:59:59+00:00", True),
        ("2026-06-10T05:00:00+00:00", False),
        ("2026-01-09T20:59:59+00:00", False),
        ("2026-01-09T21:00:00+00:00", True),
        ("2026-01-10T05:59:59+00:00", True),
        ("2026-01-10T06:00:00+00:00", False),
        ("2026-03-28T21:00:00+00:00", True),
        ("2026-03-29T04:59:59+00:00", True),
        ("2026-03-29T05:00:00+00:00", False),
        ("2026-10-24T20:00:00+00:00", True),
        ("2026-10-25T05:59:59+00:00", True),
        ("2026-10-25T06:00:00+00:00", False),
    ],
)
def test_the_quiet_hours_are_berlins_on_both_sides_of_the_change_of_clocks(moment: str, quiet: bool) -> None:
    now = datetime.fromisoformat(moment)
    message, told = decide(run(now=now), Told(newest=now - timedelta(days=9)), replace(SILENT, quiet=(time(22), time(7))))
    assert quiet is (message is None)
    assert quiet is (told.silent_since is None)


def test_quiet_hours_within_one_day_are_understood_and_concern_silence_alone() -> None:
    noon = replace(SILENT, quiet=(time(13), time(15)))
    assert None is decide(run(), Told(newest=NOON - timedelta(days=9)), noon)[0]
    assert None is not decide(run(now=NOON + timedelta(hours=1)), Told(newest=NOON - timedelta(days=9)), noon)[0]
    assert None is not decide(run(summary=AWAY), Told(newest=NOON), noon)[0]


# --- messages -----------------------------------------------------------------------------------------------------------------------------------


def test_what_could_not_be_sent_goes_with_the_next_message_and_does_not_grow_without_end() -> None:
    told = Told()
    for number in range(100):
        message, told = decide(run(replace(CONFLICT, order_number=f"b{number}")), told, ALL)
        assert message
        told = told.model_copy(update={"unsent": message.kept})
        assert MOST_LINES >= len(message.lines)
    rest, _ = decide(run(), told, ALL)
    assert "otto-import, main: from an earlier run" == told_by(rest)[0]
    assert "- b99: paid, but the shop says refunded" in told_by(rest)[1]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("cbn4kqmhyn", "cbn4kqmhyn"),
        ("@everyone <b>", "?everyone??b?"),
        ("a\x1b[31m\n", "a??31m?"),
        ("", "an order without a number"),
        ("x" * 99, "x" * 40),
    ],
)
def test_an_order_number_cannot_speak_to_the_service_that_carries_it(given: str, expected: str) -> None:
    assert expected == order_name(given)


def test_a_reason_is_one_line_of_visible_text_of_bounded_length() -> None:
    assert "a b c" == sentence("a\nb\u202ec")
    assert 200 == len(sentence("x" * 10_000))
