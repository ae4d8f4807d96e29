"""A health check in the form of healthchecks.io: it is pinged when a run begins and when it ends, and raises the alarm where that does not happen.

`<url>/start` at the beginning, `<url>` after a run that came to its end, `<url>/fail` after one that did not, each with the same `rid`, so that
the service measures the run (https://healthchecks.io/docs/http_api/, https://healthchecks.io/docs/measuring_script_run_time/).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from otto_import.errors import OttoImportError, ServiceError
from otto_import.http import Request, RetryRules, Service, ServiceSettings
from otto_import.http.early import Early
from otto_import.notify.waiting import NotHeard

LARGEST_BODY = 10_000
"""How many bytes of the summary are sent; healthchecks.io keeps 100 kB."""

_START_SECONDS, _END_SECONDS = 3.0, 4.0
_ATTEMPTS = 2
_LARGEST_ANSWER = 64 * 1024


class HealthCheck:
    """Ping one health check for one run; `address` fetches its URL, on a thread of our own, since that may take its time."""

    def __init__(self, address: Callable[[], str], rid: UUID) -> None:
        self._address = address
        self._rid = rid
        self._started: Early[None] | None = None

    def start(self) -> None:
        """Say that the run begins; does not wait, and what goes wrong shows at the end."""
        self._started = Early(lambda _dropped: self._ping("GET", "/start", b"", _START_SECONDS))

    def end(self, body: str, *, well: bool) -> None:
        """Say that the run ended, with its summary; `NotHeard`, or `ConfigError` where the address cannot be fetched."""
        if self._started is not None:
            with suppress(TimeoutError, OttoImportError):  # a ping of the start that comes after that of the end would begin a run without an end
                self._started.result(patience=_START_SECONDS)
        content = body.encode()[:LARGEST_BODY]
        for attempt in range(_ATTEMPTS):
            try:
                return self._ping("POST", "" if well else "/fail", content, _END_SECONDS)
            except NotHeard:
                if attempt == _ATTEMPTS - 1:
                    raise
        return None

    def _ping(self, method: str, suffix: str, body: bytes, seconds: float) -> None:
        parts = urlsplit(self._address())
        request = Request(
            method=method,
            shown="…",  # the address is a secret, path and all: no message and no log names it
            path=parts.path.rstrip("/") + suffix,
            params=(*parse_qsl(parts.query, keep_blank_values=True), ("rid", str(self._rid))),
            body=body or None,
            headers={"Content-Type": "text/plain; charset=utf-8"} if body else {},
        )
        settings = ServiceSettings(
            service="the health check",
            base_url=f"{parts.scheme}://{parts.netloc}",
            largest_body=_LARGEST_ANSWER,
            connect_seconds=seconds,
            read_seconds=seconds,
            retries=RetryRules(total=seconds),
        )
        try:
            with closing(Service(settings)) as service:
                answer = service.send(request, retry=False)
        except ServiceError as error:
            message = f"it {error.text}"
            raise NotHeard(message) from error
        if not answer.ok:
            message = f"it answered with HTTP {answer.status}; is its address right?"
            raise NotHeard(message)
        if b"(not found)" in answer.body:  # so healthchecks.io says that it has no such check, granting the request all the same
            message = "there is no check at this address"
            raise NotHeard(message)
