from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otto_import.ledger.met import Met
from otto_import.plan import OrderKey
from tests.integration.ledger_values import NOW

A, B = OrderKey("main:a"), OrderKey("main:b")
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def met() -> Iterator[Met]:
    with closing(Met()) as made:
        yield made


def test_an_order_is_fresh_once_and_again_whenever_otto_changed_it(met: Met) -> None:
    assert [True, True] == met.fresh([(A, NOW), (B, None)])
    assert [False, False] == met.fresh([(A, NOW), (B, None)])
    assert [True, True] == met.fresh([(A, NOW + MOMENT), (B, NOW)])
    assert [True, False] == met.fresh([(A, None), (B, NOW)])


def test_an_order_twice_on_one_page_is_fresh_the_first_time_only(met: Met) -> None:
    assert [True, False, True] == met.fresh([(A, NOW), (A, NOW), (A, NOW + MOMENT)])
    assert [False] == met.fresh([(A, NOW + MOMENT)])


def test_an_empty_page_is_answered_with_nothing(met: Met) -> None:
    assert [] == met.fresh([])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from([A, B]), st.none() | st.sampled_from([NOW, NOW + MOMENT])), max_size=5), max_size=5))
def test_the_answers_are_those_of_a_plain_dictionary(pages: list[list[tuple[OrderKey, datetime | None]]]) -> None:
    model: dict[OrderKey, datetime | None] = {}
    with closing(Met()) as met:
        for page in pages:
            expected = []
            for key, moment in page:
                before = model.get(key)
                new = key not in model or (moment != before and (before is None or moment is None or moment > before))
                expected.append(new)
                if new:
                    model[key] = moment
            assert expected == met.fresh(page)


def test_many_orders_are_remembered_exactly_without_keeping_them_in_memory(met: Met) -> None:
    pages = [[(OrderKey(f"production:main:{page:08}-4a92-4892-9270-{row:012}"), NOW) for row in range(128)] for page in range(100)]
    met.fresh(pages[0])
    tracemalloc.start()
    try:
        assert {True} == {fresh for page in pages[1:] for fresh in met.fresh(page)}
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert {False} == {fresh for page in pages for fresh in met.fresh(page)}
    assert kept < 100_000
