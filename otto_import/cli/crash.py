"""A bug's traceback, fit to be pasted into a report: where it struck, without anything that an order, a person or a service may have said."""

from __future__ import annotations

import traceback

from otto_import.errors import OttoImportError
from otto_import.outcome import Crash

_OF_THE_PROGRAM = frozenset(
    {AttributeError, ImportError, ModuleNotFoundError, NameError, RecursionError, TypeError, UnboundLocalError, ZeroDivisionError, Crash}
)
"""Errors whose texts name parts of the program. Those of others hold values: `KeyError: 'Erika'`, `invalid literal for int(): 'Hauptstr. 1'`."""
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def trace_of(error: BaseException) -> str:
    """Tell where an error came from, its causes first, without the values of variables; of a text that may hold such a value only the kind of error."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.format_tb(current.__traceback__)
        heading = "Traceback (most recent call last):\n" if frames else ""
        parts.append(f"{heading}{''.join(frames)}{_named(current)}\n")
        before = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if before is not None:
            parts.append(_CAUSE if current.__cause__ else _CONTEXT)
        current = before
    return "".join(reversed(parts))


def _named(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, OttoImportError) or kind in _OF_THE_PROGRAM:
        return f"{name}: {error}"
    return f"{name} (its text is left out: it may hold what a buyer typed)"
