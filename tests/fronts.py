"""Every kind of shop with the demo's articles on its shelves, driven by the real command line, and seen past the writer as its merchant sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from tests.jsonl_stream import events, followed
from tests.system_shop import STATUS, Place
from tests.webhook_receiver import Kept, Receiver

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Stood:
    """Hold how an order stands in the shop: whose it is (OTTO's id), its status, its total, and the rest that a merchant looks at."""

    one: str
    status: str
    total: Decimal
    rest: tuple[object, ...]


class Seen(Protocol):
    """Show what has become of the orders. `words` are the shop's `[status]`."""

    @property
    def words(self) -> Mapping[str, str]:
        """Give the words of `[status]`."""
        ...

    @property
    def tables(self) -> Mapping[str, Any]:
        """Give the table `[shop]`."""
        ...

    def goods(self) -> dict[str, Stood]:
        """Give every order by the shop's own number, half-made ones too; what is in the bin is none."""
        ...


class Front(Seen, Protocol):
    """Show and change a shop past the writer."""

    @property
    def own(self) -> str:
        """Give a status that none of `words` names."""
        ...

    def stock(self) -> Mapping[str, int]:
        """Give the units on the shelves, or what each order holds where there are none."""
        ...

    def move(self, ref: str, status: str) -> None:
        """Give an order another status, as the merchant does."""
        ...

    def delete(self, ref: str) -> None:
        """Delete an order, as the merchant does."""
        ...

    def spoil(self, ref: str) -> None:
        """Make the first line of an order cheaper, and its total."""
        ...

    def double(self, ref: str) -> str | None:
        """Let an order stand twice; give the number of the second, None where the shop keeps the key unique."""
        ...


class Sqlite:
    """The embedded shop."""

    words: Mapping[str, str] = STATUS
    own = "packing"

    def __init__(self, folder: Path) -> None:
        self._place = Place(folder)

    @property
    def tables(self) -> Mapping[str, Any]:
        return {"writer": "sqlite", "sqlite": {"path": str(self._place.shop)}}

    def goods(self) -> dict[str, Stood]:
        lines: dict[int, list[object]] = {}
        for order, *line in self._place.asked("SELECT order_id, sku, quantity, line_total FROM order_lines ORDER BY order_id, position"):
            lines.setdefault(order, []).append(tuple(line))
        rows = self._place.asked("SELECT id, sales_order_id, status, total, set_status, expired, item_ids, paid_at FROM orders")
        return {str(ref): Stood(one, status, Decimal(total), (*rest, tuple(lines[ref]))) for ref, one, status, total, *rest in rows}

    def stock(self) -> Mapping[str, int]:
        return self._place.stock()

    def move(self, ref: str, status: str) -> None:
        self._place.merchant("UPDATE orders SET status = ? WHERE id = ?", status, ref)

    def delete(self, ref: str) -> None:
        self._place.merchant("DELETE FROM orders WHERE id = ?", ref)

    def spoil(self, ref: str) -> None:
        self._place.merchant("UPDATE order_lines SET line_total = '0.01' WHERE position = 1 AND order_id = ?", ref)

    def double(self, ref: str) -> None:
        return None


class Webhook:
    """A receiver of events; with `looks_up` it can be asked for orders."""

    words: Mapping[str, str] = STATUS
    own = "packing"

    def __init__(self, receiver: Receiver, *, looks_up: bool) -> None:
        self.receiver = receiver
        self._looks_up = looks_up

    @property
    def tables(self) -> Mapping[str, Any]:
        return {"writer": "webhook", "webhook": {**self.receiver.settings, **(self.receiver.lookup if self._looks_up else {})}}

    def goods(self) -> dict[str, Stood]:
        return {order.reference: self._stood(order) for order in self.receiver.orders.values()}

    @staticmethod
    def _stood(order: Kept) -> Stood:
        lines = tuple((line["sku"], line["quantity"], line["line_total"]) for line in order.said["lines"])
        rest = (order.set_status, order.expired, order.paid, order.said.get("delivery_address", {}).get("city"), tuple(order.notes), lines)
        return Stood(order.said["sales_order_id"], order.status, Decimal(order.said["total"]), rest)

    def stock(self) -> Mapping[str, int]:
        return {order.said["sales_order_id"]: sum(order.stock.values()) for order in self.receiver.orders.values()}

    def move(self, ref: str, status: str) -> None:
        self.receiver.move(ref, status)

    def delete(self, ref: str) -> None:
        self.receiver.delete(ref)

    def spoil(self, ref: str) -> None:
        said = next(order for order in self.receiver.orders.values() if order.reference == ref).said
        said["total"] = str(Decimal(said["total"]) - Decimal(said["lines"][0]["line_total"]) + CENT)
        said["lines"] = [{**said["lines"][0], "line_total": str(CENT)}, *said["lines"][1:]]

    def double(self, ref: str) -> None:
        return None


class Stream:
    """An event stream, and a program that follows it; it has no merchant."""

    words: Mapping[str, str] = STATUS
    own = "packing"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def tables(self) -> Mapping[str, Any]:
        return {"writer": "jsonl", "jsonl": {"path": str(self._folder / "orders.jsonl")}}

    def goods(self) -> dict[str, Stood]:
        return {one: self._stood(one, order) for one, order in followed(events(self._folder)).items()}

    @staticmethod
    def _stood(one: str, order: Mapping[str, Any]) -> Stood:
        lines = tuple((line["sku"], line["quantity"], line["line_total"]) for line in order["lines"])
        return Stood(one, order["status"], Decimal(order["total"]), (order["expired"], order["paid"], lines))
