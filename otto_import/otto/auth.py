"""Access tokens from OTTO by client credentials (otto-api.md 1.2 and 1.3)."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from otto_import.errors import CredentialsRefused, ServiceError
from otto_import.http import Answer, Request, Service, Unreadable
from otto_import.otto.tokens import Token, TokenFile, is_bearer, token_key
from otto_import.otto.values import read_json

log = logging.getLogger(__name__)

TOKEN_PATHS = ("/oauth2/token", "/v1/token")
"""Both are in use; the second is asked only where the first answers 404."""

_EARLY = 60.0
_SHORT = 120.0
_LONGEST = 86_400.0
_LIFETIME_UNKNOWN = 300.0
_NOT_FOUND = 404
_REFUSALS = frozenset({400, 401, 403})
_IDENTITY_ERRORS = (b"invalid_client", b"unauthorized_client", b"invalid_grant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Hold who we are to OTTO; `secret` may be a function, called once, when the first token is needed."""

    client_id: str
    secret: str | Callable[[], str] = field(repr=False)
    scope: str = "orders"


class TokenSource:
    """Give a valid access token, kept as long as it is valid; safe for use from several threads.

    Raises `CredentialsRefused` where OTTO does not know us or does not grant the scope, `ServiceError` where it does not answer properly.
    `now` is the real clock in seconds since 1970.
    """

    def __init__(self, service: Service, credentials: Credentials, token_file: TokenFile, now: Callable[[], float] = time.time) -> None:
        self._service = service
        self._credentials = credentials
        self._file = token_file
        self._now = now
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._secret: str | None = None
        self._path = TOKEN_PATHS[0]

    def bearer(self) -> str:
        """Give a token: the one at hand, the kept one, or a new one."""
        with self._lock:
            key = self._key()
            if not self._usable(self._token):
                self._token = self._file.read(key)
                if self._token is not None and self._token.path in TOKEN_PATHS:
                    self._path = self._token.path
            if not self._usable(self._token):
                self._token = self._fetch()
                self._file.write(key, self._token)
            return self._token.text if self._token else ""

    def discard(self, bearer: str) -> None:
        """Forget a token that OTTO no longer takes, unless another thread has replaced it already."""
        with self._lock:
            if self._token is not None and self._token.text == bearer:
                self._token = None
                self._file.discard()

    def _usable(self, token: Token | None) -> bool:
        # A token from the future was kept by a clock that has been set back since: how long it lasts cannot be told.
        return token is not None and token.since <= self._now() < token.until

    def _key(self) -> str:
        if self._secret is None:
            secret = self._credentials.secret
            self._secret = secret() if callable(secret) else secret
        return token_key(self._service.base_url, self._credentials.client_id, self._credentials.scope, self._secret)

    def _fetch(self) -> Token:
        answer = self._ask(self._path)
        if answer.status == _NOT_FOUND:
            self._path = next(path for path in TOKEN_PATHS if path != self._path)
            answer = self._ask(self._path)
        if not answer.ok:
            raise self._refusal(answer)
        since = self._now()
        document = read_json(answer.body)
        seconds = _seconds_of_use(document)
        log.debug("OTTO gave an access token for %.0f s", seconds, extra={"event": "token.fetched", "seconds": round(seconds)})
        return Token(text=document["access_token"], since=since, until=since + seconds, path=self._path)

    def _ask(self, path: str) -> Answer:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": self._secret or "",
            "scope": self._credentials.scope,
        }
        # Asking twice for a token harms nobody, so this POST may be tried again.
        return self._service.send(Request(method="POST", path=path, form=form), check=_check_token, retry=True)

    def _refusal(self, answer: Answer) -> ServiceError:
        if answer.status in _REFUSALS and b"invalid_scope" in answer.body:
            text = f"does not grant the scope {self._credentials.scope!r}; add it to the app in OTTO Partner Connect"
            return self._service.refusal(answer, text, CredentialsRefused)
        if answer.status in (401, 403) or (answer.status in _REFUSALS and any(error in answer.body for error in _IDENTITY_ERRORS)):
            text = "does not accept client_id and client_secret; check both, and that they belong to this environment"
            return self._service.refusal(answer, text, CredentialsRefused)
        return self._service.refusal(answer, "gives no access token")


def _check_token(body: bytes) -> None:
    if not is_bearer(read_json(body).get("access_token")):
        msg = "gave an answer without an access token"
        raise Unreadable(msg)


def _seconds_of_use(document: Mapping[str, Any]) -> float:
    try:
        lifetime = float(document["expires_in"])
    except (KeyError, TypeError, ValueError):
        lifetime = math.nan
    lifetime = min(lifetime, _LONGEST) if lifetime > 0 else _LIFETIME_UNKNOWN
    return lifetime / 2 if lifetime < _SHORT else lifetime - _EARLY
