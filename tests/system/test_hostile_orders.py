"""Whatever OTTO's answers hold: the run goes on, broken orders are held with the reason, sound ones go through, and nothing moves a terminal."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otto_import.otto.translate import order_id, order_number
from otto_import.otto.values import read_text
from tests.hostile_otto import ESCAPES, TEXTS, VALUES, HostileOtto, broken, hostile, installed, mutated, places, sound, unprintable
from tests.system_shop import Ended, Place, in_process

SOUND = (1, 2)
JSONL = {"writer": "jsonl", "sqlite": None, "jsonl": {"path": "out.jsonl"}}
FILES = {"config.toml", "ledger.db", "ledger.db.lock", "ledger.db.token", "out.jsonl", "out.jsonl.lock", "shop.db"}
NUMBERS = range(10, 22)
JOINER = "\u200d"


@contextmanager
def run_with(folder: Path, *orders: object, **tables: Any) -> Iterator[tuple[Place, HostileOtto]]:
    """Open an installation and a hostile OTTO, with a sound order before and one behind what is hostile."""
    first, last = map(sound, SOUND)
    with hostile(first, *orders, last) as otto:
        yield installed(folder / "place", otto, **tables), otto


def seen(place: Place, *command: str) -> Ended:
    """Run a command as people do, and see that it neither breaks nor moves a terminal."""
    return harmless(in_process(*command, "--config", str(place.config)))


def harmless(ended: Ended) -> Ended:
    assert ended.code in {0, 1, 4}, ended.err
    assert "This is a bug" not in ended.err, ended.err
    assert [] == unprintable(ended.out.removeprefix("\ufeff").replace("\r\n", "\n")) + unprintable(ended.err)
    return ended


def check_all(place: Place, outside: Path, sent: list[object]) -> None:
    """Run what people run, and look at everything that it left behind."""
    seen(place, "sync", "--dry-run")
    run = harmless(place.sync("-v"))
    assert len(run.orders) <= len(sent) + len(SOUND)
    assert all(line["reason"] for line in run.orders if line["action"] == "hold")
    assert set(map(_sound_id, SOUND)) <= {line["sales_order_id"] for line in run.orders if line["result"] == "done"}
    for order in sent:
        _check_told(order, run)
    for command in (("orders", "-v"), ("sync", "-v"), ("runs",)):
        seen(place, *command)
    _check_cells(seen(place, "orders", "--csv", "-").out)
    names = {str(path.relative_to(outside)) for path in outside.rglob("*")}
    assert names <= {"place", *(f"place/{name}{tail}" for name in FILES for tail in ("", "-wal", "-shm"))}
    _check_texts(place)


def _sound_id(number: int) -> str:
    found: str = sound(number)["salesOrderId"]
    return found


def _check_told(order: object, run: Ended) -> None:
    """See that an order with a legible id is told of, by that id."""
    fields = order if isinstance(order, dict) else {}
    one, other = (fields.get(name) for name in ("salesOrderId", "orderNumber"))
    names = {one if isinstance(one, str) else "", other if isinstance(other, str) else ""}
    legible = {name for name in map(read_text, names) if order_id(name) or order_number(name)}
    assert not legible or legible & {line[name] for line in run.orders for name in ("sales_order_id", "order_number")}


def _check_cells(text: str) -> None:
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter):
            assert [] == [cell for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"}]


def _check_texts(place: Place) -> None:
    """See that what the shop keeps can be shown there without care."""
    texts = [value for name in ("orders", "order_lines", "order_addresses") for row in place.table(name) for value in row if isinstance(value, str)]
    stream = place.folder / "out.jsonl"
    if stream.exists():
        assert [] == unprintable(stream.read_text(encoding="utf-8").replace(JOINER, ""))
        texts += [text for line in stream.read_text(encoding="utf-8").splitlines() for text in _texts(json.loads(line))]
    assert [] == [text for text in texts if not text.replace(JOINER, "").isprintable()]
    assert 0 == sum(len(text) > 2000 for text in texts)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


@pytest.mark.parametrize("shop", [{}, JSONL], ids=["sqlite", "jsonl"])
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example])
@given(orders=st.tuples(*map(mutated, NUMBERS)), others=st.lists(st.sampled_from(VALUES), max_size=3))
def test_orders_broken_in_any_way_neither_end_a_run_nor_leave_their_place(
    shop: dict[str, Any], orders: tuple[object, ...], others: list[object]
) -> None:
    with TemporaryDirectory() as folder, run_with(Path(folder), *orders, *others, **({"shop": shop} if shop else {})) as (place, otto):
        otto.page_size = 7
        check_all(place, Path(folder), [*orders, *others])


def _each_place_with_each_value(kind: str) -> Iterator[dict[str, Any]]:
    number = 10
    for where in list(places(sound(0, kind))):
        for value in ("left out", "doubled", *(one for one in VALUES if one != "x" * 100_000)):
            number += 1
            yield broken(sound(number, kind), where, value)


@pytest.mark.parametrize(("shop", "begin"), [({}, 0), (JSONL, 1)], ids=["sqlite", "jsonl"])
def test_every_place_of_an_order_may_hold_anything(shop: dict[str, Any], begin: int, tmp_path: Path) -> None:
    orders: list[object] = list(islice(_each_place_with_each_value("processable_discount_fee"), begin, None, 97))
    with run_with(tmp_path, *orders, **({"shop": shop} if shop else {})) as (place, _):
        check_all(place, tmp_path, orders)


def test_an_order_of_ten_thousand_items_is_an_order(tmp_path: Path) -> None:
    large = sound(3)
    item = large["positionItems"][0]
    large["positionItems"] = [item | {"positionItemId": f"item-{number}"} for number in range(10_000)]
    large["initialDeliveryFees"] = []
    with run_with(tmp_path, large) as (place, _):
        run = harmless(place.sync())
        assert (0, 3) == (run.code, run.summary["created"])
        ((quantity,),) = place.asked("SELECT sum(quantity) FROM order_lines JOIN orders ON orders.id = order_id WHERE order_number = 'sound3'")
    assert 10_000 == quantity


def test_ten_thousand_times_the_same_item_is_no_order(tmp_path: Path) -> None:
    with run_with(tmp_path, broken(sound(3), ("positionItems", 0), "swollen")) as (place, _):
        told = harmless(place.sync()).told("sound3")
    assert ("hold", "a positionItemId occurs twice") == (told["action"], told["reason"])


def test_two_orders_under_one_number_are_two_orders(tmp_path: Path) -> None:
    with run_with(tmp_path, sound(3), sound(4) | {"orderNumber": "sound3"}) as (place, otto):
        assert (0, 4) == ((run := harmless(place.sync())).code, run.summary["created"])
        assert 2 == len(place.asked("SELECT 1 FROM orders WHERE order_number = 'sound3'"))
        for command in (("explain", "sound3"), ("retry", "sound3"), ("retry", "sound3", "--accept")):
            seen(place, *command)
        otto.orders.clear()
        seen(place, "explain", "sound3")
        assert (0, 0) == ((again := harmless(place.sync())).code, again.summary["created"])


def test_one_order_twice_with_two_words_is_taken_at_its_newer_word(tmp_path: Path) -> None:
    older, newer = sound(3), sound(3)
    newer["lastModifiedDate"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    for item in newer["positionItems"]:
        item["fulfillmentStatus"] = "CANCELLED_BY_MARKETPLACE"
    with run_with(tmp_path, newer, older) as (place, _):
        run = harmless(place.sync("-v"))
        assert ("skip", 2) == (run.told("sound3")["action"], run.summary["created"])


def test_an_order_dated_in_2099_comes_in_and_is_followed_all_the_same(tmp_path: Path) -> None:
    far = sound(3) | {"orderDate": "2099-01-01T00:00:00Z", "lastModifiedDate": "2099-01-01T00:00:00Z"}
    with run_with(tmp_path, far) as (place, otto):
        assert "done" == harmless(place.sync()).told("sound3")["result"]
        assert datetime.fromisoformat(place.sync().summary["watermark"]) < datetime.now(UTC) + timedelta(days=2)
        for item in far["positionItems"]:
            item["fulfillmentStatus"] = "SENT"
        far["lastModifiedDate"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        place.sync()
        assert "completed" == place.status(far["salesOrderId"])
        otto.headers["Date"] = "Thu, 01 Jan 1970 00:00:00 GMT"
        harmless(place.sync())


def test_a_gateway_that_lives_in_2099_for_an_hour_does_not_make_an_order_deaf(tmp_path: Path) -> None:
    late = sound(3) | {"lastModifiedDate": "2099-01-01T00:00:00Z"}
    with run_with(tmp_path, late) as (place, otto):
        otto.headers["Date"] = "Fri, 01 Jan 2099 00:00:00 GMT"
        harmless(place.sync())
        del otto.headers["Date"]
        for item in late["positionItems"]:
            item["fulfillmentStatus"] = "SENT"
        late["lastModifiedDate"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        harmless(place.sync())
        assert "completed" == place.status(late["salesOrderId"])


@pytest.mark.parametrize("status", [text for text in TEXTS if text in ESCAPES or text.startswith(("=", "[", "a;"))][::3], ids=repr)
def test_what_a_merchants_shop_says_moves_no_terminal_and_runs_in_no_spreadsheet(status: str, tmp_path: Path) -> None:
    with run_with(tmp_path) as (place, otto):
        place.sync()
        with closing(sqlite3.connect(place.shop, isolation_level=None)) as shop:
            shop.execute("UPDATE orders SET status = CAST(? AS TEXT)", (status.encode(errors="replace"),))
        for order in otto.orders:
            assert isinstance(order, dict)
            order["lastModifiedDate"] = datetime.now(UTC).isoformat(timespec="milliseconds")
            for item in order["positionItems"]:
                item["fulfillmentStatus"] = "CANCELLED_BY_MARKETPLACE"
        assert {"conflict"} == {line["action"] for line in harmless(place.sync()).orders}
        for command in (("orders",), ("orders", "-v"), ("orders", "--json"), ("explain", "sound1"), ("explain", "sound1", "--json"), ("check",)):
            seen(place, *command)
        for options in ((), ("--decimal-comma",)):
            _check_cells(seen(place, "orders", "--csv", "-", *options).out)
