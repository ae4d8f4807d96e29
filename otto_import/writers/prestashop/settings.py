"""The table `[shop.prestashop]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from otto_import.secrets import Secret
from otto_import.writers.web import ShopSettings

StatusId = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,9}$")]


class PrestashopSettings(ShopSettings):
    """Hold how to reach a PrestaShop, and with which of its own things orders are made."""

    key: Secret = Field(description="The key of the webservice (Advanced Parameters, Webservice).")
    shop_id: int = Field(default=1, ge=1, description="The number of the shop, for an installation with several.")
    payment_module: str = Field(
        default="ps_wirepayment",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="The technical name of an installed and active payment module, under which orders are made.",
    )
    carrier: str = Field(default="", description="The name of the carrier; left out = the first active one.")
    language: str = Field(
        default="", pattern=r"^([a-z]{2})?$", description="The language of the orders, such as de; left out = German, else the first."
    )
    reserve_through: StatusId | None = Field(
        default=None,
        description="A status that takes stock and makes no invoice, through which orders pass on their way to one that takes none.",
    )
    also_known_by: Literal["note", "message", "reference", "transaction_id"] | None = Field(
        default=None, description="Where an earlier connector left OTTO's order number or salesOrderId: note, message, reference or transaction_id."
    )
