"""Tokens: fetched, kept, renewed, refused."""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import stamina

from otto_import.errors import CredentialsRefused, ServiceError
from otto_import.otto.auth import Credentials
from otto_import.otto.client import ClientSettings, ListQuery
from otto_import.otto.tokens import Token, TokenFile, token_key
from tests.otto_wire import SECRET, TOKEN, Answer, ScriptedOtto, client, example, granted, page, token

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


class Clock:
    def __init__(self, time: float = 1_780_000_000.0) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time


def walk(otto: ScriptedOtto, token_file: Path | None = None, **changes: Any) -> int:
    """Walk a list of one page with a client of its own; give the number of requests it took."""
    with client(otto, token_file, **changes) as opened:
        list(opened.pages(ListQuery()))
        return opened.requests


def kept(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_the_token_is_asked_for_with_client_credentials_in_the_body() -> None:
    otto = ScriptedOtto(page([]))
    walk(otto)
    asked = otto.asked[0]
    assert (asked.method, asked.url.path, asked.url.query) == ("POST", "/oauth2/token", b"")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["shop"],
        "client_secret": [SECRET],
        "scope": ["orders"],
    }
    assert otto.bearers == [f"Bearer {TOKEN}"]


@pytest.mark.parametrize("name", ["token_response_client_credentials", "token_response_password_grant"])
def test_the_example_answers_are_understood(name: str) -> None:
    otto = ScriptedOtto(page([]), tokens=[granted(example(name))])
    walk(otto)
    assert otto.bearers == ["Bearer <JWT>"]


def test_one_token_serves_many_requests() -> None:
    otto = ScriptedOtto(page([]), page([]), page([]))
    with client(otto) as opened:
        for _ in range(3):
            list(opened.pages(ListQuery()))
        assert opened.requests == 4


def test_a_404_leads_to_the_older_path_once_and_for_all(tmp_path: Path) -> None:
    otto = ScriptedOtto(page([]), page([]), tokens=[httpx.Response(404), token("one", expires_in=100), token("two")])
    clock = Clock()
    walk(otto, tmp_path / "token", now=clock)
    clock.time += 200
    walk(otto, tmp_path / "token", now=clock)
    # The second client finds the path in the kept token, though the token itself has run out.
    assert otto.paths == ["/oauth2/token", "/v1/token", "/v4/orders", "/v1/token", "/v4/orders"]


def test_two_404s_are_an_error_that_names_the_place() -> None:
    with pytest.raises(ServiceError, match=r"gives no access token \(POST /v1/token, HTTP 404\)"):
        walk(ScriptedOtto(tokens=[httpx.Response(404)]))


@pytest.mark.parametrize(
    ("expires_in", "usable_for"),
    [(1800, 1740), (120, 60), (100, 50), (2, 1), ("600", 540), (10**12, 86_340), (None, 240), (-5, 240), ("soon", 240)],
)
def test_a_token_is_renewed_early(expires_in: object, usable_for: int) -> None:
    clock = Clock()
    otto = ScriptedOtto(page([]), page([]), page([]), tokens=[token("one", expires_in), token("two", expires_in)])
    with client(otto, now=clock) as opened:
        for seconds in (0, usable_for - 0.5, 1):
            clock.time += seconds
            list(opened.pages(ListQuery()))
    assert otto.bearers == ["Bearer one", "Bearer one", "Bearer two"]


def test_a_second_client_uses_the_kept_token_and_makes_one_request(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token.json"
    otto = ScriptedOtto(page([]), page([]))
    assert walk(otto, path) == 2
    assert walk(otto, path) == 1


@posix_only
def test_the_token_file_is_private_and_so_is_a_folder_made_for_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token.json"
    old = os.umask(0)
    try:
        walk(ScriptedOtto(page([])), path)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [path] == list(path.parent.iterdir())


def test_the_secret_is_not_in_the_token_file(tmp_path: Path) -> None:
    walk(ScriptedOtto(page([])), tmp_path / "token")
    assert SECRET not in (tmp_path / "token").read_text()


@pytest.mark.parametrize(
    "changes", [{"client_secret": "another"}, {"client_id": "another"}, {"base_url": "https://sandbox.example"}, {"scope": "orders returns"}]
)
def test_a_token_kept_for_someone_else_is_not_used_but_replaced(tmp_path: Path, changes: dict[str, str]) -> None:
    path = tmp_path / "token"
    otto = ScriptedOtto(page([]), page([]), page([]))
    walk(otto, path)
    assert walk(otto, path, **changes) == 2
    assert walk(otto, path, **changes) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '"x"', "{}", '{"key": 5}', "\ud83d", "[" * 50_000])
def test_a_damaged_token_file_is_ignored_and_rewritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    path.chmod(0o600)
    assert walk(ScriptedOtto(page([])), path) == 2
    assert kept(path)["token"] == TOKEN


