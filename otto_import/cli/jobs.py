"""What the commands ask of the rest of the program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from otto_import.cli.watching import Watch
    from otto_import.config import Config
    from otto_import.outcome import Summary
    from otto_import.sync.options import Emit, RunOptions, Stop


class Jobs(Protocol):
    """Do what the commands stand for. Errors before a run has begun are raised; later ones come back in the summary."""

    def load(self, path: Path | None) -> Config:
        """Find and load the config; None looks at the usual places."""
        ...

    def clock(self, config: Config, options: RunOptions) -> datetime:
        """Give the clock of a run, aware UTC; raise `UsageError` for a `now` outside the demo."""
        ...

    def watch(self, command: str, metrics_file: Path | None, stop: Stop) -> Watch:
        """Give whoever tells others of a real run."""
        ...

    def sync(self, config: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        """Bring the shop up to date."""
        ...

    def backfill(self, config: Config, first: date, last: date, fulfilled: bool, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        """Import a range of order dates, both days included (Europe/Berlin)."""
        ...

    def retry(self, config: Config, names: Sequence[str], recreate: bool, accept: bool, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        """Try pending orders again; no names means all of them."""
        ...


class Wired:
    """Do the jobs with the real parts, imported only once a command needs them: `--help` must be quick."""

    def load(self, path: Path | None) -> Config:
        """Find and load the config."""
        from otto_import import wiring

        return wiring.load(path)

    def clock(self, config: Config, options: RunOptions) -> datetime:
        """Give the clock of a run."""
        from otto_import import wiring

        return wiring.clock(config, options)

    def watch(self, command: str, metrics_file: Path | None, stop: Stop) -> Watch:
        """Give whoever tells others of a real run."""
        from otto_import.wiring.hearing import Hearing

        return Hearing(command, metrics_file, stop)

    def sync(self, config: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        """Bring the shop up to date."""
        from otto_import import wiring

        return wiring.sync(config, options, emit, stop)

    def backfill(self, config: Config, first: date, last: date, fulfilled: bool, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        """Import a range of order dates."""
        from otto_import import wiring

        return wiring.backfill(config, first, last, fulfilled, options, emit, stop)

    def retry(self, config: Config, names: Sequence[str], recreate: bool, accept: bool, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        """Try pending orders again."""
        from otto_import import wiring

        return wiring.retry(config, names, recreate, accept, options, emit, stop)
