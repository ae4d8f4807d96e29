"""What the rows and totals of an order are to be, by the articles of the shop and its tax rates."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from otto_import.writers.prestashop import texts
from otto_import.writers.prestashop.articles import Article
from otto_import.writers.prestashop.codes import Code, refusal
from otto_import.writers.prestashop.directory import TAXES
from otto_import.writers.prestashop.lines import Target, article_of, net_of
from otto_import.writers.prestashop.webservice import Row, text
from otto_import.writers.web import net

if TYPE_CHECKING:
    from otto_import.orders import DeliveryFee, Line
    from otto_import.plan import Change
    from otto_import.writers.prestashop.parts import Parts

_HOME: Final = "DE"
_ZERO: Final = Decimal(0)
_LONGEST_NAME: Final = 255
_LONGEST_REFERENCE: Final = 64


def targets(parts: Parts, change: Change, details: Sequence[Row] = ()) -> list[Target] | None:
    """Give the rows an order is to have; None if the change leaves them. `Refusal` for an article that the shop lacks, unless it may be free text.

    An article that the shop no longer has keeps the row it has on the order (`details`).
    """
    if change.lines is None:
        return None
    found = parts.articles.of(change.lines)
    rates = parts.directory.rates(parts.directory.country(change.delivery.country if change.delivery else _HOME))
    taxed = parts.directory.settings().get(TAXES, "1") == "1"
    rows: list[Target] = []
    for line in change.lines:
        article = found.get(line.sku) or _kept(parts.articles.number(line), details)
        if article is None and parts.settings.unknown_sku == "hold":
            raise refusal(Code.UNKNOWN_SKU)
        rate = line.vat_rate if article is None else rates.get(article.tax_group, _ZERO) if taxed else _ZERO
        rows.append(_target(line, article, rate))
    return rows


def order_totals(rows: Sequence[Target], fees: Sequence[DeliveryFee]) -> dict[str, Decimal]:
    """Give the totals of an order as the shop's fields; it does not add up again what is written afterwards."""
    goods = sum((row.total for row in rows), _ZERO)
    shipping = sum((fee.amount for fee in fees), _ZERO)
    net_goods, net_shipping = net_of(rows), sum((net(fee.amount, fee.vat_rate, 2) for fee in fees), _ZERO)
    none = dict.fromkeys(
        (
            "total_discounts",
            "total_discounts_tax_incl",
            "total_discounts_tax_excl",
            "total_wrapping",
            "total_wrapping_tax_incl",
            "total_wrapping_tax_excl",
        ),
        _ZERO,
    )
    return none | {
        "total_products": net_goods,
        "total_products_wt": goods,
        "total_shipping": shipping,
        "total_shipping_tax_incl": shipping,
        "total_shipping_tax_excl": net_shipping,
        "total_paid": goods + shipping,
        "total_paid_tax_incl": goods + shipping,
        "total_paid_tax_excl": net_goods + net_shipping,
    }


def _target(line: Line, article: Article | None, rate: Decimal) -> Target:
    return Target(
        product=article.product if article else "0",
        combination=article.combination if article else "0",
        name=texts.generic((article.name if article else "") or line.title, _LONGEST_NAME) or line.sku,
        reference=texts.generic(line.sku, _LONGEST_REFERENCE),
        quantity=line.quantity,
        price=line.price,
        vat_rate=rate,
        tax_group=article.tax_group if article else "0",
    )


def _kept(number: str, details: Sequence[Row]) -> Article | None:
    for row in details:
        if number and text(row, "product_reference") == number and article_of(row)[0] != "0":
            return Article(*article_of(row), text(row, "id_tax_rules_group") or "0", text(row, "product_name"))
    return None
