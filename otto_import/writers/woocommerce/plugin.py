"""The entry point of the writer for WooCommerce."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from otto_import.writers.woocommerce.settings import WooCommerceSettings
from otto_import.writers.woocommerce.wire import DRAFT

if TYPE_CHECKING:
    from pydantic import BaseModel

    from otto_import.writers.base import WriterContext
    from otto_import.writers.woocommerce.writer import WooCommerceWriter

_STATUS: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,16}")
_NOT_OURS: Final = frozenset({DRAFT, "auto-draft", "draft", "trash", "any"})


class WooCommercePlugin:
    """Open a WooCommerce shop."""

    settings: type[BaseModel] = WooCommerceSettings

    def status(self, value: object) -> str:
        """Give a status from the config, without the "wc-" that WordPress puts in front; ValueError with one sentence if it cannot be one."""
        slug = value.removeprefix("wc-") if isinstance(value, str) else ""
        if not _STATUS.fullmatch(slug) or slug in _NOT_OURS:
            text = "a status of WooCommerce is a short name such as on-hold or processing, and neither a draft nor the bin"
            raise ValueError(text)
        return slug

    def open(self, settings: WooCommerceSettings, context: WriterContext) -> WooCommerceWriter:
        """Make the writer; asks nothing yet."""
        from otto_import.writers.woocommerce.writer import WooCommerceWriter

        return WooCommerceWriter(settings, context)


plugin: Final = WooCommercePlugin()
