"""A shop that wants credentials and knows its own statuses alone, for the tests of `init` and `check`; installed by `offer`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from otto_import.config import Secret
from otto_import.errors import ConfigError, CredentialsRefused, Problem, ShopUnavailable
from otto_import.plan import Finding, Grade, ShopStatus
from otto_import.testing import MemoryWriter
from otto_import.writers.base import WriterContext

KEY = "the-key-of-the-shop"
FILE, SHOP, LOOK = "config", "the shop", "GET /"
SILENT, REFUSED = "gave no answer", "does not accept the key; look it up"
STATUSES = (
    ShopStatus("10", "Waiting", takes_stock=True, means_paid=False),
    ShopStatus("20", "To be packed", takes_stock=True, means_paid=True, mails_buyer=True),
    ShopStatus("21", "To be packed quietly", takes_stock=True, means_paid=True, mails_buyer=False, makes_invoice=False),
    ShopStatus("90", "Gone", gives_stock_back=True),
)


class FarSettings(BaseModel):
    """Hold `[shop.far]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str = Field(description="The address of the shop.")
    key: Secret
    pin: SecretStr | None = None
    size: Literal["small", "large"] = "small"
    careful: bool = True


class FarShop(MemoryWriter):
    """Answer those who have the key; `url` says what goes wrong."""

    def __init__(self, settings: FarSettings) -> None:
        super().__init__(identity=settings.url)
        self._settings = settings

    def check(self) -> Iterable[Finding]:
        self.requests += 1
        if self._settings.url == "away":
            raise ShopUnavailable(LOOK, SILENT)
        if self._settings.url == "elsewhere":
            raise ConfigError(FILE, [Problem("shop.far.url", "is no shop; look at it")])
        if self._settings.key.get() != KEY:
            raise CredentialsRefused(SHOP, LOOK, REFUSED)
        yield Finding(Grade.GOOD, "currency", "the shop keeps orders in EUR")

    def statuses(self) -> Sequence[ShopStatus]:
        if self._settings.url == "mute":
            raise ShopUnavailable(LOOK, SILENT)
        return STATUSES


class FarPlugin:
    """Stand behind the entry point."""

    settings: type[BaseModel] = FarSettings

    def status(self, value: object) -> str:
        """Take any text but an empty one."""
        if isinstance(value, str) and value != "nothing":
            return value
        message = "a status of this shop is its number"
        raise ValueError(message)

    def open(self, settings: FarSettings, context: WriterContext) -> FarShop:
        """Make the writer."""
        if settings.url == "impossible":
            raise ConfigError(FILE, [Problem("shop.far.url", "is no address; write https://…")])
        return FarShop(settings)


plugin = FarPlugin()


def offer(shelf: Path) -> None:
    """Make the writer `far` known; `shelf` is a folder on the module path."""
    folder = shelf / "far_shop-1.2.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: far-shop\nVersion: 1.2\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text("[otto_import.writers]\nfar = tests.far_shop:plugin\n", encoding="utf-8")
