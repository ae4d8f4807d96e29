"""Ask a shop over HTTP and write to it: what was surely not done may be tried again, what may have been done is in doubt."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from otto_import.errors import CredentialsRefused, ServiceError, ShopUnavailable
from otto_import.http import Answer, Misshapen, Request, RetryRules, Service, ServiceSettings, Unreadable
from otto_import.http.early import Early

SERVICE: Final = "the shop"
Params = Sequence[tuple[str, str]]
Headers = Mapping[str, str]
Fault = Callable[[Any], str | None]
"""Say what is wrong with a document that was asked for, as the end of «the shop …»; None: nothing."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{1,80}")
_SLOW_DOWN: Final = 429
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_ELSEWHERE: Final = range(300, 400)
_EMPTY: Final = "gives an empty answer; check the address"
_LARGEST: Final = 64 * 1024 * 1024


class Refusal(Exception):
    """Report that the shop refused a request as it stands; `code` is its symbolic error code, `status` that of the answer, `document` its body.

    `document` is for decisions alone: it may hold a buyer's data and must never be told to anybody.
    """

    def __init__(self, where: str, status: int, code: str, document: object = None) -> None:
        self.where = where
        self.status = status
        self.code = code
        self.document = document
        super().__init__(f"{where}: {code}")


class Doubt(Exception):
    """Report that a write may or may not have been done; `code` names what was seen."""

    def __init__(self, where: str, code: str) -> None:
        self.where = where
        self.code = code
        super().__init__(f"{where}: {code}")


class ShopClient:
    """Speak JSON (or any other body) with one shop; safe for use from several threads.

    `headers` is called for each request, so that credentials are fetched when they are first needed. `code_of` picks the symbolic code out of an
    error body. `glance` is called while the main thread waits for an answer; what it raises ends the wait (a signal).
    `shown` stands for the path in messages and logs, where the path itself may be a secret.
    """

    def __init__(
        self,
        service: Service,
        headers: Callable[[], Headers],
        *,
        code_of: Callable[[object], object] = lambda document: document.get("code") if isinstance(document, dict) else None,
        glance: Callable[[], None] = lambda: None,
        shown: str = "",
    ) -> None:
        self._service = service
        self._shown = shown
        self._headers = headers
        self._code_of = code_of
        self._glance = glance

    @classmethod
    def open(
        cls,
        url: str,
        headers: Callable[[], Headers],
        *,
        per_second: float = 0.0,
        patience: RetryRules | None = None,
        **options: Any,  # noqa: ANN401  – passed on
    ) -> ShopClient:
        """Make a client for an address; nothing is asked yet. `patience` is how long and how often one request is tried."""
        retries = patience or RetryRules()
        settings = ServiceSettings(service=SERVICE, base_url=url, max_requests_per_second=per_second, largest_body=_LARGEST, retries=retries)
        return cls(Service(settings), headers, **options)

    @property
    def requests(self) -> int:
        """Count the requests sent."""
        return self._service.requests

    @property
    def base_url(self) -> str:
        """Give the shop's address without a slash at its end."""
        return self._service.base_url

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def ask(
        self,
        path: str,
        params: Params = (),
        *,
        method: str = "GET",
        document: object = None,
        headers: Headers | None = None,
        fault: Fault | None = None,
    ) -> Any:  # noqa: ANN401  – a document has whatever shape the shop gives it
        """Ask for a JSON document, trying again what may pass (a search by POST writes nothing). `Refusal` for 4xx, `ShopUnavailable` at last.

        A document with a `fault` is none of the shop's: it is asked for again a few times, and never taken.
        """
        return read_json(self.asked(path, params, method=method, document=document, headers=headers, fault=fault).body)

    def asked(
        self,
        path: str,
        params: Params = (),
        *,
        method: str = "GET",
        document: object = None,
        headers: Headers | None = None,
        sign: Callable[[], Headers] | None = None,
        fault: Fault | None = None,
    ) -> Answer:
        """Ask as `ask` does, and give the whole answer, for its headers; `sign` makes more of them for each attempt."""
        request = self._request(method, path, params, None if document is None else as_json(document), headers, sign)
        try:
            answer = self._waited(lambda dropped: self._service.send(request, check=_check(fault), retry=True, abandoned=dropped))
        except ServiceError as error:
            raise _away(error) from error
        return self._granted(answer)

    def tell(
        self, method: str, path: str, document: object = None, *, params: Params = (), body: bytes | None = None, headers: Headers | None = None
    ) -> Any:  # noqa: ANN401  – a document has whatever shape the shop gives it
        """Write, once: only what surely was not done is tried again. Give the JSON answer (None for an empty body).

        Raises `Refusal` for 4xx (nothing was written), `Doubt` where it may have been written, `ShopUnavailable` where it surely was not,
        `CredentialsRefused` for 401.
        """
        return read_json(self.told(method, path, document, params=params, body=body, headers=headers).body, Doubt(f"{method} {path}", "unreadable"))

    def told(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        params: Params = (),
        body: bytes | None = None,
        headers: Headers | None = None,
        again: bool = False,
        sign: Callable[[], Headers] | None = None,
    ) -> Answer:
        """Write as `tell` does, and give the whole answer; `sign` makes more headers for each attempt.

        With `again` whatever may pass is tried again, since the shop knows a request that it has seen by an id in it. Then `ShopUnavailable`
        tells of the last attempt alone: an earlier one may have been done.
        """
        request = self._request(method, path, params, as_json(document) if body is None and document is not None else body, headers, sign)
        try:
            answer = self._service.send(request, retry=again or (lambda failure: failure.unsent or failure.status == _SLOW_DOWN))
        except ServiceError as error:
            if error.unsent or error.status == _SLOW_DOWN or (again and error.status in _ELSEWHERE):
                raise _away(error, unsent=error.unsent and not again) from error
            raise Doubt(request.where, f"http_{error.status}" if error.status else "no_answer") from error
        return self._granted(answer)

    def sound_code(self, code: object) -> str:
        """Give a code out of an answer as it may be told: one word that repeats no credential of ours, else ""."""
        return code if isinstance(code, str) and _CODE.fullmatch(code) and not self._service.repeats(code) else ""

    def _request(
        self, method: str, path: str, params: Params, body: bytes | None, headers: Headers | None, sign: Callable[[], Headers] | None = None
    ) -> Request:
        kind = {} if body is None else {"Content-Type": "application/json"}
        every: Headers = {**kind, **self._headers(), **(headers or {})}
        return Request(
            method=method, path=path, shown=self._shown, params=tuple(params), body=body, headers=every if sign is None else _Signed(every, sign)
        )

    def _waited(self, send: Callable[[Callable[[], bool]], Answer]) -> Answer:
        # Signals come to the main thread alone, and must not strike in the middle of a library's work.
        if threading.current_thread() is not threading.main_thread():
            return send(lambda: False)
        return Early(send).result(self._glance)

    def _granted(self, answer: Answer) -> Answer:
        if answer.ok:
            return answer
        where = f"{answer.where}, HTTP {answer.status}"
        document = _lenient(answer.body)
        told = self.sound_code(self._code_of(document))
        if answer.status == _UNAUTHORIZED:
            raise CredentialsRefused(SERVICE, where, f"does not accept the credentials{f': {told}' if told else ''}", status=answer.status)
        if not 400 <= answer.status < 500:  # noqa: PLR2004  – the range in which a server blames the request
            raise ShopUnavailable(where, "gives an odd answer", status=answer.status)
        raise Refusal(answer.where, answer.status, f"http_{answer.status}{f' {told}' if told else ''}", document)


