"""README cannot rot: what it shows runs, and what it lists is what there is."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from otto_import import outcome
from otto_import.cli.boundary import run
from otto_import.rules import as_markdown
from otto_import.writers.registry import find
from otto_import.writers.sqlite.schema import STEPS
from otto_import.writers.web import ShopSettings
from tests.documents import WRITTEN_FOR_COLUMNS, assert_shown, blocks, exit_codes, options, prose, section, settings, steps, table, ticked

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNS = "pip install . && otto-import sync --config config.example.toml"
TESTS = "pip install -e '.[test]' && pytest"

on_posix = pytest.mark.skipif(os.name != "posix", reason="the examples are for a POSIX shell, and rights of files are POSIX's")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stable_terminal: None) -> Path:
    """Stand in a new folder that holds nothing but the example config."""
    shutil.copy(ROOT / "config.example.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", WRITTEN_FOR_COLUMNS)
    return tmp_path


def test_a_newcomers_two_commands_are_there_word_for_word() -> None:
    assert blocks("sh", section(README, "A newcomer's two commands"))[:2] == [RUNS, TESTS]


@on_posix
def test_everything_readme_has_the_reader_type_runs_and_shows_what_readme_shows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = list(steps(README))
    for command, shown in typed:
        program, *arguments = shlex.split(command)
        if program == "otto-import":
            assert (run(arguments), command) == (0, command)
        else:
            subprocess.run(command, shell=True, cwd=folder, check=True, timeout=60)
        printed = capsys.readouterr()
        assert ("", command) == (printed.err, command)
        assert_shown(shown, printed.out.splitlines(), command)
    assert len(typed) > 5
    assert RUNS.partition(" && ")[2] == typed[0].command


def test_the_state_table_is_the_programs() -> None:
    shown = re.search(r"(?s)<!-- state table: begin -->\n(.*?)\n<!-- state table: end -->", README)
    assert shown
    assert as_markdown() == shown[1]


def test_readme_lists_every_command() -> None:
    listed = [name for row in table(section(README, "Commands"), "| command |") for name in ticked(row[0])]
    assert [f"otto-import {name}" for name in options() if name] == listed


def test_readme_lists_every_option_with_the_commands_that_have_it() -> None:
    commands = sorted(name for name in options() if name)
    listed: dict[str, set[str]] = {"": {"--help"}, **{name: set() for name in commands}}
    for option, having, _ in table(section(README, "Commands"), "| option |"):
        for name in {"all": commands, "the program itself": [""]}.get(having) or ticked(having):
            listed[name] |= {word for words in ticked(option) for word in words.split() if word.startswith("-")}
    assert options() == listed


def test_readme_names_no_command_and_no_option_that_does_not_exist() -> None:
    known = options()
    assert set(re.findall(r"`otto-import ([a-z]+)", README)) <= known.keys()
    used = [
        words
        for block in (*blocks("text", README), *blocks("crontab", README))
        for line in block.splitlines()
        if "otto-import" in line
        for words in [line.split()]
    ]
    for words in used:
        at = next(number for number, word in enumerate(words) if word.endswith("otto-import"))
        assert words[at + 1] in known
        assert {word for word in words[at + 1 :] if word.startswith("-")} <= known[words[at + 1]]
    assert len(used) == 5
    assert set(re.findall(r"(?<![-\w])--[a-z][a-z-]*", README)) <= set().union(*known.values())


def test_the_crontab_line_has_five_fields_and_absolute_paths_alone() -> None:
    (line,) = blocks("crontab", README)[0].splitlines()
    *when, program, command = line.split()[:7]
    assert (5, "sync") == (len(when), command)
    assert all(path.startswith("/") for path in [program, *re.findall(r"\S*/\S*", " ".join(line.split()[5:]))])


def test_readme_lists_every_key_of_the_config_with_its_default() -> None:
    listed = {ticked(key)[0]: default for key, default, _ in table(section(README, "Settings"), "| key |")}
    assert settings() == listed


@pytest.mark.parametrize(
    ("heading", "name"), [("WooCommerce", "woocommerce"), ("Shopware 6", "shopware6"), ("PrestaShop", "prestashop"), ("Webhook", "webhook")]
)
def test_each_shop_explains_its_keys_and_an_example_that_is_one(heading: str, name: str) -> None:
    shops = section(README, "Shops")
    common, own = shops.partition("\n### ")[0], shops.partition(f"\n### {heading}\n")[2].partition("\n### ")[0]
    model = find(name).settings
    explained = {word.rpartition(".")[2] for word in ticked(prose(common)) + ticked(prose(own))}
    assert set() == model.model_fields.keys() - explained
    example = tomllib.loads("\n".join(blocks("toml", own)))
    assert name == example["shop"]["writer"]
    model.model_validate(example["shop"][name])
    assert all(find(name).status(status) for status in example.get("status", {}).values())
    known = {f"{key}": field.default for key, field in ShopSettings.model_fields.items()}
    assert {key: default for key, default, _ in table(shops, "| key |")} == {
        f"`{key}`": "required" if ShopSettings.model_fields[key].is_required() else "–" if default is None else f"`{json.dumps(default)}`"
        for key, default in known.items()
    }


def test_the_example_config_has_no_key_that_readme_lacks_and_the_same_defaults() -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    listed = {ticked(key)[0]: default for key, default, _ in table(section(README, "Settings"), "| key |")}
    optional = {"required", "–"}
    found = {f"{name}.{key}": value for name, inner in tomllib.loads(text).items() for key, value in inner.items() if not isinstance(value, dict)}
    assert found.keys() <= listed.keys()
    assert {key: f"`{json.dumps(value)}`" for key, value in found.items() if listed[key] not in optional} == {
        key: listed[key] for key in found if listed[key] not in optional
    }
    assert all(re.search(rf"(?m)^(# )?{key.rpartition('.')[2]} = ", text) for key in listed)


def test_every_exit_code_is_explained() -> None:
    explained = table(section(README, "Exit codes"), "| code |")
    assert sorted(exit_codes()) == [int(row[0]) for row in explained]
    assert all(len(row) == 3 and all(row) for row in explained)


def test_the_json_examples_are_the_lines_of_the_first_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order, summary = map(json.loads, blocks("json", README)[0].splitlines())
    assert run(["sync", "--json", "--config", "config.example.toml"]) == 0
    *orders, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert order in orders
    assert list(order) == list(orders[0])
    assert list(summary) == list(last)
    assert {**last, "seconds": 0} == {**summary, "seconds": 0}
    words = re.search(r"`action` is ([^;]+); `result` is ([^.]+)\.", section(README, "JSON lines"))
    assert words
    assert ([*outcome.ActionName], [*outcome.Result]) == tuple(re.split(", | or ", text) for text in words.groups())


def test_every_column_of_the_embedded_shop_is_explained_once() -> None:
    listed = [
        (ticked(name)[0], column) for name, columns, _ in table(section(README, "The embedded shop"), "| table |") for column in ticked(columns)
    ]
    with closing(sqlite3.connect(":memory:")) as shop:
        for step in STEPS:
            shop.executescript(step)
        every = shop.execute(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        ).fetchall()
    assert sorted(every) == sorted(listed)


@on_posix
def test_the_files_it_keeps_and_their_modes_are_those_readme_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = set(folder.iterdir())
    assert run(["sync", "--config", "config.example.toml"]) == 0
    capsys.readouterr()
    listed = {name: mode for names, mode, _ in table(section(README, "Files it keeps"), "| file |") for name in ticked(names)}
    kept = {path.name: f"{path.stat().st_mode & 0o7777:04o}" for path in set(folder.iterdir()) - before}
    assert kept.items() <= listed.items()
    assert {"ledger.db", "ledger.db.token", "ledger.db.lock", "shop.db"} <= kept.keys()


def test_readme_stays_short() -> None:
    assert len(README.splitlines()) < 680
