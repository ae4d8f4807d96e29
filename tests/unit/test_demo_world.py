"""The stand-in's world: a pure function of size and clock, and lives that end where their table says."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otto_import.otto.demo import DEFAULT_CLOCK, DEFAULT_SIZE
from otto_import.otto.demo.articles import ARTICLES
from otto_import.otto.demo.ids import number_of, order_number, position_item_id, sales_order_id
from otto_import.otto.demo.lives import ANNOUNCED, BY_MARKETPLACE, BY_PARTNER, CYCLE, LIVES, PROCESSABLE, RETURNED, SENT
from otto_import.otto.demo.moments import DAY, http_date, moment, wire
from otto_import.otto.demo.render import order_json
from otto_import.otto.demo.schedule import SCHEDULE
from otto_import.otto.demo.world import Seen, World

DEFAULT = moment(DEFAULT_CLOCK)
BEGIN = moment(datetime(2026, 5, 28, tzinfo=UTC))
FINISH = moment(datetime(2026, 7, 1, tzinfo=UTC))
clocks = st.integers(BEGIN, FINISH)
sizes = st.one_of(st.integers(1, 200), st.sampled_from([5_000, 100_000, 1 << 22]))
SEQUENCE = (ANNOUNCED, PROCESSABLE, SENT, RETURNED, BY_MARKETPLACE, BY_PARTNER)
DATES = ("processableDate", "sentDate", "returnedDate", "cancellationDate")


def read(seen: Seen) -> dict[str, Any]:
    order: dict[str, Any] = json.loads(order_json(seen), parse_float=Decimal)
    return order


def shown(size: int, clock: int) -> list[Seen]:
    world = World(size)
    return [seen for index in range(size) if (seen := world.seen(index, clock))]


def state(seen: Seen) -> str:
    return next(state for state in SEQUENCE if state in seen.life.states[seen.passed])


def past(order: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(item["positionItemId"], name, item[name]) for item in order["positionItems"] for name in DATES if name in item]


def named(life: str, *, ends: str | None) -> int:
    return next(row for row, order in enumerate(SCHEDULE) if order.life.name == life and order.ends == ends)


def seen_at(row: int, when: str) -> Seen:
    seen = World(DEFAULT_SIZE).seen(row, moment(datetime.fromisoformat(when)))
    assert seen is not None
    return seen


@given(sizes, st.data(), clocks, clocks)
def test_moving_the_clock_never_changes_a_past_event(size: int, data: st.DataObject, one: int, other: int) -> None:
    world, (early, late) = World(size), sorted((one, other))
    index = data.draw(st.integers(0, size - 1))
    before, after = world.seen(index, early), world.seen(index, late)
    if before is None:
        assert after is None or after.times[0] > early
        return
    assert after is not None
    assert before.times == tuple(time for time in after.times if time <= early)
    then, now = read(before), read(after)
    assert set(past(then)) <= set(past(now))
    for name in ("salesOrderId", "orderNumber", "orderDate", "payment", "links"):
        assert then[name] == now[name]
    if "deliveryAddress" in then:
        assert then["deliveryAddress"] == now["deliveryAddress"]
    prices = [[item["itemValueGrossPrice"] for item in order["positionItems"]] for order in (then, now)]
    assert prices[0] == prices[1]


@given(sizes, st.data(), clocks)
def test_no_time_of_an_order_lies_after_the_clock_and_the_last_event_is_its_last_change(size: int, data: st.DataObject, clock: int) -> None:
    world = World(size)
    seen = world.seen(data.draw(st.integers(0, size - 1)), clock)
    if seen is None:
        return
    order = read(seen)
    times = [order["orderDate"], *(time for _, _, time in past(order))]
    assert max(times) == order["lastModifiedDate"] == order["orderLifecycleInformation"]["lifecycleChangeDate"]
    assert order["lastModifiedDate"] <= wire(clock)
    assert list(seen.times) == sorted(seen.times)


@given(sizes, st.data())
def test_orders_are_numbered_by_the_time_they_were_placed(size: int, data: st.DataObject) -> None:
    world = World(size)
    index = data.draw(st.integers(0, size - 1))
    following = min(index + 1, size - 1)
    assert world.placed(index) <= world.placed(following)
    assert index < world.placed_until(world.placed(index))
    assert moment(datetime(2026, 5, 29, tzinfo=UTC)) <= world.placed(index) < moment(datetime(2026, 6, 12, tzinfo=UTC))


@given(sizes, st.data())
def test_ids_lead_back_to_the_order(size: int, data: st.DataObject) -> None:
    world = World(size)
    index = data.draw(st.integers(0, size - 1))
    number = world.number(index)
    assert [number, number] == [number_of(sales_order_id(number)), number_of(order_number(number))]
    assert index == world.index(number)


def test_ids_are_unique() -> None:
    world = World(2_000)
    numbers = [world.number(index) for index in range(2_000)]
    ids = [sales_order_id(number) for number in numbers] + [position_item_id(number, item) for number in numbers for item in range(4)]
    assert 10_000 == len(set(ids))
    assert 2_000 == len({order_number(number) for number in numbers})


@pytest.mark.parametrize("text", ["", "x", "9864623c-42a4-4892-9270-cd733d32362e", "CBN4KQMHYN", "cbn4kqmhy", "c123456789x"])
def test_a_strange_id_leads_to_no_order(text: str) -> None:
    number = number_of(text)
    assert number is None or World(DEFAULT_SIZE).index(number) is None


@given(sizes, st.integers(-5, 1 << 50))
def test_a_number_of_no_order_has_no_index(size: int, number: int) -> None:
    world = World(size)
    index = world.index(number)
    assert index is None or world.number(index) == number


@pytest.mark.parametrize("size", [0, -1, (1 << 22) + 1])
def test_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="between 1 and"):
        World(size)


def test_the_named_orders_are_the_same_in_a_greater_world() -> None:
    small = {order_json(seen) for seen in shown(DEFAULT_SIZE, FINISH)}
    assert small <= {order_json(seen) for seen in shown(1_000, FINISH)}


def test_extra_orders_of_another_size_are_other_orders() -> None:
    own = [{world.number(index) for index in range(world.size)} for world in (World(100), World(101))]
    assert set(range(36)) == own[0] & own[1]


def test_at_least_thirty_orders_of_twelve_days_are_placed_by_the_default_clock_and_the_rest_follows() -> None:
    world = World(DEFAULT_SIZE)
    days = {world.placed(index) // DAY for index in range(DEFAULT_SIZE) if world.placed(index) <= DEFAULT}
    assert 33 == world.placed_until(DEFAULT)
    assert 12 == len(days)
    assert DEFAULT_SIZE == world.placed_until(moment(datetime(2026, 6, 12, tzinfo=UTC)))


def test_every_life_occurs_in_the_default_world() -> None:
    assert set(LIVES) == {order.life.name for order in SCHEDULE}


def test_the_default_clock_shows_orders_to_create_and_some_of_each_other_kind() -> None:
    kinds = Counter(state(seen) for seen in shown(DEFAULT_SIZE, DEFAULT))
    assert {PROCESSABLE: 18, ANNOUNCED: 8, SENT: 4, BY_MARKETPLACE: 3} == dict(kinds)


@pytest.mark.parametrize("size", [DEFAULT_SIZE, 3_000])
def test_the_default_clock_shows_nothing_that_a_first_run_would_hold(size: int) -> None:
    for seen in shown(size, DEFAULT):
        living = seen.life.states[seen.passed] - {BY_MARKETPLACE, BY_PARTNER}
        assert 1 >= len(living), seen.life.name
        assert (PROCESSABLE not in living) or "deliveryAddress" in read(seen)


def test_extra_orders_are_mostly_plain() -> None:
    assert 50 == len(CYCLE)
    assert 36 == sum(life.name == "plain" for life in CYCLE)


@given(sizes, st.data(), clocks)
def test_an_address_and_a_processable_date_come_only_with_the_payment(size: int, data: st.DataObject, clock: int) -> None:
    seen = World(size).seen(data.draw(st.integers(0, size - 1)), clock)
    if seen is None:
        return
    paid = any(step.to == PROCESSABLE for step in seen.life.steps[: seen.passed])
    order = read(seen)
    assert paid == ("deliveryAddress" in order) == ("invoiceAddress" in order)
    assert paid == any("processableDate" in item for item in order["positionItems"])


EXPIRED = "cancelled by our deadline"
FINAL = {SENT: "sent", RETURNED: "returned", BY_MARKETPLACE: "cancelled", BY_PARTNER: "cancelled_by_partner"}
FIRST = {ANNOUNCED: "announced", PROCESSABLE: "processable", SENT: None, RETURNED: None, BY_MARKETPLACE: None, BY_PARTNER: None}
MOVES: dict[str | None, dict[str, str | None]] = {
    None: FIRST,
    "announced": {**FINAL, ANNOUNCED: "announced", PROCESSABLE: "processable"},
    "processable": {**FINAL, PROCESSABLE: "processable"},
    EXPIRED: {SENT: "sent", PROCESSABLE: "processable", BY_MARKETPLACE: EXPIRED},
    "sent": {SENT: "sent", RETURNED: "returned"},
    "returned": {RETURNED: "returned"},
    "cancelled": {BY_MARKETPLACE: "cancelled"},
    "cancelled_by_partner": {BY_PARTNER: "cancelled_by_partner"},
}
OVERDUE = {None: None, "announced": EXPIRED, EXPIRED: EXPIRED}


def advance(stage: str | None, seen: Seen, clock: int) -> str | None:
    """Do what the importer's table of states says; announced orders imported, every status mapped. A conflict is a KeyError."""
    now = state(seen)
    if now == ANNOUNCED and clock >= seen.times[0] + 7 * DAY:
        return OVERDUE[stage]
    if stage is None and now == PROCESSABLE:
        assert SENT not in seen.life.states[seen.passed], "a part is already sent"
    if stage is None and now in {SENT, RETURNED} and seen.times[0] > DEFAULT:
        return FINAL[now]
    return MOVES[stage][now]


