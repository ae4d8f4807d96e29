"""How the lines of a shop order differ from what is wanted: what is to be taken off, what is to be changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from otto_import.orders import Line
from otto_import.writers.woocommerce.amounts import amounts, gross, held, item_ids, meta_of, new_fee, new_line, outdated, refund_of
from otto_import.writers.woocommerce.wire import FEE, Document, fields, money

if TYPE_CHECKING:
    from otto_import.orders import DeliveryFee
    from otto_import.plan import Change
    from otto_import.writers.woocommerce.catalogue import Articles

_KINDS: Final = ("line_items", "shipping_lines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Hold a line as it stands: what of it was refunded, and what is wanted of it (None: nothing)."""

    kind: str
    part: Document
    refunded_quantity: int
    refunded: Decimal
    wanted: Line | DeliveryFee | None

    @property
    def quantity(self) -> int:
        """Count the units that are left."""
        return int(self.part.get("quantity", 1)) - self.refunded_quantity

    @property
    def amount(self) -> Decimal:
        """Give the gross amount that is left."""
        return gross(self.part) - self.refunded

    @property
    def wanted_quantity(self) -> int:
        """Count the units that are wanted."""
        return getattr(self.wanted, "quantity", 1) if self.wanted else 0

    @property
    def wanted_amount(self) -> Decimal:
        """Give the gross amount that is wanted."""
        match self.wanted:
            case None:
                return Decimal(0)
            case object(total=Decimal() as whole):
                return whole
            case other:
                return Decimal(getattr(other, "amount", 0))

    @property
    def same(self) -> bool:
        """Tell whether it is as wanted."""
        units = self.kind != "line_items" or self.quantity == self.wanted_quantity
        return units and self.amount == self.wanted_amount


@dataclass(frozen=True, slots=True)
class Differing:
    """Hold every line of an order beside what is wanted of it, and what is wanted and has no line yet."""

    order: Document
    refunds: Sequence[Document]
    standing: Sequence[Standing]
    new_lines: Sequence[Line] = ()
    new_fees: Sequence[DeliveryFee] = field(default=())

    @property
    def same(self) -> bool:
        """Tell whether nothing is to be done."""
        return not self.new_lines and not self.new_fees and all(each.same for each in self.standing)

    @property
    def only_less(self) -> bool:
        """Tell whether it is enough to take something off."""
        less = all(each.wanted_quantity <= each.quantity and each.wanted_amount <= each.amount for each in self.standing if not each.same)
        return less and not self.new_lines and not self.new_fees

    @property
    def drops_stock(self) -> bool:
        """Tell whether a line goes that holds stock: older shops forget to give back what it held."""
        return any(each.wanted is None and held(each.part) for each in self.standing)

    def marks(self) -> list[dict[str, Any]]:
        """Give the lines that stay, but whose fields are behind OTTO's word: position items, ship-by date, an old appliance, what has left."""
        return [
            {"id": each.part["id"], "meta_data": meta_of(each.wanted, each.part)}
            for each in self.standing
            if isinstance(each.wanted, Line) and outdated(each.wanted, each.part)
        ]

    def refund(self) -> list[dict[str, Any]]:
        """Give the entries of the refund that brings a paid order to what is wanted."""
        return [
            refund_of(each.part, each.quantity - each.wanted_quantity if each.kind == "line_items" else 1, each.amount - each.wanted_amount)
            for each in self.standing
            if not each.same
        ]

    def edit(self, articles: Articles) -> dict[str, Any]:
        """Give the change of lines that brings an unpaid order to what is wanted."""
        told: dict[str, list[dict[str, Any]]] = {
            kind: [self._edited(each) for each in self.standing if each.kind == kind and not each.same] for kind in _KINDS
        }
        for line in self.new_lines:
            article = articles.of(line)
            told["line_items"].append(new_line(line, article, "" if article else articles.tax_class(line.vat_rate)))
        told["shipping_lines"] += [new_fee(fee) for fee in self.new_fees]
        return {kind: parts for kind, parts in told.items() if parts}

    def _edited(self, each: Standing) -> dict[str, Any]:
        number = each.part["id"]
        if each.wanted is None and not each.refunded:
            return {"id": number, "quantity": 0} if each.kind == "line_items" else {"id": number, "method_id": None}
        changed = {"id": number, **amounts(each.part, self.order, each.wanted_amount + each.refunded, each.kind)}
        if each.kind == "line_items":
            changed["quantity"] = each.wanted_quantity + each.refunded_quantity
            if each.wanted is not None:
                changed["meta_data"] = meta_of(each.wanted, each.part)  # type: ignore[arg-type]  # what is wanted of an article's line is a Line
        return changed


def compare(order: Document, refunds: Sequence[Document], change: Change, articles: Articles) -> Differing:
    """Set the lines of an order beside those a change wants."""
    taken = _taken_off(refunds)
    lines, fees = list(change.lines or ()), list(change.fees or ())
    standing: list[Standing] = []
    for kind in _KINDS:
        for part in order[kind]:
            wanted = _line_for(part, lines, articles) if kind == "line_items" else _fee_for(part, fees)
            if wanted is not None:
                (lines if kind == "line_items" else fees).remove(wanted)  # type: ignore[arg-type]  # it came from there
            quantity, amount = taken.get(part["id"], (0, Decimal(0)))
            standing.append(Standing(kind=kind, part=part, refunded_quantity=quantity, refunded=amount, wanted=wanted))
    return Differing(order, refunds, standing, lines, fees)


def _taken_off(refunds: Iterable[Document]) -> Mapping[int, tuple[int, Decimal]]:
    taken: defaultdict[int, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for refund in refunds:
        for kind in _KINDS:
            for part in refund.get(kind) or ():
                told = str(fields(part).get("_refunded_item_id") or 0)
                of = int(told) if told.isdecimal() else 0
                quantity, amount = taken[of]
                taken[of] = quantity - int(part.get("quantity") or 0), amount - money(part["total"]) - money(part["total_tax"])
    return taken


def _line_for(part: Document, lines: Sequence[Line], articles: Articles) -> Line | None:
    """Find what is wanted of a line: the same position items, or fewer of them; on a line that is not ours the same article."""
    ours = item_ids(part)
    for line in lines:
        if ours and ours & set(line.item_ids):
            return line
    number = part.get("variation_id") or part.get("product_id")
    return next((line for line in lines if not ours and (article := articles.of(line)) is not None and article.id == number), None)


def _fee_for(part: Document, fees: Sequence[DeliveryFee]) -> DeliveryFee | None:
    name = fields(part).get(FEE)
    named = [fee for fee in fees if name in {fee.name, None}]
    return next((fee for fee in named if fee.amount == gross(part)), named[0] if named else None)
