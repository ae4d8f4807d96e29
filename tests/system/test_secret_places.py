"""Secrets from each place they may be kept in, OTTO's and a shop's, when all goes well and when it does not: nothing of them ever shows."""

from __future__ import annotations

import base64
import json
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import stamina

from otto_import.errors import ConfigError
from otto_import.secrets import Secret
from tests.hostile_otto import TOKEN, HostileOtto, hostile, installed, sound
from tests.listener import Listener, listening
from tests.system_shop import Ended, Place, in_process

MARK = "marked+s3cret/of=whoever"
HOOK = "whsec_" + base64.b64encode(b"marked-secret-of-a-shop-in-32-bytes").decode()
MARKS = (MARK, HOOK, HOOK.removeprefix("whsec_"), TOKEN, "zwitscher-secret")
LOUD = (("-v", "-v", "--json", "--log-json"), ("-v", "-v"))
COMMANDS = (("check",), ("sync", "--metrics-file", "run.prom"), ("sync", "--dry-run"), ("explain", "sound1"), ("rebuild",), ("retry",), ("orders",))
PLACES = ("env", "file", "command", "keyring")

KEYRING = """
import os
from keyring import errors

def get_password(service, user):
    way, _, secret = os.environ["KEYRING_OF_TESTS"].partition(" ")
    if way == "locked":
        raise errors.KeyringLocked(f"{service}/{user} is locked: {secret}")
    if way == "broken":
        raise RuntimeError(f"the bus went away while it said {secret}")
    return {"gives": secret, "lacks": None, "odd": secret.encode()}[way]
"""
ERRORS = """
class KeyringError(Exception):
    pass

class KeyringLocked(KeyringError):
    pass
"""


@dataclass(slots=True)
class World:
    """Hold a place that is to ask for secrets, OTTO and a shop who listen, and the fixture that changes the environment."""

    place: Place
    otto: HostileOtto
    shop: Listener
    patch: pytest.MonkeyPatch

    def keep(self, where: str, secret: str) -> dict[str, Any]:
        """Keep a secret in one of the places, and give the table that names it."""
        match where:
            case "env":
                self.patch.setenv("KEPT", secret)
                return {"env": "KEPT"}
            case "file":
                self.file(secret.encode())
                return {"file": "kept.txt"}
            case "command":
                return self.program("print(open('for-the-program.txt').read())", secret)
            case _:
                self.patch.setenv("KEYRING_OF_TESTS", f"gives {secret}")
                return {"keyring": "otto-import/main"}

    def file(self, content: bytes, mode: int = 0o600) -> None:
        """Keep a secret in a file."""
        path = self.place.folder / "kept.txt"
        path.write_bytes(content)
        path.chmod(mode)

    def program(self, text: str, secret: str) -> dict[str, Any]:
        """Let a program give a secret, which it reads in a file of its own."""
        (self.place.folder / "for-the-program.txt").write_text(secret, encoding="utf-8")
        return {"command": [sys.executable, "-c", text]}

    def use(self, whose: str, kept: dict[str, Any]) -> None:
        """Name a secret in the config as OTTO's, or as the shop's."""
        if whose == "otto":
            self.place.configure(otto={"client_secret": kept})
        else:
            self.place.configure(shop={"writer": "webhook", "sqlite": None, "webhook": {"url": f"{self.shop.url}/", "secret": kept}})

    def said(self) -> Iterator[tuple[tuple[str, ...], Ended]]:
        """Run the commands at their most talkative."""
        for command in COMMANDS:
            for manner in LOUD if command[0] in {"check", "sync"} else LOUD[:1]:
                named = [str(self.place.folder / part) if part == "run.prom" else part for part in command]
                yield command, in_process(*named, *manner, "--config", str(self.place.config))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    package = tmp_path / "packages" / "keyring"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(KEYRING, encoding="utf-8")
    (package / "errors.py").write_text(ERRORS, encoding="utf-8")
    for name in ("keyring", "keyring.errors"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(package.parent))
    with listening() as shop, hostile(sound(1), sound(2)) as otto, stamina.set_testing(True, attempts=2):
        yield World(installed(tmp_path / "home", otto), otto, shop, monkeypatch)
    for name in ("keyring", "keyring.errors"):
        sys.modules.pop(name, None)