class _Signed(Mapping[str, str]):
    """Give headers of which some are made anew each time all of them are read, which is once an attempt: a signature tells when it was made."""

    def __init__(self, headers: Headers, sign: Callable[[], Headers]) -> None:
        self._plain = headers
        self._sign = sign
        self._now: Headers = headers

    def __iter__(self) -> Iterator[str]:
        self._now = {**self._plain, **self._sign()}
        return iter(self._now)

    def __getitem__(self, name: str) -> str:
        return self._now[name]

    def __len__(self) -> int:
        return len(self._now)


def refused(refusal: Refusal) -> ServiceError:
    """Turn the refusal of a question into the error that ends the run: nobody can go on without the answer."""
    where = f"{refusal.where}, HTTP {refusal.status}"
    if refusal.status == _FORBIDDEN:
        return CredentialsRefused(SERVICE, where, f"forbids it ({refusal.code}); see that the key may read and write orders", status=refusal.status)
    return ShopUnavailable(where, f"refuses the request ({refusal.code}); check the shop's address and version", status=refusal.status)


def basic(user: str, password: str) -> str:
    """Make the header `Authorization` for a user and a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def as_json(document: object) -> bytes:
    """Write JSON. A Decimal becomes a number with just its digits (15 of them survive, more than any price has)."""
    return json.dumps(document, default=_plain, separators=(",", ":")).encode("ascii")


def read_json(body: bytes, otherwise: Exception | None = None) -> Any:  # noqa: ANN401  – a document has whatever shape the shop gives it
    """Read JSON, numbers with a fraction as Decimal; None for an empty body; `otherwise` (or `Unreadable`) is raised for what is none."""
    if not body.strip():
        return None
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise (otherwise or Unreadable("gave an answer that is no JSON")) from error


def _check(fault: Fault | None) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        document = read_json(body)
        wrong = fault(document) if fault else _EMPTY if document is None else None
        if wrong:
            raise Misshapen(wrong)

    return check


def _lenient(body: bytes) -> object:
    try:
        return read_json(body)
    except Unreadable:
        return None


def _plain(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def _away(error: ServiceError, *, unsent: bool | None = None) -> ShopUnavailable:
    return ShopUnavailable(error.where, error.text, status=error.status, unsent=error.unsent if unsent is None else unsent)
