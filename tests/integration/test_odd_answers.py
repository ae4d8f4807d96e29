"""Dates, lists and files that no sane service or disk would give, but some do."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from otto_import.database import open_private
from otto_import.errors import ConfigError, ServiceError
from otto_import.http.early import Early
from otto_import.ledger.base import Mark
from otto_import.ledger.lock import RunLock
from otto_import.orders import ItemState
from otto_import.otto.client import ClientSettings, ListQuery, open_client
from otto_import.otto.values import read_moment
from tests.fakes import Life
from tests.otto_wire import ScriptedOtto, client, granted
from tests.sync_world import world


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z"])
def test_a_date_that_stands_for_none_is_none(text: str) -> None:
    assert read_moment(text) is None
    assert datetime(2026, 6, 9, tzinfo=UTC) == read_moment("2026-06-09")


def test_a_watermark_never_runs_ahead_of_tomorrow() -> None:
    with world() as here:
        order = here.order(1, (0, (ItemState.PROCESSABLE,)))
        far = here.now + timedelta(days=4000)
        here.otto.clock = lambda: far
        here.otto.lives[order.sales_order_id] = Life(order, ((far, (ItemState.PROCESSABLE,)),), far)
        here.run()

        mark = here.ledger.mark(Mark.WATERMARK)
        assert mark is not None
        assert mark <= here.now + timedelta(days=1)


def test_a_list_of_empty_pages_without_end_is_refused() -> None:
    numbers = iter(range(10_000))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 1800})
        return httpx.Response(200, json={"resources": [], "links": [{"rel": "next", "href": f"/v4/orders?nextcursor={next(numbers)}"}]})

    settings = ClientSettings(base_url="https://api.otto.market", client_id="id", client_secret="s", max_requests_per_second=0)
    client = open_client(settings, transport=httpx.MockTransport(answer))
    try:
        with pytest.raises(ServiceError, match="page after page without an order"):
            list(client.pages(ListQuery()))
    finally:
        client.close()
    assert next(numbers) < 100


@pytest.mark.parametrize(
    "cursor", ["\ud800", "a" * 70_000, "%1b%5b2J", "%00", "%0d%0aHost: evil.example"], ids=["half", "long", "escape", "nul", "header"]
)
def test_a_cursor_that_cannot_be_sent_is_refused(cursor: str) -> None:
    first = {"resources": [], "links": [{"rel": "next", "href": f"/v4/orders?nextcursor={cursor}"}]}
    otto = ScriptedOtto(granted(json.dumps(first)), granted())
    with client(otto) as opened, pytest.raises(ServiceError, match="with a cursor that cannot be one"):
        list(opened.pages(ListQuery()))
    assert 1 == otto.paths.count("/v4/orders")


def test_a_wait_ends_when_patience_does() -> None:
    release = threading.Event()
    early = Early(lambda abandoned: release.wait(10))
    with pytest.raises(TimeoutError):
        early.result(patience=0.2)
    release.set()


def test_a_wait_ends_where_a_glance_says_so() -> None:
    release = threading.Event()
    dropped: list[bool] = []

    def fetch(abandoned: object) -> None:
        release.wait(10)
        dropped.append(abandoned())  # type: ignore[operator]  # it is the question whether anybody waits

    early = Early(fetch)

    def glance() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        early.result(glance)
    release.set()
    for _ in range(100):
        if dropped:
            break
        threading.Event().wait(0.02)
    assert [True] == dropped


@pytest.fixture
def loop(tmp_path: Path) -> Path:
    """Make a link that points at itself."""
    path = tmp_path / "loop.db"
    path.symlink_to(path)
    return path


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_link_that_points_at_itself_is_an_error_of_the_file_system(loop: Path) -> None:
    with pytest.raises(OSError, match=r".+"):
        open_private(loop)
    RunLock(loop, 0)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="regular file"):
        open_private(tmp_path)


@pytest.mark.parametrize("address", ["https://a..b", "https://.", "https://" + "a" * 64 + ".de"])
def test_a_host_that_cannot_be_one_is_a_problem_of_the_config(address: str, tmp_path: Path) -> None:
    from otto_import.wiring import load

    text = (
        (Path(__file__).parents[2] / "config.example.toml")
        .read_text(encoding="utf-8")
        .replace("\n[otto]\n", f"\n[otto]\nbase_url = {json.dumps(address)}\n", 1)
    )
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"otto\.base_url"):
        load(path, {})
