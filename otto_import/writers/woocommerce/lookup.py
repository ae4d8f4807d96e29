"""Finding an order again: by `created_via` where the shop can be asked so, else by comparing the orders of the last days here."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from otto_import.plan import OrderKey
from otto_import.writers.web import Refusal, bundled
from otto_import.writers.web.client import refused
from otto_import.writers.woocommerce.catalogue import question
from otto_import.writers.woocommerce.shapes import WHOLE
from otto_import.writers.woocommerce.wire import (
    BRIEF,
    FULL,
    MOST,
    ORDERS,
    Document,
    chunks,
    created_via,
    fields,
    is_ref,
    no_list_of,
    no_order,
    no_orders,
    no_whole_order,
    receipt_of,
)

if TYPE_CHECKING:
    from otto_import.writers.web import ShopClient
    from otto_import.writers.woocommerce.settings import WooCommerceSettings
    from otto_import.writers.woocommerce.statuses import Statuses

_AT_ONCE: Final = 50
_GONE: Final = frozenset({404, 410})
_BIN: Final = "trash"
_OLDEST_FIRST: Final = (("orderby", "id"), ("order", "asc"))
_OVERLAP: Final = timedelta(minutes=10)


class Lookup:
    """Find orders by key, read them by id. Every hit is compared with what was asked: older shops ignore a question they do not know."""

    def __init__(self, client: ShopClient, settings: WooCommerceSettings, statuses: Statuses) -> None:
        self._client = client
        self._settings = settings
        self._statuses = statuses
        self._filters = True
        self._seen: dict[int, tuple[int, ...]] = {}  # a name's hash alone, some 16 MB for 100,000 orders: what is found is read and compared anyway
        self._since: datetime | None = None
        self._lock = threading.Lock()

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[Document]]:
        """Give the orders of each key, oldest first."""
        asked = list(dict.fromkeys(keys))
        hits = self._by_created_via(asked) if self._filters else None
        return self._by_comparison({key: (key,) for key in asked}) if hits is None else hits

    def inherited(self, numbers: Mapping[OrderKey, str]) -> Mapping[OrderKey, Sequence[Document]]:
        """Give the orders that an earlier connector made, by OTTO's number or id; those taken over are among them, since the shop lets nobody name them anew."""
        if not self._settings.also_known_by or not numbers:
            return {}
        return self._by_comparison({key: tuple(filter(None, (key, number, _tail(key)))) for key, number in numbers.items()})

    def ours(self, since: datetime | None) -> Iterator[Document]:
        """Give every order that bears our receipt, the oldest first."""
        after = () if since is None else (("after", since.strftime("%Y-%m-%dT%H:%M:%S")), ("dates_are_gmt", "true"))
        orders = self._listed((*after, *_OLDEST_FIRST), BRIEF)
        return (order for order in orders if receipt_of(order) is not None)

    def read(self, refs: Sequence[str], wanted: str = BRIEF) -> Mapping[str, Document]:
        """Give orders by id; those that are gone, or in the bin, are left out."""
        found: dict[str, Document] = {}
        for group in chunks([ref for ref in dict.fromkeys(refs) if is_ref(ref)], MOST):
            for order in self._listed((("include", ",".join(group)),), wanted):
                found[str(order["id"])] = order
        for ref in refs:
            alone = self._unlisted(ref, wanted) if is_ref(ref) and ref not in found else None
            if alone is not None:
                found[ref] = alone
        return {ref: found[ref] for ref in refs if ref in found}

    def _unlisted(self, ref: str, wanted: str) -> Document | None:
        """Ask for an order that no list shows: it is gone, in the bin, or in a status whose plug-in was switched off."""
        try:
            order: Document = self._client.ask(f"{ORDERS}/{ref}", (("_fields", wanted),), fault=no_whole_order if wanted == FULL else no_order)
        except Refusal as refusal:
            if refusal.status in _GONE:
                return None
            raise refused(refusal) from refusal
        return None if order["status"] == _BIN else order

    def trace(self, order: Document) -> str:
        """Give what an earlier connector left of OTTO's number on an order, "" where there is nothing."""
        name = self._settings.also_known_by
        if not name:
            return ""
        value = order.get(name) if name in {"transaction_id", "customer_note"} else fields(order).get(name)
        return value.strip() if isinstance(value, str) else ""

    def _by_created_via(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[Document]] | None:
        """Ask by name; None if the shop does not know the question, which shows when it names orders nobody asked for."""
        found: dict[OrderKey, list[Document]] = defaultdict(list)
        wanted = frozenset(keys)
        for names in bundled(map(created_via, keys), _AT_ONCE):
            asked = {name.casefold() for name in names}
            for order in self._listed((("created_via", ",".join(names)), *_OLDEST_FIRST), BRIEF):
                if str(order["created_via"]).casefold() not in asked:
                    self._filters = False
                    return None
                receipt = receipt_of(order)
                if receipt is not None and receipt.key in wanted:
                    found[receipt.key].append(order)
        return found

    def _by_comparison(self, names: Mapping[OrderKey, Sequence[str]]) -> Mapping[OrderKey, Sequence[Document]]:
        with self._lock:
            self._look_through()
            named = {key: {number for name in each for number in self._seen.get(hash(name), ())} for key, each in names.items()}
        orders = self.read([str(number) for numbers in named.values() for number in sorted(numbers)])
        found: dict[OrderKey, list[Document]] = {}
        for key, numbers in named.items():
            there = [orders[str(number)] for number in sorted(numbers) if str(number) in orders]
            hits = [order for order in there if self._is(order, key, names[key])]
            if hits:
                found[key] = hits
        return found

    def _is(self, order: Document, key: OrderKey, names: Sequence[str]) -> bool:
        receipt = receipt_of(order)
        return receipt.key == key if receipt else self.trace(order) in names

    def _look_through(self) -> None:
        """Note whose the orders of the last days are; the second time only those that came since."""
        newest = question(lambda: self._client.asked(ORDERS, (("per_page", "1"), ("_fields", "id"))))
        since = self._since or (newest.date - timedelta(days=self._settings.look_back_days) if newest.date else None)
        after = () if since is None else (("after", since.strftime("%Y-%m-%dT%H:%M:%S")), ("dates_are_gmt", "true"))
        for order in self._listed((*after, *_OLDEST_FIRST), BRIEF):
            receipt = receipt_of(order)
            name = receipt.key if receipt else self.trace(order)
            if name:
                there = self._seen.get(hash(name), ())
                if order["id"] not in there:
                    self._seen[hash(name)] = (*there, order["id"])
        self._since = newest.date - _OVERLAP if newest.date else None

    def _listed(self, params: tuple[tuple[str, str], ...], wanted: str) -> Iterator[Document]:
        page = 1
        while True:
            rest = (("status", self._statuses.all), ("per_page", str(MOST)), ("page", str(page)), ("_fields", wanted))
            orders = question(partial(self._client.ask, ORDERS, (*params, *rest), fault=no_list_of(WHOLE) if wanted == FULL else no_orders))
            yield from orders
            if len(orders) < MOST:
                return
            page += 1


def _tail(key: OrderKey) -> str:
    """Give OTTO's id, the last part of a key."""
    return key.rpartition(":")[2]
