"""What a writer's own table asks for, read from its pydantic model."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AnyUrl, BaseModel, SecretBytes, SecretStr

from otto_import.secrets import Secret


class Kind(StrEnum):
    """Name what sort of answer a field takes."""

    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"
    CHOICE = "choice"
    SECRET = "secret"  # noqa: S105  – the name of a kind, not a secret
    CLEAR_SECRET = "clear secret"  # noqa: S105  – the same
    TOML = "TOML"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Hold one key of a writer's table. `default` is None where there is none that can be told; `about` is the author's description."""

    key: str
    kind: Kind
    required: bool
    default: Any = None
    choices: tuple[str, ...] = ()
    about: str = ""


def fields(model: type[BaseModel]) -> list[Field]:
    """List the keys of a writer's table in the model's order."""
    return list(_fields(model))


def _fields(model: type[BaseModel]) -> Iterator[Field]:
    for name, field in model.model_fields.items():
        kind, choices = _kind(field.annotation)
        yield Field(
            key=field.alias or name,
            kind=kind,
            required=field.is_required(),
            default=None if field.is_required() or field.default_factory else _written(field.default),
            choices=choices,
            about=" ".join((field.description or "").split()),
        )


def _written(default: Any) -> Any:  # noqa: ANN401  – whatever a model has for a default
    """Give a default as it would stand in the file."""
    match default:
        case Enum():
            return default.value
        case Path() | AnyUrl():
            return str(default)
        case Decimal():
            return float(default)
        case BaseModel():
            return default.model_dump(mode="json", exclude_none=True)
        case Secret() | SecretStr() | SecretBytes():
            return None
        case _:
            return default


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...]]:  # noqa: ANN401  – a type as the interpreter keeps it
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0])
    if origin in {Union, UnionType}:
        inner = [argument for argument in arguments if argument is not type(None)]
        return _kind(inner[0]) if len(inner) == 1 else (Kind.TOML, ())
    if origin is Literal and all(isinstance(choice, str) for choice in arguments):
        return Kind.CHOICE, arguments
    if not isinstance(annotation, type):
        return Kind.TOML, ()
    if issubclass(annotation, Enum) and all(isinstance(member.value, str) for member in annotation):
        return Kind.CHOICE, tuple(member.value for member in annotation)
    return next((kind for types, kind in _KINDS if issubclass(annotation, types)), Kind.TOML), ()


_KINDS: tuple[tuple[tuple[type, ...], Kind], ...] = (
    ((bool,), Kind.FLAG),
    ((int, float, Decimal), Kind.NUMBER),
    ((Secret,), Kind.SECRET),
    ((SecretStr, SecretBytes), Kind.CLEAR_SECRET),
    ((str, Path, AnyUrl), Kind.TEXT),
)


def value_of(field: Field, text: str) -> Any:  # noqa: ANN401  – whatever TOML can hold
    """Read an answer as the field's value; ValueError with one sentence if it cannot be one. What it must be beyond that, the writer's model judges."""
    match field.kind:
        case Kind.TEXT | Kind.CLEAR_SECRET:
            return text
        case Kind.CHOICE:
            if text not in field.choices:
                msg = f"must be one of {', '.join(field.choices)}"
                raise ValueError(msg)
            return text
        case Kind.FLAG:
            return _one_of({"yes": True, "true": True, "no": False, "false": False}, text)
        case Kind.NUMBER:
            return _number(text)
        case Kind.SECRET:
            if not text.startswith("{"):
                msg = 'must name a place, such as { env = "NAME" }: a secret does not belong on a command line'
                raise ValueError(msg)
            return parsed(text)
        case Kind.TOML:
            return parsed(text)


def _one_of(words: dict[str, bool], text: str) -> bool:
    if text.lower() not in words:
        msg = "must be yes or no"
        raise ValueError(msg)
    return words[text.lower()]


def _number(text: str) -> int | float:
    try:
        return int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError as error:
        msg = "must be a number"
        raise ValueError(msg) from error


def parsed(text: str) -> Any:  # noqa: ANN401  – whatever TOML can hold
    """Read a value written as in TOML; ValueError with one sentence that holds nothing of it."""
    try:
        table = tomllib.loads(f"x = {text}\n")
    except (tomllib.TOMLDecodeError, RecursionError):
        table = {}
    if table.keys() != {"x"}:
        msg = 'must be written as in TOML: "text", 12, true, ["a", "b"] or { key = "text" }'
        raise ValueError(msg)
    return table["x"]
