"""What must be known of a shop before an order can be written: its sales channel, ids of currency, countries and methods, machines, articles.

Everything is looked up when it is first needed and kept for the run.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from otto_import.errors import ConfigError, Problem
from otto_import.writers.shopware6.api import Api, Document, pages
from otto_import.writers.shopware6.states import MACHINES, Graph, Machine

if TYPE_CHECKING:
    from otto_import.orders import Line
    from otto_import.writers.shopware6.settings import Shopware6Settings
    from otto_import.writers.web import ArticleNumbers, Wanted

ID: Final = re.compile(r"[0-9a-f]{32}")
_TABLE: Final = "shop.shopware6"


@dataclass(frozen=True, slots=True)
class Channel:
    """Hold the sales channel: its id, and the ids of what it uses where nothing else is named."""

    id: str
    name: str
    payment: str
    shipping: str
    country: str


@dataclass(frozen=True, slots=True)
class Article:
    """Hold an article of the shop: its id and the number it bears there."""

    id: str
    number: str


class Facts:
    """Know the shop; safe for use from several threads."""

    def __init__(self, api: Api, settings: Shopware6Settings, numbers: ArticleNumbers) -> None:
        self._api = api
        self._settings = settings
        self._numbers = numbers
        self._lock = threading.RLock()
        self._kept: dict[str, Any] = {}
        self._articles: dict[Wanted, Article] = {}

    def channel(self) -> Channel:
        """Give the sales channel that the config names; ConfigError if the shop has none, or several of that name."""
        return self._once("channel", self._channel)  # type: ignore[no-any-return]  # what `_channel` gives

    def currency(self) -> str:
        """Give the id of the euro."""
        return self._once("currency", self._currency)  # type: ignore[no-any-return]  # what `_currency` gives

    def countries(self) -> Mapping[str, str]:
        """Give the ids of countries by their alpha-2 code."""
        return self._once("countries", lambda: self._ids("country", "iso"))  # type: ignore[no-any-return]  # what `_ids` gives

    def salutations(self) -> Mapping[str, str]:
        """Give the ids of salutations by their key."""
        return self._once("salutations", lambda: self._ids("salutation", "salutationKey"))  # type: ignore[no-any-return]  # what `_ids` gives

    def payment(self) -> str | None:
        """Give the id of the payment method that the config names; None if there is none."""
        return self._once("payment", lambda: self._method("payment-method", self._settings.payment_method))  # type: ignore[no-any-return]  # what `_method` gives

    def shipping(self) -> str | None:
        """Give the id of the shipping method that the config names, or else of the sales channel's; None if the named one is not there."""
        named = self._settings.shipping_method
        if named is None:
            return self.channel().shipping
        return self._once("shipping", lambda: self._method("shipping-method", named))  # type: ignore[no-any-return]  # what `_method` gives

    def graph(self) -> Graph:
        """Give the three state machines by our short names."""
        return self._once("graph", self._graph)  # type: ignore[no-any-return]  # what `_graph` gives

    def articles(self, lines: Iterable[Line]) -> dict[str, Article]:
        """Give the articles of the lines by OTTO's SKU, as far as the shop has them; one question for up to a hundred unknown numbers."""
        wanted = {line.sku: self._numbers.of(line) for line in lines}
        with self._lock:
            unknown = sorted({want for want in wanted.values() if want.number and want not in self._articles}, key=lambda want: want.number)
            for ean in (False, True):
                for part in pages([want.number for want in unknown if want.ean is ean]):
                    self._learn(part, ean=ean)
            return {sku: self._articles[want] for sku, want in wanted.items() if want in self._articles}

    def _learn(self, numbers: Sequence[str], *, ean: bool) -> None:
        from otto_import.writers.web import Wanted

        name = "ean" if ean else "productNumber"
        found = self._api.search(
            "product",
            {
                "filter": [{"type": "equalsAny", "field": name, "value": list(numbers)}],
                "includes": {"product": ["id", "productNumber", "ean", "childCount"]},
            },
        )
        # The database takes «abc» for «ABC»; and a product with variants is a shelf, not an article.
        sound = [record for record in found if record.get(name) in numbers and not record.get("childCount")]
        for number in numbers:
            hits = [record for record in sound if record.get(name) == number]
            if len(hits) == 1:  # an EAN that two products bear names neither
                self._articles[Wanted(number, ean)] = Article(hits[0]["id"], str(hits[0].get("productNumber") or number))

    def _once(self, name: str, ask: Callable[[], Any]) -> Any:  # noqa: ANN401  – whatever is asked
        with self._lock:
            if name not in self._kept:
                self._kept[name] = ask()
            return self._kept[name]

    def _channel(self) -> Channel:
        wish = self._settings.sales_channel
        fields = ["id", "name", "translated", "paymentMethodId", "shippingMethodId", "countryId"]
        found = self._api.search("sales-channel", {"includes": {"sales_channel": fields}})
        hits = [record for record in found if wish in {record["id"], *_names(record)}]
        if len(hits) != 1:
            there = ", ".join(sorted(f'"{name}"' for record in found for name in _names(record)[:1]))
            text = f"{'several sales channels bear' if hits else 'no sales channel bears'} this name; there are {there or 'none'}; name it by its id otherwise"
            raise ConfigError(self._api.url, [Problem(f"{_TABLE}.sales_channel", text)])
        record = hits[0]
        return Channel(record["id"], wish, record["paymentMethodId"], record["shippingMethodId"], record["countryId"])

    def _currency(self) -> str:
        ids = self._ids("currency", "isoCode")
        if "EUR" not in ids:
            raise ConfigError(self._api.url, [Problem(_TABLE, "the shop has no currency EUR; make it under Settings, Currencies")])
        return ids["EUR"]

    def _ids(self, entity: str, name: str) -> dict[str, str]:
        found = self._api.search(entity, {"includes": {entity: ["id", name]}})
        return {str(record[name]): record["id"] for record in reversed(found) if record.get(name)}

    def _method(self, entity: str, wish: str) -> str | None:
        found = self._api.search(entity, {"includes": {entity.replace("-", "_"): ["id", "name", "translated"]}})
        return next((record["id"] for record in found if wish in {record["id"], *_names(record)}), None)

    def _graph(self) -> Graph:
        between: Document = {"fromStateMachineState": {}, "toStateMachineState": {}}
        found = self._api.search(
            "state-machine",
            {
                "filter": [{"type": "equalsAny", "field": "technicalName", "value": list(MACHINES.values())}],
                "associations": {"states": {}, "transitions": {"associations": between}},
                "includes": {
                    "state_machine": ["id", "technicalName", "states", "transitions"],
                    "state_machine_state": ["id", "technicalName", "name", "translated"],
                    "state_machine_transition": ["actionName", *between],
                },
            },
        )
        by_name = {record.get("technicalName"): record for record in found}
        return {name: _machine(by_name.get(technical) or {}) for name, technical in MACHINES.items()}


def _machine(record: Document) -> Machine:
    states = [state for state in record.get("states") or () if state.get("technicalName")]
    actions: dict[str, dict[str, str]] = {}
    for transition in record.get("transitions") or ():
        start, end = transition["fromStateMachineState"]["technicalName"], transition["toStateMachineState"]["technicalName"]
        actions.setdefault(start, {}).setdefault(transition["actionName"], end)
    return Machine(
        ids={state["technicalName"]: state["id"] for state in states},
        labels={state["technicalName"]: (_names(state) or [state["technicalName"]])[0] for state in states},
        actions=actions,
    )


def _names(record: Document) -> list[str]:
    translated = record.get("translated")
    told = (translated.get("name") if isinstance(translated, dict) else None, record.get("name"))
    return [name for name in told if isinstance(name, str) and name]