@pytest.mark.parametrize("row", range(len(SCHEDULE)))
def test_daily_runs_bring_each_named_order_to_where_the_schedule_says(row: int) -> None:
    stage: str | None = None
    for day in range(15):
        clock = DEFAULT + day * DAY
        seen = World(DEFAULT_SIZE).seen(row, clock)
        if seen:
            stage = advance(stage, seen, clock)
    assert SCHEDULE[row].ends == ("cancelled" if stage == EXPIRED else stage)


def test_by_23_june_only_the_forgotten_orders_are_not_final() -> None:
    for seen in shown(2_000, DEFAULT + 14 * DAY):
        assert (seen.life.name == "forgotten") == bool(seen.life.states[seen.passed] & {ANNOUNCED, PROCESSABLE}), seen.life.name


def test_one_order_is_announced_on_monday_and_paid_on_wednesday() -> None:
    row = named("paid_on_wednesday", ends="sent")
    assert ANNOUNCED == state(seen_at(row, "2026-06-08T10:00:00Z")) == state(seen_at(row, "2026-06-10T08:00:00Z"))
    assert PROCESSABLE == state(seen_at(row, "2026-06-10T09:00:00Z"))
    assert "PREPAYMENT" == read(seen_at(row, "2026-06-10T09:00:00Z"))["payment"]["paymentMethod"]


