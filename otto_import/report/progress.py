"""A bar that counts orders while a run goes on; for terminals only, gone at the end."""

from __future__ import annotations

from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class OrderBar:
    """Count orders on a terminal. Standard output stays untouched: the result belongs there."""

    def __init__(self, stream: TextIO, title: str) -> None:
        console = Console(file=stream, highlight=False, emoji=False)
        columns = (SpinnerColumn("line"), TextColumn("{task.description}"), TextColumn("{task.completed:.0f} orders"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, redirect_stdout=False)
        self._task = self._progress.add_task(title, total=None)

    def advance(self, count: int) -> None:
        """Count further orders."""
        self._progress.advance(self._task, count)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()
