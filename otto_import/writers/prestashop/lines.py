"""An order's rows: what they are to be, what they are, and the edits between the two. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from otto_import.writers.prestashop.webservice import Row, text
from otto_import.writers.web import net

_CENT: Final = Decimal("0.01")
_LONG: Final = Decimal("0.000001")

DETAIL_FIELDS: Final = (
    "id,product_id,product_attribute_id,product_quantity,product_name,product_reference,id_tax_rules_group,unit_price_tax_incl,total_price_tax_incl"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Hold one row as it is to be; `product` "0" is a free-text line. Prices gross euro, VAT in percent."""

    product: str
    combination: str
    name: str
    reference: str
    quantity: int
    price: Decimal
    vat_rate: Decimal
    tax_group: str = "0"

    @property
    def total(self) -> Decimal:
        """Multiply price and quantity."""
        return self.price * self.quantity

    @property
    def net_total(self) -> Decimal:
        """Give the net amount of the row, to the cent."""
        return net(self.total, self.vat_rate, 2)

    @property
    def article(self) -> tuple[str, str]:
        """Name the article: product and combination."""
        return self.product, self.combination

    def amounts(self) -> dict[str, object]:
        """Give quantity and prices as the shop's fields."""
        single = net(self.price, self.vat_rate)
        return {
            "product_quantity": self.quantity,
            "product_price": single,
            "unit_price_tax_incl": self.price.quantize(_LONG),
            "unit_price_tax_excl": single,
            "total_price_tax_incl": self.total.quantize(_LONG),
            "total_price_tax_excl": self.net_total,
        }


@dataclass(frozen=True, slots=True)
class Edits:
    """Hold what is to be done to rows: fields by row number, rows to add, numbers of rows to drop; `moves_units` if stock is concerned."""

    change: Mapping[str, Mapping[str, object]]
    add: Sequence[Target]
    drop: Sequence[str]
    moves_units: bool

    @property
    def any(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.change or self.add or self.drop)


def edits(targets: Sequence[Target], details: Sequence[Row]) -> Edits:
    """Compare rows as they are to be with rows as they are; the row most alike is taken for each."""
    left = list(details)
    paired: dict[int, Row] = {}
    for fits in (_is, _costs_the_same, _is_of_same_article):
        for place, target in enumerate(targets):
            row = None if place in paired else next((row for row in left if fits(target, row)), None)
            if row is not None:
                paired[place] = row
                left.remove(row)
    change = {text(row, "id"): targets[place].amounts() for place, row in paired.items() if _differs(targets[place], row)}
    add = [target for place, target in enumerate(targets) if place not in paired]
    return Edits(change, add, [text(row, "id") for row in left], _units_now(details) != _units_wanted(targets))


def amount(row: Row, field: str) -> Decimal:
    """Give an amount of a record, to the cent; 0 where it has none."""
    return _number(row, field).quantize(_CENT)


def net_of(targets: Iterable[Target]) -> Decimal:
    """Add up the net amounts of rows."""
    return sum((target.net_total for target in targets), Decimal(0))


def article_of(row: Row) -> tuple[str, str]:
    """Name the article of a row: product and combination."""
    return text(row, "product_id") or "0", text(row, "product_attribute_id") or "0"


def _is_of_same_article(target: Target, row: Row) -> bool:
    return article_of(row) == target.article and (target.product != "0" or text(row, "product_name") == target.name)


def _costs_the_same(target: Target, row: Row) -> bool:
    return _is_of_same_article(target, row) and amount(row, "unit_price_tax_incl") == target.price.quantize(_CENT)


def _is(target: Target, row: Row) -> bool:
    return _is_of_same_article(target, row) and not _differs(target, row)


def _differs(target: Target, row: Row) -> bool:
    return (
        _number(row, "product_quantity") != target.quantity
        or amount(row, "unit_price_tax_incl") != target.price.quantize(_CENT)
        or amount(row, "total_price_tax_incl") != target.total.quantize(_CENT)
    )


def _units_now(details: Sequence[Row]) -> Counter[tuple[str, str]]:
    return _counted((article_of(row), int(_number(row, "product_quantity"))) for row in details)


def _units_wanted(targets: Sequence[Target]) -> Counter[tuple[str, str]]:
    return _counted((target.article, target.quantity) for target in targets)


def _counted(pairs: Iterator[tuple[tuple[str, str], int]]) -> Counter[tuple[str, str]]:
    units: Counter[tuple[str, str]] = Counter()
    for article, quantity in pairs:
        if article[0] != "0":
            units[article] += quantity
    return units


def _number(row: Row, field: str) -> Decimal:
    try:
        return Decimal(text(row, field) or "0")
    except InvalidOperation:
        return Decimal(0)
