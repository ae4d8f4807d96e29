"""Notices over a real socket: health check and messages, endpoints that fail and hang, and a memory beside the ledger."""

from __future__ import annotations

import logging
import os
import socket
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from otto_import.errors import ConfigError, Problem, Stopped
from otto_import.notify import Channel, HealthCheck, Message, NotHeard, Told, at_once, recall, remember
from otto_import.notify.message import Grade
from otto_import.notify.ping import LARGEST_BODY
from tests.listener import KNOWN_OF_APPRISE, Listener, listening

pytestmark = KNOWN_OF_APPRISE

RID = UUID("00000000-0000-4000-8000-000000000001")
SECRET = "s3cret-uuid-of-the-check"
MESSAGE = Message("otto-import, main: sync failed", ("it failed", "- one: why"), Grade.FAILURE)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as opened:
        yield opened


def check(listener: Listener, path: str = f"/{SECRET}") -> HealthCheck:
    return HealthCheck(lambda: listener.url + path, RID)


# --- the health check ---------------------------------------------------------------------------------------------------------------------------


def test_a_run_is_pinged_at_its_beginning_and_its_end_with_one_id(listener: Listener) -> None:
    pinged = check(listener)
    pinged.start()
    pinged.end('{"exit": 0}', well=True)
    assert [f"GET /{SECRET}/start", f"POST /{SECRET}"] == listener.paths
    assert [{"rid": [str(RID)]}] * 2 == [one.query for one in listener.heard]
    assert ["", '{"exit": 0}'] == [one.body for one in listener.heard]


def test_a_failure_is_pinged_at_fail_with_the_summary(listener: Listener) -> None:
    check(listener, f"/{SECRET}/?create=1").end('{"exit": 5}', well=False)
    assert [f"POST /{SECRET}/fail"] == listener.paths
    assert ({"rid": [str(RID)], "create": ["1"]}, '{"exit": 5}') == (listener.heard[0].query, listener.heard[0].body)


@pytest.mark.parametrize(
    ("address", "path", "query"),
    [
        ("/0b6ccd7e-2f4b-4a8e-9a3b-0c6a5d1e2f30", "/0b6ccd7e-2f4b-4a8e-9a3b-0c6a5d1e2f30", {}),
        ("/0b6ccd7e-2f4b-4a8e-9a3b-0c6a5d1e2f30/", "/0b6ccd7e-2f4b-4a8e-9a3b-0c6a5d1e2f30", {}),
        ("/fqOOd6-F4MMNuCEnzTU01w/otto-sync", "/fqOOd6-F4MMNuCEnzTU01w/otto-sync", {}),
        ("/fqOOd6-F4MMNuCEnzTU01w/otto-sync?create=1", "/fqOOd6-F4MMNuCEnzTU01w/otto-sync", {"create": ["1"]}),
        ("/ping/0b6ccd7e/?create=0&empty=", "/ping/0b6ccd7e", {"create": ["0"]}),
    ],
    ids=["uuid", "slash", "slug", "slug that is made", "self-hosted"],
)
def test_every_form_of_a_checks_address_is_pinged_at_its_three_ends(address: str, path: str, query: dict[str, list[str]], listener: Listener) -> None:
    for well in (True, False):
        pinged = check(listener, address)
        pinged.start()
        pinged.end("{}", well=well)
    assert [f"GET {path}/start", f"POST {path}", f"GET {path}/start", f"POST {path}/fail"] == listener.paths
    assert [{**query, "rid": [str(RID)]}] * 4 == [one.query for one in listener.heard]


def test_what_is_sent_is_bounded(listener: Listener) -> None:
    check(listener).end("ü" * LARGEST_BODY, well=True)
    assert LARGEST_BODY == len(listener.heard[0].body.encode())


def test_the_start_keeps_nobody_waiting_even_where_nobody_answers(listener: Listener) -> None:
    listener.hangs = True
    began = time.monotonic()
    check(listener).start()
    assert 0.5 > time.monotonic() - began


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [(404, b"", "HTTP 404"), (500, b"", "trouble of its own"), (302, b"", "elsewhere"), (200, b"OK (not found)", "no check")],
)
def test_a_check_that_does_not_take_the_ping_is_told_without_its_address(
    status: int, body: bytes, said: str, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    listener.status, listener.body, listener.location = status, body, "http://127.0.0.1:1/elsewhere"
    with pytest.raises(NotHeard, match=said) as caught:
        check(listener).end("", well=True)
    assert 2 == len(listener.heard)  # tried once more, and nowhere else
    assert SECRET not in str(caught.value) + caplog.text
    assert listener.address not in str(caught.value)


def test_nobody_there_is_told_without_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotHeard, match="cannot be reached") as caught:
        HealthCheck(lambda: f"http://127.0.0.1:{port}/{SECRET}", RID).end("", well=True)
    assert SECRET not in str(caught.value)


