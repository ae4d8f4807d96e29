"""The pure parts of the writer for PrestaShop: texts, notes, rows, moves, XML."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otto_import.plan import OrderKey
from otto_import.testing import samples
from otto_import.writers.prestashop import plugin, texts
from otto_import.writers.prestashop.lines import Target, edits
from otto_import.writers.prestashop.moves import Rules
from otto_import.writers.prestashop.note import OrderNote, body, read_note
from otto_import.writers.prestashop.parts import shop_time
from otto_import.writers.prestashop.targets import order_totals
from otto_import.writers.prestashop.webservice import any_of, code_of, element
from otto_import.writers.web import Receipt, Refusal
from tests.prestashop_books import _CITY, _CUSTOMER_NAME, _GENERIC, _NAME, _PHONE, _POSTCODE, _STREET

_RECEIPT = Receipt(key=OrderKey("main:1"), sales_order_id="1", order_number="b1", placed_at="2026-05-04T08:15:30Z", status="15", complete=True)


# -- texts -------------------------------------------------------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_no_text_is_refused_by_the_shop(text: str) -> None:
    assert _CUSTOMER_NAME.match(texts.name(text))
    assert _NAME.match(texts.name(text))
    assert _CITY.match(texts.city(text))
    assert _STREET.match(texts.street(text))
    assert _POSTCODE.match(texts.postcode(text))
    assert _PHONE.match(texts.phone(text))
    assert _GENERIC.match(texts.generic(text))


@pytest.mark.parametrize(
    ("given", "kept"),
    [("Müßig 🦊", "Müßig 🦊"), ("D'Àrtagnan-Müßig", "D'Àrtagnan-Müßig"), ("Dr.Meier", "Dr. Meier"), ("3M (Büro)", "M Büro"), ("", "-"), ("12", "-")],
)
def test_names_keep_what_the_shop_lets(given: str, kept: str) -> None:
    assert kept == texts.name(given)


def test_what_is_too_long_is_cut() -> None:
    assert 128 == len(texts.street("Weg " * 100).ljust(128))
    assert 255 == len(texts.name("x" * 400))
    assert 12 == len(texts.postcode("1" * 40))


# -- notes -------------------------------------------------------------------------------------------------------------------------------------


@given(foreign=st.text(alphabet="ab <>&\"'\\{}[]é🦊-\n", max_size=60), remark=st.text(alphabet="ab <>&\"'\\{}[]é🦊", max_size=30))
def test_a_note_is_read_back_as_it_was_written(foreign: str, remark: str) -> None:
    foreign = foreign.strip("\n")
    words = " ".join(remark.replace("<", "‹").replace(">", "›").split())
    note = OrderNote(
        receipt=_RECEIPT, paid_at="2026-05-05T08:00:00Z", spares_stock=True, towards="16", claimed=True, body=("head", "1 x A"),
        remarks=(words,) if words else (), foreign=foreign,
    )  # fmt: skip
    assert note == read_note(note.written())


def test_the_merchants_lines_around_the_block_stay() -> None:
    written = OrderNote(receipt=_RECEIPT, body=("head",)).written()
    found = read_note(f"vorher\r\n{written}\r\nnachher")
    assert found is not None
    assert ("vorher\nnachher", ("head",)) == (found.foreign, found.body)


def test_a_mangled_block_still_gives_the_receipt() -> None:
    machine = OrderNote(receipt=_RECEIPT).written().splitlines()[-1]
    found = read_note(f"only this is left\n{machine}")
    assert found is not None
    assert (_RECEIPT, "only this is left") == (found.receipt, found.foreign)


@pytest.mark.parametrize(
    "text", ["", "hello", "[otto-import {broken}]", '[otto-import {"otto_key": ""}]', "[otto-import {}]", '[otto-import {"otto_key": 1}]']
)
def test_what_is_no_receipt_is_none(text: str) -> None:
    assert None is read_note(text)


def test_the_lines_for_people_name_units_items_dates_and_fees() -> None:
    order = samples.order()
    line = replace(order.lines[0], weee_pickup=True, sent=1)
    told = body(_RECEIPT, (line,), order.fees)
    assert (
        "OTTO order b1 (1), placed 2026-05-04T08:15:30Z",
        "2 x SKU-1-lamp (19.99 EUR): order-1-0, order-1-1; ship by 2026-05-07T08:15:30.123000Z; take the old appliance along; 1 already sent",
        "Versand (OTTO): 5.95 EUR",
    ) == told


# -- rows --------------------------------------------------------------------------------------------------------------------------------------


def _target(product: str = "1", quantity: int = 1, price: str = "19.99", rate: str = "19") -> Target:
    return Target(
        product=product, combination="0", name=f"n{product}", reference=f"r{product}", quantity=quantity, price=Decimal(price), vat_rate=Decimal(rate)
    )


def _row(number: str, target: Target) -> dict[str, object]:
    return {
        "id": number, "product_id": target.product, "product_attribute_id": target.combination, "product_name": target.name,
        "product_quantity": str(target.quantity), "unit_price_tax_incl": f"{target.price:.6f}", "total_price_tax_incl": f"{target.total:.6f}",
    }  # fmt: skip


_rows = st.lists(
    st.builds(_target, product=st.sampled_from(["0", "1", "2"]), quantity=st.integers(1, 3), price=st.sampled_from(["19.99", "0.00", "5.01"])),
    max_size=5,
)


@given(wanted=_rows, there=_rows)
def test_the_edits_make_of_any_rows_those_that_are_wanted(wanted: list[Target], there: list[Target]) -> None:
    details = [_row(str(number), target) for number, target in enumerate(there)]
    found = edits(wanted, details)
    by_number = {str(row["id"]): row for row in details if row["id"] not in found.drop}
    after = [{**row, **found.change.get(number, {})} for number, row in by_number.items()]
    after += [_row("new", target) for target in found.add]
    told = sorted((str(row["product_id"]), int(str(row["product_quantity"])), Decimal(str(row["total_price_tax_incl"]))) for row in after)
    assert sorted((target.product, target.quantity, target.total) for target in wanted) == told
    assert not edits(wanted, [{**row, "id": str(number)} for number, row in enumerate(after)]).any


def test_only_other_units_move_stock() -> None:
    assert not edits([_target(price="5.00")], [_row("1", _target())]).moves_units
    assert edits([_target(quantity=2)], [_row("1", _target())]).moves_units
    assert not edits([_target(), _target(price="9.99")], [_row("1", _target(quantity=2))]).moves_units
    assert not edits([], [_row("1", _target("0"))]).moves_units


def test_totals_add_up_to_the_cent() -> None:
    order = samples.order()
    totals = order_totals([_target(quantity=2), _target("2", price="19.99", rate="7")], order.fees)
    assert (Decimal("65.92"), Decimal("59.97"), Decimal("5.95")) == (totals["total_paid"], totals["total_products_wt"], totals["total_shipping"])
    assert totals["total_paid_tax_excl"] == totals["total_products"] + totals["total_shipping_tax_excl"]
    assert Decimal("5.00") == totals["total_shipping_tax_excl"]


# -- moves -------------------------------------------------------------------------------------------------------------------------------------

_RULES = Rules(
    error="8", cancelled="6", logable=frozenset({"2", "14", "15"}), known=frozenset({"1", "2", "6", "7", "8", "10", "14", "15"}), sparing="1"
)


def _taken(rules: Rules, path: tuple[str, ...], held: int) -> int:
    """Do with the units of one order what the shop does."""
    for old, new in itertools.pairwise(path):
        if new in rules.logable and old not in rules.logable and old in rules.releasing:
            held += 1
        elif new not in rules.logable and new in rules.releasing and (old in rules.logable or old not in rules.releasing):
            held -= 1
    return held


@given(current=st.sampled_from(sorted(_RULES.known)), target=st.sampled_from(sorted(_RULES.known)), passage=st.sampled_from([None, "15"]))
def test_whatever_the_way_an_order_holds_its_units_once(current: str, target: str, passage: str | None) -> None:
    rules = replace(_RULES, passage=passage)
    begins_without, ends_without = current in rules.releasing, target in rules.releasing
    if begins_without and not ends_without and target not in rules.logable and passage is None:
        with pytest.raises(Refusal, match="status_takes_no_stock"):
            rules.steps(current, target)
        return
    way = (current, *rules.steps(current, target))
    assert (0 if ends_without else 1) == _taken(rules, way, 0 if begins_without else 1)
    assert target == way[-1]


@given(target=st.sampled_from(sorted(_RULES.known - _RULES.releasing)))
def test_an_order_that_spares_the_stock_takes_none_on_its_way(target: str) -> None:
    assert 0 == _taken(_RULES, ("8", *_RULES.steps("8", target, spares=True)), 0)


def test_ways_that_lead_nowhere_are_refused() -> None:
    with pytest.raises(Refusal, match="unknown_status"):
        _RULES.steps("8", "99")
    with pytest.raises(Refusal, match="no_status_spares_stock"):
        replace(_RULES, sparing=None).steps("8", "15", spares=True)


# -- the rest ----------------------------------------------------------------------------------------------------------------------------------


@given(st.text(max_size=50))
def test_any_text_makes_sound_xml(text: str) -> None:
    found = ET.fromstring(element("a", {"b": text, "c": [1, None], "d": {"e": True}}))
    assert ["b", "c", "c", "d"] == [child.tag for child in found]
    assert "1" == found[3][0].text


def test_filters_of_one_value_are_doubled() -> None:
    assert "[1,6|1,6]" == any_of(["1,6"])
    assert "[a|b]" == any_of(["a", "b"])


@pytest.mark.parametrize("document", [None, [], {}, {"errors": []}, {"errors": [1]}, {"errors": [{"code": "x"}]}])
def test_a_body_without_a_number_has_no_code(document: object) -> None:
    assert None is code_of(document)


def test_moments_are_written_in_the_shops_own_time() -> None:
    assert "2026-07-01 14:00:00" == shop_time(datetime(2026, 7, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize("value", ["15", 15], ids=["text", "number"])
def test_a_status_is_a_number(value: object) -> None:
    assert "15" == plugin.status(value)


@pytest.mark.parametrize("value", ["", "Shipped", 0, -1, True, {"order": "1"}, "1.5", "01", None])
def test_anything_else_is_no_status(value: object) -> None:
    with pytest.raises(ValueError, match="number of an order status"):
        plugin.status(value)