def test_otto_cancels_an_unpaid_order_six_hours_after_seven_days() -> None:
    row = named("never_paid", ends="cancelled")
    placed = SCHEDULE[row].placed
    world = World(DEFAULT_SIZE)
    before, after = (world.seen(row, placed + 7 * DAY + hours * 3_600_000) for hours in (5, 6))
    assert before
    assert after
    assert [ANNOUNCED, BY_MARKETPLACE] == [state(before), state(after)]
    assert {"PAYMENT_ABORTED"} == {item["cancellationReason"] for item in read(after)["positionItems"]}


def test_the_forgotten_order_stays_announced_for_good_and_has_an_old_appliance_to_fetch() -> None:
    order = read(seen_at(named("forgotten", ends="cancelled"), "2027-01-01T00:00:00Z"))
    assert [(ANNOUNCED, True), (ANNOUNCED, True)] == [(item["fulfillmentStatus"], item["weeePickup"]) for item in order["positionItems"]]


def test_the_partly_cancelled_order_loses_one_item_a_day_after_it_became_processable() -> None:
    row = named("partly_cancelled", ends="sent")
    items = read(seen_at(row, "2026-06-10T12:00:00Z"))["positionItems"]
    assert [PROCESSABLE, BY_MARKETPLACE, PROCESSABLE] == [item["fulfillmentStatus"] for item in items]
    day = datetime.fromisoformat(items[1]["cancellationDate"]) - datetime.fromisoformat(items[1]["processableDate"])
    assert timedelta(days=1) == day
    assert "CANCELLED_ON_CUSTOMER_WISH" == items[1]["cancellationReason"]
    assert "expectedDeliveryDate" not in items[1]


