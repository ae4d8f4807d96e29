"""The entry point of the writer for Shopware 6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otto_import.writers.shopware6 import states
from otto_import.writers.shopware6.settings import Shopware6Settings
from otto_import.writers.shopware6.writer import Shopware6Writer

if TYPE_CHECKING:
    from pydantic import BaseModel

    from otto_import.writers.base import WriterContext


class Shopware6Plugin:
    """Open a Shopware 6."""

    settings: type[BaseModel] = Shopware6Settings

    def status(self, value: object) -> str:
        """Give the canonical text of a status, which may name a state for each of the three machines; ValueError with one sentence otherwise."""
        return states.canonical(value)

    def open(self, settings: Shopware6Settings, context: WriterContext) -> Shopware6Writer:
        """Make the writer; asks nothing yet."""
        return Shopware6Writer(settings, context)


plugin: Final = Shopware6Plugin()
