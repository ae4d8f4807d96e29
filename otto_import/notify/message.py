"""The message of a run: one text with all its topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otto_import.notify.topics import Named

MOST_LINES = 60
"""How long a message may be; services cut what is much longer in places of their own choice."""

EARLIER = "What an earlier run could not tell:"


class Grade(StrEnum):
    """Say how grave a message is, in the words of apprise."""

    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Message:
    """Hold what is told to people."""

    title: str
    lines: tuple[str, ...]
    grade: Grade

    @property
    def body(self) -> str:
        """Give the lines as one text."""
        return "\n".join(self.lines)

    @property
    def kept(self) -> tuple[str, ...]:
        """Give the lines that are kept where the message could not be sent, for the next one."""
        return tuple(line for line in self.lines if line != EARLIER)


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one topic of a message: a few words for the title, and its lines."""

    title: str
    lines: tuple[str, ...]
    grade: Grade = Grade.WARNING


def message(whose: str, parts: Sequence[Part], unsent: Sequence[str]) -> Message | None:
    """Put the parts together, and behind them what earlier runs could not send; None if there is nothing."""
    if not parts and not unsent:
        return None
    titles = ", ".join(part.title for part in parts) or "from an earlier run"
    lines = [line for part in parts for line in part.lines]
    if unsent:
        lines += [EARLIER, *unsent]
    grades = {part.grade for part in parts} or {Grade.WARNING}
    grade = next(each for each in (Grade.FAILURE, Grade.WARNING, Grade.SUCCESS) if each in grades)
    return Message(f"otto-import, {whose}: {titles}", tuple(lines[:MOST_LINES]), grade)


def listed(head: str, named: Named) -> tuple[str, ...]:
    """List orders below a heading."""
    more = named.count - len(named.told)
    return (head, *(f"- {each}" for each in named.told), *((f"- and {more} more",) if more else ()))


def counted(count: int, noun: str) -> str:
    """Count things in words: `1 order`, `2 orders`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