def found(said: str | bytes, *, but: tuple[str, ...] = ()) -> list[str]:
    """Give the marks in a text or file, as they are and as JSON, URLs and forms would write them."""
    text = said if isinstance(said, bytes) else said.encode(errors="surrogateescape")
    return [mark for mark in MARKS if mark not in but and any(form in text for form in _forms(mark))]


def _forms(mark: str) -> set[bytes]:
    return {mark.encode(), json.dumps(mark)[1:-1].encode(), quote(mark, safe="").encode(), base64.b64encode(mark.encode()).rstrip(b"=")[:-2]}


def check_files(world: World) -> None:
    """Look through every file, but those that were given the secrets."""
    given = {"kept.txt", "for-the-program.txt"}
    for path in world.place.folder.rglob("*"):
        if path.is_file() and path.name not in given:
            assert [] == found(path.read_bytes(), but=(TOKEN,) if path.name.endswith(".token") else ()), path.name


def check_texts(kept: dict[str, Any], folder: Path) -> None:
    """Fetch a secret that cannot be had; look through the whole of the exception, its causes and what surrounds it."""
    secret = Secret(kept)
    secret.bind("otto.client_secret", folder / "config.toml")
    with pytest.raises(ConfigError) as refused:
        secret.get()
    chain = "".join(traceback.format_exception(refused.value))
    assert [] == found(chain)
    assert [] == found(repr(secret) + str(secret) + repr(refused.value))


@pytest.mark.parametrize("whose", ["otto", "shop"])
@pytest.mark.parametrize("where", PLACES)
def test_a_secret_is_used_and_shows_nowhere(where: str, whose: str, world: World) -> None:
    world.use(whose, world.keep(where, MARK if whose == "otto" else HOOK))
    for command, ended in world.said():
        assert [] == found(ended.out + ended.err), command
        assert "Traceback" not in ended.err
        assert (ended.code == 0) is (command[0] != "rebuild" or whose == "otto"), (command, ended)
        check_files(world)
    if whose == "otto":
        assert {f"client_secret={quote(MARK, safe='')}"} <= {part for form in world.otto.posted for part in form.split("&")}
    else:
        assert any(one.method == "POST" for one in world.shop.heard)


@pytest.mark.parametrize("where", PLACES)
def test_a_secret_that_otto_refuses_and_repeats_shows_nowhere(where: str, world: World) -> None:
    world.use("otto", world.keep(where, MARK))
    world.otto.token_status, world.otto.answer = 401, json.dumps({"error": "invalid_client", "error_description": f"{MARK} is wrong"}).encode()
    for command, ended in world.said():
        assert [] == found(ended.out + ended.err), command
        assert ended.code == (0 if command[0] in {"orders", "rebuild", "retry"} else 5), (command, ended)
    check_files(world)


@pytest.mark.parametrize("where", PLACES)
def test_a_shop_that_refuses_and_repeats_what_it_was_sent_is_not_repeated(where: str, world: World) -> None:
    world.use("shop", world.keep(where, HOOK))
    world.shop.status, world.shop.body = 401, f"{HOOK} {TOKEN}".encode()
    for command, ended in world.said():
        assert [] == found(ended.out + ended.err), command
        assert "Traceback" not in ended.err
    check_files(world)


def _unset(world: World) -> dict[str, Any]:
    world.patch.delenv("KEPT", raising=False)
    return {"env": "KEPT"}


def _two_lines(world: World) -> dict[str, Any]:
    return world.keep("env", f"{MARK}\n{HOOK}")


