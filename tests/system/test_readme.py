"""README cannot rot: what it shows runs, and what it lists is what there is."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from pydantic import BaseModel

from otto_import import errors, outcome
from otto_import.cli.app import app
from otto_import.cli.boundary import run
from otto_import.cli.commands import SOMETHING_TO_DO
from otto_import.config.models import ROLES, TABLES, ShopChoice
from otto_import.rules import as_markdown
from otto_import.writers.jsonl.plugin import JsonlSettings
from otto_import.writers.sqlite.plugin import SqliteSettings
from otto_import.writers.sqlite.schema import STEPS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNS = "pip install . && otto-import sync --config config.example.toml"
TESTS = "pip install -e '.[test]' && pytest"
WRITTEN_FOR_COLUMNS = "120"

on_posix = pytest.mark.skipif(os.name != "posix", reason="the examples are for a POSIX shell, and rights of files are POSIX's")


class Step(NamedTuple):
    """Hold one command of README and the lines it is said to print; `…` stands for any others."""

    command: str
    shown: tuple[str, ...] = ()


def section(heading: str) -> str:
    found = re.search(rf"(?ms)^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", README)
    assert found, f"README has no section «{heading}»"
    return found[1]


def blocks(language: str, text: str = README) -> list[str]:
    """List the code blocks of a language; those within a list are indented."""
    found = re.findall(rf"(?ms)^( *)```{language}\n(.*?)^\1```$", text)
    return ["\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found]


def table(text: str, head: str) -> list[list[str]]:
    """Give the cells of the table whose heading begins so, without the heading; raise where there is no such table."""
    lines = iter(text[text.index(head) :].splitlines()[2:])
    rows: list[list[str]] = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def steps() -> Iterator[Step]:
    """List what README has the reader type, in its order, without the installing."""
    for language, body in re.findall(r"(?ms)^```(sh|console)\n(.*?)^```$", README):
        if language == "sh":
            yield from (Step(line) for line in body.splitlines() if not line.startswith("pip "))
            continue
        for typed in re.split(r"(?m)^\$ ", body)[1:]:
            command, _, shown = typed.partition("\n")
            yield Step(command, tuple(shown.splitlines()))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stable_terminal: None) -> Path:
    """Stand in a new folder that holds nothing but the example config."""
    shutil.copy(ROOT / "config.example.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", WRITTEN_FOR_COLUMNS)
    return tmp_path


def test_a_newcomers_two_commands_are_there_word_for_word() -> None:
    assert blocks("sh", section("A newcomer's two commands"))[:2] == [RUNS, TESTS]


@on_posix
def test_everything_readme_has_the_reader_type_runs_and_shows_what_readme_shows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = list(steps())
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


def assert_shown(shown: tuple[str, ...], printed: list[str], command: str) -> None:
    """Fail unless the lines were printed in this order, one after the other but for those that `…` stands for."""
    at, leap = 0, False
    for line in shown:
        if line == "…":
            leap = True
            continue
        assert line in printed[at : None if leap else at + 1], f"{command} does not print {line!r} there"
        at, leap = printed.index(line, at) + 1, False
    assert leap or not shown or at == len(printed), f"{command} prints more than README shows"


def test_the_state_table_is_the_programs() -> None:
    shown = re.search(r"(?s)<!-- state table: begin -->\n(.*?)\n<!-- state table: end -->", README)
    assert shown
    assert as_markdown() == shown[1]


def options() -> dict[str, set[str]]:
    """Give the options of each command, those of the program itself under an empty name."""
    root = typer.main.get_command(app)
    commands: Mapping[str, object] = getattr(root, "commands", {})
    named = {"": root, **commands}
    found: dict[str, set[str]] = {}
    for name, command in named.items():
        parameters = getattr(command, "params", ())
        words = chain.from_iterable((*parameter.opts, *parameter.secondary_opts) for parameter in parameters)
        found[name] = {word for word in words if word.startswith("-")} | {"--help"}
    return found


def test_readme_lists_every_command() -> None:
    listed = [name for row in table(section("Commands"), "| command |") for name in ticked(row[0])]
    assert [f"otto-import {name}" for name in options() if name] == listed


def test_readme_lists_every_option_with_the_commands_that_have_it() -> None:
    commands = sorted(name for name in options() if name)
    listed: dict[str, set[str]] = {"": {"--help"}, **{name: set() for name in commands}}
    for option, having, _ in table(section("Commands"), "| option |"):
        for name in {"all": commands, "the program itself": [""]}.get(having) or ticked(having):
            listed[name] |= {word for words in ticked(option) for word in words.split() if word.startswith("-")}
    assert options() == listed


def test_readme_names_no_command_and_no_option_that_does_not_exist() -> None:
    known = options()
    assert set(re.findall(r"`otto-import ([a-z]+)", README)) <= known.keys()
    used = [
        words for block in (*blocks("text"), *blocks("crontab")) for line in block.splitlines() if "otto-import" in line for words in [line.split()]
    ]
    for words in used:
        at = next(number for number, word in enumerate(words) if word.endswith("otto-import"))
        assert words[at + 1] in known
        assert {word for word in words[at + 1 :] if word.startswith("-")} <= known[words[at + 1]]
    assert len(used) == 5
    assert set(re.findall(r"(?<![-\w])--[a-z][a-z-]*", README)) <= set().union(*known.values())


def test_the_crontab_line_has_five_fields_and_absolute_paths_alone() -> None:
    (line,) = blocks("crontab")[0].splitlines()
    *when, program, command = line.split()[:7]
    assert (5, "sync") == (len(when), command)
    assert all(path.startswith("/") for path in [program, *re.findall(r"\S*/\S*", " ".join(line.split()[5:]))])


def settings() -> dict[str, str]:
    """Give every key of the config with its default as README's cell has it."""
    models: dict[str, type[BaseModel]] = {**TABLES, "shop": ShopChoice, "shop.sqlite": SqliteSettings, "shop.jsonl": JsonlSettings}
    found = {f"status.{role}": "required" if role == "processable" else "–" for role in ROLES}
    for name, model in models.items():
        for key, field in model.model_fields.items():
            default = "–" if field.default is None else f"`{json.dumps(field.default)}`" if not field.is_required() else "required"
            found[f"{name}.{field.alias or key}"] = default
    return {key: "`4`" if default == "`4.0`" else default for key, default in found.items()}


