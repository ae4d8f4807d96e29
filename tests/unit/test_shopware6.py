"""The parts of the writer for Shopware 6 that ask nobody: statuses, prices, people, lines, settings."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from otto_import.testing import samples
from otto_import.writers.shopware6 import lines, people, plugin, prices, reading, states
from otto_import.writers.shopware6.settings import Shopware6Settings
from tests.shopware6_shop import ANNOUNCED, CANCELLED, PROCESSABLE, SENT
from tests.shopware6_stand import settings

URL = "https://shop.example"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("in_progress", "order=in_progress"),
        ({"delivery": "open", "order": "in_progress", "transaction": "paid"}, PROCESSABLE),
        (PROCESSABLE, PROCESSABLE),
        (" transaction = paid , order=open", "order=open,transaction=paid"),
        ({"transaction": "paid"}, "transaction=paid"),
    ],
)
def test_a_status_has_one_text(value: object, text: str) -> None:
    assert text == plugin.status(value)
    assert text == plugin.status(plugin.status(value))


@pytest.mark.parametrize(
    "value", ["", "In Bearbeitung", {}, {"order": 3}, {"orders": "open"}, 7, None, "order=open,order=cancelled", "order=", "=open"]
)
def test_what_is_no_status_is_refused_with_a_sentence(value: object) -> None:
    with pytest.raises(ValueError, match=r"machine|state"):
        plugin.status(value)


@given(st.dictionaries(st.sampled_from(list(states.MACHINES)), st.sampled_from(["open", "paid", "shipped", "in_progress"]), min_size=1))
def test_the_text_of_a_status_is_read_back(parts: dict[str, str]) -> None:
    assert parts == states.parsed(plugin.status(parts))


def test_an_order_shows_the_status_that_says_most() -> None:
    now = states.parsed(PROCESSABLE)
    assert PROCESSABLE == states.shown(now, None, [ANNOUNCED, PROCESSABLE, "order=in_progress"])
    assert "order=in_progress" == states.shown(now, "order=in_progress", ["transaction=paid", ANNOUNCED])
    assert "order=in_progress,delivery=open" == states.shown(now, "order=in_progress", ["order=in_progress,delivery=open"])
    assert PROCESSABLE == states.shown(now, SENT, [CANCELLED])


@pytest.mark.parametrize(("state", "ours"), [("open", True), ("cancelled", True), ("paid", True), ("refunded", False)])
def test_a_move_of_ours_is_known_by_the_states_on_its_way(state: str, ours: bool) -> None:
    machine = states.Machine(actions={"open": {"pay": "paid"}, "paid": {"reopen": "open", "refund": "refunded"}, "cancelled": {"reopen": "open"}})
    start, end = {"transaction": "cancelled"}, {"transaction": "paid"}
    assert ours is states.passes({"transaction": machine}, start, end, {"transaction": state})


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from([0, 7, 19]), st.integers(1, 9)), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 10**5), st.sampled_from([7, 19])), max_size=2),
)
def test_net_and_tax_make_up_the_total_to_the_cent(goods: list[tuple[int, int, int]], fees: list[tuple[int, int]]) -> None:
    positions = [(Decimal(cents) / 100 * units, Decimal(rate)) for cents, rate, units in goods]
    extra = [(Decimal(cents) / 100, Decimal(rate)) for cents, rate in fees]
    price = prices.cart(positions, extra)
    assert sum((gross for gross, _ in (*positions, *extra)), Decimal(0)) == price["totalPrice"]
    assert price["totalPrice"] == price["netPrice"] + sum(tax["tax"] for tax in price["calculatedTaxes"])
    assert all(tax["tax"] == tax["tax"].quantize(Decimal("0.01")) for tax in price["calculatedTaxes"])


def test_prices_are_gross_with_the_tax_in_them() -> None:
    found = prices.calculated(Decimal("19.99"), 3, Decimal(19))
    assert (Decimal("59.97"), Decimal("9.58")) == (found["totalPrice"], found["calculatedTaxes"][0]["tax"])


@pytest.mark.parametrize(("word", "key"), [("MR", "mr"), ("MS", "mrs"), ("Frau", "mrs"), ("COMPANY", "none"), ("UNKNOWN", "none"), ("", "none")])
def test_a_salutation_goes_by_the_shops_keys(word: str, key: str) -> None:
    known = {"mr": "mr", "mrs": "mrs", "not_specified": "none"}
    assert key == people.salutation(replace(samples.ADDRESS, salutation=word), known)


def test_a_country_the_shop_does_not_know_becomes_its_own() -> None:
    told = [people.address("a", replace(samples.ADDRESS, country=code), {"DE": "de"}, {}, phone=False, otherwise="home") for code in ("de", "LI")]
    assert ["de", "home"] == [each["countryId"] for each in told]


def test_ids_are_the_same_each_time_and_never_the_same_for_two_things() -> None:
    keys = [samples.key(samples.order(number)) for number in range(20)]
    made = [lines.derived(key, kind) for key, kind in product(keys, ("order", "billing", "shipping", "delivery"))]
    assert made == [lines.derived(key, kind) for key, kind in product(keys, ("order", "billing", "shipping", "delivery"))]
    assert len(made) == len(set(made))
    assert all(len(each) == 32 for each in made)


def test_a_number_in_a_comment_counts_as_a_word_alone() -> None:
    comments = {"OTTO: 5f1c-1, eilig": True, "5f1c-12": False, "x5f1c-1": False, "": False, "(5f1c-1)": True}
    assert comments == {text: reading.traced({"customerComment": text, "customFields": []}, "customerComment", ["5f1c-1", ""]) for text in comments}


@pytest.mark.parametrize(
    "table",
    [{"client_id": "admin"}, {"also_known_by": "customFields."}, {"also_known_by": "note"}, {"sales_channel": ""}, {"url": "http://shop.example"}],
)
def test_settings_that_cannot_work_are_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Shopware6Settings.model_validate({**settings(URL).model_dump(), **table})


def test_settings_name_no_secret() -> None:
    assert "the-secret" not in repr(settings(URL))
