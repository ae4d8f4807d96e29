"""The Admin API: a token from the integration's credentials, searches, writes in one transaction, and the state machines' actions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from otto_import.errors import CredentialsRefused, ShopUnavailable
from otto_import.http import RetryRules, Service, ServiceSettings
from otto_import.writers.shopware6.shapes import shape_of
from otto_import.writers.web import Doubt, Refusal, ShopClient
from otto_import.writers.web.client import SERVICE, Params, refused
from otto_import.writers.web.shapes import fits

if TYPE_CHECKING:
    from otto_import.writers.shopware6.settings import Shopware6Settings

Document = dict[str, Any]
LIMIT: Final = 500
_EARLY: Final = 60.0
_LARGEST: Final = 64 * 1024 * 1024
_UNAUTHORIZED: Final = 401
_BROKEN: Final = 500
_TOKEN: Final = "/api/oauth/token"  # noqa: S105  – a path
_VERSION: Final = "sw-version-id"
_ALL_OR_NOTHING: Final = {"single-operation": "1", "fail-on-error": "1"}


def code_of(document: object) -> object:
    """Pick the code of the first error, which a refused sync of 6.4 hides deep inside."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            if key == "errors" and isinstance(value, list) and value and isinstance(value[0], Mapping):
                return value[0].get("code")
            found = code_of(value)
            if found is not None:
                return found
    if isinstance(document, list):
        return next((found for part in document if (found := code_of(part)) is not None), None)
    return None


class Api:
    """Speak with one Shopware; safe for use from several threads. Tokens follow the real clock, never the run's."""

    def __init__(
        self,
        settings: Shopware6Settings,
        glance: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        patience: RetryRules | None = None,
    ) -> None:
        rules = ServiceSettings(
            service=SERVICE,
            base_url=settings.url,
            max_requests_per_second=settings.max_requests_per_second,
            largest_body=_LARGEST,
            retries=patience or RetryRules(),
        )
        service = Service(rules)
        self._settings = settings
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token: tuple[str, float] | None = None
        self._open = ShopClient(service, dict, code_of=code_of, glance=glance)
        self._client = ShopClient(service, self._headers, code_of=code_of, glance=glance)

    @property
    def requests(self) -> int:
        """Count the requests sent."""
        return self._client.requests

    @property
    def url(self) -> str:
        """Give the shop's address."""
        return self._client.base_url

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str) -> Any:  # noqa: ANN401  – a document has whatever shape the shop gives it
        """Ask for a document."""
        return self._renewing(lambda: self._client.ask(path))

    def search(self, entity: str, criteria: Document) -> list[Document]:
        """Give all records that meet the criteria; an error if the shop does not answer with records."""
        return list(self.walk(entity, criteria))

    def walk(self, entity: str, criteria: Document) -> Iterator[Document]:
        """Give them page by page, as they are wanted."""
        for page in count(1):
            records = self._page(entity, {"limit": LIMIT, "page": page, "total-count-mode": 0, **criteria})
            yield from records
            if len(records) < LIMIT:
                return

    def _page(self, entity: str, criteria: Document) -> list[Document]:
        path, fault = f"/api/search/{entity}", partial(_fault, shape_of(entity))
        try:
            records: list[Document] = self._renewing(lambda: self._client.ask(path, method="POST", document=criteria, fault=fault))["data"]
        except Refusal as refusal:
            raise refused(refusal) from refusal
        return records

    def tell(self, path: str, document: object = None, *, params: Params = (), version: str | None = None) -> Any:  # noqa: ANN401  – see get
        """Write once, by POST; `version` names the draft of an order that is written to."""
        headers = {_VERSION: version} if version else None
        return self._renewing(lambda: self._client.tell("POST", path, {} if document is None else document, params=params, headers=headers))

    def delete(self, path: str, *, version: str) -> None:
        """Delete a record of a draft. A sync would delete it there as well, but the draft's merge would not know of it."""
        self._renewing(lambda: self._client.tell("DELETE", path, headers={_VERSION: version}))

    def sync(self, operations: Mapping[str, tuple[str, str, Sequence[Document]]], *, version: str | None = None) -> None:
        """Write many records in one transaction: name → (entity, upsert or delete, records). Empty operations are left out."""
        document = {
            name: {"key": name, "entity": entity, "action": action, "payload": list(records)}
            for name, (entity, action, records) in operations.items()
            if records
        }
        if not document:
            return
        headers = {**_ALL_OR_NOTHING, **({_VERSION: version} if version else {})}
        answer = self._renewing(lambda: self._client.tell("POST", "/api/_action/sync", document, headers=headers))
        if isinstance(answer, dict) and answer.get("success") is False:
            where = "POST /api/_action/sync"
            raise Refusal(where, 400, self._client.sound_code(code_of(answer)) or "sync_failed", answer)

    def transit(self, entity: str, record: str, action: str) -> None:
        """Let a state machine carry out an action, without any mail."""
        self.tell(f"/api/_action/{entity}/{record}/state/{action}", {"sendMail": False})

    def _headers(self) -> Mapping[str, str]:
        with self._lock:
            if self._token is None or self._token[1] <= self._monotonic():
                self._token = self._fresh()
            return {"Authorization": f"Bearer {self._token[0]}"}

    def _fresh(self) -> tuple[str, float]:
        wish = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get(),
        }
        try:
            answer = self._granted(wish)
        except (Refusal, CredentialsRefused) as refused_us:
            where = f"POST {_TOKEN}, HTTP {refused_us.status}"
            text = "does not accept client_id and client_secret; see the integration's keys under Settings, System, Integrations"
            raise CredentialsRefused(SERVICE, where, text, status=refused_us.status) from refused_us
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            where = f"POST {_TOKEN}"
            raise ShopUnavailable(where, "gives no token; check the shop's address")
        lasts = answer.get("expires_in")
        return token, self._monotonic() + max(0.0, float(lasts if isinstance(lasts, int) else 0) - _EARLY)

    def _granted(self, wish: Document) -> Any:  # noqa: ANN401  – see get
        try:
            return self._open.tell("POST", _TOKEN, wish)
        except Doubt as doubt:
            if doubt.code != f"http_{_BROKEN}":
                return self._open.ask(_TOKEN, method="POST", document=wish)  # it may pass
            # Nothing passes here: the shop itself breaks upon an access key that it does not know.
            where = f"POST {_TOKEN}, HTTP {_BROKEN}"
            raise ShopUnavailable(where, "breaks, as it does when it does not know client_id; check client_id", status=_BROKEN) from doubt

    def _renewing(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  – see get
        """Call once more with a new token where the shop no longer takes the old one: a 401 has surely written nothing."""
        used = self._token
        try:
            return call()
        except CredentialsRefused as error:
            if error.status != _UNAUTHORIZED or used is None:
                raise
            with self._lock:
                if self._token == used:
                    self._token = None
            return call()


def _fault(shape: object, document: object) -> str | None:
    return None if fits(document, {"data": [shape]}) else "gives an answer that is not Shopware's; check the address"


def pages(values: Sequence[str], size: int = 100) -> Iterator[Sequence[str]]:
    """Cut a list into parts."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
