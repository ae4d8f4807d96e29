"""The entry point of the writer for PrestaShop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from otto_import.writers.prestashop.settings import PrestashopSettings
from otto_import.writers.prestashop.writer import PrestashopWriter

if TYPE_CHECKING:
    from pydantic import BaseModel

    from otto_import.writers.base import WriterContext

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")


class PrestashopPlugin:
    """Open the writer for PrestaShop."""

    settings: type[BaseModel] = PrestashopSettings

    def status(self, value: object) -> str:
        """Give the number of an order status as text; ValueError with one sentence for anything else."""
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, str) and _NUMBER.fullmatch(text):
            return text
        told = 'a status of PrestaShop is the number of an order status, such as "2" (Shop Parameters, Order Settings, Statuses)'
        raise ValueError(told)

    def open(self, settings: PrestashopSettings, context: WriterContext) -> PrestashopWriter:
        """Make the writer; touches neither file nor network."""
        return PrestashopWriter(settings, context)


plugin: Final = PrestashopPlugin()
