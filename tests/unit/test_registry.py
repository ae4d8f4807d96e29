"""The registry finds writers by their entry points and says what is wrong with those it cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest

from otto_import.errors import ConfigError
from otto_import.writers import registry


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def _distribution(shelf: Path, name: str, entry: str) -> None:
    folder = shelf / f"{name.replace('-', '_')}-1.2.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (folder / "entry_points.txt").write_text(f"[otto_import.writers]\n{entry}\n")


def test_a_writer_is_loaded_by_its_name(shelf: Path) -> None:
    (shelf / "acme_writer.py").write_text(
        "class Plugin:\n    settings = dict\n    def status(self, value): return value\n    open = None\nplugin = Plugin()\n"
    )
    _distribution(shelf, "acme-writer", "acme = acme_writer:plugin")
    assert registry.find("acme").status("paid") == "paid"


def test_installed_writers_are_listed_without_loading_them(shelf: Path) -> None:
    _distribution(shelf, "not-there", "phantom = a_module_that_is_not_there:plugin")
    assert registry.Installed("phantom", "not-there", "1.2") in registry.installed()
    assert "phantom" in registry.names()


def test_two_distributions_with_one_name_are_both_named(shelf: Path) -> None:
    _distribution(shelf, "one-shop", "twin = one:plugin")
    _distribution(shelf, "other-shop", "twin = other:plugin")
    with pytest.raises(ConfigError, match="offered by one-shop and by other-shop; uninstall"):
        registry.find("twin")
    assert registry.names().count("twin") == 1


def test_an_unknown_name_gets_the_nearest_and_the_list(shelf: Path) -> None:
    _distribution(shelf, "shopshape-writer", "shopshape = shopshape:plugin")
    with pytest.raises(ConfigError, match=r'no writer "shopshaep"; did you mean "shopshape"\? Installed: .*shopshape') as caught:
        registry.find("shopshaep")
    assert [problem.key for problem in caught.value.problems] == ["shop.writer"]


def test_an_unknown_name_like_no_other_gets_the_list_alone(shelf: Path) -> None:
    _distribution(shelf, "shopshape-writer", "shopshape = shopshape:plugin")
    with pytest.raises(ConfigError, match=r'no writer "zzz"; installed: .*shopshape'):
        registry.find("zzz")


@pytest.mark.parametrize("content", ["import a_module_that_is_not_there", "plugin = 1 / 0", "nothing = 1", "def ("])
def test_a_writer_that_cannot_be_loaded_is_named_with_its_distribution(shelf: Path, content: str) -> None:
    module = f"broken_{abs(hash(content))}"
    (shelf / f"{module}.py").write_text(content)
    _distribution(shelf, "broken-writer", f"broken = {module}:plugin")
    with pytest.raises(ConfigError, match='the writer "broken" of broken-writer cannot be loaded'):
        registry.find("broken")


def test_a_writer_made_for_something_else_is_refused(shelf: Path) -> None:
    _distribution(shelf, "odd-writer", "odd = json:dumps")
    with pytest.raises(ConfigError, match="odd-writer lacks settings, status, open"):
        registry.find("odd")
