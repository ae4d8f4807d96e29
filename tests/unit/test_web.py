"""What writers over HTTP share, as far as it asks nobody: numbers of articles, money, receipts, buyers, several writes at a time."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from otto_import.errors import ConfigError, CredentialsRefused, ShopUnavailable, WritesLost
from otto_import.orders import DeliveryFee, Line
from otto_import.plan import Changed, Done, InDoubt, NotBegun, OrderKey, Outcome, Refused, Writable
from otto_import.testing import samples
from otto_import.writers.buyers import company, forwarding_email, placeholder, street, synthetic_email
from otto_import.writers.web import ArticleNumbers, Doubt, Receipt, Refusal, ShopSettings, Wanted, carry_out, fee_label, line_fields, net, one_by_one
from otto_import.writers.web.bundles import bundled, written
from otto_import.writers.web.client import as_json, basic, read_json, refused
from otto_import.writers.web.receipt import issued, renewed
from otto_import.writers.web.shapes import Once, fits, whole

KEY = OrderKey("main:5f1c")
AWAY = ShopUnavailable("POST /orders", "cannot be reached")
REFUSED = Refusal("POST /orders", 400, "http_400 bad_sku")
LOST = Doubt("POST /orders", "no_answer")
LINE = Line(sku="OTTO-1", title="Lamp", price=Decimal("19.99"), vat_rate=Decimal(19), item_ids=("a", "b"), ean=" 4006381333931 ")


def settings(**values: object) -> ShopSettings:
    return ShopSettings.model_validate({"url": "https://shop.example", **values})


# --- many in one address ------------------------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=40)), st.integers(1, 9), st.integers(20, 200))
def test_bundles_hold_each_value_once_and_no_more_than_fits(values: list[str], most: int, longest: int) -> None:
    bundles = list(bundled(values, most, longest=longest))
    assert [value for value in dict.fromkeys(values) if written(value) + 3 <= longest] == [value for bundle in bundles for value in bundle]
    assert all(0 < len(bundle) <= most and len(quote(",".join(bundle), safe="")) <= longest for bundle in bundles)


# --- articles -----------------------------------------------------------------------------------------------------------------------------------


def test_an_article_is_looked_for_by_ottos_sku(tmp_path: Path) -> None:
    assert Wanted("OTTO-1") == ArticleNumbers(settings(), tmp_path).of(LINE)


def test_a_prefix_that_only_otto_knows_is_cut_off_where_it_stands(tmp_path: Path) -> None:
    numbers = ArticleNumbers(settings(sku_prefix="OTTO-"), tmp_path)
    assert (Wanted("1"), Wanted("X-1")) == (numbers.of(LINE), numbers.of(replace(LINE, sku="X-1")))


def test_an_article_can_be_looked_for_by_its_ean(tmp_path: Path) -> None:
    assert Wanted("4006381333931", ean=True) == ArticleNumbers(settings(match="ean"), tmp_path).of(LINE)


@pytest.mark.parametrize("text", ["otto_sku,shop_sku\nOTTO-1,Lämp-7\n", '\ufeffotto_sku;shop_sku;note\r\n\r\nOTTO-1; Lämp-7 ;"a\r\nb"\r\n'])
def test_the_map_wins_over_prefix_and_ean(tmp_path: Path, text: str) -> None:
    (tmp_path / "map.csv").write_bytes(text.encode())
    numbers = ArticleNumbers(settings(sku_map="map.csv", sku_prefix="OTTO-", match="ean"), tmp_path)
    assert Wanted("Lämp-7") == numbers.of(LINE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"sku,other\na,b\n", "must begin with a line that names the columns otto_sku,shop_sku"),
        (b"", "must begin with a line"),
        (b"otto_sku,shop_sku\na,b\na,c\n", "line 3 gives a SKU of OTTO that stands above"),
        (b"otto_sku,shop_sku\na,\n", "line 2 lacks a value"),
        (b'otto_sku,shop_sku\n"a"b,c\n', "line 2 is no CSV"),
        (b"otto_sku,shop_sku\n\xff,c\n", "is not UTF-8 text"),
    ],
)
def test_a_map_that_is_wrong_is_refused_with_its_line(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "map.csv").write_bytes(text)
    with pytest.raises(ConfigError, match=said) as refusal:
        ArticleNumbers(settings(sku_map="map.csv"), tmp_path).of(LINE)
    assert "map.csv" in str(refusal.value)


def test_a_map_that_is_not_there_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.csv: sku_map: cannot be read"):
        ArticleNumbers(settings(sku_map="missing.csv"), tmp_path).of(LINE)


@pytest.mark.parametrize(
    "url", ["http://shop.example", "shop.example", "https://name:hunter2@shop.example", "https://shop.example/?a=b", "ftp://shop.example"]
)
def test_an_address_that_would_send_credentials_in_clear_is_refused(url: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        settings(url=url)
    assert "hunter2" not in str(refusal.value)


def test_an_address_loses_the_slash_at_its_end() -> None:
    assert "https://shop.example/shop" == settings(url="https://shop.example/shop/").url


# --- money and lines ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "gross", "rate"),
    [("16.798319", "19.99", "19"), ("50.394958", "59.97", "19"), ("18.682243", "19.99", "7"), ("0.000000", "0", "19"), ("5.000000", "5.00", "0")],
)
def test_vat_is_taken_out_with_six_decimals(expected: str, gross: str, rate: str) -> None:
    assert Decimal(expected) == net(Decimal(gross), Decimal(rate))


def test_six_decimals_give_the_gross_price_back_to_the_cent() -> None:
    for cents in range(1, 20_000, 7):
        for rate in (Decimal(19), Decimal(7), Decimal("8.1"), Decimal(0)):
            gross = Decimal(cents) / 100
            assert gross == (net(gross, rate) * (100 + rate) / 100).quantize(Decimal("0.01"))


def test_a_line_tells_its_position_items_and_what_is_out_of_the_ordinary() -> None:
    moment = datetime(2026, 5, 7, 21, 59, tzinfo=UTC)
    assert {"otto_item_ids": "a,b"} == line_fields(LINE)
    assert {"otto_item_ids": "a,b", "otto_ship_by": "2026-05-07T21:59:00Z", "otto_weee_pickup": "1", "otto_sent": "1"} == line_fields(
        replace(LINE, ship_by=moment, weee_pickup=True, sent=1)
    )


def test_freight_bears_its_own_name() -> None:
    def fee(name: str) -> DeliveryFee:
        return DeliveryFee(name, Decimal("5.95"), Decimal(19), frozenset({"a"}))

    assert ("Versand (OTTO)", "Spedition (OTTO) FREIGHT_SURCHARGE") == (fee_label(fee("DELIVERY_FEE_STANDARD")), fee_label(fee("FREIGHT_SURCHARGE")))


# --- buyers -------------------------------------------------------------------------------------------------------------------------------------


def test_only_ottos_own_forwarding_address_is_ever_kept() -> None:
    own = replace(samples.INVOICE, email="abc@customer.otto.market")
    assert ["abc@customer.otto.market", "", "", ""] == [
        forwarding_email(own, "masked"),
        forwarding_email(own, "none"),
        forwarding_email(replace(own, email="zoe@example.org"), "masked"),
        forwarding_email(None, "masked"),
    ]


def test_a_synthetic_address_is_one_orders_alone_and_nobodys() -> None:
    first, again, other = synthetic_email(KEY), synthetic_email(KEY), synthetic_email(OrderKey("main:5f1d"))
    assert first == again != other
    assert first.endswith(".invalid")


def test_a_company_is_told_from_a_person() -> None:
    firm = replace(samples.ADDRESS, salutation="COMPANY", first_name="", last_name="Söhne GmbH")
    assert ("", "Söhne GmbH", "c/o O'Hara & Söhne") == (company(samples.ADDRESS), company(firm), company(replace(firm, last_name="")))


def test_a_placeholder_says_what_it_is() -> None:
    told = placeholder("wird nachgereicht")
    assert ("wird nachgereicht", "DE") == (told.last_name, told.country)
    assert "Straße des 17. Juni 4½ b" == street(samples.ADDRESS)


# --- the receipt --------------------------------------------------------------------------------------------------------------------------------


def test_a_receipt_survives_the_shops_fields() -> None:
    create = samples.create(samples.order(), "processing")
    receipt = issued(create.key, create.order, create.change, complete=False)
    assert receipt == Receipt.read(receipt.fields("_otto_"), "_otto_")
    assert (("order-1-0", "order-1-1", "order-1-2"), False, True, True) == (receipt.item_ids, receipt.complete, receipt.addressed, receipt.paid)


def test_a_receipt_follows_what_is_written_and_keeps_the_rest() -> None:
    whole = samples.order()
    create = samples.create(whole, "processing")
    first = issued(create.key, whole, create.change, complete=True)
    left = samples.without(whole, "order-1-2")
    fewer = renewed(first, samples.update(whole, "1", "processing", left=left).change)
    gone = renewed(fewer, samples.update(whole, "1", "processing", "cancelled", expired=True).change)
    assert (("order-1-0", "order-1-1"), "processing", False) == (fewer.item_ids, fewer.status, fewer.expired)
    assert (("order-1-0", "order-1-1"), "cancelled", True, True, True) == (gone.item_ids, gone.status, gone.expired, gone.addressed, gone.paid)


@pytest.mark.parametrize("fields", [{}, {"otto_key": ""}, {"otto_key": 5}, {"otto_key": None}, {"key": "main:5f1c"}])
def test_without_a_key_there_is_no_receipt(fields: dict[str, object]) -> None:
    assert Receipt.read(fields) is None


def test_what_a_stranger_wrote_into_a_receipt_counts_as_not_told() -> None:
    found = Receipt.read({"otto_key": "main:5f1c", "otto_items": 7, "otto_complete": "yes", "otto_expired": ["1"], "otto_status": None})
    assert Receipt(key=KEY) == found
    assert found is not None
    assert found.items is None


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-06-09T12:00:00", "yesterday", ""])
def test_a_date_that_a_stranger_wrote_and_nobody_can_read_is_not_told(told: str) -> None:
    assert None is Receipt(key=KEY, placed_at=told).placed


def test_a_date_on_a_receipt_is_told_in_utc() -> None:
    placed = Receipt(key=KEY, placed_at="2026-06-09T14:00:00+02:00").placed
    assert (datetime(2026, 6, 9, 12, tzinfo=UTC), UTC) == (placed, placed and placed.tzinfo)


# --- JSON ---------------------------------------------------------------------------------------------------------------------------------------


def test_amounts_pass_through_json_digit_by_digit() -> None:
    assert b'{"total":19.99,"net":50.394958,"name":"\\u00dcmlaut"}' == as_json(
        {"total": Decimal("19.99"), "net": Decimal("50.394958"), "name": "Ümlaut"}
    )
    assert {"total": Decimal("0.30")} == read_json(b'{"total": 0.30}')


def test_what_cannot_be_json_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="datetime"):
        as_json({"at": datetime(2026, 1, 1, tzinfo=UTC)})


def test_a_refused_question_ends_the_run_with_the_right_error() -> None:
    assert isinstance(refused(Refusal("GET /orders", 403, "http_403")), CredentialsRefused)
    assert isinstance(refused(Refusal("GET /orders", 400, "http_400 bad_filter")), ShopUnavailable)


def test_a_name_and_a_word_become_a_header() -> None:
    assert "Basic YWJjOmTDpGY=" == basic("abc", "däf")


# --- several writes at a time -------------------------------------------------------------------------------------------------------------------


def actions(number: int) -> list[Writable]:
    return [samples.create(samples.order(each), "processing") for each in range(1, number + 1)]


def done(action: Writable) -> Outcome:
    return Done(action.key, "1", "processing")


def never() -> bool:
    return False


def kinds(outcomes: Iterable[Outcome]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def test_every_action_has_one_outcome_however_many_go_at_once() -> None:
    for concurrency in (1, 4):
        for batch in (1, 7, 100):
            outcomes = list(carry_out(actions(30), one_by_one(done), concurrency=concurrency, stop=never, batch=batch))
            assert {action.key for action in actions(30)} == {outcome.key for outcome in outcomes}
            assert 30 == len(outcomes)


def test_no_more_are_under_way_than_allowed() -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def slow(action: Writable) -> Outcome:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)
        with lock:
            now[0] -= 1
        return done(action)

    list(carry_out(actions(12), one_by_one(slow), concurrency=3, stop=never))
    assert 3 == most[0]


def test_batches_are_no_larger_than_allowed() -> None:
    sizes: list[int] = []

    def deed(batch: Sequence[Writable]) -> Iterable[Outcome]:
        sizes.append(len(batch))
        return [done(action) for action in batch]

    list(carry_out(actions(10), deed, concurrency=1, stop=never, batch=4))
    assert [4, 4, 2] == sizes


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_after_a_stop_nothing_more_is_begun(batch: int) -> None:
    calls = count()
    outcomes = list(carry_out(actions(10), one_by_one(done), concurrency=2, stop=lambda: next(calls) >= 4, batch=batch))
    assert ["Done"] * 4 + ["NotBegun"] * 6 == kinds(outcomes)


def raising(error: Exception) -> Callable[[Writable], Outcome]:
    def deed(action: Writable) -> Outcome:
        raise error

    return deed


def test_a_refusal_and_a_doubt_are_one_orders_own() -> None:
    def deed(action: Writable) -> Outcome:
        if action.order.order_number == "bk0001":
            raise REFUSED
        if action.order.order_number == "bk0002":
            raise LOST
        return done(action)

    found = {outcome.key: outcome for outcome in carry_out(actions(3), one_by_one(deed), concurrency=2, stop=never)}
    first, second, third = (action.key for action in actions(3))
    assert {first: Refused(first, "http_400 bad_sku"), second: InDoubt(second, "no_answer"), third: Done(third, "1", "processing")} == found


def test_a_shop_that_is_away_leaves_in_doubt_what_was_begun_and_the_rest_alone() -> None:
    outcomes: list[Outcome] = []
    with pytest.raises(ShopUnavailable, match="cannot be reached"):
        list(gathered(outcomes, carry_out(actions(9), one_by_one(raising(AWAY)), concurrency=2, stop=never)))
    assert ["InDoubt"] * 2 + ["NotBegun"] * 7 == kinds(outcomes)


def test_what_a_batch_had_done_before_the_shop_went_away_counts() -> None:
    def deed(batch: Sequence[Writable]) -> Iterable[Outcome]:
        yield done(batch[0])
        where, text = "POST /batch", "cannot be reached"
        raise ShopUnavailable(where, text)

    outcomes: list[Outcome] = []
    with pytest.raises(ShopUnavailable):
        list(gathered(outcomes, carry_out(actions(6), deed, concurrency=1, stop=never, batch=3)))
    assert ["Done", "InDoubt", "InDoubt", "NotBegun", "NotBegun", "NotBegun"] == kinds(outcomes)


@pytest.mark.parametrize(
    ("error", "said"),
    [(Doubt("POST /orders", "http_500"), "lost the last orders"), (Refusal("POST /orders", 403, "http_403"), "forbids to write")],
)
def test_several_orders_lost_in_a_row_are_the_shops_fault(error: Exception, said: str) -> None:
    outcomes: list[Outcome] = []
    with pytest.raises(WritesLost, match=said):
        list(gathered(outcomes, carry_out(actions(20), one_by_one(raising(error)), concurrency=1, stop=never)))
    assert 5 == len([outcome for outcome in outcomes if not isinstance(outcome, NotBegun)])
    assert 20 == len(outcomes)


def test_a_lost_request_counts_once_however_many_orders_it_was_about() -> None:
    lost = iter([True, True, False, True])

    def deed(batch: Sequence[Writable]) -> Iterable[Outcome]:
        if next(lost):
            raise LOST
        return [done(action) for action in batch]

    assert ["Done"] * 10 + ["InDoubt"] * 30 == kinds(carry_out(actions(40), deed, concurrency=1, stop=never, batch=10))


def test_orders_lost_now_and_then_stop_nothing() -> None:
    calls = count()

    def deed(action: Writable) -> Outcome:
        if next(calls) % 3:
            raise LOST
        return done(action)

    assert ["Done"] * 7 + ["InDoubt"] * 13 == kinds(carry_out(actions(20), one_by_one(deed), concurrency=1, stop=never))


def test_orders_refused_in_a_row_stop_nothing() -> None:
    deed = one_by_one(raising(Refusal("POST /orders", 400, "http_400")))
    assert ["Refused"] * 20 == kinds(carry_out(actions(20), deed, concurrency=1, stop=never))


def test_orders_that_changed_in_a_row_stop_nothing() -> None:
    assert ["Changed"] * 9 == kinds(carry_out(actions(9), one_by_one(lambda action: Changed(action.key, None)), concurrency=2, stop=never))


def gathered(into: list[Outcome], outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
    for outcome in outcomes:
        into.append(outcome)
        yield outcome


@pytest.mark.parametrize("batch", [1, 2])
def test_a_bug_in_one_deed_is_raised_once_the_others_have_their_outcomes(batch: int) -> None:
    others = threading.Event()

    def deed(group: Sequence[Writable]) -> Iterable[Outcome]:
        for action in group:
            if action.order.order_number == "bk0001":
                yield done(action)
            elif action.order.order_number == "bk0002":
                others.set()
                raise KeyError(action.key)
            else:
                assert others.wait(5)
                time.sleep(0.02)
                yield done(action)

    outcomes: list[Outcome] = []
    with pytest.raises(KeyError):
        list(gathered(outcomes, carry_out(actions(9), deed, concurrency=3, stop=never, batch=batch)))
    found = {outcome.key: type(outcome) for outcome in outcomes}
    told = [found[action.key] for action in actions(9)]
    assert (9, [Done, InDoubt, Done], NotBegun) == (len(outcomes), told[:3], told[-1])
    assert {Done, NotBegun} == set(told[3:]) or batch == 1


@pytest.mark.parametrize("where", ["waiting", "noting"])
def test_a_second_ctrl_c_does_not_wait_for_what_is_under_way(where: str) -> None:
    release, begun = threading.Event(), threading.Semaphore(0)

    def slow(action: Writable) -> Outcome:
        begun.release()
        if action.order.order_number != "bk0001" or where == "waiting":
            release.wait(5)
        return done(action)

    def interrupt() -> None:
        begun.acquire()
        begun.acquire()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    interrupting = threading.Thread(target=interrupt)
    started = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012  – the second part runs where the first got an outcome
            interrupting.start()
            for _ in carry_out(actions(4), one_by_one(slow), concurrency=2, stop=never, patience=0.2):
                for _ in range(50):  # a signal in the very moment before a sleep does not end it
                    time.sleep(0.1)
        assert 2 > time.monotonic() - started
    finally:
        release.set()
        interrupting.join()


@pytest.mark.parametrize(("ids", "right"), [((1, 2), True), ((), True), ((1, 2, 1), False), ((1, "1"), False), ((1, None), False)])
def test_records_told_twice_make_no_list_of_what_an_order_has(ids: Sequence[object], right: bool) -> None:
    assert right is fits({"lines": [{"id": each} for each in ids]}, {"lines": Once({"id": whole})})
