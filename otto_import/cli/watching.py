"""Who is told of a run besides those before the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.config import Config
    from otto_import.outcome import OrderLine, Summary


class Watch(Protocol):
    """Watch one run, and tell others of it. Only `know` raises."""

    def know(self, config: Config, clock: datetime) -> None:
        """Take the config and the run's clock; `ConfigError` where the config asks for what is not installed."""
        ...

    def begun(self) -> None:
        """Take that the run begins."""
        ...

    def take(self, lines: Sequence[OrderLine]) -> None:
        """Take lines."""
        ...

    def ended(self, summary: Summary) -> None:
        """Take that the run ended, and how; the summary has been shown."""
        ...

    def failed(self, error: BaseException) -> None:
        """Take that something ended the command before there was a summary, or a bug the run."""
        ...


class Unheard:
    """Tell nobody: for previews."""

    def know(self, config: Config, clock: datetime) -> None:
        """Do nothing."""

    def begun(self) -> None:
        """Do nothing."""

    def take(self, lines: Sequence[OrderLine]) -> None:
        """Do nothing."""

    def ended(self, summary: Summary) -> None:
        """Do nothing."""

    def failed(self, error: BaseException) -> None:
        """Do nothing."""
