"""When to try again, and how long to wait before."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from otto_import.http.answers import http_date

log = logging.getLogger(__name__)


class Temporary(Exception):
    """Say that a request failed in a way that may pass; `wait` is what the service asked for, in seconds (None: it did not).

    `status` is the answer's (None: there was none); `unsent` tells that the request never reached the service; `odd` that somebody else seems to
    have answered, which may be over in a moment but is the same for ever where the address is wrong: after a few of those trying again is over.
    """

    def __init__(
        self, where: str, text: str, wait: float | None = None, *, status: int | None = None, unsent: bool = False, odd: bool = False
    ) -> None:
        self.where = where
        self.text = text
        self.wait = wait
        self.status = status
        self.unsent = unsent
        self.odd = odd
        super().__init__(f"{text} ({where})")


class Abandoned(Exception):
    """End a request whose answer nobody waits for any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """Hold the limits of trying again, in seconds: all of one request together, one wait, the first wait and the jitter added."""

    total: float = 120.0
    longest_wait: float = 30.0
    first_wait: float = 0.5
    jitter: float = 0.5


_MOST_ODD = 3


class Budget:
    """Keep the time of one request: how much is left, and whether another attempt still fits and is `wanted`."""

    def __init__(self, rules: RetryRules, clock: Callable[[], float] = time.monotonic, wanted: Callable[[Temporary], bool] = lambda _: True) -> None:
        self._rules = rules
        self._clock = clock
        self._wanted = wanted
        self._end = clock() + rules.total
        self.attempts = 0
        self._odd = 0

    def left(self) -> float:
        """Give the seconds left, never negative."""
        return max(0.0, self._end - self._clock())

    def decide(self, error: Exception) -> bool | float:
        """Tell stamina whether to try again: False, True with its own back-off, or the seconds to wait.

        The wait asked for counts as a lower bound, so that a zero or negative one does not make us hammer; no wait outlasts the budget.
        """
        if not isinstance(error, Temporary) or not self._wanted(error):
            return False
        self._odd += error.odd
        if self._odd >= _MOST_ODD:
            return False
        rules = self._rules
        # Beyond the twentieth attempt the longest wait counts anyway; the bound keeps the power small.
        backoff = min(rules.longest_wait, rules.first_wait * 2 ** min(self.attempts - 1, 20) + rules.jitter)
        asked = min(rules.longest_wait, error.wait or 0.0)
        if max(backoff, asked) >= self.left():
            return False
        return asked if asked > backoff else True

    def attempts_under(self) -> Iterator[stamina.Attempt]:
        """Yield the attempts, with waits between them."""
        rules = self._rules
        context = stamina.retry_context(
            on=self.decide,
            attempts=None,
            timeout=rules.total,
            wait_initial=rules.first_wait,
            wait_max=rules.longest_wait,
            wait_jitter=rules.jitter,
        )
        for attempt in context:
            self.attempts = attempt.num
            yield attempt


def asked_wait(header: str | None, date: datetime | None) -> float | None:
    """Read a Retry-After header in seconds from now: a number or an HTTP date, counted from the answer's own Date where it has one.

    Never negative; None if there is none or it makes no sense.
    """
    if header is None:
        return None
    moment = http_date(header)
    if moment is not None:
        return max(0.0, (moment - (date or datetime.fromtimestamp(time.time(), UTC))).total_seconds())
    try:
        seconds = float(header)
    except ValueError:
        return None
    return None if math.isnan(seconds) else max(0.0, seconds)


def log_retries_our_way() -> None:
    """Replace stamina's log record, which carries the arguments of the call, by our own line."""
    set_on_retry_hooks((_log_retry,))


def _log_retry(details: RetryDetails) -> None:
    error = details.caused_by
    if isinstance(error, Temporary):
        fields = {"where": error.where, "wait": round(details.wait_for, 3), "attempt": details.retry_num}
        text = "%s: %s; trying again in %.1f s (attempt %d failed)"
        log.warning(text, error.where, error.text, details.wait_for, details.retry_num, extra={"event": "http.retry", **fields})
