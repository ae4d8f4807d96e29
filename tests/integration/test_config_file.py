from __future__ import annotations

import os
from pathlib import Path

import pytest

from otto_import.config import find_config, load
from otto_import.errors import ConfigError
from tests.config_texts import DEMO, plugins

on_posix = pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with the user's config folder beside it."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    return tmp_path


def config_at(path: Path, text: str = DEMO) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


def test_a_config_that_is_named_comes_before_all_others(home: Path) -> None:
    named, from_variable = config_at(home / "a.toml"), config_at(home / "b.toml")
    config_at(home / "work" / "config.toml")

    assert named == find_config(Path("../a.toml"), {"OTTO_IMPORT_CONFIG": str(from_variable)}).resolve()
    assert from_variable == find_config(None, {"OTTO_IMPORT_CONFIG": str(from_variable)})


def test_then_the_folder_one_works_in_and_then_the_users(home: Path) -> None:
    here = config_at(home / "work" / "config.toml")
    assert here == find_config(None, {"OTTO_IMPORT_CONFIG": ""})

    here.unlink()
    if os.name == "posix" and os.uname().sysname == "Linux":
        users = config_at(home / "user" / "otto-import" / "config.toml")
        assert users == find_config(None, {})


def test_a_missing_config_names_every_place_looked_at(home: Path) -> None:
    with pytest.raises(ConfigError, match="no config file found") as caught:
        find_config(None, {})

    assert 3 == caught.value.exit_code
    assert str(home / "work" / "config.toml") in str(caught.value)
    assert "otto-import" in str(caught.value)
    assert "--config" in str(caught.value)


@pytest.mark.parametrize(("explicit", "environ"), [(Path("no.toml"), {}), (None, {"OTTO_IMPORT_CONFIG": "no.toml"})])
def test_a_config_that_is_named_is_never_replaced_by_another(home: Path, explicit: Path | None, environ: dict[str, str]) -> None:
    config_at(home / "work" / "config.toml")

    with pytest.raises(ConfigError, match=r"^no\.toml: there is no such file"):
        find_config(explicit, environ)


def test_a_config_is_read_and_its_paths_are_absolute(home: Path) -> None:
    config_at(home / "work" / "shop" / "config.toml", DEMO + '[state]\npath = "ledger.db"\n')

    config = load(Path("shop/config.toml"), plugins)

    assert home / "work" / "shop" / "ledger.db" == config.ledger_path


def test_a_folder_is_no_config(home: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder; name the file in it"):
        load(home, plugins)


def test_a_config_that_is_gone_is_said_to_be(home: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load(home / "gone.toml", plugins)


def test_a_config_that_cannot_be_reached_is_said_to_be_unreadable(home: Path) -> None:
    plain = config_at(home / "plain")

    with pytest.raises(ConfigError, match=r"cannot be read \(NotADirectoryError\); check its owner and its rights"):
        load(plain / "config.toml", plugins)


@on_posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_in_clear_in_a_readable_config_is_refused_with_the_remedy(home: Path, mode: int) -> None:
    path = config_at(home / "my shop" / "config.toml", DEMO.replace("[status]", 'client_secret = "hunter2-Zz9"\n[status]'))
    path.chmod(mode)

    with pytest.raises(ConfigError) as caught:
        load(path, plugins)

    assert f"run: chmod 600 '{path}'" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@on_posix
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_secret_in_clear_in_a_private_config_is_accepted(home: Path, mode: int) -> None:
    path = config_at(home / "config.toml", DEMO.replace("[status]", 'client_secret = "hunter2-Zz9"\n[status]'))
    path.chmod(mode)

    secret = load(path, plugins).otto.client_secret

    assert secret is not None
    assert "hunter2-Zz9" == secret.get()
