"""Writing the files that `init` makes: whole or not at all, and for their owner alone."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from otto_import.errors import ConfigError, Problem
from otto_import.ledger.place import make_folder


def save_private(path: Path, text: str, *, replace: bool) -> None:
    """Write a file of mode 0600 that appears whole; without `replace` one that is there is left alone. ConfigError where it cannot be written."""
    try:
        make_folder(path.parent)
        if not replace:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # claims the name; nobody overwrites it from here on
        try:
            _put(path.resolve(), text)
        except BaseException:
            if not replace:
                with suppress(OSError):
                    path.unlink()
            raise
    except FileExistsError as error:
        raise ConfigError(str(path), [Problem("", "is there already and was left as it is; name another file or give --force")]) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(str(path), [Problem("", f"cannot be written ({reason}); see that its folder may be written")]) from error


def _put(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
