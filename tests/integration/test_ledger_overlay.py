from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otto_import.database import version
from otto_import.ledger.base import Event, Intent, Ledger, Mark, Note, Progress, Selection, Standing
from otto_import.ledger.opening import open_for_preview, open_ledger, readable
from otto_import.ledger.overlay import OverlayLedger
from otto_import.ledger.schema import STEPS
from otto_import.ledger.sqlite import SqliteLedger
from otto_import.plan import Known, OrderKey, PendingKind
from tests.integration.ledger_values import (
    CREATION,
    DAY,
    FULL,
    NOW,
    event,
    few_intents,
    few_notes,
    in_memory,
    names,
    near_moments,
    order,
    waiting,
    walk,
)

KEYS = [OrderKey(f"main:{name}") for name in "abcde"]
SELECTIONS = (
    Selection(),
    Selection(pending=frozenset({PendingKind.HOLD})),
    Selection(overdue=True, in_doubt=True),
    Selection(set_aside=True),
)
Deed = Callable[[Ledger], object]


def deeds() -> st.SearchStrategy[list[Deed]]:
    keys = st.lists(st.sampled_from(KEYS), max_size=3)
    jobs = st.sampled_from(["one", "two"])
    progress = st.none() | st.builds(Progress, near_moments, st.integers(0, 9))
    return st.lists(
        st.one_of(
            st.lists(few_notes(), max_size=3).map(lambda notes: lambda ledger: ledger.note(notes)),
            st.tuples(st.lists(few_intents(), max_size=3), st.lists(few_notes(), max_size=2)).map(lambda both: lambda ledger: ledger.intend(*both)),
            st.tuples(keys, near_moments).map(lambda both: lambda ledger: ledger.touch(*both)),
            keys.map(lambda some: lambda ledger: ledger.forget(some)),
            st.dictionaries(st.sampled_from(Mark), near_moments).map(lambda marks: lambda ledger: ledger.set_marks(marks)),
            st.tuples(jobs, progress).map(lambda both: lambda ledger: ledger.set_progress(*both)),
        ),
        max_size=6,
    )


def plain(orders: Sequence[Known]) -> list[Known]:
    """Take the numbers off intentions: a copy may count from one again."""
    return [replace(known, intention=known.intention and replace(known.intention, id=0)) for known in orders]


def told(ledger: Ledger, limit: int) -> dict[str, object]:
    """Ask a ledger everything."""
    until = NOW + DAY
    return {
        "known": plain([ledger.known(KEYS)[key] for key in KEYS if key in ledger.known(KEYS)]),
        "named": [plain(ledger.named(name)) for key in KEYS for name in (key.removeprefix("main:"), key.replace("main:", "n-"))],
        "in doubt": [plain(walk(partial(ledger.in_doubt, wall), limit)) for wall in (None, NOW)],
        "due": plain(walk(lambda after, size: ledger.due(NOW, after, size), limit)),
        "pending": plain(walk(ledger.pending, limit)),
        "held back": plain(walk(ledger.held_back, limit)),
        "past deadline": plain(walk(lambda after, size: ledger.past_deadline(NOW, after, size), limit)),
        "unchecked": plain(walk(lambda after, size: ledger.unchecked(NOW - 2 * DAY, until, NOW, after, size), limit)),
        "orders": [plain(list(ledger.orders(selection))) for selection in SELECTIONS],
        "standing": ledger.standing(),
        "marks": [ledger.mark(mark) for mark in Mark],
        "progress": [ledger.progress(job) for job in ("one", "two")],
        "history": [ledger.history(key) for key in KEYS],
    }


@settings(max_examples=120, deadline=None)
@given(deeds(), deeds(), st.integers(1, 4))
def test_an_overlay_answers_as_the_ledger_would_after_the_same_writes(before: list[Deed], after: list[Deed], limit: int) -> None:
    base, real = in_memory(), in_memory()
    with closing(real):
        for deed in before:
            deed(base)
            deed(real)
        stood = told(base, limit)
        with closing(OverlayLedger(base)) as overlay:
            for deed in after:
                deed(overlay)
                deed(real)
                assert told(real, limit) == told(overlay, limit)
            assert stood == told(base, limit)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def preview(path: Path) -> Iterator[OverlayLedger]:
    with closing(open_ledger(path)) as ledger:
        ledger.note([Note(FULL, (event("one"),)), Note(order("b", pending=waiting(PendingKind.HELD_BACK)))])
        ledger.set_progress("january", Progress(NOW, 1))
    with closing(open_for_preview(path)) as made:
        yield made


