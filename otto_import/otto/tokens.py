"""The access token kept between runs: one small private file beside the ledger."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import stat
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

_LARGEST_FILE = 64 * 1024
_BEARER = re.compile(r"[\x21-\x7e]{1,16384}")
_READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Hold an access token, from when to when it is used (seconds since 1970, real clock), and the path it came from."""

    text: str = field(repr=False)
    since: float
    until: float
    path: str


def token_key(base_url: str, client_id: str, scope: str, secret: str) -> str:
    """Name whose token it is, so that another account or a new secret never meets an old token; the secret enters as 8 bytes of a SHA-256."""
    fingerprint = hashlib.sha256(f"{client_id}\0{secret}".encode()).hexdigest()[:16]
    return f"{base_url}\n{client_id}\n{scope}\n{fingerprint}"


def is_bearer(value: object) -> bool:
    """Tell whether a value can be an access token, that is, stand in a header."""
    return isinstance(value, str) and _BEARER.fullmatch(value) is not None


class TokenFile:
    """Keep a token in a file of mode 0600, or, without a path, nowhere.

    A file that is damaged, belongs to someone else or can be read by others counts as none and is written anew; nothing here is ever an error.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self, key: str) -> Token | None:
        """Give the token kept under the key, if there is one."""
        if self._path is None:
            return None
        try:
            kept = json.loads(_private_text(self._path))
            if kept["key"] != key or not is_bearer(kept["token"]):
                return None
            return Token(text=kept["token"], since=float(kept["since"]), until=float(kept["until"]), path=str(kept["path"]))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def write(self, key: str, token: Token) -> None:
        """Keep a token; the file appears whole or not at all."""
        if self._path is None:
            return
        try:
            _make_folder(self._path.parent)
            descriptor, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)  # made with mode 0600
        except OSError:
            self._complain()
            return
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"key": key, "token": token.text, "since": token.since, "until": token.until, "path": token.path}, file)
            Path(name).replace(self._path)
        except OSError:
            self._complain()
            with contextlib.suppress(OSError):
                Path(name).unlink()

    def _complain(self) -> None:
        log.warning("the access token could not be kept in %s; the next run will ask for a new one", self._path, extra={"event": "token.not_kept"})

    def discard(self) -> None:
        """Forget the token."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()


def _make_folder(folder: Path) -> None:
    # One by one: `parents=True` would make those above with the rights that the umask leaves.
    for each in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        each.mkdir(mode=0o700, exist_ok=True)


def _private_text(path: Path) -> str:
    # The flags exist on POSIX systems only: no symbolic link is followed, and a pipe does not make us wait.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), encoding="utf-8") as file:
        found = os.fstat(file.fileno())
        return file.read(_LARGEST_FILE) if stat.S_ISREG(found.st_mode) and _is_ours_alone(found) else ""


def _is_ours_alone(found: os.stat_result) -> bool:
    if sys.platform == "win32":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & _READABLE_BY_OTHERS
