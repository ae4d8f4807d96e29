"""Turn what pydantic found into our sentences: the dotted key, what is expected, and the remedy. No input is ever repeated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from otto_import.config.models import ROLES, TABLES, Table
from otto_import.errors import Problem, nearest

Model = TypeVar("Model", bound=BaseModel)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHORTEST_ECHO = 3

_EXPECTED: Mapping[str, str] = {
    "bool_type": "must be true or false, without quotes",
    "bool_parsing": "must be true or false, without quotes",
    "int_type": "must be a whole number, without quotes",
    "int_parsing": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number, without quotes",
    "float_parsing": "must be a number, without quotes",
    "finite_number": "must be a number, neither infinite nor nan",
    "string_type": "must be text in quotes",
    "path_type": "must be a path in quotes",
    "list_type": "must be a list in square brackets",
    "tuple_type": "must be a list in square brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "date_type": "must be a day such as 2026-01-31",
    "union_tag_invalid": "is none of the allowed kinds",
}


def dotted(parts: Sequence[str | int]) -> str:
    """Write a key as TOML does, unusual parts in quotes."""
    return ".".join(str(part) if _BARE.fullmatch(str(part)) else json.dumps(part) for part in parts)


def unknown_key(parts: Sequence[str | int], allowed: Sequence[str]) -> Problem:
    """Refuse a key that nobody reads, and name the one that was probably meant."""
    leaf = str(parts[-1])
    near = nearest(leaf, allowed)
    homes = [f"`[{name}]`" for name, model in TABLES.items() if leaf in keys_of(model)]
    if leaf in ROLES:
        homes.append("`[status]`")
    if near:
        hint = f"did you mean `{near[0]}`?"
    elif homes:
        hint = f"it belongs in {' or '.join(homes)}"
    elif allowed:
        hint = f"allowed here: {', '.join(allowed)}"
    else:
        hint = "remove it"
    return Problem(dotted(parts), f"unknown key; {hint}")


def keys_of(model: type[BaseModel]) -> list[str]:
    """List the keys a table may have, as written in the file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def validated(model: type[Model], table: object, at: Sequence[str]) -> tuple[Model | None, list[Problem]]:
    """Validate a table against its model; `at` is where it stands in the file."""
    try:
        return model.model_validate(table), []
    except ValidationError as error:
        found = error
    # Left behind here: the inputs that pydantic's error carries. Only our sentences travel on.
    return None, [_problem(each, model, at) for each in found.errors(include_url=False)]


def _problem(error: ErrorDetails, model: type[BaseModel], at: Sequence[str]) -> Problem:
    parts = (*at, *error["loc"])
    if error["type"] == "extra_forbidden":
        parent = _model_at(model, error["loc"][:-1])
        return unknown_key(parts, keys_of(parent) if parent else [])
    return Problem(dotted(parts), _sentence(error, parts, ours=issubclass(model, Table)))


def _sentence(error: ErrorDetails, parts: Sequence[str | int], *, ours: bool) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return f"is missing; add `{parts[-1]} = …` to `[{dotted(parts[:-1])}]`"
    if kind in {"model_type", "dict_type"}:
        return f"must be a table; write it as `[{dotted(parts)}]`"
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind in _BOUNDS:
        return _BOUNDS[kind](context)
    if kind in {"literal_error", "enum"}:
        return _choice(str(context.get("expected", "")), error["input"])
    text = str(context["error"]) if kind in {"value_error", "assertion_error"} else error["msg"]
    return text if ours else _without_inputs(text, error["input"])


def _bound(value: object) -> str:
    return str(value).removesuffix(".0")


_BOUNDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than_equal": lambda context: f"must be {_bound(context['ge'])} or more",
    "less_than_equal": lambda context: f"must be {_bound(context['le'])} or less",
    "greater_than": lambda context: f"must be more than {_bound(context['gt'])}",
    "less_than": lambda context: f"must be less than {_bound(context['lt'])}",
    "string_too_short": lambda context: "is empty" if context["min_length"] == 1 else f"must have {context['min_length']} characters or more",
    "string_too_long": lambda context: f"must have {context['max_length']} characters or fewer",
}


def _choice(expected: str, given: object) -> str:
    """Name the allowed words; a near miss is answered with the word that was meant, never with what was written."""
    allowed = re.findall(r"'([^']*)'", expected)
    near = nearest(given, allowed) if isinstance(given, str) else []
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return f"must be one of {', '.join(json.dumps(word) for word in allowed)}{hint}"


def _without_inputs(text: str, given: object) -> str:
    """Blot out whatever of the input a validator that is not ours may have put into its sentence."""
    for leaf in sorted(set(_leaves(given)), key=len, reverse=True):
        if len(leaf) >= _SHORTEST_ECHO:
            text = text.replace(leaf, "…")
    return text[:1].lower() + text[1:]


def _leaves(given: object) -> Iterator[str]:
    if isinstance(given, Mapping):
        for value in given.values():
            yield from _leaves(value)
    elif isinstance(given, list | tuple | set | frozenset):
        for value in given:
            yield from _leaves(value)
    elif isinstance(given, str):
        yield from (given.strip(), repr(given)[1:-1].strip())


def _model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    """Find the model of a nested table; None where the way leads through something else."""
    for part in loc:
        if isinstance(part, int):
            continue
        field = next((field for name, field in model.model_fields.items() if part in {field.alias, name}), None)
        inner = next(_models_in(field.annotation), None) if field else None
        if inner is None:
            return None
        model = inner
    return model


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