def _missing(_world: World) -> dict[str, Any]:
    return {"file": "nowhere/kept.txt"}


def _open_to_all(world: World) -> dict[str, Any]:
    world.file(MARK.encode(), 0o644)
    return {"file": "kept.txt"}


def _open_to_the_group(world: World) -> dict[str, Any]:
    world.file(MARK.encode(), 0o640)
    return {"file": "kept.txt"}


def _no_text(world: World) -> dict[str, Any]:
    world.file(MARK.encode() + b"\xff")
    return {"file": "kept.txt"}


def _too_large(world: World) -> dict[str, Any]:
    world.file(MARK.encode() * 5000)
    return {"file": "kept.txt"}


def _below_a_file(world: World) -> dict[str, Any]:
    world.file(MARK.encode())
    return {"file": "kept.txt/deeper"}


def _failing(world: World) -> dict[str, Any]:
    text = "import sys; secret = open('for-the-program.txt').read(); print(secret); print(secret, file=sys.stderr); sys.exit(3)"
    return world.program(text, MARK)


def _crashing(world: World) -> dict[str, Any]:
    return world.program("raise SystemError(open('for-the-program.txt').read())", MARK)


def _no_utf8(world: World) -> dict[str, Any]:
    return world.program("import sys; sys.stdout.buffer.write(open('for-the-program.txt', 'rb').read() + b'\\xff')", MARK)


def _several_lines(world: World) -> dict[str, Any]:
    return world.program("print(open('for-the-program.txt').read()); print('user: anna')", MARK)


def _no_program(_world: World) -> dict[str, Any]:
    return {"command": ["no-such-program-anywhere", "show"]}


def _locked(world: World) -> dict[str, Any]:
    world.patch.setenv("KEYRING_OF_TESTS", f"locked {MARK}")
    return {"keyring": "otto-import/main"}


def _broken(world: World) -> dict[str, Any]:
    world.patch.setenv("KEYRING_OF_TESTS", f"broken {MARK}")
    return {"keyring": "otto-import/main"}


def _lacking(world: World) -> dict[str, Any]:
    world.patch.setenv("KEYRING_OF_TESTS", f"lacks {MARK}")
    return {"keyring": "otto-import/main"}


def _odd(world: World) -> dict[str, Any]:
    world.patch.setenv("KEYRING_OF_TESTS", f"odd {MARK}")
    return {"keyring": "otto-import/main"}


def _unloadable(world: World) -> dict[str, Any]:
    world.patch.setenv("KEYRING_OF_TESTS", MARK)
    package = world.place.folder.parent / "packages" / "keyring" / "__init__.py"
    package.write_text("import os\nraise ImportError(os.environ['KEYRING_OF_TESTS'])\n", encoding="utf-8")
    return {"keyring": "otto-import/main"}


UNABLE = (_unset, _two_lines, _missing, _open_to_all, _open_to_the_group, _no_text, _too_large, _below_a_file, _failing, _crashing, _no_utf8,
          _several_lines, _no_program, _locked, _broken, _lacking, _odd, _unloadable)  # fmt: skip


@pytest.mark.parametrize("whose", ["otto", "shop"])
@pytest.mark.parametrize("unable", UNABLE, ids=lambda unable: unable.__name__.strip("_"))
def test_a_secret_that_cannot_be_had_is_3_with_its_key_and_shows_nowhere(unable: Any, whose: str, world: World) -> None:
    kept = unable(world)
    world.use(whose, kept)
    key = "otto.client_secret" if whose == "otto" else "shop.webhook.secret"
    for command, ended in world.said():
        assert [] == found(ended.out + ended.err), command
        assert "Traceback" not in ended.err, (command, ended.err)
        if command[0] in {"check", "sync"} and (whose == "otto" or command != ("sync", "--dry-run")):
            assert 3 == ended.code, (command, ended)
            assert key in (ended.out + ended.err), (command, ended)
    check_files(world)
    check_texts(kept, world.place.folder)
