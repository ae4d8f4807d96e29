"""Secrets from the system's keyring, which are waited for with limited patience: a locked keyring may ask for its password where nobody sits."""

from __future__ import annotations

import os
import shlex
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from otto_import.secrets.sources import PATIENCE_SECONDS

_GLANCE = 0.1
_OTHERWISE = "or use { env = … } or { file = … }"


def from_keyring(name: str, *, patience_seconds: float = PATIENCE_SECONDS) -> str:
    """Ask the system's keyring for "service/user", with limited patience; needs the optional package `keyring`.

    Raises ValueError with a sentence that says what to do and never holds the secret.
    """
    service, _, user = name.rpartition("/")
    if not _installed("keyring"):
        msg = "the package keyring is not installed; run: pip install 'otto-import[keyring]'"
        raise ValueError(msg)
    question = _Question(service, user)
    with _terminal_kept():
        answered = question.answered(patience_seconds)
    if not answered:
        msg = f"the keyring gave no answer within {patience_seconds:.0f} seconds; it must not ask for anything: unlock it before, {_OTHERWISE}"
        raise ValueError(msg)
    if question.failure:
        msg = f"the keyring cannot be asked ({question.failure}); unlock it, {_OTHERWISE}"
        raise ValueError(msg)
    if not isinstance(question.secret, str):
        msg = f"the keyring has nothing under {name}; run: keyring set {shlex.quote(service)} {shlex.quote(user)}"
        raise ValueError(msg)  # noqa: TRY004  – the value is absent, its type is not the point
    return question.secret


class _Question:
    """Ask the keyring at once, on a thread that keeps no program from ending and is left behind where it waits for ever.

    Of an error only its type is kept, since its text may hold the secret.
    """

    def __init__(self, service: str, user: str) -> None:
        self.secret: object = None
        self.failure = ""
        self._service, self._user = service, user
        self._over = threading.Event()
        # Held for as long as the thread lives: Python aborts at its end if it has to close an input that a thread still reads from.
        self._input = sys.stdin
        threading.Thread(target=self._ask, name="keyring", daemon=True).start()

    def answered(self, patience_seconds: float) -> bool:
        """Wait for the answer, but not for longer than some seconds; tell whether it came."""
        until = time.monotonic() + patience_seconds
        while not self._over.wait(max(0.0, min(_GLANCE, until - time.monotonic()))):  # no wait is long, so that Ctrl-C always ends it
            if time.monotonic() >= until:
                return False
        return True

    def _ask(self) -> None:
        try:
            # Imported here, since the package looks for a keyring that answers as soon as it is imported.
            self.secret = import_module("keyring").get_password(self._service, self._user)
        except BaseException as error:  # noqa: BLE001  – keyrings are plug-ins by others, which raise what they like, and not only the package's errors
            self.failure = type(error).__name__
        finally:
            self._over.set()


@contextmanager
def _terminal_kept() -> Iterator[None]:
    """Leave the terminal, if there is one, as it was: a question for a password that is given up would leave it without echo."""
    try:
        import termios

        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except (ImportError, OSError):
        yield
        return
    try:
        before = termios.tcgetattr(terminal)
        try:
            yield
        finally:
            # A program in the background would be stopped if it changed the terminal, which then is another's anyway.
            if before != termios.tcgetattr(terminal) and os.tcgetpgrp(terminal) == os.getpgrp():
                termios.tcsetattr(terminal, termios.TCSANOW, before)
    finally:
        os.close(terminal)


def _installed(package: str) -> bool:
    return bool(sys.modules[package]) if package in sys.modules else find_spec(package) is not None
