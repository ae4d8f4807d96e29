"""A file for people's eyes that appears whole or not at all."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from otto_import.errors import UsageError
from otto_import.report.sheet import Sheet

Write = Callable[[str], object]
STDOUT = "-"


@contextmanager
def written(target: str, option: str) -> Iterator[Write]:
    """Give a function that writes text as UTF-8 to a file, or to standard output for `-`; a file there is replaced, keeping its mode.

    The file gets its name once all is written; a device or a pipe is written to as it is. `UsageError` where it cannot be written.
    """
    if target == STDOUT:
        yield _to_standard_output()
        return
    try:
        with _opened(Path(target)) as file:
            yield file.write
    except OSError as error:
        message = f"{option}: {target} cannot be written ({error.strerror or type(error).__name__}); see its folder's rights, or name another file"
        raise UsageError(message) from error


def _to_standard_output() -> Write:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return Sheet(sys.stdout).write


@contextmanager
def _opened(path: Path) -> Iterator[io.TextIOWrapper]:
    real = path.resolve()
    if real.exists() and not real.is_file():
        with real.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    mode = real.stat().st_mode & 0o777 if real.exists() else 0o600
    descriptor, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(real)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
