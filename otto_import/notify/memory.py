"""What was told already, in a small file beside the ledger: so it holds even where the ledger itself is what fails."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

_LARGEST_FILE = 1024 * 1024


class Told(BaseModel):
    """Remember what was told; order numbers, reasons and times alone.

    `failing_since` and `failing_codes`: runs fail since then, and with these exit codes it was told. `set_aside`: the orders told. `held_back`: told.
    `newest`: when the latest order was placed (run clock). `silent_since`: the latest order at the time that silence was told of.
    `unsent`: lines that could not be sent.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    failing_since: AwareDatetime | None = None
    failing_codes: tuple[int, ...] = ()
    set_aside: tuple[str, ...] = ()
    held_back: bool = False
    newest: AwareDatetime | None = None
    silent_since: AwareDatetime | None = None
    unsent: tuple[str, ...] = ()

    def seen(self, placed: datetime) -> Told:
        """Note that an order placed then was seen."""
        if self.newest is not None and self.newest >= placed:
            return self
        return self.model_copy(update={"newest": placed})


def recall(path: Path) -> Told:
    """Read what was told; nothing if there is no such file, or none of ours: then things are told once more."""
    try:
        # The flags exist on POSIX systems only: no symbolic link is followed, and a pipe does not make us wait.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return Told()
            return Told.model_validate_json(file.read(_LARGEST_FILE))
    except (OSError, ValidationError):
        return Told()


def remember(path: Path, told: Told) -> None:
    """Keep what was told (0600); the file appears whole or not at all. Raises `OSError`."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(told.model_dump_json(exclude_defaults=True))
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
