"""The text of a config: the commented template with the answers' values put in."""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import tomli_w

from otto_import.setup.answers import Answers, SecretAnswer
from otto_import.setup.fields import Field

BEFORE = "\n[otto]\n"
AFTER = "\n# Going live\n"
SHOP = "\n# The settings of that shop."
_HEAD = """\
# The settings of otto-import, made by `otto-import init`. README explains each.
# A line that begins with "# " and a key is a setting left at its default.
"""
_HEADING = re.compile(r"\[([a-z.]+)\]")
_SETTING = re.compile(r"(?:# )?([a-z_]+) = .+")
_WIDTH = 88
_ON = re.compile(r"[a-z_]+ = ")


@cache
def template() -> str:
    """Read the template, which is the example config word for word."""
    return resources.files("otto_import.setup").joinpath("template.toml").read_text(encoding="utf-8")


def suggested(writer: str) -> dict[str, Any]:
    """Give what the template has in a writer's own table."""
    table = tomllib.loads(template())["shop"].get(writer, {})
    return dict(table)


def suggested_status(role: str) -> str | None:
    """Give the status that the template has for a role, switched on or off."""
    found = re.search(rf'(?m)^(?:# )?{role} = "([^"]+)"', template())
    return found[1] if found else None


def render(answers: Answers, fields: Sequence[Field]) -> str:
    """Write the config that the answers stand for; `fields` describe the writer's own table."""
    body = BEFORE + template().partition(BEFORE)[2].partition(AFTER)[0]
    body = body.partition(SHOP)[0]
    changes = answers.changes()
    table, lines = "", []
    for line in body.splitlines():
        if heading := _HEADING.fullmatch(line):
            table = heading[1]
        setting = _SETTING.fullmatch(line)
        if setting and (table, setting[1]) in changes:
            lines.append(_changed(line, setting[1], changes.pop((table, setting[1]))))
        else:
            lines.append(line)
    return "\n".join([_HEAD.rstrip("\n"), *lines, "", *_shop(answers, fields), ""])


def _changed(line: str, key: str, value: Any) -> str:  # noqa: ANN401  – whatever TOML can hold
    if value is None:
        return f"# {line}" if _ON.match(line) else line
    return f"{key} = {toml(value)}"


def _shop(answers: Answers, fields: Sequence[Field]) -> Iterator[str]:
    yield SHOP.strip() + template().partition(SHOP)[2].partition("\n")[0]
    yield f"[shop.{_key(answers.writer)}]"
    for field in fields:
        if field.about:
            yield from textwrap.wrap(field.about, _WIDTH, initial_indent="# ", subsequent_indent="# ")
        if field.key in answers.settings:
            value = answers.settings[field.key]
            yield f"{_key(field.key)} = {toml(value.source() if isinstance(value, SecretAnswer) else value)}"
        elif (default := _default(field)) is not None:
            yield f"# {_key(field.key)} = {default}"


def _default(field: Field) -> str | None:
    if field.default is None:
        return "…"
    try:
        return toml(field.default)
    except TypeError:  # a default that only Python can write
        return None


def toml(value: Any) -> str:  # noqa: ANN401  – whatever TOML can hold
    """Write a value on one line; raises TypeError for what TOML lacks."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {toml(inner)}" for key, inner in value.items()) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")
