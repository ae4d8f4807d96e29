"""An imitation of Shopware and a writer on it, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from otto_import.plan import Outcome, Writable
from otto_import.secrets import Secret
from otto_import.testing import samples
from otto_import.writers.base import WriterContext
from otto_import.writers.shopware6 import plugin
from otto_import.writers.shopware6.settings import Shopware6Settings
from otto_import.writers.shopware6.writer import Shopware6Writer
from tests import shopware6_imitation as imitation
from tests import shopware6_shop as shop

ROLES = samples.roles(shop.ANNOUNCED, shop.PROCESSABLE, shop.SENT, shop.CANCELLED)


def settings(url: str, **differences: object) -> Shopware6Settings:
    """Give a table that works."""
    table: dict[str, object] = {"client_id": imitation.ACCESS, "client_secret": Secret(imitation.SECRET), "sales_channel": imitation.CHANNEL}
    return Shopware6Settings.model_validate({"url": url, **table, **differences})


def context(folder: Path = Path(), **differences: Any) -> WriterContext:
    """Give a context."""
    return WriterContext(**{"folder": folder, "roles": ROLES, "now": lambda: datetime.now(UTC), **differences})


@contextmanager
def opened(found: imitation.Imitation, *, around: WriterContext | None = None, **differences: object) -> Iterator[Shopware6Writer]:
    """Open a writer on an imitation."""
    writer = plugin.open(settings(found.url, **differences), around or context())
    try:
        yield writer
    finally:
        writer.close()


def outcome(writer: Shopware6Writer, action: Writable) -> Outcome:
    """Write one action."""
    (found,) = writer.write([action])
    return found


def outcomes(writer: Shopware6Writer, actions: Sequence[Writable]) -> list[str]:
    """Write actions and name the kinds of their outcomes."""
    return sorted(type(found).__name__ for found in writer.write(actions))
