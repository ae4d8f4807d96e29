"""What the table `[shop.shopware6]` may say."""

from __future__ import annotations

import re
from typing import Final

from pydantic import Field, field_validator

from otto_import.secrets import Secret
from otto_import.writers.web import ShopSettings

CUSTOM_FIELD: Final = "customFields."
COMMENT: Final = "customerComment"
PLACES: Final = ("orderNumber", "campaignCode", COMMENT)
_ACCESS_KEY: Final = re.compile(r"SW[IU]A[A-Z0-9]{10,60}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class Shopware6Settings(ShopSettings):
    """Hold the table `[shop.shopware6]`."""

    client_id: str = Field(min_length=1, description="The access key ID of the integration made for otto-import, SWIA….")
    client_secret: Secret = Field(description="The secret access key of that integration.")
    sales_channel: str = Field(min_length=1, description="The sales channel that OTTO's orders belong to: its name or its id.")
    payment_method: str = Field(default="OTTO", min_length=1, description="The payment method of OTTO's orders: its name or its id.")
    shipping_method: str | None = Field(default=None, description="The shipping method of OTTO's orders; left out: the sales channel's own.")
    order_number_prefix: str = Field(default="", max_length=20, description="Put before OTTO's order number to make the shop's.")

    @field_validator("client_id")
    @classmethod
    def _is_an_access_key(cls, key: str) -> str:
        # The shop answers any other word with an error of its own (500), as if it were broken.
        if _ACCESS_KEY.fullmatch(key):
            return key
        text = "must be the access key ID of an integration: SWIA and some letters and digits"
        raise ValueError(text)

    @field_validator("also_known_by")
    @classmethod
    def _names_a_place(cls, place: str | None) -> str | None:
        if place is None or place in PLACES or (place.startswith(CUSTOM_FIELD) and _NAME.fullmatch(place.removeprefix(CUSTOM_FIELD))):
            return place
        text = f'must be {", ".join(PLACES)} or "{CUSTOM_FIELD}" and the technical name of a custom field'
        raise ValueError(text)
