"""Configs and a writer's side of them, for the tests of `config`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator, model_validator

from otto_import.config import Config, Secret, compose
from otto_import.config.find import Document, parse
from otto_import.errors import ConfigError, Problem

WHERE = Path("/shop/config.toml")
DEMO = """
[otto]
environment = "demo"
[status]
processable = "processing"
[shop]
writer = "paper"
[shop.paper]
path = "shop.db"
"""
LIVE = """
[otto]
environment = "production"
account = "lamps"
client_id = "app-1"
client_secret = { env = "OTTO_CLIENT_SECRET" }
start_date = 2026-01-01
[status]
processable = "processing"
[shop]
writer = "paper"
[shop.paper]
path = "shop.db"
"""


class Desk(BaseModel):
    """Hold a nested table of a writer."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    drawer: int = 1
    key: Secret | None = None


class PaperSettings(BaseModel):
    """Hold the table of a writer as its author might write it; its inputs are not hidden, so that we must hide them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    token: Secret | None = None
    pin: SecretStr | None = None
    spare: list[SecretStr] = []
    desk: Desk = Desk()
    desks: list[Desk] = []
    hands: dict[str, Secret] = {}
    colour: str = "white"

    @field_validator("colour", "path")
    @classmethod
    def _indiscreet(cls, value: str) -> str:
        if value not in {"white", "shop.db"}:
            msg = f"Cannot use {value!r}"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _more_indiscreet(self) -> Self:
        if self.pin is not None and len(self.spare) > 1:
            msg = f"the pin {self.pin.get_secret_value().strip()} needs no spare"
            raise ValueError(msg)
        return self


class PaperPlugin:
    """Stand for a writer that knows a handful of statuses."""

    settings: type[BaseModel] = PaperSettings

    def status(self, value: object) -> str:
        """Give a status's canonical text."""
        if isinstance(value, Mapping):
            return "/".join(f"{key}={part}" for key, part in sorted(value.items()))
        if value == "no-such":
            msg = "the shop has no such status; see its settings"
            raise ValueError(msg)
        return str(value).lower()


def plugins(name: str) -> PaperPlugin:
    """Look up the one writer there is."""
    if name == "paper":
        return PaperPlugin()
    raise ConfigError(str(WHERE), [Problem("shop.writer", "there is no such writer; installed: paper")])


def judge(text: str, *, exposed: bool = False) -> Config:
    """Judge a config's text without a file."""
    return compose(Document(WHERE, parse(text.encode(), str(WHERE)), exposed), plugins)


def complaints(text: str, *, exposed: bool = False) -> dict[str, str]:
    """Give the sentences about a wrong config by their keys."""
    with pytest.raises(ConfigError) as caught:
        judge(text, exposed=exposed)
    assert str(WHERE) == caught.value.where
    return {problem.key: problem.text for problem in caught.value.problems}


def with_line(text: str, table: str, line: str) -> str:
    """Put a line under a table's heading."""
    heading = f"[{table}]\n"
    return text.replace(heading, heading + line + "\n") if heading in text else f"{text}{heading}{line}\n"


def values(text: str) -> dict[str, Any]:
    """Parse TOML."""
    return parse(text.encode(), str(WHERE))
