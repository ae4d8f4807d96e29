"""What stands on a line of a shop order besides the article: net amounts, OTTO's position items, when to ship, the old appliance to take along."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otto_import.orders import DeliveryFee, Line

_HUNDRED: Final = Decimal(100)
_STANDARD: Final = "Versand (OTTO)"
_FREIGHT: Final = "Spedition (OTTO)"


def net(gross: Decimal, vat_rate: Decimal, places: int = 6) -> Decimal:
    """Take VAT (in percent) out of a gross amount, rounded half up to so many places."""
    return (gross * _HUNDRED / (_HUNDRED + vat_rate)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def fee_label(fee: DeliveryFee) -> str:
    """Name a delivery fee as a merchant reads it: shipping, or the forwarder's surcharge by OTTO's own name."""
    return f"{_FREIGHT} {fee.name}" if fee.freight else _STANDARD


def line_fields(line: Line) -> dict[str, str]:
    """Give what OTTO wants to be remembered of a line; shipping back to OTTO needs the position items. Absent things are left out."""
    fields = {"otto_item_ids": ",".join(line.item_ids)}
    if line.ship_by is not None:
        fields["otto_ship_by"] = line.ship_by.isoformat().replace("+00:00", "Z")
    if line.weee_pickup:
        fields["otto_weee_pickup"] = "1"
    if line.sent:
        fields["otto_sent"] = str(line.sent)
    return fields
