"""Looking orders up at the receiver, where it can be asked: many keys or references in one GET, each hit compared with what was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from otto_import.plan import OrderKey
from otto_import.writers.web.client import Refusal, ShopClient, read_json, refused
from otto_import.writers.webhook.answers import order_of

if TYPE_CHECKING:
    from otto_import.plan import ShopOrder
    from otto_import.writers.webhook.signature import Signer

AT_ONCE: Final = 50
"""How many orders are asked for in one request."""

_LONGEST_QUERY: Final = 6000
_LONGEST_VALUE: Final = 500


class LookUp:
    """Ask the receiver for orders; `new_id` names each request for its signature."""

    def __init__(self, client: ShopClient, path: str, signer: Signer, new_id: Callable[[], str]) -> None:
        self._client = client
        self._path = path
        self._signer = signer
        self._new_id = new_id

    def find(self, keys: Sequence[OrderKey]) -> dict[OrderKey, list[ShopOrder]]:
        """Look orders up by OTTO key; what carries another key is no hit, and what is told twice is one."""
        found: defaultdict[OrderKey, dict[str, ShopOrder]] = defaultdict(dict)
        for bundle in _bundles(keys):
            for order in self._orders("key", bundle):
                if order.key in bundle:
                    found[order.key].setdefault(order.ref, order)
        return {key: list(orders.values()) for key, orders in found.items()}

    def read(self, refs: Sequence[str]) -> dict[str, ShopOrder]:
        """Read orders by reference; what is not found and may be an OTTO key, as of an order to which no reference was given, is asked for as such."""
        found: dict[str, ShopOrder] = {}
        for bundle in _bundles(refs):
            for order in self._orders("ref", bundle):
                if order.ref in bundle:
                    found.setdefault(order.ref, order)
        keys = [OrderKey(ref) for ref in refs if ref not in found and ":" in ref]
        for key, orders in self.find(keys).items():
            found[key] = orders[0]
        return found

    def nothing(self) -> int:
        """Ask for no order at all, and give the number of orders answered."""
        return len(self._entries(()))

    def _orders(self, name: str, values: Sequence[str]) -> Iterator[ShopOrder]:
        for entry in self._entries([(name, value) for value in values]):
            order = order_of(entry)
            if order is not None:
                yield order

    def _entries(self, params: Sequence[tuple[str, str]]) -> Sequence[object]:
        try:
            answer = self._client.asked(self._path, params, sign=lambda: self._signer.headers(self._new_id(), b""), fault=_fault)
        except Refusal as refusal:
            raise refused(refusal) from refusal
        entries: Sequence[object] = read_json(answer.body)["orders"]
        return entries


def _fault(document: object) -> str | None:
    # Taken for «there is none», it would make orders a second time.
    orders = document.get("orders") if isinstance(document, Mapping) else None
    return None if isinstance(orders, list) else 'answers the look-up with something else than {"orders": […]}; see lookup_url'


def _bundles(values: Sequence[str]) -> Iterator[list[str]]:
    """Part what is asked for into requests that servers take; what cannot be asked for is nowhere."""
    bundle: list[str] = []
    length = 0
    for value in dict.fromkeys(values):
        if not value or not value.isprintable() or len(value) > _LONGEST_VALUE:
            continue
        size = len(quote(value, safe="")) + len("&key=")
        if bundle and (len(bundle) == AT_ONCE or length + size > _LONGEST_QUERY):
            yield bundle
            bundle, length = [], 0
        bundle.append(value)
        length += size
    if bundle:
        yield bundle