def test_a_preview_sees_what_stands_and_changes_nothing_of_it(path: Path, preview: OverlayLedger) -> None:
    before = path.read_bytes()
    preview.intend([Intent(order("c"), CREATION)], [Note(replace(FULL, pending=None, overdue=False), (event("two"),), "done")])
    preview.set_progress("january", None)
    preview.set_marks({Mark.WATERMARK: NOW})
    preview.end_run(preview.begin_run("sync", NOW, NOW), NOW, 0, "{}")
    assert Standing(held_back=1, in_doubt=1) == preview.standing()
    assert ([event("one"), event("two")], NOW, None) == (preview.history(FULL.key), preview.mark(Mark.WATERMARK), preview.progress("january"))
    assert (["ledger.db"], before) == (sorted(each.name for each in path.parent.iterdir()), path.read_bytes())


def test_a_preview_without_a_ledger_is_empty_and_makes_none(path: Path) -> None:
    with closing(open_for_preview(path)) as preview:
        preview.note([Note(FULL)])
        assert ({FULL.key: FULL}, None) == (preview.known([FULL.key]), preview.identity())
    assert [] == list(path.parent.iterdir())


def test_a_preview_of_a_ledger_of_an_older_version_brings_only_its_copy_up_to_date(path: Path, preview: OverlayLedger) -> None:
    preview.close()
    before = path.read_bytes()
    steps = (*STEPS, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")
    with closing(readable(path, steps)) as copy:
        assert {FULL.key: FULL} == SqliteLedger(copy).known([FULL.key])
        assert (len(steps), 0) == (version(copy), copy.execute("SELECT count(*) FROM later").fetchone()[0])
    assert before == path.read_bytes()


def test_a_preview_beside_a_run_keeps_to_what_it_saw_at_first(path: Path) -> None:
    with closing(open_ledger(path)) as ledger:
        ledger.note([Note(FULL)])
        with closing(open_for_preview(path)) as preview:
            ledger.note([Note(replace(FULL, pending=None)), Note(order("new", pending=waiting(PendingKind.HOLD)))])
            assert {FULL.key: FULL} == preview.known([FULL.key, OrderKey("main:new")])
            assert Standing(conflicts=1, overdue=1) == preview.standing()


def test_a_long_listing_is_merged_in_the_order_of_keys_whatever_is_hidden() -> None:
    base = in_memory()
    held = waiting(PendingKind.HELD_BACK)
    base.note([Note(order(f"{number:03}", pending=held)) for number in range(0, 600, 2)])
    with closing(OverlayLedger(base)) as overlay:
        overlay.note([Note(order(f"{number:03}", pending=held if number % 2 else None)) for number in range(100, 500)])
        expected = [f"{number:03}" for number in range(600) if (number % 2 == 1 if 100 <= number < 500 else number % 2 == 0)]
        assert expected == names(walk(overlay.held_back, 7))
        assert len(expected) == overlay.standing().held_back


def test_touching_more_orders_than_one_question_takes_reaches_all_of_them() -> None:
    base: SqliteLedger = in_memory()
    keys = [OrderKey(f"main:{number}") for number in range(1200)]
    base.note([Note(order(f"{number}")) for number in range(1200)])
    with closing(OverlayLedger(base)) as overlay:
        overlay.touch(iter(keys), NOW + timedelta(hours=1))
        assert {NOW + timedelta(hours=1)} == {known.checked_at for known in overlay.known(keys).values()}
        assert {None} == {known.checked_at for known in base.known(keys).values()}


def test_the_history_of_a_forgotten_order_begins_anew() -> None:
    base = in_memory()
    base.note([Note(order("a"), (event("one"),))])
    with closing(OverlayLedger(base)) as overlay:
        overlay.forget(KEYS)
        overlay.note([Note(order("a"), (event("two"),))])
        heard: list[Event] = overlay.history(KEYS[0])
        assert [event("two")] == heard