# --- messages -----------------------------------------------------------------------------------------------------------------------------------


def channel(listener: Listener, rest: str = f"/{SECRET}") -> Channel:
    return Channel(lambda: f"json://user:{SECRET}@{listener.address}{rest}")


def test_a_message_arrives_whole(listener: Listener) -> None:
    channel(listener).send(MESSAGE)
    assert [f"POST /{SECRET}"] == listener.paths
    assert ('"title": "otto-import, main: sync failed"' in listener.heard[0].body, '"type": "failure"' in listener.heard[0].body) == (True, True)
    assert r"it failed\n- one: why" in listener.heard[0].body


@pytest.mark.parametrize("status", [302, 403, 500])
def test_a_message_that_is_not_taken_is_told_and_nothing_is_said_of_its_address(
    status: int, listener: Listener, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    listener.status, listener.location = status, f"{listener.url}/elsewhere"
    with pytest.raises(NotHeard, match="did not take the message") as caught:
        channel(listener).send(MESSAGE)
    assert [f"POST /{SECRET}"] == listener.paths
    shown = capfd.readouterr()
    assert SECRET not in str(caught.value) + caplog.text + shown.out + shown.err


@pytest.mark.parametrize("address", [f"nosuch://{SECRET}", SECRET, f"json://{SECRET}:notaport:x/", f"mailto://{SECRET}"])
def test_an_address_that_is_none_is_told_and_not_shown(address: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NotHeard, match="no address that apprise knows") as caught:
        Channel(lambda: address).send(MESSAGE)
    shown = capfd.readouterr()
    assert SECRET not in str(caught.value) + caplog.text + shown.out + shown.err


# --- several at once ----------------------------------------------------------------------------------------------------------------------------


def test_all_together_take_no_longer_than_is_given_to_them_and_those_that_arrive_arrive(listener: Listener) -> None:
    with listening() as deaf:
        deaf.hangs = True
        began = time.monotonic()
        failed = at_once(
            {
                "hanging": lambda: channel(deaf).send(MESSAGE),
                "deaf": lambda: check(deaf).end("", well=True),
                "well": lambda: channel(listener).send(MESSAGE),
            },
            longest=1.0,
        )
        assert 2.0 > time.monotonic() - began
    assert dict.fromkeys(("hanging", "deaf"), "there was no answer within 1 seconds") == failed
    assert 1 == len(listener.heard)


def test_a_request_to_stop_ends_the_waiting(listener: Listener) -> None:
    listener.hangs = True

    def glance() -> None:
        raise Stopped(2)

    began = time.monotonic()
    assert {"one"} == at_once({"one": lambda: check(listener).end("", well=True)}, glance=glance).keys()
    assert 1.0 > time.monotonic() - began


def test_whatever_a_notice_raises_becomes_a_sentence() -> None:
    def broken() -> None:
        raise ZeroDivisionError(SECRET)

    def unset() -> None:
        where = "config.toml"
        raise ConfigError(where, [Problem("notify.urls.1", "the environment variable X is not set")])

    failed = at_once({"broken": broken, "unset": unset, "well": lambda: None})
    assert {"broken": "it failed (ZeroDivisionError)", "unset": "config.toml: notify.urls.1: the environment variable X is not set"} == failed


# --- the memory ---------------------------------------------------------------------------------------------------------------------------------

NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)
TOLD = Told(failing_since=NOON, failing_codes=(5, 3), set_aside=("a", "b"), held_back=True, newest=NOON, silent_since=NOON, unsent=("x",))


def test_what_was_told_is_kept_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db.told"
    before = os.umask(0)
    try:
        remember(path, TOLD)
        remember(path, TOLD)
    finally:
        os.umask(before)
    assert TOLD == recall(path)
    assert [path] == list(tmp_path.iterdir())
    assert os.name != "posix" or 0o600 == stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\xff\xfe", b"[]", b'{"failing_since": "yesterday"}', b'{"set_aside": 3}', b"[" * 100_000])
def test_a_memory_that_is_none_of_ours_is_as_none_at_all(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "told"
    path.write_bytes(content)
    assert Told() == recall(path)


def test_no_memory_a_folder_and_a_link_are_as_none_at_all(tmp_path: Path) -> None:
    assert Told() == recall(tmp_path / "none")
    assert Told() == recall(tmp_path)
    remember(tmp_path / "there", TOLD)
    (tmp_path / "link").symlink_to(tmp_path / "there")
    assert Told() == recall(tmp_path / "link")


def test_what_a_newer_version_remembers_besides_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "told"
    path.write_text('{"held_back": true, "newer": [1]}')
    assert Told(held_back=True) == recall(path)


def test_a_memory_that_cannot_be_written_is_an_oserror_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "told").mkdir()
    with pytest.raises(OSError, match="told"):
        remember(tmp_path / "told", TOLD)
    assert ["told"] == [path.name for path in tmp_path.iterdir()]
