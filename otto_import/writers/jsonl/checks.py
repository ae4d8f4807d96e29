"""What `otto-import check` finds out about the event stream."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from otto_import.errors import ConfigError, OttoImportError
from otto_import.plan import Finding, Grade, Role
from otto_import.writers.events import ambiguous
from otto_import.writers.jsonl import stream

_SUBJECT: Final = "event stream"


def findings(path: Path, roles: Mapping[Role, str]) -> Iterator[Finding]:
    """Look at the file, its folder, their rights and the statuses' names; nothing is made or changed."""
    try:
        with stream.translated(path, "check"):
            yield from _file(path, known=bool(stream.stream_id(path)))
    except ConfigError as error:
        yield Finding(Grade.BAD, _SUBJECT, error.problems[0].text, "name another file in shop.jsonl.path")
    except OttoImportError as error:
        yield Finding(Grade.BAD, _SUBJECT, str(error), "change the rights of the file, or name another in shop.jsonl.path")
    yield from ambiguous(roles, _SUBJECT, "the stream")


def _file(path: Path, *, known: bool) -> Iterator[Finding]:
    if not path.exists():
        yield _folder(path, "is not there yet and will be made at the first write")
        return
    size = path.stat().st_size
    yield _folder(path, f"holds {size:,} bytes of events" if known else "is empty and will be filled at the first write")
    if not os.access(path, os.R_OK | os.W_OK):
        yield Finding(Grade.BAD, _SUBJECT, f"{path} may not be read and written by this user", f"chmod u+rw {path}")
    if stream.is_torn(path):
        yield Finding(Grade.WARNING, _SUBJECT, f"the last line of {path} was cut off by a crash", "none needed: the next run mends it")
    if os.name == "posix" and path.stat().st_mode & 0o007:
        yield Finding(Grade.WARNING, _SUBJECT, f"{path} holds buyers' addresses and is open to every user", f"chmod o= {path}")


def _folder(path: Path, text: str) -> Finding:
    folder = next((parent for parent in Path(os.path.realpath(path)).parents if parent.exists()), path.parent)
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):  # the lock is made beside the file
        return Finding(Grade.BAD, _SUBJECT, f"the folder {folder} may not be written", "name another path in shop.jsonl.path or change its rights")
    return Finding(Grade.GOOD, _SUBJECT, f"{path} {text}")
