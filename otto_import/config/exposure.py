"""Find secrets by the types of the fields that hold them, in the file as written and in the models made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr

from otto_import.config.problems import dotted
from otto_import.secrets import Secret

_SECRETS = (Secret, SecretStr, SecretBytes)
Key = tuple[str | int, ...]


def clear_secrets(annotation: object, written: object, at: Key) -> Iterator[Key]:
    """List the keys under which a secret stands in clear; `annotation` is the type the written value is meant for."""
    if annotation in _SECRETS:
        if isinstance(written, str) and written:
            yield at
        return
    for part, value, key in _parts(annotation, written):
        yield from clear_secrets(part, value, (*at, *key))


def _parts(annotation: object, written: object) -> Iterator[tuple[object, object, Key]]:
    """Go one step down: the type, the written value and the key of each part."""
    arguments = get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if isinstance(written, Mapping):
            for name, field in annotation.model_fields.items():
                key = field.alias or name
                yield field.annotation, written.get(key), (key,)
    elif get_origin(annotation) in {Union, UnionType, Annotated}:
        yield from ((argument, written, ()) for argument in arguments)
    elif isinstance(written, list) and arguments:
        yield from ((arguments[0], value, (index,)) for index, value in enumerate(written))
    elif isinstance(written, Mapping) and arguments:
        yield from ((arguments[-1], value, (key,)) for key, value in written.items())


def bind_secrets(value: object, at: str, path: Path) -> None:
    """Tell every secret within a model its dotted key and its config file."""
    for key, secret in secrets_in(value, at):
        secret.bind(key, path)


def secrets_in(value: object, at: str = "") -> Iterator[tuple[str, Secret]]:
    """List the secrets within a model with their dotted keys; `at` is the model's own."""
    if isinstance(value, Secret):
        yield at, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from secrets_in(getattr(value, name), f"{at}.{dotted((field.alias or name,))}")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from secrets_in(inner, f"{at}.{dotted((str(key),))}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from secrets_in(inner, f"{at}.{index}")
