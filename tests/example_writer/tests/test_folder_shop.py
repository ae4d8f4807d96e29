"""The folder shop keeps the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from otto_import.orders import Address
from otto_import.plan import OrderKey, Role
from otto_import.testing import Look, WriterContract, samples
from otto_import.testing.basis import wrote
from otto_import.writers import registry
from otto_import.writers.base import Writer, WriterContext


def open_shop(folder: Path) -> Writer:
    plugin = registry.find("folder")
    roles = {Role.PROCESSABLE: "paid", Role.CANCELLED: "cancelled"}
    context = WriterContext(folder=folder, roles=roles, now=lambda: datetime(2026, 6, 9, 12, tzinfo=UTC))
    return plugin.open(plugin.settings(path=Path("shop")), context)


class TestFolderShop(WriterContract):
    announced, processable, sent, cancelled = "reserved", "paid", "shipped", "cancelled"

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self._folder = tmp_path

    def writer(self) -> Writer:
        return open_shop(self._folder)

    def move(self, ref: str, status: str) -> None:
        path = self._folder / "shop" / f"{ref}.json"
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "status": status}), encoding="utf-8")

    def delete(self, ref: str) -> None:
        (self._folder / "shop" / f"{ref}.json").unlink()

    def traces(self) -> object:
        return {path: path.read_bytes() for path in self._folder.rglob("*") if path.is_file()}

    def look(self, ref: str) -> Look:
        order = json.loads((self._folder / "shop" / f"{ref}.json").read_bytes())
        return Look(
            lines=tuple((line["sku"], line["title"], line["quantity"], Decimal(line["price"])) for line in order["lines"]),
            shipping=tuple((fee["name"], Decimal(fee["amount"])) for fee in order["shipping"]),
            delivery=_address(order["delivery"]),
            invoice=_address(order["invoice"]),
            paid_at=order["paid_at"] and datetime.fromisoformat(order["paid_at"]),
            note=order["note"],
        )


def _address(stored: dict[str, Any] | None) -> Address | None:
    return None if stored is None else Address(**stored)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Writer]:
    with closing(open_shop(tmp_path)) as writer:
        yield writer


def test_a_file_that_somebody_spoilt_is_nobodys_order_and_no_second_one_is_made(shop: Writer, tmp_path: Path) -> None:
    create = samples.create(samples.order(), "paid")
    ref = wrote(shop, create).ref
    (tmp_path / "shop" / f"{ref}.json").write_text("{ oops", encoding="utf-8")
    assert shop.read([ref])[ref].key is None
    assert not shop.find([create.key])
    assert [getattr(outcome, "code", None) for outcome in shop.write([create])] == ["duplicate_key"]


def test_a_status_that_the_shop_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(ValueError, match="knows the statuses reserved, paid"):
        registry.find("folder").status("processing")


def test_no_reference_leads_out_of_the_folder(shop: Writer, tmp_path: Path) -> None:
    wrote(shop, samples.create(samples.order(), "paid"))
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    assert shop.read(["../secret"]) == {}
    assert shop.find([OrderKey("../secret")]) == {}