def test_readme_lists_every_key_of_the_config_with_its_default() -> None:
    listed = {ticked(key)[0]: default for key, default, _ in table(section("Settings"), "| key |")}
    assert settings() == listed


def test_the_example_config_has_no_key_that_readme_lacks_and_the_same_defaults() -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    listed = {ticked(key)[0]: default for key, default, _ in table(section("Settings"), "| key |")}
    optional = {"required", "–"}
    found = {f"{name}.{key}": value for name, inner in tomllib.loads(text).items() for key, value in inner.items() if not isinstance(value, dict)}
    assert found.keys() <= listed.keys()
    assert {key: f"`{json.dumps(value)}`" for key, value in found.items() if listed[key] not in optional} == {
        key: listed[key] for key in found if listed[key] not in optional
    }
    assert all(re.search(rf"(?m)^(# )?{key.rpartition('.')[2]} = ", text) for key in listed)


def test_every_exit_code_is_explained() -> None:
    def codes(family: type[errors.OttoImportError]) -> set[int]:
        return {family.exit_code}.union(*map(codes, family.__subclasses__()))

    used = codes(errors.OttoImportError) | {0, outcome.NEEDS_A_PERSON, outcome.GUARD_HELD, SOMETHING_TO_DO}
    used |= {128 + signal.SIGINT, 128 + signal.SIGTERM}
    explained = table(section("Exit codes"), "| code |")
    assert sorted(used) == [int(row[0]) for row in explained]
    assert all(len(row) == 3 and all(row) for row in explained)


def test_the_json_examples_are_the_lines_of_the_first_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order, summary = map(json.loads, blocks("json")[0].splitlines())
    assert run(["sync", "--json", "--config", "config.example.toml"]) == 0
    *orders, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert order in orders
    assert list(order) == list(orders[0])
    assert list(summary) == list(last)
    assert {**last, "seconds": 0} == {**summary, "seconds": 0}
    words = re.search(r"`action` is ([^;]+); `result` is ([^.]+)\.", section("JSON lines"))
    assert words
    assert ([*outcome.ActionName], [*outcome.Result]) == tuple(re.split(", | or ", text) for text in words.groups())


def test_every_column_of_the_embedded_shop_is_explained_once() -> None:
    listed = [(ticked(name)[0], column) for name, columns, _ in table(section("The embedded shop"), "| table |") for column in ticked(columns)]
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
    listed = {name: mode for names, mode, _ in table(section("Files it keeps"), "| file |") for name in ticked(names)}
    kept = {path.name: f"{path.stat().st_mode & 0o7777:04o}" for path in set(folder.iterdir()) - before}
    assert kept.items() <= listed.items()
    assert {"ledger.db", "ledger.db.token", "ledger.db.lock", "shop.db"} <= kept.keys()


def test_readme_stays_short() -> None:
    assert len(README.splitlines()) < 350