def test_the_partly_sent_order_is_whole_until_11_june() -> None:
    row = named("partly_sent", ends="sent")
    assert frozenset({PROCESSABLE}) == (whole := seen_at(row, "2026-06-11T00:00:00Z")).life.states[whole.passed]
    items = read(seen_at(row, "2026-06-12T00:00:00Z"))["positionItems"]
    assert [SENT, PROCESSABLE, PROCESSABLE] == [item["fulfillmentStatus"] for item in items]
    assert "HERMES" == items[0]["trackingInfo"]["carrier"]


def test_the_discounted_order_has_two_vat_rates_and_prices_that_add_up() -> None:
    order = read(seen_at(named("discounts_two_vat", ends="sent"), "2026-06-09T12:00:00Z"))
    first, second, book, deal = order["positionItems"]
    assert Decimal("29.99") - Decimal("3.00") == first["itemValueReducedGrossPrice"]["amount"]
    assert Decimal("3.00") == first["itemValueDiscount"]["amount"] == order["initialDiscounts"][0]["discountAmount"]["amount"]
    assert "itemValueReducedGrossPrice" not in second
    assert {Decimal(19), Decimal(7)} == {item["product"]["vatRate"] for item in (first, book)}
    assert "OTTO UP Deal" == deal["dealName"]


def test_freight_has_two_fees_a_company_and_a_telephone() -> None:
    order = read(seen_at(named("freight", ends="sent"), "2026-06-09T12:00:00Z"))
    assert ["DELIVERY_FEE_STANDARD", "DELIVERY_FEE_FREIGHT_SURCHARGE"] == [fee["name"] for fee in order["initialDeliveryFees"]]
    assert "COMPANY" == order["deliveryAddress"]["salutation"]
    assert order["deliveryAddress"]["phoneNumber"].startswith("+4940")
    assert "phoneNumber" not in read(seen_at(named("two_units", ends="sent"), "2026-06-12T12:00:00Z"))["deliveryAddress"]


def test_two_units_of_one_article_are_two_items() -> None:
    items = read(seen_at(named("two_units", ends="sent"), "2026-06-12T12:00:00Z"))["positionItems"]
    assert [2, 1] == [len({item["positionItemId"] for item in items}), len({item["product"]["sku"] for item in items})]


def test_the_invoice_window_lasts_forty_five_minutes_and_is_open_at_the_default_clock() -> None:
    row = named("invoice_window", ends="sent")
    assert ANNOUNCED == state(seen_at(row, DEFAULT_CLOCK.isoformat()))
    late = seen_at(row, "2026-06-09T13:00:00Z")
    assert 45 * 60_000 == late.times[1] - late.times[0]
    assert "INVOICE_SINGLE" == read(late)["payment"]["paymentMethod"]


def test_fraud_is_suspected_in_one_order() -> None:
    assert ["suspected_fraud"] == [seen.life.name for seen in shown(DEFAULT_SIZE, DEFAULT) if read(seen).get("suspectedFraudCase")]


def test_names_and_places_hold_what_breaks_imports() -> None:
    created = [read(seen)["deliveryAddress"] for seen in shown(DEFAULT_SIZE, DEFAULT) if state(seen) == PROCESSABLE]
    text = json.dumps(created, ensure_ascii=False)
    for rarity in ("O'Connelly", "ß", "ö", "🔔", "c/o ", '"zipCode": "0'):
        assert rarity in text, rarity
    assert {"DEU"} == {address["countryCode"] for address in created}


def test_invented_articles_have_valid_numbers_of_nobody() -> None:
    assert 20 == len({article.sku for article in ARTICLES}) == len({article.ean for article in ARTICLES})
    for article in ARTICLES[5:]:
        assert article.ean.startswith("20")
        assert 0 == sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(article.ean)) % 10


@given(clocks)
def test_moments_are_written_as_production_writes_them(at: int) -> None:
    text = wire(at)
    assert text.endswith("+0000")
    assert at == moment(datetime.fromisoformat(text))


def test_the_http_date_is_in_english() -> None:
    assert "Tue, 09 Jun 2026 12:00:00 GMT" == http_date(DEFAULT)
