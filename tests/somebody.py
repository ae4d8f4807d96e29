"""Somebody who is interviewed by `init`, with the answers written down beforehand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TypeVar

from otto_import.checks import Proof
from otto_import.cli.asking import Questions, Read
from otto_import.cli.interview import Interview
from otto_import.setup import Answers

T = TypeVar("T")
TODAY = date(2026, 6, 9)


class Somebody:
    """Answer from a list, as a person would, and be told when an answer cannot be read; leaving is an answer too."""

    attended = True

    def __init__(self, *answers: str | type[BaseException]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.offered: list[str | None] = []
        self.told: list[str] = []

    def text(self, question: str, read: Read[T], *, option: str, default: str | None = None) -> T:
        self.offered.append(default)
        while True:
            answer = self._answer(question) or default or ""
            try:
                return read(answer)
            except ValueError as error:
                self.told.append(str(error))

    def hidden(self, question: str, *, option: str, empty: bool) -> str:
        return self._answer(question)

    def say(self, *lines: str) -> None:
        self.told.extend(lines)

    def _answer(self, question: str) -> str:
        self.asked.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            return answer
        raise answer


def interviewed(person: Somebody, folder: Path, **given: str) -> tuple[Answers, list[Proof]]:
    """Hold an interview to its end; give its answers and proofs."""
    proofs: list[Proof] = []
    interview = Interview(Questions(given, person), folder / "config.toml", proofs.append, today=TODAY, proved=True)
    answers = interview.answers()
    assert [] == person.answers, "not everything was asked"
    return answers, proofs
