"""The table `[shop.woocommerce]`."""

from __future__ import annotations

from pydantic import Field

from otto_import.secrets import Secret
from otto_import.writers.web import ShopSettings


class WooCommerceSettings(ShopSettings):
    """Hold the table `[shop.woocommerce]`: the key pair, and how the shop is asked."""

    consumer_key: Secret = Field(description="The key of WooCommerce, Settings, Advanced, REST API (ck_…), with the right to read and write.")
    consumer_secret: Secret = Field(description="The secret that belongs to it (cs_…).")
    batch: int = Field(default=10, ge=1, le=100, description="How many orders go into one request; fewer where the shop is slow.")
    look_back_days: int = Field(
        default=60, ge=1, le=3650, description="How far back orders are compared where the shop cannot be asked for one: before WooCommerce 9.9, or for also_known_by."
    )  # fmt: skip
