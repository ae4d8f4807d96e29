"""The rights of the config and of the files beside the ledger, and of the folder they lie in."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from otto_import.checks.proof import Proof, bad, good, warning

_SUBJECT = "files"
_OF_OTHERS = 0o077
_WRITTEN_BY_OTHERS = 0o022
_BESIDE = ("", "-wal", "-shm", ".lock", ".token")


def config_file(path: Path) -> Proof:
    """Judge the config file: who may write it decides where the credentials go. Clear secrets that others can read are refused when it is loaded."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & _WRITTEN_BY_OTHERS:
        remedy = f"chmod go-w {shlex.quote(str(path))}"
        return warning("config", f"{path} (mode {mode:04o}) may be written by others, who could send the credentials elsewhere", remedy)
    return good("config", f"{path} is complete" + (f", mode {mode:04o}" if os.name == "posix" else ""))


def state(path: Path) -> Iterator[Proof]:
    """Judge the ledger's folder and every file of it that is there."""
    real = Path(os.path.realpath(path))
    folder = next((parent for parent in real.parents if parent.exists()), real.parent)
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        yield bad(_SUBJECT, f"the folder {folder} may not be written", "name another [state] path or change its rights")
        return
    there = [each for each in (Path(f"{real}{ending}") for ending in _BESIDE) if each.exists()]
    found = [proof for each in there for proof in _file(each)]
    private = f", all for this user alone: {', '.join(each.name for each in there)}" if there and sys.platform != "win32" else ""
    yield from found or [good(_SUBJECT, f"{folder} may be written{private}")]


def _file(path: Path) -> Iterator[Proof]:
    if not os.access(path, os.R_OK | os.W_OK):
        yield bad(_SUBJECT, f"{path} may not be read and written by this user", f"chmod u+rw {shlex.quote(str(path))}, as its owner")
    if sys.platform == "win32":
        return
    status = path.stat()
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid != os.geteuid():
        yield warning(_SUBJECT, f"{path} belongs to another user", "run otto-import as one user only")
    if mode & _OF_OTHERS:
        yield warning(_SUBJECT, f"{path} (mode {mode:04o}) is open to others", f"chmod 600 {shlex.quote(str(path))}")
