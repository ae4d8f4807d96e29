"""The notices of one run: what the config wishes, what the ledger adds, what was told before."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from otto_import.config.values import as_ping_url
from otto_import.errors import ConfigError, LedgerError, LockHeld, Problem, UsageError
from otto_import.ledger.base import Selection
from otto_import.ledger.opening import open_for_reading
from otto_import.notify import (
    Channel,
    Ear,
    Ending,
    HealthCheck,
    Message,
    Run,
    SetAside,
    Told,
    Topic,
    Wishes,
    at_once,
    decide,
    installed,
    recall,
    remember,
)
from otto_import.plan import PendingKind
from otto_import.report.jsonlines import summary_fields

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.config import Config, Notify, Secret
    from otto_import.outcome import OrderLine, Summary
    from otto_import.sync.options import Stop

log = logging.getLogger(__name__)

_CTRL_C = 130
_SIGNALLED = 128
_MOST_SET_ASIDE = 10_000
_WAITING = frozenset({PendingKind.HOLD, PendingKind.CONFLICT, PendingKind.FAILED})
CHECK = "the health check"


class RunNotices:
    """Gather what is to be told of one run, and tell it. The health check watches `sync` alone: it expects one job, at its hours."""

    def __init__(self, config: Config, command: str, clock: datetime, stop: Stop) -> None:
        self._config = config
        self._clock = clock
        self._stop = stop
        self._ear = Ear()
        self._able = False
        self._wishes = _wishes(config)
        url = config.notify.healthcheck_url
        self._check = HealthCheck(lambda: ping_address(config.path, url), uuid4()) if url is not None and command == "sync" else None

    def require(self) -> None:
        """See that people can be written to; `ConfigError` where apprise is missing."""
        if self._config.notify.urls and not installed():
            text = "needs the package apprise, which is not installed; run: pip install 'otto-import[notify]'"
            raise ConfigError(str(self._config.path), [Problem("notify.urls", text)])
        self._able = True

    def begun(self) -> None:
        """Ping that the run begins; does not wait."""
        if self._check is not None:
            self._check.start()

    def take(self, lines: Sequence[OrderLine]) -> None:
        """Listen."""
        self._ear.take(lines)

    def ended(self, summary: Summary, *, counted: bool) -> None:
        """Tell how the run ended; `counted` says that the summary's counts of what stands are the ledger's."""
        ending = _ending(summary)
        sending: dict[str, Callable[[], None]] = {}
        check = self._check
        if check is not None and ending in {Ending.WHOLE, Ending.FAILED}:
            body = json.dumps(summary_fields(summary), ensure_ascii=False)
            sending[CHECK] = lambda: check.end(body, well=ending is Ending.WHOLE)
        before, message, told = self._decided(summary, ending, counted=counted)
        # Whoever pressed Ctrl-C stands there and waits: the message goes with that of the next run.
        channels = self._channels(message) if message and summary.exit != _CTRL_C else {}
        failed = at_once({**sending, **channels}, glance=(lambda: None) if self._stop() else self._stop.check)
        for name, why in failed.items():
            log.warning("the notice to %s did not arrive: %s", name, why, extra={"event": "notice.failed", "channel": name})
        if message is not None:
            told = told.model_copy(update={"unsent": () if channels.keys() - failed.keys() else message.kept})
        if told != before:
            self._remember(told)

    @property
    def _memory(self) -> Path:
        path = self._config.ledger_path
        return path.with_name(f"{path.name}.told")

    def _decided(self, summary: Summary, ending: Ending, *, counted: bool) -> tuple[Told, Message | None, Told]:
        """Give what was told before, what is to be told, and what has been told then; nothing where there is nobody to write to."""
        if not (self._able and self._config.notify.urls):
            return Told(), None, Told()
        before = told = recall(self._memory)
        if self._wishes.silence is not None and told.newest is None:
            latest = _latest(self._config)
            told = told.seen(min(latest, self._clock)) if latest else told
        aside = self._set_aside(summary) if counted else None
        message, told = decide(Run(ending=ending, summary=summary, ear=self._ear, now=self._clock, set_aside=aside), told, self._wishes)
        return before, message, told

    def _set_aside(self, summary: Summary) -> tuple[SetAside, ...] | None:
        return _paid_and_set_aside(self._config) if summary.set_aside_paid else ()

    def _channels(self, message: Message) -> dict[str, Callable[[], None]]:
        def sending(secret: Secret) -> Callable[[], None]:
            return lambda: Channel(secret.get).send(message)

        return {f"notify.urls.{number}": sending(secret) for number, secret in enumerate(self._config.notify.urls)}

    def _remember(self, told: Told) -> None:
        try:
            remember(self._memory, told)
        except OSError as error:
            why = error.strerror or type(error).__name__
            text = "what was told cannot be kept in %s (%s), so that it will be told again"
            log.warning(text, self._memory, why, extra={"event": "notice.not_kept"})


def _wishes(config: Config) -> Wishes:
    notify: Notify = config.notify
    quiet = (notify.quiet_from, notify.quiet_to) if notify.quiet_from is not None and notify.quiet_to is not None else None
    return Wishes(
        whose=config.prefix,
        on=frozenset(map(Topic, notify.on)),
        silence=timedelta(hours=notify.silence_hours) if notify.silence_hours is not None else None,
        quiet=quiet,
    )


def _ending(summary: Summary) -> Ending:
    if summary.exit > _SIGNALLED:
        return Ending.STOPPED
    if summary.error is None:
        return Ending.WHOLE
    return Ending.NOT_BEGUN if summary.exit in {LockHeld.exit_code, UsageError.exit_code} else Ending.FAILED


def ping_address(path: Path, secret: Secret) -> str:
    """Fetch the health check's address; one that was kept elsewhere is looked at only now."""
    try:
        return as_ping_url(secret.get())
    except ValueError as error:
        raise ConfigError(str(path), [Problem("notify.healthcheck_url", str(error))]) from error


def _paid_and_set_aside(config: Config) -> tuple[SetAside, ...] | None:
    try:
        with closing(open_for_reading(config.ledger_path)) as ledger:
            found = (
                SetAside(known.order_number or known.sales_order_id or known.key, known.pending.reason.text)
                for known in ledger.orders(Selection(pending=_WAITING))
                if known.pending is not None and known.pending.next_at is None and known.pending.paid
            )
            return tuple(islice(found, _MOST_SET_ASIDE))
    except LedgerError:
        return None


def _latest(config: Config) -> datetime | None:
    """Tell when the latest known order was placed."""
    try:
        with closing(open_for_reading(config.ledger_path)) as ledger:
            return next((known.placed_at for known in ledger.orders(Selection()) if known.placed_at is not None), None)
    except LedgerError:
        return None
