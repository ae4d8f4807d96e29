"""Secrets: written in the config, or named there and fetched from elsewhere when they are needed. Their text form shows nothing."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from otto_import.errors import ConfigError, Problem, nearest
from otto_import.secrets.keyrings import from_keyring
from otto_import.secrets.sources import from_command, from_environment, from_file

SHAPE = (
    'must be text in quotes, or exactly one of { env = "NAME" }, { file = "PATH" }, { command = ["PROGRAM", "ARGUMENT"] } '
    'and { keyring = "SERVICE/USER" }'
)
_UNSPEAKABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Secret:
    """Stand for a secret and fetch it when asked; usable as a field's type in any settings model.

    Accepts text, or a table with exactly one of `env`, `file` (relative to the config file's folder), `command` and `keyring`.
    Once fetched it is kept, so that a program which asks a person is asked once a run.
    """

    __slots__ = ("_fetched", "_folder", "_key", "_path", "_source", "_value")

    def __init__(self, value: str | Mapping[str, Any]) -> None:
        """Check the shape; raise ValueError with a sentence that holds nothing of the value."""
        self._source: str
        self._value: Any
        self._source, self._value = ("clear", value) if isinstance(value, str) else _named_source(value)
        self._fetched: str | None = None
        self._key, self._path, self._folder = "secret", "config", Path()
        if isinstance(value, str):
            self._fetched = _sound(value)

    @property
    def clear(self) -> bool:
        """Tell whether the secret itself stands in the config."""
        return self._source == "clear"

    @property
    def variable(self) -> str | None:
        """Name the environment variable it is fetched from, if it is."""
        return str(self._value) if self._source == "env" else None

    @property
    def in_keyring(self) -> bool:
        """Tell whether it is fetched from the system's keyring."""
        return self._source == "keyring"

    def bind(self, key: str, path: Path) -> None:
        """Tell the secret its dotted key and its config file, for error texts and for relative paths."""
        self._key, self._path, self._folder = key, str(path), path.parent

    def get(self, environ: Mapping[str, str] | None = None) -> str:
        """Fetch the secret; raise ConfigError with key and remedy, never with the value. `environ` defaults to the process's."""
        if self._fetched is None:
            try:
                self._fetched = _sound(self._fetch(os.environ if environ is None else environ))
            except ValueError as error:
                raise ConfigError(self._path, [Problem(self._key, str(error))]) from error
        return self._fetched

    def _fetch(self, environ: Mapping[str, str]) -> str:
        match self._source:
            case "env":
                return from_environment(self._value, environ)
            case "file":
                return from_file(self._value, self._folder)
            case "command":
                return from_command(self._value, self._folder)
            case _:
                return from_keyring(self._value)

    def __repr__(self) -> str:
        return "***"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401  – pydantic's own signature
        """Let pydantic read a secret as a field."""
        return core_schema.no_info_plain_validator_function(_read, serialization=core_schema.to_string_ser_schema())


def _read(value: object) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str | Mapping):
        return Secret(value)
    raise ValueError(SHAPE)


def _named_source(table: Mapping[str, Any]) -> tuple[str, Any]:
    """Give the one source a table names; nothing of an unknown one is repeated, since it may be the secret itself."""
    if len(table) != 1:
        raise ValueError(SHAPE)
    ((source, value),) = table.items()
    if source == "command":
        if not (isinstance(value, list) and value and all(isinstance(part, str) and "\0" not in part for part in value) and value[0]):
            msg = '`command` must be a list of texts, the program first, such as ["pass", "show", "otto"]'
            raise ValueError(msg)
        return source, tuple(value)
    if source not in {"env", "file", "keyring"}:
        near = nearest(source, ("env", "file", "command", "keyring"))
        raise ValueError(f"{SHAPE}; did you mean `{near[0]}`?" if near else SHAPE)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        msg = f"`{source}` must be text in quotes, and not empty"
        raise ValueError(msg)
    if source == "env" and not _variable(value):
        msg = "`env` must be the name of an environment variable (letters, digits and _), not the secret itself"
        raise ValueError(msg)
    if source == "keyring" and not all(value.rpartition("/")):
        msg = '`keyring` must be "SERVICE/USER"'
        raise ValueError(msg)
    return source, value


def _variable(name: str) -> bool:
    return name.isascii() and name.isidentifier()


def _sound(secret: str) -> str:
    if not secret:
        msg = "is empty; put the secret there"
        raise ValueError(msg)
    if any(unicodedata.category(character) in _UNSPEAKABLE for character in secret):
        msg = "holds a line break or another control character; a secret is one line of text"
        raise ValueError(msg)
    return secret
