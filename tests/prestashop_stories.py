"""What happens to orders in a PrestaShop, told the same to the imitation and to a real shop, so that the one cannot drift from the other.

The shop has the articles TEST-19 (19 % VAT), TEST-7 (7 %), and the variants VAR-RED and VAR-BLUE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from otto_import.orders import DeliveryFee, Item, ItemState, Order
from otto_import.plan import Create, Done, InDoubt, OrderKey, Outcome, Refused, Update
from otto_import.testing import samples
from otto_import.writers.base import Writer
from otto_import.writers.prestashop.note import read_note
from otto_import.writers.web.receipt import claimed
from tests.prestashop_merchant import Merchant

ANNOUNCED, PAID, SENT, CANCELLED, WAITS = "14", "15", "16", "6", "10"


def bought(*units: tuple[str, str], state: ItemState = ItemState.PROCESSABLE, fee: str = "2.95", fee_name: str = "DELIVERY_FEE_STANDARD") -> Order:
    """Make an order of units (SKU, price) under an id of its own."""
    one = uuid4().hex[:16]
    items = tuple(
        Item(
            id=f"{one}-{number}", state=state, sku=sku, title=f"Article {sku}", gross=Decimal(price), vat_rate=Decimal(19),
            processable_at=None if state is ItemState.ANNOUNCED else samples.PAID,
        )
        for number, (sku, price) in enumerate(units)
    )  # fmt: skip
    fees = (DeliveryFee(fee_name, Decimal(fee), Decimal(19), frozenset(item.id for item in items)),)
    return replace(samples.order(state=state), sales_order_id=one, order_number=one[:10], items=items, fees=fees)


def create(order: Order, status: str, **differences: Any) -> Create:
    action = samples.create(order, status, **differences)
    return replace(action, key=OrderKey(f"stories:{order.sales_order_id}"))


def payment(order: Order, ref: str, expected: str, status: str | None, **differences: Any) -> Update:
    return replace(samples.payment(order, ref, expected, status, **differences), key=OrderKey(f"stories:{order.sales_order_id}"))


def update(order: Order, ref: str, expected: str, status: str | None = None, **more: Any) -> Update:
    return replace(samples.update(order, ref, expected, status, **more), key=OrderKey(f"stories:{order.sales_order_id}"))


def one(writer: Writer, action: Create | Update) -> Outcome:
    (outcome,) = writer.write([action])
    return outcome


def done(writer: Writer, action: Create | Update) -> Done:
    outcome = one(writer, action)
    assert isinstance(outcome, Done), outcome
    return outcome


def held(merchant: Merchant, before: dict[str, int]) -> dict[str, int]:
    now = merchant.stock()
    return {sku: before[sku] - now[sku] for sku in before if before[sku] != now[sku]}


def a_variant_is_ordered_as_that_variant(merchant: Merchant) -> None:
    writer, before = merchant.writer(), merchant.stock()
    ref = done(writer, create(bought(("VAR-RED", "24.90"), ("VAR-RED", "24.90"), ("VAR-BLUE", "19.90")), PAID)).ref
    assert {("VAR-RED", "2"), ("VAR-BLUE", "1")} == {(row["product_reference"], row["product_quantity"]) for row in merchant.details(ref)}
    assert {"VAR-RED": 2, "VAR-BLUE": 1} == {sku: units for sku, units in held(merchant, before).items() if sku.startswith("VAR-")}


def one_article_at_two_prices_has_two_rows(merchant: Merchant) -> None:
    writer, before = merchant.writer(), merchant.stock()
    order = bought(("TEST-19", "19.99"), ("TEST-19", "16.99"), ("TEST-19", "19.99"))
    outcome = done(writer, create(order, PAID))
    assert Decimal("59.92") == outcome.total
    assert [("2", Decimal("39.98")), ("1", Decimal("16.99"))] == [
        (r["product_quantity"], Decimal(r["total_price_tax_incl"])) for r in merchant.details(outcome.ref)
    ]
    left = samples.without(order, order.items[0].id, order.items[1].id)
    assert Decimal("22.94") == done(writer, update(order, outcome.ref, PAID, left=left)).total
    assert [("1", Decimal("19.99"))] == [(row["product_quantity"], Decimal(row["total_price_tax_incl"])) for row in merchant.details(outcome.ref)]
    assert {"TEST-19": 1} == held(merchant, before)
    assert ["22.94"] == [
        f"{Decimal(row['amount']):.2f}" for row in merchant.rows("order_payments", order_reference=merchant.order(outcome.ref)["reference"])
    ]


def free_goods_begin_unpaid_like_any_other(merchant: Merchant) -> None:
    writer, before = merchant.writer(), merchant.stock()
    outcome = done(writer, create(bought(("TEST-7", "0.00"), fee="0.00"), PAID))
    assert (PAID, Decimal("0.00")) == (outcome.status, outcome.total)
    assert "0" == merchant.order(outcome.ref)["invoice_number"]
    assert {"TEST-7": 1} == held(merchant, before)


def an_unknown_article_is_held_or_written_as_text(merchant: Merchant) -> None:
    order = bought(("TEST-19", "19.99"), ("NO-SUCH-ARTICLE", "5.00"))
    strict, lenient, before = merchant.writer(), merchant.writer(unknown_sku="line"), merchant.stock()
    assert Refused(create(order, PAID).key, "unknown_sku") == one(strict, create(order, PAID))
    assert {"NO-SUCH-ARTICLE"} == strict.missing(order.lines)
    assert {} == dict(strict.find([create(order, PAID).key]))
    outcome = done(lenient, create(order, PAID))
    assert Decimal("27.94") == outcome.total
    assert [("TEST-19", "Test 19"), ("NO-SUCH-ARTICLE", "Article NO-SUCH-ARTICLE")] == [
        (row["product_reference"], row["product_name"]) for row in merchant.details(outcome.ref)
    ]
    assert CANCELLED == done(lenient, update(order, outcome.ref, PAID, CANCELLED, cancels=True)).status
    assert {} == held(merchant, before)
    nothing = bought(("NO-SUCH-ARTICLE", "5.00"))
    assert isinstance(one(lenient, create(nothing, PAID)), Refused)


def a_status_that_takes_no_stock_needs_one_to_pass_through(merchant: Merchant) -> None:
    order, before = bought(("TEST-19", "19.99"), state=ItemState.ANNOUNCED), merchant.stock()
    plain, passing = merchant.writer(), merchant.writer(reserve_through=PAID)
    assert Refused(create(order, WAITS).key, "status_takes_no_stock") == one(plain, create(order, WAITS))
    outcome = done(passing, create(order, WAITS))
    assert (WAITS, {"TEST-19": 1}) == (outcome.status, held(merchant, before))
    done(passing, update(order, outcome.ref, WAITS, CANCELLED, cancels=True))
    assert {} == held(merchant, before)


def a_status_that_makes_an_invoice_leaves_one_payment(merchant: Merchant) -> None:
    writer, order = merchant.writer(), bought(("TEST-19", "19.99"))
    outcome = done(writer, create(order, "2"))
    row = merchant.order(outcome.ref)
    assert ["22.94"] == [f"{Decimal(each['amount']):.2f}" for each in merchant.rows("order_payments", order_reference=row["reference"])]
    assert Decimal("22.94") == Decimal(row["total_paid_real"])
    assert "0" != row["invoice_number"]


def what_the_merchant_writes_into_the_note_stays(merchant: Merchant) -> None:
    writer, order = merchant.writer(), bought(("TEST-19", "19.99"))
    ref = done(writer, create(order, PAID, note="care & \"quotes\" <b> \\ 'x'")).ref
    merchant.write_note(ref, f"Kunde rief an & fragte\n{merchant.order(ref)['note']}\nPaket 2 folgt")
    done(writer, update(order, ref, PAID, SENT))
    note = merchant.order(ref)["note"]
    assert "Kunde rief an & fragte" in note
    assert "Paket 2 folgt" in note
    assert 1 == note.count("--- OTTO ---")
    assert SENT == writer.read([ref])[ref].set_status


def an_order_that_lost_its_note_is_known_by_its_payment(merchant: Merchant) -> None:
    writer, order = merchant.writer(), bought(("TEST-19", "19.99"))
    key, ref = create(order, PAID).key, done(writer, create(order, PAID)).ref
    merchant.write_note(ref, "wiped")
    assert [(ref, key, None)] == [(hit.ref, hit.key, hit.complete) for hit in writer.find([key])[key]]
    assert key == writer.read([ref])[ref].key
    merchant.http.delete(f"/customers/{merchant.order(ref)['id_customer']}").raise_for_status()
    assert [ref] == [hit.ref for hit in writer.find([key])[key]]
    done(writer, payment(order, ref, PAID, SENT))
    assert (True, SENT) == (writer.read([ref])[ref].complete, writer.read([ref])[ref].set_status)


def an_order_of_another_connector_is_taken_over(merchant: Merchant, trace: str) -> None:
    order, writer = bought(("TEST-19", "19.99"), ("TEST-7", "9.99")), merchant.writer()
    other = done(writer, create(bought(("TEST-19", "19.99")), PAID)).ref
    row = merchant.order(other)
    left = {"note": f"Import {order.order_number}, alt", "message": "alt", "reference": "alt", "transaction_id": "alt"}
    merchant.write_note(other, left[trace])
    paid = merchant.rows("order_payments", order_reference=row["reference"])[0]["id"]
    transaction = order.sales_order_id if trace == "transaction_id" else "older"
    merchant.send("PATCH", f"order_payments/{paid}", "order_payment", {"id": paid, "transaction_id": transaction, "payment_method": "Alt"})
    merchant.send("PATCH", f"customers/{row['id_customer']}", "customer", {"id": row["id_customer"], "email": f"b-{uuid4().hex}@shop.example"})
    if trace == "message":
        merchant.send("POST", "messages", "message", {"id_order": other, "message": f"OTTO {order.sales_order_id}", "private": 1})
    if trace == "reference":
        merchant.send("PATCH", f"orders/{other}", "order", {"id": other, "reference": order.order_number})
        merchant.send("PATCH", f"order_payments/{paid}", "order_payment", {"id": paid, "order_reference": order.order_number[:9]})
    key, near = create(order, PAID).key, OrderKey("stories:other")
    assert {} == dict(writer.find([key]))
    assert {} == dict(writer.inherited({key: order.order_number}))
    heir = merchant.writer(also_known_by=trace)
    hits = heir.inherited({key: order.order_number, near: order.order_number[:7]})
    assert [(other, key, True, False, None)] == [(hit.ref, hit.key, hit.foreign, hit.intermediate, hit.set_status) for hit in hits[key]]
    assert near not in hits
    before = merchant.order(other)
    claim = update(order, other, PAID, claims=True)
    assert (PAID, Decimal("22.94")) == (done(heir, claim).status, writer.read([other])[other].total)
    after = merchant.order(other)
    assert {"note", "date_upd"} >= {name for name in before if before[name] != after[name]}
    assert after["note"].startswith(left[trace])
    note = read_note(after["note"])
    assert (True, claimed(key, order, PAID)) == (note is not None and note.claimed, note and note.receipt)
    assert (True, key, False) == (writer.read([other])[other].complete, writer.read([other])[other].key, writer.read([other])[other].foreign)
    assert {} == dict(heir.inherited({key: order.order_number}))
    stock = merchant.stock()
    assert Decimal("32.93") == done(heir, payment(order, other, PAID, SENT)).total
    assert {"TEST-7": 1} == held(merchant, stock)
    assert [other] == [hit.ref for hit in writer.find([key])[key]]
    assert before["id_address_delivery"] != merchant.order(other)["id_address_delivery"]


def an_order_deleted_by_the_merchant_can_be_made_again(merchant: Merchant) -> None:
    writer, order = merchant.writer(), bought(("TEST-19", "19.99"))
    first = done(writer, create(order, PAID)).ref
    merchant.delete(first)
    assert InDoubt(create(order, PAID).key, "begun_elsewhere") == one(writer, create(order, PAID))
    again = done(writer, replace(create(order, PAID), doubtful=True)).ref
    assert first != again
    assert [again] == [hit.ref for hit in writer.find([create(order, PAID).key])[create(order, PAID).key]]


def odd_names_companies_and_forwarders_are_kept_as_far_as_the_shop_lets(merchant: Merchant) -> None:
    writer = merchant.writer(buyer_email="masked")
    firm = replace(
        samples.ADDRESS, salutation="COMPANY", first_name="", last_name="3M & Söhne (Büro) GmbH", phone="+49 40 1234", email="x@customer.otto.market"
    )
    order = bought(("TEST-19", "19.99"), fee_name="DELIVERY_FEE_FREIGHT_SURCHARGE")
    ref = done(writer, create(order, PAID, delivery=firm, invoice=firm)).ref
    row = merchant.order(ref)
    address, customer = merchant.rows("addresses", id=row["id_address_delivery"])[0], merchant.rows("customers", id=row["id_customer"])[0]
    assert ("3M & Söhne (Büro) GmbH", "-", "M & Söhne Büro GmbH") == (address["company"], address["firstname"], address["lastname"])
    assert ("+49 40 1234", True) == (address["phone"], "x@customer.otto.market" in address["other"])
    assert customer["email"].endswith("@otto-import.invalid")
    assert "Spedition (OTTO) DELIVERY_FEE_FREIGHT_SURCHARGE: 2.95 EUR" in row["note"]
    plain = done(writer, create(bought(("TEST-19", "19.99")), PAID, delivery=firm)).ref
    assert "" == merchant.rows("addresses", id=merchant.order(plain)["id_address_delivery"])[0]["phone"]


def a_country_the_shop_does_not_sell_to_is_refused_before_anything_is_made(merchant: Merchant) -> None:
    writer, order, before = merchant.writer(), bought(("TEST-19", "19.99")), merchant.traces()
    abroad = replace(samples.ADDRESS, country="AT")
    assert Refused(create(order, PAID).key, "country_not_active") == one(writer, create(order, PAID, delivery=abroad))
    assert Refused(create(order, "999").key, "unknown_status") == one(writer, create(order, "999"))
    assert before == merchant.traces()


def a_payment_module_that_is_none_is_refused_and_leaves_no_customer(merchant: Merchant) -> None:
    writer, order, before = merchant.writer(payment_module="no_such_module"), bought(("TEST-19", "19.99")), len(merchant.rows("customers", "[id]"))
    assert Refused(create(order, PAID).key, "http_500 orders") == one(writer, create(order, PAID))
    assert before == len(merchant.rows("customers", "[id]"))


def an_order_that_left_long_ago_takes_no_stock_whatever_follows(merchant: Merchant) -> None:
    writer, before = merchant.writer(), merchant.stock()
    order = bought(("TEST-19", "19.99"), ("TEST-7", "9.99"), state=ItemState.SENT)
    ref = done(writer, create(order, SENT, spares_stock=True)).ref
    left = samples.without(order, order.items[1].id)
    done(writer, update(order, ref, SENT, "17", left=left))
    assert {} == held(merchant, before)
    assert Decimal("22.94") == writer.read([ref])[ref].total


def every_order_of_ours_is_listed_once(merchant: Merchant) -> None:
    writer = merchant.writer()
    made = {done(writer, create(bought(("TEST-19", "19.99")), PAID)).ref for _ in range(3)}
    merchant.write_note(min(made, key=int), "wiped")
    listed = [order.ref for order in writer.ours()]
    assert made - {min(made, key=int)} == made & set(listed)
    assert len(listed) == len(set(listed))
    assert listed == [order.ref for order in writer.ours(datetime(2026, 1, 1, tzinfo=UTC))]
    assert [] == list(writer.ours(datetime(2100, 1, 1, tzinfo=UTC)))


STORIES: tuple[Callable[[Merchant], None], ...] = (
    a_variant_is_ordered_as_that_variant,
    one_article_at_two_prices_has_two_rows,
    free_goods_begin_unpaid_like_any_other,
    an_unknown_article_is_held_or_written_as_text,
    a_status_that_takes_no_stock_needs_one_to_pass_through,
    a_status_that_makes_an_invoice_leaves_one_payment,
    what_the_merchant_writes_into_the_note_stays,
    an_order_that_lost_its_note_is_known_by_its_payment,
    an_order_deleted_by_the_merchant_can_be_made_again,
    odd_names_companies_and_forwarders_are_kept_as_far_as_the_shop_lets,
    a_country_the_shop_does_not_sell_to_is_refused_before_anything_is_made,
    a_payment_module_that_is_none_is_refused_and_leaves_no_customer,
    an_order_that_left_long_ago_takes_no_stock_whatever_follows,
    every_order_of_ours_is_listed_once,
)
TRACES = ("note", "message", "reference", "transaction_id")
