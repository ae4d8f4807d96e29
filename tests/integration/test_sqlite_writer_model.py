"""The embedded shop and the shop made of memory say and hold the same, whatever is asked of them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from otto_import.orders import Order
from otto_import.plan import Done, Outcome, Writable
from otto_import.testing import MemoryWriter, samples
from otto_import.writers.sqlite.writer import SqliteWriter
from tests.sqlite_shop import NOW, ROLES, merchant, open_shop, rows, stock

WHOLE = samples.order()
STATUSES = st.sampled_from(["on-hold", "processing", "Versandt", "cancelled", "refunded", "selbst-storniert", "the merchant's own"])
LEFT = st.sampled_from([WHOLE, samples.without(WHOLE, "order-1-0"), samples.without(WHOLE, "order-1-2")])
ADDRESSES = st.sampled_from([None, samples.ADDRESS, samples.INVOICE, replace(samples.INVOICE, email="x1@customer.otto.market")])
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "delivery": ADDRESSES,
        "invoice": ADDRESSES,
        "paid": st.booleans(),
        "paid_at": st.sampled_from([None, samples.PAID]),
        "expired": st.sampled_from([None, True, False]),
        "note": st.sampled_from(["", "fraud", "late"]),
    },
)
NUMBERS = st.integers(1, 2)
Deed = tuple[str, int, str | None, Order | None, dict[str, Any]]
DEEDS: st.SearchStrategy[Deed] = st.one_of(
    st.tuples(st.just("create"), NUMBERS, STATUSES, LEFT, PARTS),
    st.tuples(st.just("update"), NUMBERS, st.none() | STATUSES, st.none() | LEFT, PARTS),
    st.tuples(st.just("move"), NUMBERS, STATUSES, st.none(), st.just({})),
    st.tuples(st.just("delete"), NUMBERS, st.none(), st.none(), st.just({})),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(DEEDS, max_size=10))
def test_both_shops_tell_the_same(deeds: list[Deed]) -> None:
    memory = MemoryWriter(ROLES, lambda: NOW, buyer_email="masked")
    with TemporaryDirectory() as name, closing(open_shop(Path(name), buyer_email="masked")) as shop:
        for deed in deeds:
            _do(deed, Path(name), shop, memory)
            refs = ["1", "2", "3", "4"]
            assert memory.read(refs) == shop.read(refs)


def _do(deed: Deed, folder: Path, shop: SqliteWriter, memory: MemoryWriter) -> None:
    kind, number, status, left, parts = deed
    order = replace(WHOLE, sales_order_id=f"order {number}")
    refs = [hit.ref for hit in memory.find([samples.key(order)]).get(samples.key(order), ())]
    ref = refs[0] if refs else "4"
    if kind == "move" and status is not None and refs:
        memory.move(ref, status)
        merchant(folder, "UPDATE orders SET status = ? WHERE id = ?", status, ref)
    elif kind == "delete" and refs:
        memory.delete(ref)
        merchant(folder, "DELETE FROM orders WHERE id = ?", ref)
    elif kind == "create":
        lines = {} if left is None else {"lines": left.lines, "fees": left.living_fees, "total": left.total}
        _compare(samples.create(order, status, **{**lines, **parts}), folder, shop, memory)
    elif kind == "update":
        expected = memory.orders[ref].status if refs else "on-hold"
        _compare(samples.update(order, ref, expected, status, left=left, **parts), folder, shop, memory)


def _compare(action: Writable, folder: Path, shop: SqliteWriter, memory: MemoryWriter) -> None:
    expected: list[Outcome] = list(memory.write([action]))
    assert expected == list(shop.write([action]))
    for outcome in expected:
        if isinstance(outcome, Done):
            order = memory.orders[outcome.ref]
            assert order.taken == {sku: units for sku, units in stock(folder, outcome.ref).items() if units}
            assert [(order.note, order.paid_at is not None)] == rows(folder, "SELECT note, paid_at IS NOT NULL FROM orders WHERE id = ?", outcome.ref)
            emails = rows(folder, "SELECT email FROM order_addresses WHERE order_id = ? AND kind = 'invoice'", outcome.ref)
            assert [(order.buyer_email,)] == emails
