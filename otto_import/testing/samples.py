"""Orders of invented buyers, and what is to be done about them, to try writers with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from otto_import.orders import Address, DeliveryFee, Item, ItemState, Order, OrderState, Reading
from otto_import.plan import Change, Create, OrderKey, Reason, Role, Stage, Update

PLACED: Final = datetime(2026, 5, 4, 8, 15, 30, 123000, tzinfo=UTC)
PAID: Final = PLACED + timedelta(days=2)
ADDRESS: Final = Address("Zoë", "D'Àrtagnan-Müßig 🦊", "Straße des 17. Juni", "4½ b", "10623", "Köln-Überlingen", "DE", "Frau", "c/o O'Hara & Söhne")
INVOICE: Final = replace(ADDRESS, first_name="Jürgen", street="Gänsemarkt", house_number="1", city="Hamburg", zip_code="20354", addition="")
CREATED: Final = Reason("created", "paid at OTTO and not in the shop yet")
CHANGED: Final = Reason("changed", "OTTO says something new")


def order(number: int = 1, state: OrderState = ItemState.PROCESSABLE) -> Order:
    """Make an order of three units in two lines and a delivery fee, 65.92 euro; announced ones carry no addresses."""
    paid = state is not ItemState.ANNOUNCED
    name = f"order-{number}"
    items = tuple(
        Item(
            id=f"{name}-{unit}",
            state=state,
            sku=f"SKU-{number}-{sku}",
            title=title,
            gross=Decimal(gross),
            vat_rate=Decimal(vat),
            reduced=reduced,
            article_number=f"A-{sku}",
            ean="4006381333931",
            ship_by=PLACED + timedelta(days=3),
            processable_at=PAID if paid else None,
        )
        for unit, (sku, title, gross, vat, reduced) in enumerate(
            (
                ("lamp", "Lämpchen „Mond“ – 20 % kleiner's 💡", "19.99", "19", None),
                ("lamp", "Lämpchen „Mond“ – 20 % kleiner's 💡", "19.99", "19", None),
                ("book", "Buch", "24.00", "7", Decimal("19.99")),
            )
        )
    )
    fee = DeliveryFee("DELIVERY_FEE_STANDARD", Decimal("5.95"), Decimal(19), frozenset(item.id for item in items))
    return Order(
        sales_order_id=f"5f1c-{number}",
        order_number=f"bk{number:04}",
        placed_at=PLACED,
        items=items,
        fees=(fee,),
        delivery_address=ADDRESS if paid else None,
        invoice_address=INVOICE if paid else None,
        payment_method="PREPAYMENT",
    )


def without(whole: Order, *cancelled: str) -> Order:
    """Give the order with these position items cancelled by OTTO."""
    state = ItemState.CANCELLED_BY_MARKETPLACE
    return replace(whole, items=tuple(replace(item, state=state) if item.id in cancelled else item for item in whole.items))


def key(whole: Order) -> OrderKey:
    """Make the order's key."""
    return OrderKey(f"contract:{whole.sales_order_id}")


def create(whole: Order, status: str | None, **differences: object) -> Create:
    """Ask for an order as OTTO tells it; `differences` replace fields of the change."""
    change = Change(
        stage=Stage.PROCESSABLE if whole.delivery_address else Stage.ANNOUNCED,
        status=status,
        lines=whole.lines,
        fees=whole.living_fees,
        total=whole.total,
        delivery=whole.delivery_address,
        invoice=whole.invoice_address,
        paid=whole.delivery_address is not None,
        paid_at=whole.paid_at,
    )
    return Create(key=key(whole), reading=Reading(whole), reason=CREATED, order=whole, change=_differing(change, differences))


def update(whole: Order, ref: str, expected: str, status: str | None = None, *, left: Order | None = None, **differences: object) -> Update:
    """Ask for another status, for the lines that are `left`, and for what `differences` add to the change."""
    change = _differing(Change(stage=Stage.PROCESSABLE, status=status), differences)
    if left is not None:
        change = replace(change, lines=left.lines, fees=left.living_fees, total=left.total)
    return Update(key=key(whole), reading=Reading(whole), reason=CHANGED, order=whole, ref=ref, expected=expected, change=change)


def payment(whole: Order, ref: str, expected: str, status: str | None, **differences: object) -> Update:
    """Ask for what a payment brings: the status (None: as it is), addresses, the paid mark, the lines."""
    everything = create(whole, status, **differences).change
    return replace(update(whole, ref, expected), change=everything)


def roles(announced: str, processable: str, sent: str, cancelled: str) -> dict[Role, str]:
    """Name statuses by role, as the config does."""
    return {Role.ANNOUNCED: announced, Role.PROCESSABLE: processable, Role.SENT: sent, Role.CANCELLED: cancelled}


def _differing(change: Change, differences: dict[str, object]) -> Change:
    return replace(change, **differences)  # type: ignore[arg-type]  # the names of fields are the caller's, and wrong ones fail
