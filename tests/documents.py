"""What README and `docs/` are made of, and what the program really has: for the tests that hold the two together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import typer
from pydantic import BaseModel

from otto_import import errors, outcome
from otto_import.cli.app import app
from otto_import.cli.commands import SOMETHING_TO_DO
from otto_import.config.models import ROLES, TABLES, ShopChoice
from otto_import.writers.jsonl.plugin import JsonlSettings
from otto_import.writers.sqlite.plugin import SqliteSettings

ROOT = Path(__file__).parents[1]
WRITTEN_FOR_COLUMNS = "120"


class Step(NamedTuple):
    """Hold one command that a reader types and the lines it is said to print; `…` stands for any others."""

    command: str
    shown: tuple[str, ...] = ()


def section(text: str, heading: str) -> str:
    """Give the text below a heading of the second order."""
    found = re.search(rf"(?ms)^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text)
    assert found, f"there is no section «{heading}»"
    return found[1]


def blocks(language: str, text: str) -> list[str]:
    """List the code blocks of a language; those within a list are indented."""
    found = re.findall(rf"(?ms)^( *)```{language}\n(.*?)^\1```$", text)
    return ["\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found]


def prose(text: str) -> str:
    """Give a text without its code blocks."""
    return re.sub(r"(?ms)^( *)```\w*\n.*?^\1```$", "", text)


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
    """List what stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def steps(text: str) -> Iterator[Step]:
    """List what a document has the reader type, in its order, without the installing."""
    for language, body in re.findall(r"(?ms)^```(sh|console)\n(.*?)^```$", text):
        if language == "sh":
            yield from (Step(line) for line in body.splitlines() if not line.startswith("pip "))
            continue
        for typed in re.split(r"(?m)^\$ ", body)[1:]:
            command, _, shown = typed.partition("\n")
            yield Step(command, tuple(shown.splitlines()))


def assert_shown(shown: tuple[str, ...], printed: list[str], command: str) -> None:
    """Fail unless the lines were printed in this order, one after the other but for those that `…` stands for."""
    at, leap = 0, False
    for line in shown:
        if line == "…":
            leap = True
            continue
        assert line in printed[at : None if leap else at + 1], f"{command} does not print {line!r} there"
        at, leap = printed.index(line, at) + 1, False
    assert leap or not shown or at == len(printed), f"{command} prints more than is shown"


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


def settings() -> dict[str, str]:
    """Give every key of the config with its default as README's cell has it."""
    models: dict[str, type[BaseModel]] = {**TABLES, "shop": ShopChoice, "shop.sqlite": SqliteSettings, "shop.jsonl": JsonlSettings}
    found = {f"status.{role}": "required" if role == "processable" else "–" for role in ROLES}
    for name, model in models.items():
        for key, field in model.model_fields.items():
            default = "–" if field.default is None else f"`{json.dumps(field.default)}`" if not field.is_required() else "required"
            found[f"{name}.{field.alias or key}"] = default
    return {key: "`4`" if default == "`4.0`" else default for key, default in found.items()}


def exit_codes() -> set[int]:
    """Give every exit code the program may end with."""

    def codes(family: type[errors.OttoImportError]) -> set[int]:
        return {family.exit_code}.union(*map(codes, family.__subclasses__()))

    signalled = {128 + number for number in (2, 15)}
    return codes(errors.OttoImportError) | {0, outcome.NEEDS_A_PERSON, outcome.GUARD_HELD, SOMETHING_TO_DO} | signalled
