"""What the entry point names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from otto_import.plan import ShopStatus
from otto_import.writers.base import WriterContext

from .writer import FolderWriter

STATUSES: Final = (
    ShopStatus("reserved", "Reserved", takes_stock=True, means_paid=False, gives_stock_back=False, mails_buyer=False, makes_invoice=False),
    ShopStatus("paid", "Paid", takes_stock=True, means_paid=True, gives_stock_back=False, mails_buyer=False, makes_invoice=False),
    ShopStatus("shipped", "Shipped", takes_stock=True, means_paid=True, gives_stock_back=False, mails_buyer=False, makes_invoice=False),
    ShopStatus("returned", "Returned", takes_stock=None, means_paid=None, gives_stock_back=None, mails_buyer=False, makes_invoice=False),
    ShopStatus("cancelled", "Cancelled", takes_stock=False, means_paid=False, gives_stock_back=True, mails_buyer=False, makes_invoice=False),
)


class FolderSettings(BaseModel):
    """Hold the table `[shop.folder]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    path: Path


class FolderPlugin:
    """Open the shop."""

    settings: type[BaseModel] = FolderSettings

    def status(self, value: object) -> str:
        """Give a status from the config, if the shop has it."""
        codes = [status.code for status in STATUSES]
        if isinstance(value, str) and value in codes:
            return value
        text = f"the folder shop knows the statuses {', '.join(codes)}"
        raise ValueError(text)

    def open(self, settings: FolderSettings, context: WriterContext) -> FolderWriter:
        """Make the writer; touches nothing."""
        return FolderWriter(context.folder / settings.path, context, STATUSES)


plugin: Final = FolderPlugin()
