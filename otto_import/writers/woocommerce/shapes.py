"""What WooCommerce's answers must look like (seen of 8.9 and 11.0)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from otto_import.writers.web.shapes import Maybe, Once, amount, nothing, whole, word

_META: Final = [{"key": str, "value": object}]
_PART: Final = {
    "id": whole,
    "total": amount,
    "total_tax": amount,
    "quantity": Maybe((whole, amount)),
    "product_id": Maybe(whole),
    "variation_id": Maybe(whole),
    "taxes": Maybe([{"id": whole, "total": Maybe((amount, str))}]),
    "meta_data": _META,
}
REFUND: Final = {kind: Maybe(Once({**_PART, "quantity": Maybe(amount)})) for kind in ("line_items", "shipping_lines", "fee_lines")}
_ADDRESS: Final = {"country": Maybe(str), "email": Maybe(str)}
ORDER: Final = {
    "id": int,
    "status": word,
    "total": amount,
    "created_via": Maybe(str),
    "date_paid_gmt": Maybe(str),
    "meta_data": (_META, nothing),
    "refunds": Maybe([{"total": amount, "reason": Maybe(str)}]),
    "billing": Maybe(_ADDRESS),
    "shipping": Maybe(_ADDRESS),
    "line_items": Maybe(Once({**_PART, "quantity": whole})),
    "shipping_lines": Maybe(Once(_PART)),
    "fee_lines": Maybe(Once(_PART)),
    "tax_lines": Maybe([{"rate_id": whole, "rate_percent": Maybe(amount)}]),
}
"""An order; which of its parts are there depends on what was asked for."""
WHOLE: Final = {
    **ORDER,
    "billing": _ADDRESS,
    "refunds": [{"total": amount, "reason": Maybe(str)}],
    "line_items": Once({**_PART, "quantity": whole}),
    "shipping_lines": Once(_PART),
    "fee_lines": Once(_PART),
}
"""An order with all that an update needs."""
PRODUCT: Final = {"id": whole, "sku": str, "type": word, "global_unique_id": Maybe(str)}
TAX: Final = {"country": str, "rate": (str, int, Decimal), "class": str}
NOTE: Final = {"note": str}
