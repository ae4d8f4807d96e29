"""The part of its config table that every shop over HTTP has."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from otto_import.errors import ConfigError
from otto_import.http import checked_base_url
from otto_import.writers.buyers import PLACEHOLDER_TEXT


class ShopSettings(BaseModel):
    """Hold what every table `[shop.<writer>]` of a shop over HTTP may say; a writer's own model adds to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str = Field(description="The shop's address, https://… (plain http:// on this machine only).")
    match: Literal["sku", "ean"] = Field(default="sku", description="Find articles by OTTO's SKU or by their EAN.")
    sku_prefix: str = Field(default="", description="What stands before your SKUs at OTTO only; cut off before an article is looked up.")
    sku_map: Path | None = Field(default=None, description="A CSV file with the columns otto_sku,shop_sku for articles that bear another SKU.")
    unknown_sku: Literal["hold", "line"] = Field(default="hold", description="An article the shop lacks: hold the order, or write a free-text line.")
    placeholder: str = Field(default=PLACEHOLDER_TEXT, min_length=1, max_length=60, description="What stands for an address that OTTO withholds.")
    also_known_by: str | None = Field(default=None, description="Where an earlier connector left OTTO's order number.")
    move_stock: bool = Field(default=False, description="Let orders that left long ago take stock, where the shop cannot do without.")
    max_requests_per_second: float = Field(default=0.0, ge=0, description="0 = no limit of our own.")

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        return safe_url(url)


def safe_url(url: str) -> str:
    """Give an address without a slash at its end; ValueError with one sentence unless it is https, or plain http on this machine, and no more."""
    try:
        return checked_base_url(url)
    except ConfigError as error:
        raise ValueError(error.problems[0].text) from None
