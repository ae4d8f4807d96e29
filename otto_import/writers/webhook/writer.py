"""The writer of the webhook: an event an action, sent as often as it takes under one id."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import uuid4

from otto_import.http import RetryRules, Service, ServiceSettings, without_path
from otto_import.plan import Changed, Create, Done, Finding, InDoubt, OrderKey, Outcome, Refused, ShopOrder, ShopStatus, Update, Writable
from otto_import.writers.base import WriterContext, never
from otto_import.writers.events import Event, told
from otto_import.writers.web import Refusal, ShopClient, carry_out, one_by_one
from otto_import.writers.web.client import SERVICE
from otto_import.writers.webhook.answers import Said, document_of, said
from otto_import.writers.webhook.checks import findings
from otto_import.writers.webhook.lookup import LookUp
from otto_import.writers.webhook.signature import Signer, sound_header

if TYPE_CHECKING:
    from otto_import.writers.webhook.plugin import WebhookSettings

SETTLE_SECONDS: Final = 120
"""How long an event may still be at work in a receiver that can be asked."""
PATIENCE: Final = RetryRules(total=60.0)
"""How long one event is tried; what is then in doubt is sent again by the next run."""

_CONFLICT: Final = 409
_LARGEST: Final = 16 * 1024 * 1024


def _random_id() -> str:
    return f"lookup-{uuid4()}"


class WebhookWriter:
    """Tell one receiver of orders, at least once, and ask it for them where it can be asked.

    Without a look-up an order's reference is what the receiver's answer names, else its OTTO key. `clock` is the real one, for signatures.
    ConfigError where a secret is none to sign with.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        context: WriterContext,
        *,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = _random_id,
        patience: RetryRules = PATIENCE,
    ) -> None:
        self.identity = _identity(settings.url)
        self.can_find = settings.lookup_url is not None
        self.settle_seconds = SETTLE_SECONDS if self.can_find else 0
        self._settings = settings
        self._context = context
        self._patience = patience
        self._signer = Signer(settings.secret, clock)
        self._clients: dict[str, ShopClient] = {}
        self._client, self._path = self._reached(settings.url)
        self._lookup = None if settings.lookup_url is None else LookUp(*self._reached(settings.lookup_url), self._signer, new_id)

    @property
    def requests(self) -> int:
        """Count the requests sent to both addresses."""
        return sum(client.requests for client in self._clients.values())

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look up orders by OTTO key, where the receiver can be asked."""
        return {} if self._lookup is None else self._lookup.find(keys)

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read orders by reference, where the receiver can be asked."""
        return {} if self._lookup is None else self._lookup.read(refs)

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Send an event an action, several at a time; each order's outcome comes with the receiver's answer."""
        if self._context.read_only and actions:
            text = "a writer opened for a preview writes nothing"
            raise RuntimeError(text)
        if actions:
            self._prepare()  # on this thread, so that a program that asks for a secret is run once
            yield from carry_out(actions, one_by_one(self._carried), concurrency=self._context.concurrency, stop=stop)

    def statuses(self) -> Sequence[ShopStatus]:
        """List the words that the config says the receiver knows; what they do there is its affair."""
        return [ShopStatus(code, code) for code in self._settings.statuses]

    def check(self) -> Iterable[Finding]:
        """Prove the secrets' shape, and that the look-up answers, where there is one; no event is sent."""
        self._prepare()
        return findings(without_path(self._settings.url), self._lookup, self._context.roles)

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    def _carried(self, action: Writable) -> Outcome:
        if isinstance(action, Update) and self._lookup is not None:
            found = self._lookup.read([action.ref]).get(action.ref)
            if found is None or found.key != action.key or found.status != action.expected:
                return Changed(action.key, found)
        event = told(action, self._context.buyer_email, self._context.now())
        return event if isinstance(event, Refused) else self._sent(action, event)

    def _sent(self, action: Writable, event: Event) -> Outcome:
        try:
            answer = self._client.told(
                "POST",
                self._path,
                body=event.body,
                headers={"Idempotency-Key": event.id},
                again=True,
                sign=lambda: self._signer.headers(event.id, event.body),
            )
        except Refusal as refusal:
            if refusal.status != _CONFLICT:
                raise
            found = said(refusal.document)
            return self._already_there(action, event, found) if isinstance(action, Create) else _not_as_expected(action, found, refusal)
        found = said(document_of(answer.body))
        ref = found.reference or (action.key if isinstance(action, Create) else action.ref)
        return Done(action.key, ref, found.status or event.status, event.total if found.total is None else found.total)

    def _already_there(self, action: Create, event: Event, found: Said) -> Outcome:
        """Take a new order that the receiver had before for done, unless it says that the order stands otherwise than we want it."""
        if found.status is None and self._lookup is not None:
            hits = self._lookup.find([action.key]).get(action.key, ())
            if len(hits) > 1:
                return InDoubt(action.key, "twice")  # the next run finds both
            found = next((Said(hit.ref, hit.status, hit.total) for hit in hits), found)
        ref = found.reference or action.key
        if found.status not in (None, event.status):
            return Changed(action.key, ShopOrder(ref=ref, key=action.key, status=found.status or "", total=found.total))
        return Done(action.key, ref, event.status, found.total)

    def _prepare(self) -> None:
        self._signer.prepare()
        self._headers()

    def _headers(self) -> dict[str, str]:
        secret = self._settings.authorization
        return {} if secret is None else {"Authorization": sound_header(secret.get())}

    def _reached(self, url: str) -> tuple[ShopClient, str]:
        """Give the client of an address's host, the same for the same host, and the path there just as it was written."""
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._clients:
            pace = self._settings.max_requests_per_second
            service = ServiceSettings(service=SERVICE, base_url=host, max_requests_per_second=pace, largest_body=_LARGEST, retries=self._patience)
            self._clients[host] = ShopClient(Service(service), self._headers, glance=self._context.glance, shown=f"{host}/…")
        return self._clients[host], parts.path or "/"


def _identity(url: str) -> str:
    """Name the receiver by its host, and by a digest of its address: the path may be a secret, and the name goes into the ledger and into messages."""
    return f"{without_path(url)} ({sha256(url.encode()).hexdigest()[:16]})"


def _not_as_expected(action: Update, found: Said, refusal: Refusal) -> Outcome:
    if found.reference is None or found.status is None:
        raise refusal
    return Changed(action.key, ShopOrder(ref=found.reference, key=action.key, status=found.status, total=found.total))
