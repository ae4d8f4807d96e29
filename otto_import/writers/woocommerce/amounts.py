"""Lines and money: the shop wants net amounts and taxes them by its own rules; the gross sum must be OTTO's to the cent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from otto_import.writers.web import fee_label, line_fields, net
from otto_import.writers.woocommerce.wire import FEE, ITEM_IDS, Document, as_meta, fields, money

if TYPE_CHECKING:
    from otto_import.orders import DeliveryFee, Line
    from otto_import.plan import Change
    from otto_import.writers.woocommerce.catalogue import Article

_CENT: Final = Decimal("0.01")
_HUNDRED: Final = Decimal(100)
_NOBODYS: Final = "otto-import-free-text"
"""A SKU that no article bears: with it, a name and a total the shop makes a line of free text."""
_OURS: Final = frozenset({"_otto_item_ids", "_otto_sent", "otto_ship_by", "otto_weee_pickup"})
_HIDDEN: Final = frozenset({"otto_item_ids", "otto_sent"})
"""Fields that only programs read; the shop shows line fields to people unless they begin with an underscore."""


def wanted_total(change: Change) -> Decimal:
    """Add up lines and fees."""
    lines = sum((line.total for line in change.lines or ()), Decimal(0))
    return lines + sum((fee.amount for fee in change.fees or ()), Decimal(0))


def new_line(line: Line, article: Article | None, tax_class: str) -> dict[str, Any]:
    """Give a new line: of an article, or of free text with a tax class."""
    amount = str(net(line.total, line.vat_rate))
    named = {f"_{name}" if name in _HIDDEN else name: value for name, value in line_fields(line).items()}
    told: dict[str, Any] = {"name": line.title or line.sku, "quantity": line.quantity, "subtotal": amount, "total": amount}
    if article is not None:
        return {"product_id": article.id, **told, "meta_data": as_meta(named)}
    return {"sku": _NOBODYS, **told, "tax_class": tax_class, "meta_data": as_meta({**named, "SKU": line.sku})}


def new_fee(fee: DeliveryFee) -> dict[str, Any]:
    """Give a new shipping line."""
    return {
        "method_id": "otto",
        "method_title": fee_label(fee),
        "total": str(net(fee.amount, fee.vat_rate)),
        "meta_data": as_meta({FEE: fee.name}),
    }


def gross(part: Document) -> Decimal:
    """Give the gross amount of a line."""
    return money(part["total"]) + money(part["total_tax"])


def rate(part: Document, order: Document) -> Decimal:
    """Give the percentage at which the shop taxed a line."""
    percents = {each["rate_id"]: money(each.get("rate_percent")) for each in order.get("tax_lines") or ()}
    return sum((percents.get(tax["id"], Decimal(0)) for tax in part.get("taxes") or ()), Decimal(0))


def amounts(part: Document, order: Document, wanted: Decimal, kind: str) -> dict[str, str]:
    """Give the net amounts by which a line that is there comes to a gross amount."""
    amount = str(net(wanted, rate(part, order)))
    return {"subtotal": amount, "total": amount} if kind == "line_items" else {"total": amount}


def refund_of(part: Document, quantity: int, wanted: Decimal) -> dict[str, Any]:
    """Give the entry of a refund over so many units and so much money, tax included, of one line."""
    whole, taxes = gross(part), [tax for tax in part.get("taxes") or () if money(tax.get("total"))]
    tax = (wanted * money(part["total_tax"]) / whole).quantize(_CENT, ROUND_HALF_UP) if whole and taxes else Decimal(0)
    entry: dict[str, Any] = {"id": part["id"], "quantity": quantity, "refund_total": wanted - tax}
    return {**entry, "refund_tax": [{"id": taxes[0]["id"], "refund_total": tax}]} if taxes else entry


def item_ids(part: Document) -> frozenset[str]:
    """Give the position items that a line was made of."""
    told = fields(part).get(ITEM_IDS)
    return frozenset(told.split(",")) if isinstance(told, str) and told else frozenset()


def held(part: Document) -> int:
    """Count the units of stock that a line holds."""
    told = fields(part).get("_reduced_stock")
    return int(str(told)) if str(told or "").isdecimal() else 0


def meta_of(line: Line, part: Document) -> list[dict[str, str | None]]:
    """Give the fields of a line that is there already; those that no longer hold are taken away."""
    now = {name: None for name in fields(part) if name in _OURS}
    told = {f"_{name}" if name in _HIDDEN else name: value for name, value in line_fields(line).items()}
    return as_meta({**now, **told})


def outdated(line: Line, part: Document) -> bool:
    """Tell whether a line's fields are other than OTTO's word by now."""
    stands = {name: value for name, value in fields(part).items() if name in _OURS}
    return stands != {f"_{name}" if name in _HIDDEN else name: value for name, value in line_fields(line).items()}
