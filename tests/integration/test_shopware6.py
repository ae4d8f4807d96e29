"""The writer for Shopware 6 and the traps of the shop: crashes, doubles, articles, addresses, stock, other people's hands."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from otto_import.errors import CredentialsRefused, ShopUnavailable
from otto_import.orders import DeliveryFee, ItemState, Order
from otto_import.plan import Change, Changed, Create, Done, Grade, InDoubt, Refused, Role, Stage, Update, Writable
from otto_import.secrets import Secret
from otto_import.testing import samples
from otto_import.writers.shopware6 import states
from otto_import.writers.shopware6.writer import Shopware6Writer
from tests import shopware6_imitation as imitation
from tests.shopware6_rules import Wrong, state_id
from tests.shopware6_shop import ANNOUNCED, CANCELLED, PROCESSABLE, SENT, Merchant
from tests.shopware6_stand import context, opened, outcome, outcomes, settings

ORDER = samples.order()
KEY = samples.key(ORDER)
LEFT = samples.without(ORDER, "order-1-1", "order-1-2")
LAMP, BOOK = "SKU-1-lamp", "SKU-1-book"


@pytest.fixture(params=[False, True], ids=["6.5", "6.4"])
def shop(request: pytest.FixtureRequest) -> Iterator[imitation.Imitation]:
    with imitation.running(old=request.param) as found:
        for number in (LAMP, BOOK):
            found.store.add(number)
        yield found


@pytest.fixture
def writer(shop: imitation.Imitation) -> Iterator[Shopware6Writer]:
    with opened(shop) as found:
        yield found


def made(writer: Shopware6Writer, order: Order = ORDER, status: str = PROCESSABLE, **differences: object) -> str:
    done = outcome(writer, samples.create(order, status, **differences))
    assert isinstance(done, Done)
    return done.ref


def held(shop: imitation.Imitation) -> dict[str, int]:
    return {number: 1000 - left for number, left in shop.store.available().items() if left != 1000}


def lines(shop: imitation.Imitation, ref: str) -> list[tuple[str, int]]:
    rows = shop.store.orders[ref].rows["order_line_item"].values()
    return [(row["label"], row["quantity"]) for row in sorted(rows, key=lambda row: row["position"])]


def shown(shop: imitation.Imitation, ref: str) -> str:
    with closing(Merchant(shop.url, imitation.MERCHANT, imitation.MERCHANT_SECRET)) as merchant:
        return states.text_of(merchant.states(ref))


def fields(shop: imitation.Imitation, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.store.orders[ref].order["customFields"]
    return found


# --- machines that a status leaves out ------------------------------------------------------------------------------------------------------------

_PLAIN = {Role.ANNOUNCED: "order=open", Role.PROCESSABLE: "order=in_progress", Role.SENT: "order=completed", Role.CANCELLED: CANCELLED}
_UNPAID = replace(ORDER, items=tuple(replace(item, state=ItemState.ANNOUNCED, processable_at=None) for item in ORDER.items))


def test_a_late_payment_leaves_neither_payment_nor_delivery_cancelled(shop: imitation.Imitation) -> None:
    with opened(shop, around=context(roles=_PLAIN)) as writer:
        ref = made(writer, _UNPAID, "order=open", paid=False)
        cancelled = outcome(writer, samples.update(_UNPAID, ref, "order=open", CANCELLED, cancels=True, expired=True))
        assert (CANCELLED, {}) == (cancelled.status if isinstance(cancelled, Done) else cancelled, held(shop))
        late = outcome(writer, samples.payment(ORDER, ref, CANCELLED, "order=in_progress"))
        assert Done(KEY, ref, "order=in_progress", Decimal("65.92")) == late
        assert (False, True) == (writer.read([ref])[ref].intermediate, writer.read([ref])[ref].complete)
    assert PROCESSABLE == shown(shop, ref)
    assert {LAMP: 2, BOOK: 1} == held(shop)


def test_an_order_that_comes_back_unpaid_has_an_open_payment(shop: imitation.Imitation) -> None:
    with opened(shop, around=context(roles=_PLAIN)) as writer:
        ref = made(writer, _UNPAID, "order=open", paid=False)
        assert isinstance(outcome(writer, samples.update(_UNPAID, ref, "order=open", CANCELLED, cancels=True)), Done)
        assert isinstance(outcome(writer, samples.payment(_UNPAID, ref, CANCELLED, "order=open", paid=False)), Done)
    assert ANNOUNCED == shown(shop, ref)


def test_a_delivery_that_the_merchant_cancelled_stays_so_and_a_payment_that_came_is_paid(shop: imitation.Imitation) -> None:
    with opened(shop, around=context(roles=_PLAIN)) as writer:
        ref = made(writer, _UNPAID, "order=open", paid=False)
        with closing(Merchant(shop.url, imitation.MERCHANT, imitation.MERCHANT_SECRET)) as merchant:
            merchant.move(ref, "transaction=cancelled,delivery=cancelled")
        assert isinstance(outcome(writer, samples.payment(ORDER, ref, "order=open", "order=in_progress")), Done)
    assert "order=in_progress,transaction=paid,delivery=cancelled" == shown(shop, ref)


def test_where_a_machine_knows_no_way_back_its_state_stays_and_the_order_goes_on(shop: imitation.Imitation) -> None:
    shop.dead_ends.add("order_transaction")
    with opened(shop, around=context(roles=_PLAIN)) as writer:
        ref = made(writer, _UNPAID, "order=open", paid=False)
        assert isinstance(outcome(writer, samples.update(_UNPAID, ref, "order=open", CANCELLED, cancels=True)), Done)
        assert isinstance(outcome(writer, samples.payment(ORDER, ref, CANCELLED, "order=in_progress")), Done)
    assert "order=in_progress,transaction=cancelled,delivery=open" == shown(shop, ref)


# --- cut off anywhere ---------------------------------------------------------------------------------------------------------------------------

_COMPLETED = samples.create(samples.order(state=ItemState.SENT), SENT)
_BEGUN: dict[str, tuple[str | None, Writable, dict[str, int], str]] = {
    "a create": (None, samples.create(ORDER, PROCESSABLE), {LAMP: 2, BOOK: 1}, "65.92"),
    "a create as completed": (None, _COMPLETED, {LAMP: 2, BOOK: 1}, "65.92"),
    "a payment": (ANNOUNCED, samples.payment(ORDER, "", ANNOUNCED, PROCESSABLE), {LAMP: 2, BOOK: 1}, "65.92"),
    "a cancellation": (PROCESSABLE, samples.update(ORDER, "", PROCESSABLE, CANCELLED, cancels=True), {}, "65.92"),
    "a partial cancellation": (PROCESSABLE, samples.update(ORDER, "", PROCESSABLE, left=LEFT), {LAMP: 1}, "25.94"),
    "a late payment of fewer": (CANCELLED, samples.payment(LEFT, "", CANCELLED, PROCESSABLE), {LAMP: 1}, "25.94"),
}


@pytest.mark.parametrize("when", ["before", "after", 500])
@pytest.mark.parametrize("case", _BEGUN)
def test_a_write_that_is_cut_off_anywhere_is_brought_to_its_end_by_the_next_one(shop: imitation.Imitation, case: str, when: str | int) -> None:
    begins, action, stock, total = _BEGUN[case]
    for cut in range(1, 30):
        shop.store.orders.clear()
        for product in shop.store.products.values():
            product["stock"] = 1000
        with opened(shop) as writer:
            ready = prepared(writer, begins, action)
            start = len(shop.log)
            broken: list[int] = []

            def fault(number: int, method: str, path: str, nth: int = start + cut, broken: list[int] = broken) -> str | int | None:
                # What is asked is asked again by the client, which would take its time here.
                if number < nth or broken or path.startswith("/api/search") or path == "/api/oauth/token":
                    return None
                broken.append(number)
                return when

            shop.fault = fault
            first = outcome(writer, ready)
            shop.fault = lambda number, method, path: None
            if not broken:
                assert isinstance(first, Done)
                assert cut > 1
                return
            finish(writer, ready, first)
        (ref,) = shop.store.orders
        with opened(shop) as writer:
            found = writer.read([ref])[ref]
        assert (Decimal(total), True, False) == (found.total, found.complete, found.intermediate)
        assert ready.change.status in {None, found.status}
        assert stock == {number: count for number, count in held(shop).items() if count}
        assert [] == shop.store.mails


def prepared(writer: Shopware6Writer, begins: str | None, action: Writable) -> Writable:
    if isinstance(action, Create):
        list(writer.find([KEY]))
        return action
    first = ORDER if begins != ANNOUNCED else samples.order(state=ItemState.ANNOUNCED)
    return replace(action, ref=made(writer, first, begins or ""))


def finish(writer: Shopware6Writer, action: Writable, first: object) -> None:
    """Go on as the next run does: look, and write what is still to be done."""
    if isinstance(first, Done):
        return
    assert isinstance(first, InDoubt)
    hits = writer.find([KEY]).get(KEY, ())
    if not hits:
        assert isinstance(action, Create)
        assert isinstance(outcome(writer, action), Done)
        return
    (found,) = hits
    last = action.expected if isinstance(action, Update) else action.change.status
    assert found.intermediate or found.status in {last, action.change.status}
    again = Update(
        key=KEY, reading=action.reading, reason=action.reason, order=action.order, ref=found.ref, expected=found.status, change=action.change
    )
    assert isinstance(outcome(writer, again), Done)


# --- once -----------------------------------------------------------------------------------------------------------------------------------------


def test_four_creates_at_once_make_one_order(shop: imitation.Imitation) -> None:
    def make(_: int) -> str:
        with opened(shop) as writer:
            return outcomes(writer, [samples.create(ORDER, PROCESSABLE)])[0]

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(make, range(4)))
    assert {"Done"} == set(found)  # each of them tells of the order as it was to be
    assert 1 == len(shop.store.orders)
    assert {LAMP: 2, BOOK: 1} == held(shop)


def test_an_order_that_stands_otherwise_is_not_taken_for_the_one_asked_for(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    made(writer)
    again = outcome(writer, samples.create(LEFT, PROCESSABLE))
    assert Refused(KEY, "duplicate_key") == again


def test_a_copy_of_an_order_is_a_double(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    ref = made(writer)
    copy = shop.store.orders[ref]
    shop.store.orders["f" * 32] = replace(copy, order={**copy.order, "id": "f" * 32})
    assert {ref, "f" * 32} == {hit.ref for hit in writer.find([KEY])[KEY]}


def test_a_key_in_other_letters_is_no_hit(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    ref = made(writer)
    fields(shop, ref)["otto_key"] = KEY.upper()
    assert {} == writer.find([KEY])


# --- the shop's troubles --------------------------------------------------------------------------------------------------------------------------


def test_a_wrong_secret_is_refused_credentials(shop: imitation.Imitation) -> None:
    with opened(shop, client_secret=Secret("another")) as writer, pytest.raises(CredentialsRefused, match="client_secret"):
        writer.find([KEY])


def test_a_token_endpoint_that_breaks_names_the_access_key(shop: imitation.Imitation) -> None:
    shop.fault = lambda number, method, path: 500 if path == "/api/oauth/token" else None
    with opened(shop) as writer, pytest.raises(ShopUnavailable, match="client_id"):
        writer.find([KEY])
    assert 1 == len(shop.log)


def test_a_token_that_the_shop_no_longer_takes_is_fetched_anew(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    ref = made(writer)
    shop.tokens.clear()
    assert isinstance(outcome(writer, samples.update(ORDER, ref, PROCESSABLE, CANCELLED)), Done)


def test_a_page_in_place_of_an_answer_to_a_create_is_looked_after(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    shop.fault = lambda number, method, path: "html" if path == "/api/order" else None
    assert isinstance(outcome(writer, samples.create(ORDER, PROCESSABLE)), Done)


def test_what_the_shop_says_of_a_buyer_is_in_no_outcome(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    shop.fault = lambda number, method, path: 400 if path == "/api/order" else None
    refused = outcome(writer, samples.create(ORDER, PROCESSABLE))
    assert isinstance(refused, Refused)
    assert refused.code.startswith("http_400")
    assert "Zo" not in refused.code


def test_a_status_the_machines_do_not_have_is_refused_before_anything_is_written(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    assert Refused(KEY, "no_such_state_delivery") == outcome(writer, samples.create(ORDER, "order=open,delivery=flown"))
    ref = made(writer)
    assert Refused(KEY, "no_transition") == outcome(writer, samples.update(ORDER, ref, PROCESSABLE, "order=packed"))
    assert "1" == fields(shop, ref)["otto_complete"]


@pytest.mark.parametrize("claims", [False, True])
def test_an_order_that_is_gone_once_we_wrote_is_in_doubt_since_something_was_written(
    shop: imitation.Imitation, writer: Shopware6Writer, claims: bool
) -> None:
    ref, wrote = made(writer), []

    def meddle(number: int, method: str, path: str) -> None:
        if path == "/api/_action/sync":
            wrote.append(number)
        elif wrote and path == "/api/search/order":
            shop.store.orders.clear()

    if claims:
        shop.store.orders[ref].order["customFields"] = []
    action = samples.update(ORDER, ref, PROCESSABLE, claims=claims, note="" if claims else "a note")
    shop.fault = meddle
    assert InDoubt(KEY, "gone") == outcome(writer, action)
    assert 1 == len(wrote)


def test_a_state_moved_by_somebody_else_after_we_began_is_in_doubt(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    ref = made(writer)

    def meddle(number: int, method: str, path: str) -> None:
        if path.endswith("/state/cancel") and "order_transaction" in path:
            (paid,) = shop.store.orders[ref].rows["order_transaction"].values()
            paid["stateId"] = state_id("order_transaction", "refunded")

    shop.fault = meddle
    assert InDoubt(KEY, "moved_meanwhile") == outcome(writer, samples.update(ORDER, ref, PROCESSABLE, CANCELLED))


# --- articles -------------------------------------------------------------------------------------------------------------------------------------


def test_an_unknown_article_is_refused_or_written_as_free_text(shop: imitation.Imitation) -> None:
    strange = samples.order(9)
    with opened(shop) as writer:
        assert {"SKU-9-lamp", "SKU-9-book"} == writer.missing(strange.lines)
        assert Refused(samples.key(strange), "unknown_sku") == outcome(writer, samples.create(strange, PROCESSABLE))
    with opened(shop, unknown_sku="line") as writer:
        done = outcome(writer, samples.create(strange, PROCESSABLE))
    assert isinstance(done, Done)
    assert Decimal("65.92") == done.total
    assert [line.title for line in strange.lines] == [label for label, _ in lines(shop, done.ref)]
    assert {} == held(shop)


def test_a_variant_is_found_and_the_shelf_it_stands_on_is_not(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    parent = shop.store.add("VAR", children=2)
    shop.store.add("VAR-RED", parent=parent)
    wanted = [replace(ORDER.lines[0], sku=sku) for sku in ("VAR", "VAR-RED", "var-red")]
    assert {"VAR", "var-red"} == writer.missing(wanted)


def test_an_article_goes_by_its_ean_unless_two_bear_it(shop: imitation.Imitation) -> None:
    shop.store.add("ONE", ean="4006381333931")
    with opened(shop, match="ean") as writer:
        assert frozenset() == writer.missing(ORDER.lines)
    shop.store.add("TWO", ean="4006381333931")
    with opened(shop, match="ean") as writer:
        assert {LAMP, BOOK} == writer.missing(ORDER.lines)


def test_a_map_names_the_shops_own_numbers(shop: imitation.Imitation, tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("otto_sku,shop_sku\nSKU-3-lamp,SKU-1-lamp\nSKU-3-book,SKU-1-book\n")
    with opened(shop, around=context(tmp_path), sku_map=Path("map.csv")) as writer:
        made(writer, samples.order(3))
    assert {LAMP: 2, BOOK: 1} == held(shop)


def test_articles_are_looked_up_once_for_a_page(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    writer.missing([replace(ORDER.lines[0], sku=f"{LAMP}{number}") for number in range(90)] + list(ORDER.lines))
    made(writer)
    assert 1 == shop.log.count(("POST", "/api/search/product"))


# --- buyers ---------------------------------------------------------------------------------------------------------------------------------------


def test_a_company_stands_in_its_field_and_long_names_are_cut_to_the_columns(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    firm = replace(samples.ADDRESS, salutation="COMPANY", first_name="W" * 80, last_name="Müller & Söhne", zip_code="")
    ref = made(writer, replace(ORDER, delivery_address=firm))
    address = shop.store.orders[ref].rows["order_address"][shop.store.orders[ref].rows["order_delivery"].popitem()[1]["shippingOrderAddressId"]]
    assert f"{'W' * 80} Müller & Söhne" == address["company"]
    assert (50, "-") == (len(address["firstName"]), address["zipcode"])


@pytest.mark.parametrize(("name", "phone"), [("DELIVERY_FEE_STANDARD", None), ("DELIVERY_FEE_FREIGHT", "040 123")])
def test_the_phone_is_kept_for_a_forwarder_alone(shop: imitation.Imitation, writer: Shopware6Writer, name: str, phone: str | None) -> None:
    fee = DeliveryFee(name, Decimal("29.95"), Decimal(19), ORDER.fees[0].item_ids)
    order = replace(ORDER, delivery_address=replace(samples.ADDRESS, phone="040 123"), fees=(fee,))
    ref = made(writer, order)
    assert {None, phone} == {row["phoneNumber"] for row in shop.store.orders[ref].rows["order_address"].values()}
    assert Decimal("89.92") == writer.read([ref])[ref].total
    assert ("Spedition (OTTO) DELIVERY_FEE_FREIGHT" in dict(lines(shop, ref))) is (phone is not None)


def test_no_address_a_mail_could_reach_stands_where_the_shop_mails_to(shop: imitation.Imitation) -> None:
    masked = replace(ORDER, invoice_address=replace(samples.INVOICE, email="abc@customer.otto.market"))
    with opened(shop, around=context(buyer_email="masked")) as writer:
        ref = made(writer, masked)
    (buyer,) = shop.store.orders[ref].rows["order_customer"].values()
    assert buyer["email"].endswith("@otto-import.invalid")
    assert "abc@customer.otto.market" == fields(shop, ref)["otto_forwarding_email"]


# --- stock, money, lines --------------------------------------------------------------------------------------------------------------------------


def test_an_order_made_as_completed_takes_stock_unless_it_left_long_ago(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    made(writer, ORDER, SENT)
    assert {LAMP: 2, BOOK: 1} == held(shop)
    shop.store.orders.clear()
    before = held(shop)
    made(writer, ORDER, SENT, spares_stock=True)
    assert before == held(shop)


def test_a_partial_cancellation_leaves_a_shipped_delivery_shipped_and_titles_as_they_were(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    ref = made(writer, ORDER, "order=in_progress,transaction=paid,delivery=shipped")
    found = writer.read([ref])[ref]
    done = outcome(writer, samples.update(ORDER, ref, found.status, left=LEFT))
    assert Done(KEY, ref, found.status, Decimal("25.94")) == done
    assert [(ORDER.lines[0].title, 1)] == lines(shop, ref)
    (paid,) = shop.store.orders[ref].rows["order_transaction"].values()
    assert 25.94 == paid["amount"]["totalPrice"]
    assert [] == shop.store.mails


def test_an_article_deleted_since_hinders_no_partial_cancellation(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    ref = made(writer)
    shop.store.recalculate = _refuse  # type: ignore[method-assign]  # the real shop refuses what it cannot price
    done = outcome(writer, samples.update(ORDER, ref, PROCESSABLE, left=LEFT))
    assert Done(KEY, ref, PROCESSABLE, Decimal("25.94")) == done
    assert {LAMP: 1} == held(shop)
    assert {} == shop.store.drafts


def _refuse(version: str | None) -> None:
    raise Wrong(404, "CHECKOUT__PRODUCT_NOT_FOUND")


def test_a_line_that_the_merchant_added_stays_and_shows_in_the_total(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    ref = made(writer)
    rows = shop.store.orders[ref].rows["order_line_item"]
    gift = {**next(iter(rows.values())), "id": "a" * 32, "label": "Gift", "quantity": 1, "customFields": [], "position": 9, "type": "custom"}
    rows["a" * 32] = gift
    done = outcome(writer, samples.update(ORDER, ref, PROCESSABLE, left=LEFT))
    assert isinstance(done, Done)
    assert ("Gift", 1) in lines(shop, ref)
    assert Decimal("45.93") == done.total


# --- other hands ----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["5f1c-1", "bk0001"])
@pytest.mark.parametrize("place", ["orderNumber", "campaignCode", "customerComment", "customFields.old_number"])
def test_an_order_of_an_earlier_connector_is_taken_over_as_it_is_and_then_followed(shop: imitation.Imitation, place: str, number: str) -> None:
    with opened(shop) as writer:
        ref = made(writer)
    order = shop.store.orders[ref]
    for row in order.rows["order_line_item"].values():
        row["customFields"] = []
    order.order |= {"customFields": {"old_number": number} if place.startswith("customFields") else [], "orderNumber": "10001"}
    if not place.startswith("customFields"):
        order.order[place] = f"Otto {number}, express" if place == "customerComment" else number
    other = samples.order(12)
    with opened(shop, also_known_by=place) as writer:
        hits = writer.inherited({KEY: ORDER.order_number, samples.key(other): other.order_number})
        assert [(KEY, True, None, None)] == [(hit.key, hit.foreign, hit.set_status, hit.complete) for hit in hits[KEY]]
        assert [KEY] == list(hits)
        claim = replace(samples.update(ORDER, ref, PROCESSABLE), change=Change(stage=Stage.PROCESSABLE, claims=True))
        assert Done(KEY, ref, PROCESSABLE, Decimal("65.92")) == outcome(writer, claim)
        assert [2, 1] == [quantity for _, quantity in lines(shop, ref)]
        assert {} == writer.inherited({KEY: ORDER.order_number})
        assert Done(KEY, ref, PROCESSABLE, Decimal("25.94")) == outcome(writer, samples.update(ORDER, ref, PROCESSABLE, left=LEFT))
    assert {LAMP: 1} == held(shop)


def test_nothing_is_inherited_unless_the_config_names_a_place(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    assert {} == writer.inherited({KEY: ORDER.order_number})
    assert [] == shop.log


def test_a_claim_of_an_order_that_is_somebody_elses_is_a_change(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    ref = made(writer, samples.order(1))
    claim = replace(samples.update(samples.order(2), ref, PROCESSABLE), change=Change(stage=Stage.PROCESSABLE, claims=True))
    assert isinstance(outcome(writer, claim), Changed)


def test_all_our_orders_are_listed_with_otto_s_number_and_date(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    made(writer)
    stranger = made(writer, replace(ORDER, sales_order_id="other"))
    shop.store.orders[stranger].order["customFields"] = []
    assert [(KEY, "bk0001", samples.PLACED)] == [(order.key, order.order_number, order.placed_at) for order in writer.ours()]
    assert [KEY] == [order.key for order in writer.ours(samples.PLACED)]


def test_an_order_of_nobody_is_not_touched(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    ref = made(writer)
    shop.store.orders[ref].order["customFields"] = []
    found = outcome(writer, samples.update(ORDER, ref, PROCESSABLE, CANCELLED))
    assert isinstance(found, Changed)
    assert found.found
    assert found.found.key is None


def test_a_preview_writes_nothing(shop: imitation.Imitation) -> None:
    with opened(shop, around=context(read_only=True)) as writer, pytest.raises(RuntimeError, match="preview"):
        list(writer.write([samples.create(ORDER, PROCESSABLE)]))
    assert {} == shop.store.orders


# --- check and statuses ---------------------------------------------------------------------------------------------------------------------------


def _grades(writer: Shopware6Writer) -> dict[str, Grade]:
    return {finding.subject: finding.grade for finding in writer.check()}


def test_a_check_tells_what_is_missing(shop: imitation.Imitation) -> None:
    shop.payments.clear()
    shop.currencies.remove("EUR")
    shop.forbidden.add("product")
    with opened(shop, sales_channel="Anderswo", shipping_method="Pferd") as writer:
        found = _grades(writer)
    assert (Grade.WARNING, Grade.BAD, Grade.BAD) == (found["payment method"], found["rights"], found["shop.shopware6.sales_channel"])
    assert Grade.BAD == found["currency"]
    assert Grade.WARNING == found["shipping method"]


def test_a_check_knows_the_rights_of_the_integration(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    def told() -> tuple[Grade, str]:
        (found,) = (finding for finding in writer.check() if finding.subject == "rights")
        return found.grade, found.text

    assert Grade.GOOD == told()[0]
    role = shop.integration["aclRoles"][0]
    role["privileges"] = [privilege for privilege in role["privileges"] if privilege != "order_line_item:delete"]
    assert (Grade.BAD, "the integration's role lacks order_line_item:delete") == told()
    shop.integration["admin"] = True
    assert Grade.WARNING == told()[0]
    shop.forbidden.add("integration")
    assert (Grade.WARNING, "the integration may read orders and products; whether it may write them, it may not see") == told()


def test_a_flow_that_makes_a_document_shows_on_its_status(shop: imitation.Imitation) -> None:
    step = {"actionName": "action.generate.document"}
    shop.flows.append({"id": "b" * 32, "active": True, "eventName": "state_enter.order_transaction.state.paid", "sequences": [step]})
    with opened(shop) as writer:
        told = {status.code: status.makes_invoice for status in writer.statuses()}
    assert ((not shop.store.old), False) == (told[PROCESSABLE], told[CANCELLED])


def test_flows_that_may_not_be_read_leave_it_open_whether_there_are_invoices(shop: imitation.Imitation) -> None:
    shop.forbidden.add("flow")
    with opened(shop) as writer:
        told = {status.code: status.makes_invoice for status in writer.statuses()}
    assert (False if shop.store.old else None) is told[PROCESSABLE]


def test_the_shop_is_named_by_its_address_and_sales_channel(shop: imitation.Imitation, writer: Shopware6Writer) -> None:
    assert f"{settings(shop.url).url} {imitation.CHANNEL}" == writer.identity
    assert [] == shop.log
