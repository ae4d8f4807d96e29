"""Ctrl-C and SIGTERM as a request to end after the orders in flight."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from otto_import.errors import Stopped

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _quietly(_number: int) -> None:
    """Announce nothing."""


class Signals:
    """Catch the signals that ask a run to stop, and put the old handlers back at the end.

    The first one is remembered, and the run ends where it asks: an exception raised from here could strike in the middle of a library's work
    and leave its locks behind. Ctrl-C after that raises `KeyboardInterrupt` all the same.
    `announce` is called from the handler with the signal's number when the run goes on for a moment. Only the main thread may receive
    signals; elsewhere nothing is caught.
    """

    def __init__(self, announce: Callable[[int], None] = _quietly) -> None:
        self._announce = announce
        self._received: int | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if _in_main_thread():
            self._before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: it was set outside Python
        self._before = {}

    def __call__(self) -> bool:
        """Tell whether a stop was asked for."""
        return self._received is not None

    def check(self) -> None:
        """Raise `Stopped` if a stop was asked for."""
        if self._received is not None:
            raise Stopped(self._received)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self._received is not None:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            return
        self._received = number
        self._announce(number)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
