"""Fetch one answer on a thread of its own: ahead of time, and so that a signal never strikes in the middle of a library's work."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_GLANCE = 0.1


def _look_away() -> None:
    """Look at nothing."""


def _lose_patience(until: float) -> None:
    if time.monotonic() > until:
        raise TimeoutError


class Early(Generic[T]):
    """Run `fetch` at once on a daemon thread; it is given a function that tells whether anybody still wants the answer.

    The thread only ever fetches bytes. It ends by itself soon after `drop`, and never keeps the program from ending.
    """

    def __init__(self, fetch: Callable[[Callable[[], bool]], T]) -> None:
        self._fetch = fetch
        self._dropped = threading.Event()
        self._finished = threading.Event()
        self._answers: list[T] = []
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name="http-answer", daemon=True).start()

    def result(self, glance: Callable[[], None] = _look_away, patience: float = math.inf) -> T:
        """Wait for the answer; what went wrong on the thread is raised here, and `TimeoutError` after `patience` seconds.

        `glance` is called ten times a second meanwhile; what it raises ends the wait, and nobody wants the answer any more.
        """
        until = time.monotonic() + patience
        try:
            while not self._finished.wait(_GLANCE):
                glance()
                _lose_patience(until)
        except BaseException:
            self.drop()
            raise
        if self._error is not None:
            raise self._error
        return self._answers[0]

    def drop(self) -> None:
        """Say that nobody wants the answer any more; does not wait."""
        self._dropped.set()

    def _run(self) -> None:
        try:
            self._answers.append(self._fetch(self._dropped.is_set))
        except BaseException as error:  # noqa: BLE001  – whatever it is, it belongs to whoever asks for the answer
            self._error = error
        finally:
            self._finished.set()
