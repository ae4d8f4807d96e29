"""One run at a time on one ledger."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from otto_import.errors import LedgerError, LockHeld
from otto_import.ledger.place import make_folder
from otto_import.ledger.surroundings import holder

POLL_SECONDS = 0.05
_BERLIN = ZoneInfo("Europe/Berlin")
_LARGEST_NOTE = 1000
_LONGEST_HOST = 64


@dataclass(frozen=True, slots=True)
class Holder:
    """Name who holds a lock: process, host (None: this one), and since when (aware UTC, by that run's real clock; None: not known)."""

    pid: int
    since: datetime | None = None
    host: str | None = None

    def __str__(self) -> str:
        where = f"process {self.pid}" if self.host is None else f"process {self.pid} on {self.host}"
        return where if self.since is None else f"{where}, since {self.since.astimezone(_BERLIN):%Y-%m-%d %H:%M:%S} (Berlin)"


class RunLock:
    """Keep other runs away from the ledger at `path`, by a file beside it (0600) that the system unlocks when the process ends, however it ends.

    `wait` is how many seconds another run is waited for (0: not at all), by the real clock; `glance` is called meanwhile, and may end the wait.
    Who holds it, and since when, stands in the file for people: it is what the system itself says that decides.
    """

    def __init__(self, path: Path, wait: float, sleep: Callable[[float], object] = time.sleep, glance: Callable[[], None] = lambda: None) -> None:
        self.path = _beside(path)  # one ledger under two names has one lock
        self._ledger = path
        self._wait = max(wait, 0.0)
        self._sleep = sleep
        self._glance = glance
        self._since: datetime | None = None
        self._lock = FileLock(self.path, mode=0o600, thread_local=False)

    def acquire(self) -> None:
        """Take the lock; `LockHeld` when another run still has it after `wait` seconds, `LedgerError` when its file cannot be made."""
        try:
            make_folder(self.path.parent)
            self._acquire()
        except Timeout as error:
            raise self._held() from error
        except OSError as error:
            text = f"the lock {self.path} cannot be taken: {error.strerror or type(error).__name__}; see that its folder may be written to"
            raise LedgerError(text) from error
        self._since = self._since or datetime.now(UTC)
        self._note({"pid": os.getpid(), "since": self._since.isoformat(timespec="milliseconds"), "host": socket.gethostname()})

    def _held(self) -> LockHeld:
        other = at_work(self._ledger)
        who, pid, since = (f": {other}", other.pid, other.since) if other is not None else ("", None, None)
        text = f"another run holds the lock {self.path}{who} (waited {self._wait:g} s); let it end, or wait longer with --wait SECONDS"
        return LockHeld(text, pid=pid, since=since)

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

    def _note(self, who: dict[str, object] | None) -> None:
        """Write into the file who holds the lock, or that nobody does; where that cannot be done, a waiting run is told less."""
        if type(self._lock) is not FileLock:
            return  # a file system without such locks: there the file's very text is the lock
        text = b"" if who is None else json.dumps(who).encode() + b"\n"
        with suppress(OSError):
            descriptor = os.open(self.path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
            try:
                os.ftruncate(descriptor, 0)
                os.write(descriptor, text)
            finally:
                os.close(descriptor)

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        if self._lock.is_locked:
            self._note(None)
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


def at_work(path: Path) -> Holder | None:
    """Tell who holds the lock of the ledger at `path`, as far as file and system say so; None where neither does.

    For a lock that is known to be held: the file's word may be that of a run that died, and is believed only where the system does not contradict it.
    """
    told = _told(_beside(path))
    try:
        pid = holder(path)
    except OSError:
        return told
    if not pid or (told is not None and (told.host is not None or told.pid == pid)):
        return told  # a process that another system or container runs has no number here
    return Holder(pid)


def _beside(path: Path) -> Path:
    return Path(f"{os.path.realpath(path)}.lock")


def _told(path: Path) -> Holder | None:
    """Read what a run wrote into the lock's file; None for whatever else stands there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            note = json.loads(file.read(_LARGEST_NOTE))
        pid, since, host = note["pid"], datetime.fromisoformat(note["since"]), note["host"]
        ours = host == socket.gethostname()
        if type(pid) is not int or pid <= 0 or not isinstance(host, str) or since.tzinfo is None:
            return None
        since.astimezone(_BERLIN)
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None
    return Holder(pid, since, None if ours else "".join(sign if sign.isprintable() else "?" for sign in host[:_LONGEST_HOST]))
