"""Tell others of a run: metrics in a file, and notices as the config wishes them. Nothing of it fails the run."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from otto_import.errors import LedgerError, LockHeld, OttoImportError, Stopped, UsageError
from otto_import.ledger.base import Mark
from otto_import.ledger.opening import open_for_reading
from otto_import.outcome import Crash, Summary
from otto_import.wiring.parts import wall

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.config import Config
    from otto_import.outcome import OrderLine
    from otto_import.sync.options import Stop
    from otto_import.wiring.notices import RunNotices

log = logging.getLogger(__name__)

_SIGNALLED = 128
_BUG = "a bug in otto-import ended the run"
_READABLE = 0o644


class Hearing:
    """Watch one run of a command; `stop` ends the waiting for notices."""

    def __init__(self, command: str, metrics_file: Path | None, stop: Stop) -> None:
        self._command = command
        self._metrics_file = metrics_file
        self._stop = stop
        self._began = time.monotonic()
        self._config: Config | None = None
        self._clock: datetime | None = None
        self._notices: RunNotices | None = None

    def know(self, config: Config, clock: datetime) -> None:
        """Take the config and the run's clock; `ConfigError` where the config asks for what is not installed."""
        self._config, self._clock = config, clock
        if config.notify.urls or config.notify.healthcheck_url is not None:
            from otto_import.wiring.notices import RunNotices  # only where it is asked for: it costs time at every start

            self._notices = RunNotices(config, self._command, clock, self._stop)
            self._notices.require()

    def begun(self) -> None:
        """Ping that the run begins, without waiting for it."""
        if self._notices is not None:
            self._notices.begun()

    def take(self, lines: Sequence[OrderLine]) -> None:
        """Listen for what is to be told."""
        if self._notices is not None:
            self._notices.take(lines)

    def ended(self, summary: Summary) -> None:
        """Write the metrics and send the notices of a run that has its summary."""
        self._tell(summary, summary)

    def failed(self, error: BaseException) -> None:
        """Do the same for one that was ended before it had a summary, or by a bug."""
        if isinstance(error, Crash):
            summary = replace(error.summary, error=error.summary.error or _BUG)
            self._tell(summary, summary)
            return
        code, text = _told(error)
        summary = Summary(command=self._command, dry_run=False, seconds=round(time.monotonic() - self._began, 3), exit=code, error=text)
        self._tell(summary, None)

    def _tell(self, summary: Summary, counted: Summary | None) -> None:
        """Tell; `counted` is the summary again if its counts of what stands are the ledger's."""
        if summary.exit == LedgerError.exit_code:
            counted = None  # the ledger may be what failed
        if self._metrics_file is not None:
            self._write_metrics(self._metrics_file, summary, counted)
        if self._notices is not None:
            self._notices.ended(summary, counted=counted is not None)

    def _write_metrics(self, path: Path, summary: Summary, counted: Summary | None) -> None:
        from otto_import.metrics import Ended, text

        config, at = self._config, wall()
        counted = counted or (_as_it_stands(config, summary) if config else None)
        otto = config.otto if config else None
        run = Ended(
            at=at,
            clock=self._clock or at,
            summary=counted or summary,
            account=otto.account if otto else "",
            environment=otto.environment if otto else "",
            standing=counted is not None,
        )
        try:
            _replace(path, text(run))
        except OSError as error:
            why = error.strerror or type(error).__name__
            log.warning("the metrics could not be written to %s (%s)", path, why, extra={"event": "metrics.not_written", "path": str(path)})


def _told(error: BaseException) -> tuple[int, str]:
    match error:
        case Stopped():
            return _SIGNALLED + error.signal_number, str(error)
        case LockHeld() | UsageError() | OttoImportError():
            return error.exit_code, str(error)
        case Exception():
            return 1, _BUG  # the text of whatever it was may hold what a buyer typed
        case _:
            return _SIGNALLED + signal.SIGINT, str(Stopped(signal.SIGINT))


def _as_it_stands(config: Config, summary: Summary) -> Summary | None:
    """Complete a summary by what stands in the ledger; None where that cannot be read."""
    try:
        with closing(open_for_reading(config.ledger_path)) as ledger:
            standing, watermark = ledger.standing(), ledger.mark(Mark.WATERMARK)
    except LedgerError:
        return None
    return replace(
        summary,
        held=standing.held,
        conflicts=standing.conflicts,
        failed=standing.failed,
        in_doubt=standing.in_doubt,
        overdue=standing.overdue,
        set_aside=standing.set_aside,
        set_aside_paid=standing.set_aside_paid,
        cancellations_held_back=standing.held_back,
        watermark=watermark,
    )


def _replace(path: Path, content: str) -> None:
    """Write a file that appears whole or not at all, readable by all as the collector is another user; one that is there keeps its mode."""
    real = path.resolve()
    mode = real.stat().st_mode & 0o777 if real.is_file() else _READABLE
    # Its name until then does not end in .prom, so that the collector leaves it alone.
    descriptor, name = tempfile.mkstemp(prefix=f".{real.name}.", suffix=".tmp", dir=real.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(real)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
