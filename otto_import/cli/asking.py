"""How `init` gets its answers: from options, else from a person, else not at all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Protocol, TypeVar

import typer

from otto_import.errors import UsageError
from otto_import.report.sheet import Sheet

T = TypeVar("T")
Read = Callable[[str], T]
"""Turn an answer into its value; ValueError with one sentence where it cannot be one."""


class Asker(Protocol):
    """Ask one question."""

    attended: bool
    """Whether somebody is there to correct an answer."""

    def text(self, question: str, read: Read[T], *, option: str, default: str | None = None) -> T:
        """Ask for a line of text until it can be read."""
        ...

    def hidden(self, question: str, *, option: str, empty: bool) -> str:
        """Ask for a secret, which is not shown; `empty` lets it be passed over."""
        ...

    def say(self, *lines: str) -> None:
        """Tell something between the questions."""
        ...


class Person:
    """Ask a person at a terminal; questions go to standard error."""

    attended = True

    def text(self, question: str, read: Read[T], *, option: str, default: str | None = None) -> T:  # noqa: ARG002  – a person knows no options
        """Ask until the answer can be read."""

        def value(text: str) -> T:
            return _read(read, text.strip(), hint=None)

        answer: T = typer.prompt(Sheet(sys.stderr).fit(question), default=default, value_proc=value, err=True)
        return answer

    def hidden(self, question: str, *, option: str, empty: bool) -> str:  # noqa: ARG002  – a person knows no options
        """Ask without showing what is typed."""
        answer: str = typer.prompt(
            Sheet(sys.stderr).fit(question), default="" if empty else None, show_default=False, hide_input=True, value_proc=str.strip, err=True
        )
        return answer

    def say(self, *lines: str) -> None:
        """Print lines on standard error."""
        sheet = Sheet(sys.stderr)
        for line in lines:
            sheet.write(f"{sheet.fit(line)}\n")


class Nobody:
    """Take the default of each question, and refuse those that have none by the option that would answer them; `secret` was piped in."""

    attended = False

    def __init__(self, secret: str | None) -> None:
        self._secret = secret

    def text(self, question: str, read: Read[T], *, option: str, default: str | None = None) -> T:
        """Take the default."""
        if default is None:
            raise _missing(question, option)
        return _read(read, default, hint=option)

    def hidden(self, question: str, *, option: str, empty: bool) -> str:
        """Take the secret that was piped in, else nothing, where nothing will do."""
        if self._secret or empty:
            return self._secret or ""
        raise _missing(question, option)

    def say(self, *lines: str) -> None:
        """Say nothing: nobody is there."""


class Questions:
    """Ask for values by key: the option given first, once; after that, and for the rest, the asker."""

    def __init__(self, given: Mapping[str, str], asker: Asker) -> None:
        self._given = dict(given)
        self._asker = asker
        self.attended = asker.attended
        self.say = asker.say

    def text(self, key: str, question: str, read: Read[T], *, default: str | None = None) -> T:
        """Get a value; `key` is the option's name without its dashes."""
        option = f"--{key}"
        if (text := self._given.pop(key, None)) is not None:
            return _read(read, text, hint=option)
        return self._asker.text(question, read, option=option, default=default)

    def choice(self, key: str, question: str, choices: Sequence[str], *, default: str | None = None) -> str:
        """Get one of a few words."""

        def read(text: str) -> str:
            if text not in choices:
                message = f"must be one of {', '.join(choices)}"
                raise ValueError(message)
            return text

        return self.text(key, f"{question} ({', '.join(choices)})", read, default=default)

    def yes(self, key: str, question: str, *, default: bool) -> bool:
        """Get yes or no."""

        def read(text: str) -> bool:
            if (word := text.lower()) not in {"y", "yes", "n", "no"}:
                message = "must be y or n"
                raise ValueError(message)
            return word in {"y", "yes"}

        return self.text(key, f"{question} (y/n)", read, default="y" if default else "n")

    def hidden(self, question: str, *, option: str, empty: bool = False) -> str:
        """Get a secret that is not shown while it is typed."""
        return self._asker.hidden(question, option=option, empty=empty)

    def has(self, key: str) -> bool:
        """Tell whether an option was given and not taken before."""
        return key in self._given

    def given(self, key: str) -> str | None:
        """Take an option's value, if it was given and not taken before."""
        return self._given.pop(key, None)

    def option(self, key: str, read: Read[T]) -> T | None:
        """Take and read an option's value, if it was given; nobody is asked."""
        text = self.given(key)
        return None if text is None else self.read(key, text, read)

    def read(self, key: str, text: str, read: Read[T]) -> T:
        """Read what was given by an option."""
        return _read(read, text, hint=f"--{key}")

    def refuse_rest(self, beginning: str, allowed: Sequence[str]) -> None:
        """Refuse what was given under names that nobody asked for."""
        for key in self._given:
            if key.startswith(beginning):
                name = key.removeprefix(beginning)
                near = get_close_matches(name, allowed, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(allowed)}."
                message = f"there is no {name!r}; {hint}"
                raise typer.BadParameter(message, param_hint=f"'--{beginning.strip()}'")


def _read(read: Read[T], text: str, *, hint: str | None) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=None if hint is None else f"'{hint}'") from error


def _missing(question: str, option: str) -> UsageError:
    return UsageError(f"with --non-interactive {option} is needed: {question}")
