"""The writer for Shopware 6."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from otto_import.plan import Create, Done, Finding, OrderKey, Outcome, Refused, ShopOrder, ShopStatus, Writable
from otto_import.writers.base import Traits, never
from otto_import.writers.shopware6 import checks, creating, reading, statuses
from otto_import.writers.shopware6.api import Api, pages
from otto_import.writers.shopware6.changing import Changing
from otto_import.writers.shopware6.facts import ID, Facts
from otto_import.writers.shopware6.lines import cents, derived
from otto_import.writers.shopware6.settings import COMMENT
from otto_import.writers.web import ArticleNumbers, Doubt, Receipt, Refusal, carry_out, one_by_one
from otto_import.writers.web.receipt import issued

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.http import RetryRules
    from otto_import.orders import Line
    from otto_import.writers.base import WriterContext
    from otto_import.writers.shopware6.api import Document
    from otto_import.writers.shopware6.settings import Shopware6Settings

_THERE: Final = "WRITE_TYPE_INTEND_ERROR"
"""What the shop says of an id that it has already."""


class Shopware6Writer:
    """Write orders into one sales channel of a Shopware 6, each under an id made of its OTTO key, so that it cannot stand twice."""

    settle_seconds = 120
    can_find = True

    def __init__(self, settings: Shopware6Settings, context: WriterContext, *, patience: RetryRules | None = None) -> None:
        self._settings = settings
        self._context = context
        self._api = Api(settings, context.glance, patience=patience)
        self._facts = Facts(self._api, settings, ArticleNumbers(settings, context.folder))
        self._changing = Changing(self._api, self._facts, settings, context)
        self.traits = Traits(keeps_dates=True, spares_stock=True, holds_unknown=settings.unknown_sku == "hold")

    @property
    def identity(self) -> str:
        """Name the shop by its address and sales channel."""
        return f"{self._api.url} {self._settings.sales_channel}"

    @property
    def requests(self) -> int:
        """Count the requests sent."""
        return self._api.requests

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look orders up by their id, and by the key in their custom fields."""
        found: dict[OrderKey, list[ShopOrder]] = {}
        for part in pages([key for key in dict.fromkeys(keys) if key]):
            named = [OrderKey(key) for key in part]
            ours = reading.any_of((reading.among("id", [derived(key, "order") for key in named]), reading.among("customFields.otto_key", part)))
            for record in self._api.search("order", reading.brief(ours)):
                order = self._changing.order(record)
                if order.key in named:
                    found.setdefault(order.key, []).append(order)
        return found

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read orders by their id; what can be none is not asked for."""
        found: dict[str, ShopOrder] = {}
        for part in pages([ref for ref in dict.fromkeys(refs) if ID.fullmatch(ref)]):
            found |= {record["id"]: self._changing.order(record) for record in self._api.search("order", reading.brief(reading.among("id", part)))}
        return found

    def inherited(self, numbers: Mapping[OrderKey, str]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Find orders of an earlier connector where `also_known_by` says that it left OTTO's number, or the `salesOrderId`."""
        place = self._settings.also_known_by
        found: dict[OrderKey, list[ShopOrder]] = {}
        for keys in pages(list(numbers)) if place else ():
            traces = {OrderKey(key): [text for text in (numbers[OrderKey(key)], reading.last_part(OrderKey(key))) if text] for key in keys}
            for record in self._api.search("order", reading.brief(_left_at(place or "", [text for each in traces.values() for text in each]))):
                for key, texts in traces.items():
                    if reading.traced(record, place or "", texts):
                        found.setdefault(key, []).append(replace(self._changing.order(record), key=key, foreign=True))
        return found

    def ours(self, since: datetime | None = None) -> Iterator[ShopOrder]:
        """List every order that carries our receipt, a page at a time."""
        found = (self._changing.order(record) for record in self._api.walk("order", reading.ours(since)))
        return (order for order in found if order.key is not None)

    def missing(self, lines: Sequence[Line]) -> frozenset[str]:
        """Give the SKUs whose articles the shop lacks."""
        return frozenset(line.sku for line in lines) - self._facts.articles(lines).keys()

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Carry out actions, several at a time."""
        if self._context.read_only:
            text = "a writer opened for a preview writes nothing"
            raise RuntimeError(text)
        if not actions:
            return
        # Asked once, here, before several threads want it, and before anything is begun that a wrong setting would leave in doubt.
        self._facts.graph()
        if any(isinstance(action, Create) for action in actions):
            self._facts.channel()
            self._facts.currency()
        yield from carry_out(actions, one_by_one(self._write), concurrency=self._context.concurrency, stop=stop)

    def statuses(self) -> Sequence[ShopStatus]:
        """List the statuses that the config names and some that make sense, as far as the shop has their states."""
        return statuses.listed(self._facts.graph(), tuple(self._context.roles.values()), statuses.invoicing(self._api))

    def check(self) -> Iterable[Finding]:
        """Prove reachability, rights, and what an order needs."""
        return checks.findings(self._api, self._facts, self._settings, self._context)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _write(self, action: Writable) -> Outcome:
        return self._create(action) if isinstance(action, Create) else self._changing.update(action)

    def _create(self, action: Create) -> Outcome:
        change = action.change
        if change.status is None:
            return Refused(action.key, "no_status")
        articles = self._facts.articles(change.lines or ())
        if self._settings.unknown_sku == "hold" and any(line.sku not in articles for line in change.lines or ()):
            return Refused(action.key, "unknown_sku")
        graph = self._facts.graph()
        begins, wanted = creating.beginning(change)
        if unknown := [name for name, state in wanted.items() if state not in graph[name].ids or begins[name] not in graph[name].ids]:
            return Refused(action.key, f"no_such_state_{unknown[0]}")
        draft = creating.draft(action, self._facts, self._settings, self._context, articles)
        try:
            answer = self._api.tell("/api/order", draft.document, params=(("_response", "basic"),))
        except Refusal as refusal:
            if _THERE not in refusal.code:
                raise
            return self._as_asked(action, draft) or Refused(action.key, "duplicate_key")
        except Doubt as doubt:
            return self._looked_after(action, draft, doubt)
        record = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(record, dict) or record.get("id") != draft.document["id"]:
            return self._looked_after(action, draft, Doubt("POST /api/order", "odd_answer"))
        if draft.begins == draft.wanted:
            return Done(action.key, draft.document["id"], change.status, cents(record.get("amountTotal")))
        return self._advanced(action, draft)

    def _advanced(self, action: Create, draft: creating.Draft) -> Outcome:
        ref = draft.document["id"]
        try:
            self._changing.advance(ref, draft.begins, draft.wanted, issued(action.key, action.order, action.change, complete=True))
        except Refusal as refusal:
            raise Doubt(refusal.where, refusal.code) from refusal
        found = self.read([ref]).get(ref)
        if found is None:
            where = "POST /api/search/order"
            raise Doubt(where, "gone")
        return Done(action.key, ref, found.status, found.total)

    def _looked_after(self, action: Create, draft: creating.Draft, doubt: Doubt) -> Outcome:
        """Look at once whether it is there: 6.4 answers with an error of its own (500) to an id that it has already."""
        done = self._as_asked(action, draft)
        if done is not None:
            return done
        there = self.read([draft.document["id"]]).get(draft.document["id"])
        if there is not None and there.complete:
            return Refused(action.key, "duplicate_key")
        raise doubt

    def _as_asked(self, action: Create, draft: creating.Draft) -> Done | None:
        """Tell that the order stands just as it was to be made, whoever made it."""
        ref = draft.document["id"]
        found = self.read([ref]).get(ref)
        receipt = Receipt.read(draft.document["customFields"])
        if found is None or receipt is None or found.key != action.key or not found.complete:
            return None
        whole = (found.status, found.total, found.item_ids) == (action.change.status, draft.document["price"]["totalPrice"], receipt.items)
        return Done(action.key, ref, found.status, found.total) if whole else None


def _left_at(place: str, texts: Sequence[str]) -> Document:
    if place == COMMENT:
        return reading.any_of({"type": "contains", "field": place, "value": text} for text in texts)
    return reading.among(place, texts)
