"""The HTTP client itself."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn

import httpx

from otto_import import __version__
from otto_import.errors import ServiceError
from otto_import.http.addresses import checked_base_url
from otto_import.http.answers import Answer, Misshapen, Request, Unreadable, http_date
from otto_import.http.pacing import Pacer
from otto_import.http.retries import Abandoned, Budget, RetryRules, Temporary, asked_wait, log_retries_our_way
from otto_import.http.telling import Credentials, announced

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 30.0
_LARGEST_BODY = 32 * 1024 * 1024
_PASSING = frozenset({408, 425, 429})
_CODINGS = frozenset({"", "identity", "gzip"})
_ELSEWHERE = range(300, 400)
_NOTED_HEADERS = ("Deprecation", "Sunset", "Warning")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Hold how to speak to one service; `service` is its name in messages, `max_requests_per_second` 0 means no limit of ours."""

    service: str
    base_url: str
    max_requests_per_second: float = 0.0
    user_agent: str = f"otto-import/{__version__}"
    largest_body: int = _LARGEST_BODY
    connect_seconds: float = _CONNECT_SECONDS
    read_seconds: float = _READ_SECONDS
    retries: RetryRules = field(default_factory=RetryRules)


class Service:
    """Send requests to one service, and try again where that makes sense; safe for use from several threads.

    `requests` counts every request sent. `clock` serves only to tell how far it is from the service's Date headers; `monotonic` and `sleep` are
    the real ones but in tests. Raises `ServiceError` once trying again is over, and ConfigError for a base URL that would send credentials in clear.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        log_retries_our_way()
        self.base_url = checked_base_url(settings.base_url)
        self.requests = 0
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._pacer = Pacer(settings.max_requests_per_second, clock=monotonic, sleep=sleep)
        self._lock = threading.Lock()
        self._noted: set[tuple[str, str]] = set()
        self._credentials = Credentials()
        # gzip alone: what other codings unpack to in one step has no bound.
        headers = {"User-Agent": settings.user_agent, "Accept": "application/json", "Accept-Encoding": "gzip"}
        self._http = httpx.Client(base_url=self.base_url, transport=transport, headers=headers, follow_redirects=False, verify=_trust(self.base_url))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(
        self,
        request: Request,
        *,
        check: Callable[[bytes], object] | None = None,
        retry: bool | Callable[[Temporary], bool] | None = None,
        abandoned: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """Send a request and give the answer, whatever its status, but for those that pass: 408, 425, 429 and 5xx are tried again.

        Redirects are never followed, but tried again a few times: a gateway's or a guest network's are over soon, a wrong address's never.
        `check` looks at the body of a granted answer and raises `Unreadable` if it is none of the service's, which counts as passing too.
        `retry` defaults to GET alone; a function is asked about each failure, so that only what surely was not done is done again. Once
        `abandoned()` is true no further attempt begins and `Abandoned` is raised.
        """
        wanted = request.method == "GET" if retry is None else retry
        budget = Budget(self._settings.retries, self._monotonic, wanted if callable(wanted) else lambda _: True)
        try:
            if not wanted:
                budget.attempts = 1
                return self._attempt(request, check, budget, abandoned)
            for attempt in budget.attempts_under():
                with attempt:
                    return self._attempt(request, check, budget, abandoned)
        except Temporary as error:
            tries = "" if budget.attempts == 1 else f" (tried {budget.attempts} times)"
            raise ServiceError(self._settings.service, error.where, error.text + tries, status=error.status, unsent=error.unsent) from error
        raise AssertionError  # pragma: no cover  – stamina either yields another attempt or raises

    def refusal(self, answer: Answer, text: str = "refuses the request", kind: type[ServiceError] = ServiceError) -> ServiceError:
        """Make the error for an answer that grants nothing: our sentence, and of the body only its symbolic codes."""
        codes = answer.codes(self.repeats)
        return kind(self._settings.service, f"{answer.where}, HTTP {answer.status}", f"{text}: {codes}" if codes else text, status=answer.status)

    def repeats(self, text: str) -> bool:
        """Tell whether a text of an answer repeats a credential of ours, so that it must not be told."""
        return self._credentials.in_text(text)

    def _attempt(self, request: Request, check: Callable[[bytes], object] | None, budget: Budget, abandoned: Callable[[], bool]) -> Answer:
        self._pacer.wait()
        if abandoned():
            raise Abandoned
        with self._lock:
            self.requests += 1
            self._credentials.sent(request)
        began = self._monotonic()
        try:
            answer = self._exchange(request, budget, abandoned)
        except httpx.InvalidURL as error:  # longer than any address may be, say
            text = "cannot be asked like this; check the address"
            raise ServiceError(self._settings.service, request.where, text, unsent=True) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            if abandoned():
                raise Abandoned from error
            self._give_up_or_pass(request, error)
        self._note_headers(request, answer)
        fields = {"service": self._settings.service, "where": request.where, "status": answer.status, "duration": round(self._monotonic() - began, 3)}
        log.debug("%s, HTTP %d", request.where, answer.status, extra={"event": "http.answered", **fields})
        where = f"{request.where}, HTTP {answer.status}"
        if answer.status in _PASSING or answer.status >= 500:  # noqa: PLR2004  – the range of a server's own errors
            if abandoned():
                raise Abandoned
            text = "asks us to slow down" if answer.status == 429 else "has trouble of its own"  # noqa: PLR2004  – too many requests
            raise Temporary(where, text, asked_wait(answer.headers.get("retry-after"), answer.date), status=answer.status)
        if answer.status in _ELSEWHERE:
            raise Temporary(where, "sends us elsewhere, which is not followed; check the address", status=answer.status, odd=True)
        if check is not None and answer.ok:
            try:
                check(answer.body)
            except Unreadable as error:
                raise Temporary(where, str(error), status=answer.status, odd=isinstance(error, Misshapen)) from error
        return answer

    def _exchange(self, request: Request, budget: Budget, abandoned: Callable[[], bool]) -> Answer:
        # No attempt may outlast the budget of the whole request; a little is always left, so that it can be made at all.
        left = max(0.1, budget.left())
        limits = httpx.Timeout(min(self._settings.read_seconds, left), connect=min(self._settings.connect_seconds, left))
        with self._http.stream(
            request.method, request.path, params=list(request.params) or None, content=request.body, data=request.form, headers=dict(request.headers),
            timeout=limits,
        ) as response:  # fmt: skip
            arrived = self._clock()
            body = self._body(request, response, budget, abandoned)
        date = http_date(response.headers.get("date"))
        return Answer(
            where=request.where,
            status=response.status_code,
            headers=response.headers,
            body=body,
            date=date,
            skew=arrived - date if date else None,
        )

    def _body(self, request: Request, response: httpx.Response, budget: Budget, abandoned: Callable[[], bool]) -> bytes:
        # Read piece by piece: a body too large is left at the first piece too many, a dripping one when the time is over.
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in _CODINGS:  # packed twice, say: then no bound holds for what a single piece unpacks to
            text = "packed otherwise than asked for"
            raise httpx.DecodingError(text, request=response.request)
        pieces: list[bytes] = []
        size = 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > self._settings.largest_body:
                where = f"{request.where}, HTTP {response.status_code}"
                raise ServiceError(self._settings.service, where, f"answers with more than {self._settings.largest_body // 1024} KiB")
            if abandoned():
                raise Abandoned
            if not budget.left():
                text = "the time for the whole request is over"
                raise httpx.ReadTimeout(text, request=response.request)
            pieces.append(piece)
        return b"".join(pieces)

    def _give_up_or_pass(self, request: Request, error: httpx.TransportError | httpx.DecodingError) -> NoReturn:
        if _is_certificate(error):
            raise ServiceError(self._settings.service, request.where, "shows a certificate that is not trusted", unsent=True) from error
        if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            text = "cannot be asked like this; check the address and the credentials"
            raise ServiceError(self._settings.service, request.where, text, unsent=True) from error
        unsent = isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError | httpx.PoolTimeout)
        raise Temporary(request.where, _told(error), unsent=unsent) from error

    def _note_headers(self, request: Request, answer: Answer) -> None:
        for name in _NOTED_HEADERS:
            value = answer.headers.get(name)
            if value is None:
                continue
            with self._lock:
                known = (request.endpoint, name) in self._noted
                self._noted.add((request.endpoint, name))
            if not known:
                shown = f": {said}" if (said := announced(name, value)) else ""
                fields = {"service": self._settings.service, "endpoint": request.endpoint, "header": name}
                text = "%s says about %s: %s%s"
                log.warning(text, self._settings.service, request.endpoint, name, shown, extra={"event": "api.deprecated", **fields})


def _trust(base_url: str) -> ssl.SSLContext:
    """Load the certificates that are trusted, which takes longer than many a request; where no TLS is spoken, trust none instead."""
    return httpx.create_ssl_context() if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _told(error: httpx.TransportError | httpx.DecodingError) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError() | httpx.ProxyError():
            return "cannot be reached; check the network and the address"
        case httpx.TimeoutException():
            return "gave no answer in time"
        case httpx.DecodingError():
            return "gave an answer that cannot be unpacked"
        case _:
            return "broke the connection off"
