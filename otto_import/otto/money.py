"""Amounts and rates: what may be trusted, and in which form it goes on."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from otto_import.otto.schema import Amount

_CENT = Decimal("0.01")
_NEARLY = Decimal("0.000001")
_LARGEST = Decimal(1_000_000)
_WHOLE = Decimal(100)
_ZERO = Decimal("0.00")


class Untrusted(Exception):
    """Say why an order must not be trusted, without any of its values."""

    def __init__(self, *, because: str) -> None:
        super().__init__(because)


def euros(amount: Amount | None, what: str) -> Decimal:
    """Give an amount in whole cents; `Untrusted` if it is absent, negative, absurdly large, not in euro or not in whole cents."""
    value = None if amount is None else amount.amount
    if amount is None or value is None:
        raise Untrusted(because=f"{what} is missing")
    if amount.currency != "EUR":
        raise Untrusted(because=f"{what} is not in euro")
    if value < 0:
        raise Untrusted(because=f"{what} is negative")
    if value > _LARGEST:
        raise Untrusted(because=f"{what} is absurdly large")
    cents = value.quantize(_CENT, ROUND_HALF_UP)
    if abs(cents - value) > _NEARLY:
        raise Untrusted(because=f"{what} is not in whole cents")
    return cents or _ZERO  # a negative zero becomes an ordinary one


def percent(rate: Decimal | None, what: str) -> Decimal:
    """Give a VAT rate in percent with two decimals, so that 19 and 19.0 are one; `Untrusted` outside 0 to 100."""
    if rate is None:
        raise Untrusted(because=f"{what} is missing")
    if not 0 <= rate <= _WHOLE:
        raise Untrusted(because=f"{what} is not between 0 and 100")
    return rate.quantize(_CENT, ROUND_HALF_UP) or _ZERO
