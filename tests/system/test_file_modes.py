"""Every file and folder the program makes is its user's alone, as real processes make them under the laxest umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.listener import listening
from tests.system_shop import START, Place, child

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights of this kind exist on POSIX systems")


@pytest.fixture(autouse=True)
def lax() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """Give the mode of every file and folder beneath one, by its name."""
    found: dict[str, str] = {}
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # some come and go
            found[str(path.relative_to(folder))] = f"{stat.S_IMODE(path.lstat().st_mode):04o}"
    return found


def ran(folder: Path, *command: str, code: int = 0, **environment: str) -> dict[str, set[str]]:
    """Run a command in a process of its own; give every mode that was seen of each name, while it ran too."""
    seen: dict[str, set[str]] = {}
    with child(*command, **environment) as process:
        while True:
            over = not process.alive
            for name, mode in modes(folder).items():
                seen.setdefault(name, set()).add(mode)
            if over:
                break
        ended = process.ended()
        assert code == ended.code, ended.err
    return seen


def private(seen: dict[str, set[str]], folder: Path) -> None:
    """See that files are 0600 and folders 0700, from their first moment on; the metrics alone are for all, once they are whole."""
    for name, found in seen.items():
        wanted = {"0700"} if (folder / name).is_dir() else {"0600"}
        if "prom" in name:
            wanted = {"0600", "0644"} if name.endswith(".tmp") else {"0644"}
        assert found <= wanted, (name, found)


def test_what_a_life_leaves_behind_is_its_users_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    config = home / "deep/down/config.toml"
    given = ("--non-interactive", "--no-check", "--environment", "demo", "--writer", "sqlite", "--announced", "--set", "path=sold/here/shop.db")
    private(ran(home, "init", *given, "--config", str(config)), home)
    private(ran(home, "init", *given, "--force", "--config", str(config)), home)
    runs = (("check",), ("sync", "--dry-run"), ("sync", "--metrics-file", str(home / "otto.prom")), ("orders", "--csv", str(home / "orders.csv")))
    seen: dict[str, set[str]] = {}
    for command in (*runs, ("purge", "--older-than", "30d"), ("reconcile", "--from", "2026-05-01", "--to", "2026-06-09")):
        for name, found in ran(home, *command, "--config", str(config)).items():
            seen.setdefault(name, set()).update(found)
    private(seen, home)
    ledgers = {f"deep/down/ledger.db{ending}" for ending in ("", "-wal", "-shm", ".lock", ".token")}
    assert ledgers | {"deep/down/sold/here", "deep/down/sold/here/shop.db", "otto.prom", "orders.csv", "deep/down/config.toml"} <= seen.keys()


def test_a_secret_that_is_typed_in_is_kept_for_its_user_alone(tmp_path: Path) -> None:
    given = ("--environment", "sandbox", "--client-id", "app-1", "--start-date", "2026-01-01", "--writer", "sqlite", "--set", "path=shop.db")
    places = ("--secret-stdin", "--secret-file", "kept/secret.txt", "--config", str(tmp_path / "made/config.toml"))
    command = [sys.executable, "-m", "otto_import", "init", "--non-interactive", "--no-check", *given, *places]
    ended = subprocess.run(command, input="s3cret\n", text=True, check=False, capture_output=True)
    assert 0 == ended.returncode, ended.stderr
    assert {"made": "0700", "made/kept": "0700", "made/kept/secret.txt": "0600", "made/config.toml": "0600"} == modes(tmp_path)


def test_the_users_state_folder_is_made_for_that_user_alone(tmp_path: Path) -> None:
    place = Place(tmp_path / "home")
    place.configure(state={"path": None})
    seen = ran(place.folder, *place.arguments("sync", now=START), XDG_STATE_HOME=str(place.folder / "state/of/mine"))
    assert {"state", "state/of", "state/of/mine/otto-import", "state/of/mine/otto-import/demo-main.db"} <= seen.keys()
    private(seen, place.folder)


def test_an_event_stream_and_what_was_told_are_their_users_alone(tmp_path: Path) -> None:
    with listening() as chat:
        tables: dict[str, dict[str, Any]] = {
            "shop": {"writer": "jsonl", "jsonl": {"path": "sent/on/out.jsonl"}, "sqlite": None},
            "state": {"path": "kept/in/ledger.db"},
        }
        place = Place(tmp_path / "home", notify={"urls": [f"json://{chat.address}/x"], "silence_hours": 1}, **tables)
        seen = ran(place.folder, *place.arguments("sync", now=START))
    private(seen, place.folder)
    assert {"sent", "sent/on", "sent/on/out.jsonl", "kept/in/ledger.db.told"} <= seen.keys()


def test_a_damaged_ledger_that_was_set_aside_and_the_new_one_are_their_users_alone(tmp_path: Path) -> None:
    place = Place(tmp_path / "home")
    place.done(now=START)
    place.ledger.write_bytes(b"rubbish" * 1000)
    place.ledger.with_name("ledger.db-wal").write_bytes(b"rubbish")
    place.ledger.with_name("ledger.db-wal").chmod(0o600)
    seen = ran(place.folder, *place.arguments("rebuild", now=START))
    assert [name for name in seen if ".damaged-" in name]
    private(seen, place.folder)
