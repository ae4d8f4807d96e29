"""Logging and error sentences on standard error, for people or as JSON lines."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from otto_import.report.sheet import Sheet

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


class _People(logging.Formatter):
    """Write `level: message`; of an exception only its kind, for its text may hold what a buyer typed."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.levelname.lower()}: {record.getMessage()}{_kind(record, ' ({})')}"


FOREIGN = "other"
"""The event of a record that names none: those of libraries."""
FAILED, CRASHED = "command.failed", "command.crashed"
"""The events of what ends a command with an error, and with a bug."""
_TOLD_BY_THE_REPORT = ("run.", "order.")


class _Json(logging.Formatter):
    """Write one JSON object; further fields come from `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        extra = {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": extra.get("event", FOREIGN),
            "logger": record.name,
            "message": record.getMessage(),
            **({"exception": kind} if (kind := _kind(record, "{}")) else {}),
        }
        return json.dumps({**fields, **{key: value for key, value in extra.items() if key not in fields}}, default=str)


def _kind(record: logging.LogRecord, template: str) -> str:
    return template.format(record.exc_info[0].__name__) if record.exc_info and record.exc_info[0] else ""


class _RunAtWork(logging.Filter):
    """Add the id of the run at work to every record between its beginning and its end, whichever thread it comes from."""

    def __init__(self) -> None:
        super().__init__()
        self._run: object = None

    def filter(self, record: logging.LogRecord) -> bool:
        event = getattr(record, "event", "")
        if event == "run.started":
            self._run = getattr(record, "run", None)
        elif self._run is not None and not hasattr(record, "run"):
            record.run = self._run
        if event == "run.ended":
            self._run = None
        return True


def _untold(record: logging.LogRecord) -> bool:
    """Leave out what the report tells people anyway."""
    return not str(getattr(record, "event", "")).startswith(_TOLD_BY_THE_REPORT)


class _StandardError(logging.Handler):
    """Write to whatever standard error is at the moment: a progress bar stands in front of it for a while."""

    def emit(self, record: logging.LogRecord) -> None:
        sheet = Sheet(sys.stderr)
        sheet.write(sheet.fit(self.format(record)) + "\n")


@contextmanager
def logging_to_stderr(*, verbose: int, quiet: bool, as_json: bool) -> Iterator[None]:
    """Show our loggers' records for a while: warnings, with `verbose` more, with `quiet` errors only. Other libraries: warnings at most."""
    handler = _StandardError(logging.ERROR if quiet else logging.DEBUG)
    handler.setFormatter(_Json() if as_json else _People())
    handler.addFilter(_RunAtWork() if as_json else _untold)
    ours, root = logging.getLogger("otto_import"), logging.getLogger()
    before = ours.level
    foreign = {name: (logger := logging.getLogger(name), logger.level) for name in ("httpx", "httpcore")}
    ours.setLevel(_LEVELS[min(verbose, 2)])
    for logger, _ in foreign.values():
        logger.setLevel(logging.WARNING)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        ours.setLevel(before)
        for logger, level in foreign.values():
            logger.setLevel(level)


def complain(*sentences: str, as_json: bool, event: str = FAILED, **fields: object) -> None:
    """Write sentences about an error to standard error, one a line; with `as_json` each is a JSON object like the logged ones."""
    formatter = _Json()
    sheet = Sheet(sys.stderr)
    for sentence in sentences:
        record = logging.makeLogRecord(
            {"name": "otto_import", "levelno": logging.ERROR, "levelname": "ERROR", "msg": sentence, "event": event, **fields}
        )
        text = formatter.format(record) if as_json else sheet.fit(sentence)
        sheet.write(text + "\n")
