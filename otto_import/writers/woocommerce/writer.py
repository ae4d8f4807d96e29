"""The writer for WooCommerce."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from otto_import.errors import ServiceError
from otto_import.plan import Create, Finding, NotBegun, OrderKey, Outcome, ShopOrder, ShopStatus, Update, Writable
from otto_import.writers.base import Traits, never
from otto_import.writers.web import ArticleNumbers, ShopClient, basic, carry_out
from otto_import.writers.woocommerce.catalogue import Articles
from otto_import.writers.woocommerce.checks import findings
from otto_import.writers.woocommerce.creating import Creating, Parts
from otto_import.writers.woocommerce.lookup import Lookup
from otto_import.writers.woocommerce.statuses import Statuses
from otto_import.writers.woocommerce.updating import Updating
from otto_import.writers.woocommerce.wire import shop_order

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.http import RetryRules
    from otto_import.orders import Line
    from otto_import.writers.base import WriterContext
    from otto_import.writers.woocommerce.settings import WooCommerceSettings

_SETTLE_SECONDS: Final = 120


class WooCommerceWriter:
    """Write orders into a WooCommerce shop. Nothing is asked before it is needed."""

    def __init__(self, settings: WooCommerceSettings, context: WriterContext, *, patience: RetryRules | None = None) -> None:
        self.settle_seconds = _SETTLE_SECONDS
        self.can_find = True
        self.identity = _identity(settings.url)
        self.traits = Traits(keeps_dates=False, spares_stock=True, holds_unknown=settings.unknown_sku == "hold")
        self._settings = settings
        self._context = context
        self._client = ShopClient.open(
            settings.url,
            lambda: {"Authorization": basic(settings.consumer_key.get(), settings.consumer_secret.get())},
            per_second=settings.max_requests_per_second,
            patience=patience,
            glance=context.glance,
        )
        self._statuses = Statuses(self._client)
        self._articles = Articles(self._client, ArticleNumbers(settings, context.folder))
        self._lookup = Lookup(self._client, settings, self._statuses)
        parts = Parts(self._client, settings, context, self._articles, self._lookup, self._statuses)
        self._creating, self._updating = Creating(parts), Updating(parts)

    @property
    def requests(self) -> int:
        """Count the requests sent to the shop so far."""
        return self._client.requests

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look up orders by OTTO key."""
        return {key: [shop_order(order) for order in orders] for key, orders in self._lookup.find(keys).items()}

    def inherited(self, numbers: Mapping[OrderKey, str]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Find orders that an earlier connector made."""
        return {key: [_under(key, shop_order(order)) for order in orders] for key, orders in self._lookup.inherited(numbers).items()}

    def ours(self, since: datetime | None = None) -> Iterator[ShopOrder]:
        """List every order that bears our receipt."""
        return map(shop_order, self._lookup.ours(since))

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read orders by id."""
        return {ref: shop_order(order) for ref, order in self._lookup.read(refs).items()}

    def missing(self, lines: Sequence[Line]) -> frozenset[str]:
        """Give OTTO's SKUs of the lines whose articles the shop lacks."""
        return self._articles.missing(lines)

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Carry out actions, `batch` of them in a request."""
        if not actions:
            return
        if self._context.read_only:
            text = "a writer opened for a preview writes nothing"
            raise RuntimeError(text)
        try:
            self._articles.learn(line for action in actions if isinstance(action, Create) for line in action.change.lines or ())
        except ServiceError:
            yield from (NotBegun(action.key) for action in actions)
            raise
        yield from carry_out(actions, self._deed, concurrency=self._context.concurrency, stop=stop, batch=self._settings.batch)

    def statuses(self) -> Sequence[ShopStatus]:
        """List the shop's statuses and what each does."""
        return self._statuses.described()

    def check(self) -> Iterable[Finding]:
        """Prove that the shop can be reached, asked and written to, and that its taxes suit OTTO's prices."""
        return findings(self._client, self._settings)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _deed(self, actions: Sequence[Writable]) -> Iterator[Outcome]:
        updates = [action for action in actions if isinstance(action, Update)]
        try:
            yield from self._creating.make([action for action in actions if isinstance(action, Create)])
        except ServiceError:
            yield from (NotBegun(update.key) for update in updates)
            raise
        yield from self._updating.bring(updates)


def _under(key: OrderKey, order: ShopOrder) -> ShopOrder:
    """Let an order without a receipt of ours stand for the key that was asked for."""
    return replace(order, key=key, foreign=True) if order.key is None else order


def _identity(url: str) -> str:
    """Name the shop by its address; the case of the host's name does not matter."""
    parts = urlsplit(url)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()
