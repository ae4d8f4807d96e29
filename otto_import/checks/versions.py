"""Which versions are at work."""

from __future__ import annotations

import platform
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from otto_import import __version__
from otto_import.checks.proof import Proof, good, warning
from otto_import.writers.registry import Installed


class Versions(NamedTuple):
    """Hold the versions of the tool, of Python and of SQLite."""

    tool: str
    python: str
    sqlite: str


def ours() -> Versions:
    """Read the versions at work here."""
    return Versions(__version__, platform.python_version(), sqlite3.sqlite_version)


def versions(here: Versions, writers: Sequence[Installed]) -> Iterator[Proof]:
    """Name the versions, and the writers with the packages they come with."""
    yield good("versions", f"otto-import {here.tool}, Python {here.python}, SQLite {here.sqlite}")
    yield good("writers", ", ".join(f"{writer.name} ({writer.distribution} {writer.version})" for writer in writers))
    for name, count in Counter(writer.name for writer in writers).items():
        if count > 1:
            yield warning("writers", f'"{name}" comes with {count} packages', "uninstall all but one of them")
