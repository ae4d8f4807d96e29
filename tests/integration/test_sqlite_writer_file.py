"""The embedded shop's file: private, made late, never mistaken for another, and safe when something is wrong with it."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from otto_import.errors import ConfigError, ShopUnavailable
from otto_import.plan import Finding, Grade
from otto_import.testing import samples
from otto_import.testing.basis import wrote
from otto_import.writers.sqlite.writer import SqliteWriter
from tests.sqlite_shop import merchant, open_shop, rows


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SqliteWriter]:
    with closing(open_shop(tmp_path)) as writer:
        yield writer


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_the_file_is_private(shop: SqliteWriter, tmp_path: Path) -> None:
    wrote(shop, samples.create(samples.order(), "processing"))
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}


def test_a_preview_reads_and_leaves_no_trace(tmp_path: Path) -> None:
    with closing(open_shop(tmp_path)) as shop:
        ref = wrote(shop, samples.create(samples.order(), "processing")).ref
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with closing(open_shop(tmp_path, read_only=True)) as preview:
        assert preview.identity == shop.identity
        assert [ref] == list(preview.read([ref]))
        assert {path.name for path in tmp_path.iterdir()} == {"shop.db"}
        with pytest.raises(RuntimeError, match="preview"):
            list(preview.write([samples.create(samples.order(2), "processing")]))
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_looking_never_makes_a_folder(tmp_path: Path) -> None:
    with closing(open_shop(tmp_path / "not" / "there")) as shop:
        assert "" == shop.identity
        assert {} == shop.find([samples.key(samples.order())])
        assert 1 == shop.requests
    assert [] == list(tmp_path.iterdir())


def test_the_identity_is_random_and_comes_with_the_first_write(shop: SqliteWriter, tmp_path: Path) -> None:
    assert "" == shop.identity
    wrote(shop, samples.create(samples.order(), "processing"))
    with closing(open_shop(tmp_path)) as again, closing(open_shop(tmp_path / "other")) as other:
        wrote(other, samples.create(samples.order(), "processing"))
        assert shop.identity == again.identity
        assert (32, False) == (len(shop.identity), shop.identity == other.identity)


def test_a_full_disk_stops_the_batch_and_writes_none_of_it(shop: SqliteWriter, tmp_path: Path) -> None:
    wrote(shop, samples.create(samples.order(1), "processing"))
    connection = shop._connection
    assert connection is not None
    connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(ShopUnavailable, match=f"the embedded shop {tmp_path}/shop.db cannot grow because the disk is full"):
        list(shop.write([samples.create(samples.order(number), "processing") for number in range(2, 200)]))
    connection.execute("PRAGMA max_page_count = 100000")
    wrote(shop, samples.create(samples.order(2), "processing"))
    assert [(2,)] == rows(tmp_path, "SELECT count(*) FROM orders")


def test_a_shop_locked_by_another_program_is_unavailable(shop: SqliteWriter, tmp_path: Path) -> None:
    wrote(shop, samples.create(samples.order(1), "processing"))
    assert shop._connection is not None
    shop._connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ShopUnavailable, match="is locked by another program"):
            list(shop.write([samples.create(samples.order(2), "processing")]))
        other.execute("ROLLBACK")
    wrote(shop, samples.create(samples.order(2), "processing"))


def test_a_file_deleted_in_use_is_noticed_before_anything_is_lost(shop: SqliteWriter, tmp_path: Path) -> None:
    wrote(shop, samples.create(samples.order(1), "processing"))
    (tmp_path / "shop.db").unlink()
    for _ in range(2):
        with pytest.raises(ShopUnavailable, match="moved, deleted or replaced"):
            list(shop.write([samples.create(samples.order(2), "processing")]))
    assert not (tmp_path / "shop.db").exists()


def test_a_file_replaced_between_two_looks_is_noticed(tmp_path: Path) -> None:
    with closing(open_shop(tmp_path)) as first, closing(open_shop(tmp_path)) as shop:
        wrote(first, samples.create(samples.order(1), "processing"))
        assert first.identity == shop.identity
        first.close()
        (tmp_path / "shop.db").unlink()
        with closing(open_shop(tmp_path)) as second:
            wrote(second, samples.create(samples.order(1), "processing"))
        with pytest.raises(ShopUnavailable, match="moved, deleted or replaced"):
            shop.find([samples.key(samples.order(1))])


@pytest.mark.parametrize("content", ["text", "database", "newer"])
def test_a_file_that_is_no_shop_of_ours_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "shop.db"
    if content == "text":
        path.write_text("not a database " * 100)
    else:
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE orders (x)")
            if content == "newer":
                other.execute(f"PRAGMA application_id = {0x4F74746F}")
                other.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    for read_only in (True, False):
        with closing(open_shop(tmp_path, read_only=read_only)) as shop:
            with pytest.raises(ConfigError, match=f"shop.sqlite.path: the embedded shop {path} (is|was)"):
                shop.find([samples.key(samples.order())])
            with pytest.raises(ConfigError):
                _ = shop.identity
            assert [Grade.BAD] == [finding.grade for finding in shop.check() if finding.subject == "embedded shop"]
    if content != "newer":  # a newer version's shop is ours to open, so its log mode may be set
        assert before == path.read_bytes()


def test_a_shop_whose_identity_is_gone_is_called_damaged(shop: SqliteWriter, tmp_path: Path) -> None:
    wrote(shop, samples.create(samples.order(1), "processing"))
    merchant(tmp_path, "DELETE FROM shop")
    with closing(open_shop(tmp_path)) as again:
        with pytest.raises(ShopUnavailable, match="is damaged"):
            _ = again.identity
        with pytest.raises(ShopUnavailable, match="is damaged"):
            again.find([samples.key(samples.order())])


@pytest.mark.parametrize("stored", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00", "yesterday", ""])
def test_a_date_that_another_program_wrote_and_nobody_can_read_is_not_told(stored: str, shop: SqliteWriter, tmp_path: Path) -> None:
    order = samples.order(1)
    ref = wrote(shop, samples.create(order, "processing")).ref
    merchant(tmp_path, "UPDATE orders SET placed_at = ?", stored)
    for found in (shop.read([ref])[ref], shop.find([samples.key(order)])[samples.key(order)][0], *shop.ours()):
        assert (ref, None) == (found.ref, found.placed_at)


def test_a_first_write_cut_off_early_is_taken_up_again(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as cut_off:
        cut_off.execute(f"PRAGMA application_id = {0x4F74746F}")
    with closing(open_shop(tmp_path)) as shop:
        assert "" == shop.identity
        assert ["is empty and will be filled at the first write"] == [
            finding.text.partition("shop.db ")[2] for finding in shop.check() if "filled" in finding.text
        ]
        wrote(shop, samples.create(samples.order(), "processing"))


def test_a_check_counts_the_orders_and_says_where_a_new_file_will_be(shop: SqliteWriter, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    currency = Finding(Grade.GOOD, "currency", "orders are kept in EUR")
    missing = Finding(Grade.GOOD, "embedded shop", f"{path} is not there yet and will be made at the first write")
    assert [currency, missing] == list(shop.check())
    wrote(shop, samples.create(samples.order(), "processing"))
    assert [currency.text, f"{path} holds 1 orders", f"the folder {tmp_path} may be written"] == [finding.text for finding in shop.check()]


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_a_check_warns_of_a_file_open_to_others(shop: SqliteWriter, tmp_path: Path) -> None:
    wrote(shop, samples.create(samples.order(), "processing"))
    (tmp_path / "shop.db").chmod(0o644)
    assert [f"chmod 600 {tmp_path}/shop.db"] == [finding.remedy for finding in shop.check() if finding.grade is Grade.WARNING]


def test_a_check_says_that_no_file_can_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with closing(open_shop(tmp_path / "file")) as shop:
        assert [Grade.BAD] == [finding.grade for finding in shop.check() if finding.subject == "embedded shop"]
