"""The writer for PrestaShop."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from otto_import.plan import Changed, Create, Finding, OrderKey, Outcome, ShopOrder, ShopStatus, Update, Writable
from otto_import.writers.base import Traits, WriterContext, never
from otto_import.writers.prestashop.articles import Articles
from otto_import.writers.prestashop.checks import findings
from otto_import.writers.prestashop.completing import Completing
from otto_import.writers.prestashop.creating import Creating, first_fields
from otto_import.writers.prestashop.directory import Directory
from otto_import.writers.prestashop.heritage import Heritage
from otto_import.writers.prestashop.parts import Parts
from otto_import.writers.prestashop.sightings import Sighting, Sightings
from otto_import.writers.prestashop.webservice import Webservice, code_of, text
from otto_import.writers.web import ArticleNumbers, Refusal, ShopClient, basic, carry_out, one_by_one
from otto_import.writers.web.client import refused

if TYPE_CHECKING:
    from otto_import.http import RetryRules
    from otto_import.orders import Line
    from otto_import.writers.prestashop.settings import PrestashopSettings

_SETTLE_SECONDS: Final = 120


class PrestashopWriter:
    """Write orders into a PrestaShop over its Webservice."""

    settle_seconds = _SETTLE_SECONDS
    can_find = True

    def __init__(
        self,
        settings: PrestashopSettings,
        context: WriterContext,
        password: Callable[[], str] = lambda: secrets.token_urlsafe(24),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        patience: RetryRules | None = None,
    ) -> None:
        """Make the writer; touches neither file nor network. `password` is drawn for each customer, none of whom can log in; `clock` is the real one."""
        self._settings = settings
        self._context = context
        self._client = ShopClient.open(
            settings.url,
            lambda: {"Authorization": basic(settings.key.get(), "")},
            per_second=settings.max_requests_per_second,
            patience=patience,
            code_of=code_of,
            glance=context.glance,
        )
        webservice = Webservice(self._client, settings.shop_id)
        directory = Directory(webservice, settings)
        sightings = Sightings(webservice, directory)
        self._heritage = Heritage(webservice, sightings, settings.also_known_by)
        self._parts = Parts(
            webservice=webservice,
            directory=directory,
            articles=Articles(webservice, ArticleNumbers(settings, context.folder)),
            sightings=sightings,
            settings=settings,
            roles=context.roles,
            buyer_email=context.buyer_email,
            now=context.now,
            clock=clock,
            password=password,
        )
        self.traits = Traits(keeps_dates=True, spares_stock=True, holds_unknown=settings.unknown_sku == "hold")

    @property
    def identity(self) -> str:
        """Give the shop's address and the number of the shop there."""
        return f"{self._client.base_url}#{self._settings.shop_id}"

    @property
    def requests(self) -> int:
        """Count the requests sent."""
        return self._client.requests

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look orders up by key."""
        with _questions():
            found = self._parts.sightings.find(keys)
            return {key: [self._parts.sightings.shop_order(each) for each in hits] for key, hits in found.items()}

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read orders by number."""
        with _questions():
            return {ref: self._parts.sightings.shop_order(each) for ref, each in self._parts.sightings.read(refs).items()}

    def inherited(self, numbers: Mapping[OrderKey, str]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Find orders that an earlier connector made."""
        with _questions():
            found = self._heritage.find(numbers)
            return {key: [self._parts.sightings.shop_order(each) for each in hits] for key, hits in found.items()}

    def ours(self, since: datetime | None = None) -> Iterator[ShopOrder]:
        """Give every order with a receipt of ours; `since` leaves out those that nobody touched after it."""
        with _questions():
            for each in self._parts.sightings.all(since):
                yield self._parts.sightings.shop_order(each)

    def missing(self, lines: Sequence[Line]) -> frozenset[str]:
        """Give the SKUs of lines whose articles the shop lacks."""
        with _questions():
            return frozenset(line.sku for line in lines) - set(self._parts.articles.of(lines))

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Carry out actions, several at a time."""
        if not actions:
            return
        if self._context.read_only:
            text = "a writer opened for a preview writes nothing"
            raise RuntimeError(text)
        yield from carry_out(actions, one_by_one(self._done), concurrency=self._context.concurrency, stop=stop)

    def statuses(self) -> Sequence[ShopStatus]:
        """List the shop's own order statuses."""
        with _questions():
            return self._parts.directory.statuses()

    def check(self) -> Iterable[Finding]:
        """Prove reachability, rights, and what orders need."""
        with _questions():
            return list(findings(self._parts))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _done(self, action: Writable) -> Outcome:
        match action:
            case Create():
                return Creating(self._parts, action).run()
            case Update():
                return self._updated(action)

    def _updated(self, action: Update) -> Outcome:
        sighting = self._parts.sightings.read([action.ref]).get(action.ref)
        if sighting is not None and sighting.note is None and sighting.key != action.key:
            sighting = self._recognized(action, sighting)
        if sighting is None:
            return Changed(action.key, None)
        claims = action.change.claims and sighting.note is None
        if not (claims or sighting.key == action.key) or sighting.status != action.expected:
            return Changed(action.key, self._parts.sightings.shop_order(sighting))
        return Completing(self._parts, action, sighting, self._first(action, sighting)).run()

    def _first(self, action: Update, sighting: Sighting) -> Mapping[str, object]:
        """Give what a half-made order lacks besides its receipt."""
        if sighting.note is not None or text(sighting.row, "id_customer") not in {"", "0"}:
            return {}
        owners = self._parts.sightings.customers([action.key])
        owner = next((row for row in owners if text(row, "secure_key") == text(sighting.row, "secure_key")), None)
        return first_fields(action, owner) if owner else {}

    def _recognized(self, action: Update, sighting: Sighting) -> Sighting:
        """Look once more at an order without our receipt: half-made, or another connector's."""
        hits = self._parts.sightings.find([action.key]).get(action.key, ())
        return next((hit for hit in hits if hit.number == sighting.number), sighting)


@contextmanager
def _questions() -> Iterator[None]:
    """Turn the refusal of a question into the error that ends a run."""
    try:
        yield
    except Refusal as refusal:
        raise refused(refusal) from refusal
