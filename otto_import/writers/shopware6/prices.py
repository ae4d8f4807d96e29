"""Amounts as Shopware keeps them: gross, with the tax worked out for each rate. It stores what it is sent and recomputes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from otto_import.writers.web import net

if TYPE_CHECKING:
    from otto_import.orders import DeliveryFee
    from otto_import.writers.shopware6.api import Document

_HUNDRED: Final = 100
ROUNDING: Final = {"decimals": 2, "interval": 0.01, "roundForNet": True}
Amounts = Sequence[tuple[Decimal, Decimal]]
"""Gross amounts, each with its VAT rate."""


def calculated(price: Decimal, quantity: int, vat_rate: Decimal) -> Document:
    """Give the price of a line."""
    return _document(price, quantity, price * quantity, [(price * quantity, vat_rate)])


def shipping(fees: Iterable[DeliveryFee]) -> Document:
    """Give the shipping costs that some fees make up."""
    amounts = [(fee.amount, fee.vat_rate) for fee in fees]
    total = _sum(amounts)
    return _document(total, 1, total, amounts or [(Decimal(0), Decimal(19))])


def payment(total: Decimal, amounts: Amounts) -> Document:
    """Give the amount of a payment."""
    return _document(total, 1, total, amounts)


def cart(positions: Amounts, fees: Amounts) -> Document:
    """Give the price of a whole order."""
    everything = [*positions, *fees]
    total = _sum(everything)
    taxes = _taxes(everything)
    return {
        "netPrice": total - sum((tax["tax"] for tax in taxes), Decimal(0)),
        "totalPrice": total,
        "positionPrice": _sum(positions),
        "rawTotal": total,
        "taxStatus": "gross",
        "calculatedTaxes": taxes,
        "taxRules": _rules(everything),
    }


def definition(price: Decimal, quantity: int, vat_rate: Decimal) -> Document:
    """Say how a line's price comes about, for the shop's own recalculation."""
    return {"type": "quantity", "price": price, "quantity": quantity, "taxRules": _rules([(price, vat_rate)]), "isCalculated": True}


def _document(unit: Decimal, quantity: int, total: Decimal, amounts: Amounts) -> Document:
    return {"unitPrice": unit, "quantity": quantity, "totalPrice": total, "calculatedTaxes": _taxes(amounts), "taxRules": _rules(amounts)}


def _taxes(amounts: Amounts) -> list[Document]:
    by_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    for gross, rate in amounts:
        by_rate[rate] += gross
    return [{"tax": gross - net(gross, rate, 2), "taxRate": rate, "price": gross} for rate, gross in by_rate.items()]


def _rules(amounts: Amounts) -> list[Document]:
    """Share the rates out; a rule's percentage tells which part of the amount it taxes."""
    taxes = _taxes(amounts)
    total = sum((tax["price"] for tax in taxes), Decimal(0))
    if len(taxes) == 1 or not total:
        return [{"taxRate": tax["taxRate"], "percentage": _HUNDRED} for tax in taxes[:1]]
    return [{"taxRate": tax["taxRate"], "percentage": (tax["price"] * _HUNDRED / total).quantize(Decimal("0.000001"))} for tax in taxes]


def _sum(amounts: Amounts) -> Decimal:
    return sum((gross for gross, _ in amounts), Decimal(0))
