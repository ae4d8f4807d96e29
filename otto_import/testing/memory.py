"""A shop made of memory: the embedded shop's meaning without its file, for tests of everything that uses a writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

from otto_import.orders import Address, DeliveryFee, Line
from otto_import.plan import (
    Change,
    Changed,
    Create,
    Done,
    Finding,
    Grade,
    NotBegun,
    OrderKey,
    Outcome,
    Refused,
    Role,
    ShopOrder,
    ShopStatus,
    Update,
    Writable,
)
from otto_import.testing.look import Look
from otto_import.writers.base import never
from otto_import.writers.buyers import forwarding_email
from otto_import.writers.sqlite.statuses import releasing, statuses

_CENT = Decimal("0.01")


def _noon() -> datetime:
    return datetime(2026, 6, 9, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryOrder:
    """Hold one order of the memory shop; `history` lists its statuses, the present one last; `taken` is the stock it holds by SKU."""

    ref: str
    key: OrderKey
    sales_order_id: str
    order_number: str
    status: str
    placed_at: datetime | None = None
    lines: tuple[Line, ...] = ()
    fees: tuple[DeliveryFee, ...] = ()
    delivery: Address | None = field(default=None, repr=False)
    invoice: Address | None = field(default=None, repr=False)
    buyer_email: str = field(default="", repr=False)
    paid_at: datetime | None = None
    note: str = ""
    set_status: str | None = None
    item_ids: frozenset[str] = frozenset()
    expired: bool = False
    history: tuple[str, ...] = ()
    taken: Mapping[str, int] = field(default_factory=dict)
    spares_stock: bool = False

    @property
    def total(self) -> Decimal:
        """Add up lines and fees, each to the cent."""
        amounts = [*(line.total for line in self.lines), *(fee.amount for fee in self.fees)]
        return sum((amount.quantize(_CENT) for amount in amounts), Decimal("0.00"))

    @property
    def units(self) -> dict[str, int]:
        """Count the units of each SKU."""
        units: Counter[str] = Counter()
        for line in self.lines:
            units[line.sku] += line.quantity
        return dict(units)

    def answer(self) -> ShopOrder:
        """Give the order as a writer tells of it."""
        return ShopOrder(
            ref=self.ref,
            key=self.key,
            status=self.status,
            set_status=self.set_status,
            complete=True,
            expired=self.expired,
            item_ids=self.item_ids,
            total=self.total,
            paid=self.paid_at is not None,
            addressed=self.delivery is not None,
            order_number=self.order_number,
            placed_at=self.placed_at,
        )


class MemoryWriter:
    """Be a shop and its writer at once: deterministic, references counted from 1 and never given twice."""

    def __init__(
        self, roles: Mapping[Role, str] | None = None, now: Callable[[], datetime] = _noon, buyer_email: str = "none", identity: str = "memory"
    ) -> None:
        self.identity = identity
        self.settle_seconds = 0
        self.can_find = True
        self.requests = 0
        self._roles = dict(roles or {})
        self._releasing = releasing(self._roles)
        self._now = now
        self._buyer_email = buyer_email
        self._orders: dict[str, MemoryOrder] = {}
        self._refs: dict[OrderKey, str] = {}
        self._made = 0

    @property
    def orders(self) -> Mapping[str, MemoryOrder]:
        """Show the orders by reference."""
        return MappingProxyType(self._orders)

    @property
    def stock(self) -> Mapping[str, int]:
        """Add up the units that all orders hold of each SKU; those with none are left out."""
        held: Counter[str] = Counter()
        for order in self._orders.values():
            held.update(order.taken)
        return dict(held)

    def move(self, ref: str, status: str) -> None:
        """Give an order another status, as the merchant does in the shop; the receipt keeps what the writer set."""
        self._keep(replace(self._orders[ref], status=status))

    def delete(self, ref: str) -> None:
        """Delete an order, as the merchant does in the shop."""
        del self._refs[self._orders.pop(ref).key]

    def look(self, ref: str) -> Look:
        """Show what the shop keeps of an order."""
        order = self._orders[ref]
        return Look(
            lines=tuple((line.sku, line.title, line.quantity, line.price) for line in order.lines),
            shipping=tuple((fee.name, fee.amount) for fee in order.fees),
            delivery=order.delivery,
            invoice=order.invoice,
            paid_at=order.paid_at,
            note=order.note,
            stock=dict(order.taken),
        )

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look up orders by OTTO key."""
        self.requests += bool(keys)
        return {key: (self._orders[self._refs[key]].answer(),) for key in keys if key in self._refs}

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read orders by reference."""
        self.requests += bool(refs)
        return {ref: self._orders[ref].answer() for ref in refs if ref in self._orders}

    def ours(self, since: datetime | None = None) -> Iterator[ShopOrder]:  # noqa: ARG002  – in memory it saves nothing
        """List all orders."""
        return iter([order.answer() for order in self._orders.values()])

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Carry out actions one after the other; each is durable when its outcome is given."""
        self.requests += bool(actions)
        for action in actions:
            if stop():
                yield NotBegun(action.key)
            elif isinstance(action, Create):
                yield self._create(action)
            else:
                yield self._update(action)

    def statuses(self) -> Sequence[ShopStatus]:
        """List the shop's statuses, which are the embedded shop's."""
        return statuses(self._roles)

    def check(self) -> Iterable[Finding]:
        """Find nothing wrong."""
        return [Finding(Grade.GOOD, "memory shop", f"holds {len(self._orders)} orders")]

    def close(self) -> None:
        """Let go of nothing: the orders stay for the test to look at."""

    def _create(self, action: Create) -> Outcome:
        order, change = action.order, action.change
        if change.status is None:
            return Refused(action.key, "no_status")
        if action.key in self._refs:
            return Refused(action.key, "duplicate_key")
        self._made += 1
        fresh = MemoryOrder(
            ref=str(self._made),
            key=action.key,
            sales_order_id=order.sales_order_id,
            order_number=order.order_number,
            status=change.status,
            placed_at=order.placed_at,
        )
        return self._written(replace(fresh, lines=change.lines or (), fees=change.fees or (), spares_stock=change.spares_stock), change)

    def _update(self, action: Update) -> Outcome:
        order = self._orders.get(action.ref)
        if order is None or order.key != action.key or order.status != action.expected:
            return Changed(action.key, None if order is None else order.answer())
        if action.change.lines is not None:
            order = replace(order, lines=action.change.lines, fees=action.change.fees or ())
        return self._written(order, action.change)

    def _written(self, order: MemoryOrder, change: Change) -> Done:
        order = replace(
            order,
            status=change.status or order.status,
            set_status=change.status or order.set_status,
            delivery=_without_email(change.delivery) or order.delivery,
            invoice=_without_email(change.invoice) or order.invoice,
            buyer_email=order.buyer_email if change.invoice is None else forwarding_email(change.invoice, self._buyer_email),
            paid_at=change.paid_at or order.paid_at or self._now() if change.paid else order.paid_at,
            note="\n".join(dict.fromkeys(filter(None, (*order.note.split("\n"), change.note)))),
            item_ids=frozenset(item for line in order.lines for item in line.item_ids),
            expired=order.expired if change.expired is None else change.expired,
        )
        self._keep(order)
        return Done(order.key, order.ref, order.status, order.total)

    def _keep(self, order: MemoryOrder) -> None:
        """Store an order, with the stock that its status and lines demand."""
        taken = {} if order.spares_stock or order.status in self._releasing else order.units
        history = order.history if order.history[-1:] == (order.status,) else (*order.history, order.status)
        self._orders[order.ref] = replace(order, taken=taken, history=history)
        self._refs[order.key] = order.ref


def _without_email(address: Address | None) -> Address | None:
    return None if address is None else replace(address, email="")