@pytest.mark.parametrize(
    "change", [{"token": None}, {"token": "a\nb"}, {"token": ""}, {"since": "x"}, {"until": None}, {"since": 9e12}, {"until": 0}, {"until": "nan"}]
)
def test_a_token_file_with_a_damaged_value_is_ignored(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "token"
    walk(ScriptedOtto(page([])), path)
    path.write_text(json.dumps(kept(path) | change))
    assert walk(ScriptedOtto(page([])), path) == 2


def test_a_strange_token_path_in_the_file_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "token"
    walk(ScriptedOtto(page([])), path)
    path.write_text(json.dumps(kept(path) | {"path": "/steal", "until": 0}))
    otto = ScriptedOtto(page([]))
    walk(otto, path)
    assert otto.paths == ["/oauth2/token", "/v4/orders"]


@posix_only
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660])
def test_a_token_file_others_can_read_is_ignored_and_made_private(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    walk(ScriptedOtto(page([])), path)
    path.chmod(mode)
    assert walk(ScriptedOtto(page([])), path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix_only
def test_neither_a_link_nor_a_pipe_is_taken_for_the_token_file(tmp_path: Path) -> None:
    walk(ScriptedOtto(page([])), tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "pipe"):
        assert walk(ScriptedOtto(page([])), tmp_path / name) == 2
        assert stat.S_ISREG((tmp_path / name).lstat().st_mode)


def test_a_token_that_cannot_be_kept_is_a_warning_and_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "token", tmp_path / "folder"):
        assert walk(ScriptedOtto(page([])), path) == 2
    assert ["could not be kept" in record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [True, True]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file", tmp_path / "folder"]


def test_a_401_discards_the_token_and_repeats_once(tmp_path: Path) -> None:
    path = tmp_path / "token"
    otto = ScriptedOtto(page([]), httpx.Response(401), page([]), tokens=[token("old"), token("new")])
    walk(otto, path)
    assert walk(otto, path) == 3
    assert otto.bearers == ["Bearer old", "Bearer old", "Bearer new"]
    assert kept(path)["token"] == "new"


def test_a_second_401_is_a_refusal(tmp_path: Path) -> None:
    otto = ScriptedOtto(httpx.Response(401), httpx.Response(401))
    with pytest.raises(CredentialsRefused, match=r"does not accept the access token .* \(GET /v4/orders, HTTP 401\)"):
        walk(otto, tmp_path / "token")
    assert len(otto.asked) == 4


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (400, b'{"error": "invalid_scope", "error_description": "nope"}', "does not grant the scope 'orders'; .*: invalid_scope"),
        (403, b"... invalid_scope ...", "does not grant the scope 'orders'"),
        (400, b'{"error": "invalid_client"}', "does not accept client_id and client_secret; .*: invalid_client"),
        (401, b'{"error": "invalid_client"}', "does not accept client_id and client_secret"),
        (401, b"", "does not accept client_id and client_secret"),
        (403, b"<html>", "does not accept client_id and client_secret"),
        (400, b'{"error": "unauthorized_client"}', "does not accept client_id and client_secret"),
    ],
)
def test_refused_credentials_are_told_apart_and_not_tried_again(status: int, body: bytes, text: str) -> None:
    otto = ScriptedOtto(tokens=[httpx.Response(status, content=body)])
    with pytest.raises(CredentialsRefused, match=text) as caught:
        walk(otto)
    assert len(otto.asked) == 1
    assert SECRET not in str(caught.value)


def test_another_400_is_no_matter_of_credentials() -> None:
    with pytest.raises(ServiceError, match=r"gives no access token: unsupported_grant_type \(POST /oauth2/token, HTTP 400\)") as caught:
        walk(ScriptedOtto(tokens=[httpx.Response(400, content=b'{"error": "unsupported_grant_type"}')]))
    assert not isinstance(caught.value, CredentialsRefused)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"access_token": null}', b'{"access_token": ""}', b'{"access_token": "a\\nb"}', b'{"access_token": 5}']
)
def test_a_token_answer_without_a_token_is_tried_again_and_then_an_error(body: bytes) -> None:
    otto = ScriptedOtto(tokens=[granted(body)])
    with stamina.set_testing(True, attempts=3), pytest.raises(ServiceError, match=r"tried 3 times\) \(POST /oauth2/token, HTTP 200\)"):
        walk(otto)
    assert len(otto.asked) == 3


@pytest.mark.parametrize("trouble", [httpx.Response(429), httpx.Response(503), httpx.ReadTimeout("x")])
def test_token_requests_are_tried_again_like_all_others(trouble: Answer) -> None:
    otto = ScriptedOtto(page([]), tokens=[trouble, token()])
    with stamina.set_testing(True, attempts=2):
        assert walk(otto) == 3


def test_a_secret_from_a_function_is_asked_for_once_and_not_before_it_is_needed(tmp_path: Path) -> None:
    calls: list[str] = []

    def secret() -> str:
        calls.append("asked")
        return SECRET

    otto = ScriptedOtto(page([]), page([]))
    with client(otto, tmp_path / "token", client_secret=secret) as opened:
        assert calls == []
        for _ in range(2):
            list(opened.pages(ListQuery()))
    assert calls == ["asked"]


def test_threads_share_one_token_request() -> None:
    otto = ScriptedOtto(*[granted(example("order_announced_prepayment"))] * 8)
    with client(otto) as opened:
        threads = [threading.Thread(target=opened.order, args=("cbn4aaaaa1",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert opened.requests == 9
    assert otto.paths.count("/oauth2/token") == 1


def test_neither_token_nor_secret_shows_in_a_text_form_or_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "otto_import"), stamina.set_testing(True, attempts=2):
        walk(ScriptedOtto(page([]), tokens=[httpx.Response(503), token()]), tmp_path / "token")
    settings = ClientSettings(base_url="https://x", client_id="shop", client_secret=SECRET)
    shown = f"{Token(text=TOKEN, since=0, until=0, path='/')} {Credentials(client_id='shop', secret=SECRET)} {settings} {caplog.text}"
    assert SECRET not in shown
    assert TOKEN not in shown


def test_without_a_path_nothing_is_kept() -> None:
    nowhere = TokenFile(None)
    key = token_key("https://otto.example", "shop", "orders", SECRET)
    nowhere.write(key, Token(text=TOKEN, since=0, until=9e9, path="/v1/token"))
    nowhere.discard()
    assert nowhere.read(key) is None
