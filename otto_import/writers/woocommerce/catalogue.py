"""Which articles the shop has: asked for many at once, remembered for the run. An article unknown once is asked for again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from otto_import.writers.web import Refusal, Wanted, bundled
from otto_import.writers.web.client import refused
from otto_import.writers.web.shapes import fits
from otto_import.writers.woocommerce.shapes import PRODUCT, TAX
from otto_import.writers.woocommerce.wire import MOST, money, no_list, no_list_of

if TYPE_CHECKING:
    from otto_import.orders import Line
    from otto_import.writers.web import ArticleNumbers, ShopClient

_PRODUCTS: Final = "/wp-json/wc/v3/products"
_TAXES: Final = "/wp-json/wc/v3/taxes"
_FIELDS: Final = "id,sku,global_unique_id,type,tax_class"
_AT_ONCE: Final = 50
_UNSELLABLE: Final = frozenset({"variable", "grouped"})
_STANDARD: Final = "standard"


@dataclass(frozen=True, slots=True)
class Article:
    """Hold one article or variant of the shop."""

    id: int
    sku: str


class Articles:
    """Look articles up by SKU or EAN; a parent of variants is none, since nobody can ship it."""

    def __init__(self, client: ShopClient, numbers: ArticleNumbers) -> None:
        self._client = client
        self._numbers = numbers
        self._known: dict[Wanted, Article] = {}
        self._classes: dict[Decimal, str] | None = None
        self._lock = threading.Lock()

    def learn(self, lines: Iterable[Line]) -> None:
        """Ask for all articles of the lines that are not known yet."""
        with self._lock:
            unknown = [wanted for wanted in dict.fromkeys(map(self._numbers.of, lines)) if wanted.number and wanted not in self._known]
            # A comma parts the numbers of a question; an article whose own number has one is asked for alone.
            for ean in (False, True):
                numbers = [wanted.number for wanted in unknown if wanted.ean is ean]
                alone = [number for number in numbers if "," in number]
                together = [number for number in numbers if "," not in number]
                for bundle in (*bundled(together, _AT_ONCE), *bundled(alone, 1)):
                    self._ask([Wanted(number, ean) for number in bundle])

    def of(self, line: Line) -> Article | None:
        """Give the article of a line as far as it was learnt."""
        return self._known.get(self._numbers.of(line))

    def missing(self, lines: Sequence[Line]) -> frozenset[str]:
        """Give OTTO's SKUs of the lines whose articles the shop lacks."""
        self.learn(lines)
        return frozenset(line.sku for line in lines if self.of(line) is None)

    def tax_class(self, vat_rate: Decimal) -> str:
        """Name the shop's tax class of a German rate, the standard one ("") where there is none."""
        with self._lock:
            if self._classes is None:
                self._classes = {}
                for tax in question(lambda: list(tax_rates(self._client))):
                    if tax["country"] in {"DE", ""}:
                        self._classes.setdefault(money(tax["rate"]), "" if tax["class"] == _STANDARD else tax["class"])
        return self._classes.get(vat_rate, "")

    def _ask(self, group: Sequence[Wanted]) -> None:
        if not group:
            return
        ean = group[0].ean
        name = "global_unique_id" if ean else "sku"
        params = ((name, ",".join(wanted.number for wanted in group)), ("per_page", str(MOST)), ("_fields", _FIELDS))
        found = [each for each in question(lambda: self._client.ask(_PRODUCTS, params, fault=_no_articles)) if each["type"] not in _UNSELLABLE]
        # What comes back is compared: older shops do not know the question for an EAN and answer with every article.
        exact = {(each.get(name) or "").strip(): each for each in reversed(found)}
        folded = {number.casefold(): each for number, each in exact.items()}
        for wanted in group:
            number = wanted.number.strip()
            each = exact.get(number) or folded.get(number.casefold())
            if number and each is not None:
                self._known[wanted] = Article(each["id"], each["sku"])


def _no_articles(answer: object) -> str | None:
    return no_list(answer) or (None if fits(answer, [PRODUCT]) else "gives an answer that is no list of articles")


def tax_rates(client: ShopClient) -> Iterator[Mapping[str, Any]]:
    """List the shop's tax rates, all pages of them: a shop that sells all over Europe has hundreds."""
    page = 1
    while True:
        rates = client.ask(_TAXES, (("per_page", str(MOST)), ("page", str(page))), fault=no_list_of(TAX))
        yield from rates
        if len(rates) < MOST:
            return
        page += 1


def question(ask: Callable[[], Any]) -> Any:  # noqa: ANN401  – a document has whatever shape the shop gives it
    """Ask what nobody can go on without: a refusal ends the run."""
    try:
        return ask()
    except Refusal as refusal:
        raise refused(refusal) from refusal
