"""One run at a time on one ledger."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from otto_import.errors import LedgerError, LockHeld
from otto_import.ledger.place import make_folder

POLL_SECONDS = 0.05


class RunLock:
    """Keep other runs away from the ledger at `path`, by a file beside it (0600) that the system unlocks when the process ends, however it ends.

    `wait` is how many seconds another run is waited for (0: not at all), by the real clock; `glance` is called meanwhile, and may end the wait.
    """

    def __init__(self, path: Path, wait: float, sleep: Callable[[float], object] = time.sleep, glance: Callable[[], None] = lambda: None) -> None:
        self.path = Path(f"{os.path.realpath(path)}.lock")  # one ledger under two names has one lock
        self._wait = max(wait, 0.0)
        self._sleep = sleep
        self._glance = glance
        self._lock = FileLock(self.path, mode=0o600, thread_local=False)

    def acquire(self) -> None:
        """Take the lock; `LockHeld` when another run still has it after `wait` seconds, `LedgerError` when its file cannot be made."""
        try:
            make_folder(self.path.parent)
            self._acquire()
        except Timeout as error:
            text = f"another run holds the lock {self.path} (waited {self._wait:g} s); let it end, or wait longer with --wait SECONDS"
            raise LockHeld(text) from error
        except OSError as error:
            text = f"the lock {self.path} cannot be taken: {error.strerror or type(error).__name__}; see that its folder may be written to"
            raise LedgerError(text) from error

    def _acquire(self) -> None:
        until = time.monotonic() + self._wait
        while True:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                if time.monotonic() >= until:
                    raise
            else:
                return
            self._glance()
            self._sleep(POLL_SECONDS)

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        self._lock.release()

    def pause(self, seconds: float) -> None:
        """Give the lock back for a while, so that a waiting run may have its turn, and take it again; raises as `acquire` does."""
        self.release()
        self._sleep(seconds)
        self.acquire()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()
