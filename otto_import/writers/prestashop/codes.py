"""Why the writer itself refuses or leaves an order, by symbolic codes."""

from __future__ import annotations

from enum import Enum

from otto_import.writers.web import Doubt, Refusal


class Code(Enum):
    """Name a code and the question that led to it."""

    UNKNOWN_SKU = ("unknown_sku", "GET /api/products")
    UNKNOWN_STATUS = ("unknown_status", "GET /api/order_states")
    STATUS_TAKES_NO_STOCK = ("status_takes_no_stock", "GET /api/order_states")
    NO_STATUS_SPARES_STOCK = ("no_status_spares_stock", "GET /api/order_states")
    COUNTRY_NOT_ACTIVE = ("country_not_active", "GET /api/countries")
    NO_EURO = ("no_euro", "GET /api/currencies")
    NO_SUCH_LANGUAGE = ("no_such_language", "GET /api/languages")
    NO_SUCH_CARRIER = ("no_such_carrier", "GET /api/carriers")
    ALREADY_THERE = ("already_there", "GET /api/orders")
    BEGUN_ELSEWHERE = ("begun_elsewhere", "GET /api/customers")
    VANISHED = ("vanished", "GET /api/orders")


def refusal(code: Code) -> Refusal:
    """Make the refusal of an order, for a reason of ours."""
    return Refusal(code.value[1], 0, code.value[0])


def doubt(code: Code) -> Doubt:
    """Make the doubt about an order, for a reason of ours."""
    return Doubt(code.value[1], code.value[0])
