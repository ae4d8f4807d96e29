"""Which product or combination of the shop an article of OTTO is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otto_import.writers.prestashop.webservice import Row, Webservice, any_of, bundles, flag, text
from otto_import.writers.web import ArticleNumbers, Wanted

if TYPE_CHECKING:
    from otto_import.orders import Line

_AT_ONCE: Final = 50
_PRODUCT: Final = "id,reference,ean13,id_tax_rules_group,product_type,name,active"
_COMBINATION: Final = "id,id_product,reference,ean13"
_WITH_COMBINATIONS: Final = "combinations"
_UNASKABLE: Final = "[]"  # the shop reads these as its own signs, wherever they stand
_ALONE: Final = "|,%"


@dataclass(frozen=True, slots=True)
class Article:
    """Hold an article of the shop; `combination` is "0" for a product without variants."""

    product: str
    combination: str
    tax_group: str
    name: str


class Articles:
    """Find articles by reference or EAN, many in one request; only what was found is kept for the run."""

    def __init__(self, webservice: Webservice, numbers: ArticleNumbers) -> None:
        self._webservice = webservice
        self._numbers = numbers
        self._kept: dict[Wanted, Article] = {}

    def of(self, lines: Sequence[Line]) -> Mapping[str, Article]:
        """Give the articles of lines by OTTO's SKU; those that the shop lacks are left out."""
        wanted = {line.sku: self._numbers.of(line) for line in lines}
        new = {each for each in wanted.values() if each not in self._kept and each.number}
        for ean in (False, True):
            self._look(sorted(each.number for each in new if each.ean is ean), ean=ean)
        return {sku: self._kept[each] for sku, each in wanted.items() if each in self._kept}

    def number(self, line: Line) -> str:
        """Give the number under which the shop would have a line's article."""
        return self._numbers.of(line).number

    def _look(self, numbers: Sequence[str], *, ean: bool) -> None:
        field = "ean13" if ean else "reference"
        found: dict[str, Article] = {}
        products = self._rows("products", _PRODUCT, field, numbers)
        for row in sorted(products, key=lambda row: not flag(row, "active")):
            # A product with variants cannot be ordered by its own number: nobody could tell which of them is meant.
            if text(row, "product_type") != _WITH_COMBINATIONS:
                found.setdefault(text(row, field), _article(row))
        combinations = self._rows("combinations", _COMBINATION, field, [number for number in numbers if number not in found])
        parents = self._parents(combinations)
        for row in combinations:
            parent = parents.get(text(row, "id_product"))
            if parent is not None:
                found.setdefault(text(row, field), Article(parent.product, text(row, "id"), parent.tax_group, parent.name))
        # The shop compares without regard to case; we do not.
        self._kept.update({Wanted(number, ean): found[number] for number in numbers if number in found})

    def _parents(self, combinations: Iterable[Row]) -> Mapping[str, Article]:
        numbers = sorted({text(row, "id_product") for row in combinations})
        return {text(row, "id"): _article(row) for row in self._rows("products", _PRODUCT, "id", numbers)}

    def _rows(self, resource: str, display: str, field: str, values: Sequence[str]) -> list[Row]:
        plain = [value for value in values if not set(value) & set(_ALONE + _UNASKABLE)]
        alone = [value for value in values if set(value) & set(_ALONE) and not set(value) & set(_UNASKABLE)]
        rows: list[Row] = []
        for bundle in bundles(plain, _AT_ONCE):
            rows += self._ask(resource, display, field, any_of(bundle))
        for value in _askable(alone):
            rows += self._ask(resource, display, field, value)
        return rows

    def _ask(self, resource: str, display: str, field: str, value: str) -> list[Row]:
        return self._webservice.rows(resource, display, (field, value))


def _askable(values: Sequence[str]) -> Iterator[str]:
    """Give what fits into an address by itself."""
    return (value for (value,) in bundles(values, 1))


def _article(row: Row) -> Article:
    name = row.get("name")
    if isinstance(name, list):  # a shop with several languages gives one text for each
        name = next((each.get("value") for each in name if isinstance(each, dict) and each.get("value")), "")
    return Article(text(row, "id"), "0", text(row, "id_tax_rules_group") or "0", str(name or ""))
