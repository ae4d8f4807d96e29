"""Orders that an earlier connector made of OTTO's: where it left OTTO's number, and how such an order is known again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from otto_import.writers.prestashop.sightings import APART, FIELDS, Sighting, Sightings
from otto_import.writers.prestashop.webservice import Webservice, bundles, text

if TYPE_CHECKING:
    from otto_import.plan import OrderKey

_LONGEST_REFERENCE: Final = 9  # the shop cuts a longer one off, in silence


class Heritage:
    """Look for OTTO's order number, and for the salesOrderId, where `also_known_by` says that it stands."""

    def __init__(self, webservice: Webservice, sightings: Sightings, also_known_by: str | None) -> None:
        self._webservice = webservice
        self._sightings = sightings
        looks: Mapping[str, Callable[[Mapping[str, OrderKey]], Iterator[Sighting]]] = {
            "transaction_id": sightings.paid_under,
            "reference": self._by_reference,
            "note": self._by_note,
            "message": self._by_message,
        }
        self._look = looks.get(also_known_by) if also_known_by else None

    def find(self, numbers: Mapping[OrderKey, str]) -> Mapping[OrderKey, Sequence[Sighting]]:
        """Find orders without a receipt of ours; nothing is asked where no place is named."""
        if self._look is None:
            return {}
        names = {name: key for key, number in numbers.items() for name in (number, key.rpartition(":")[2]) if name and not set(name) & set(APART)}
        hits: defaultdict[OrderKey, dict[str, Sighting]] = defaultdict(dict)
        for sighting in self._look({name: names[name] for (name,) in bundles(names, 1)}):
            if sighting.note is None and sighting.key is not None:
                hits[sighting.key].setdefault(sighting.number, replace(sighting, foreign=True))
        return {key: list(found.values()) for key, found in hits.items()}

    def _by_reference(self, names: Mapping[str, OrderKey]) -> Iterator[Sighting]:
        cut = {name[:_LONGEST_REFERENCE]: key for name, key in names.items()}
        for row in self._webservice.chunked("orders", FIELDS, "reference", list(cut)):
            yield self._sightings.sighting(row, cut.get(text(row, "reference")))

    def _by_note(self, names: Mapping[str, OrderKey]) -> Iterator[Sighting]:
        for name, key in names.items():
            rows = self._webservice.rows("orders", FIELDS, ("note", f"%[{name}]%"))
            yield from (self._sightings.sighting(row, key) for row in rows if _mentions(text(row, "note"), name))

    def _by_message(self, names: Mapping[str, OrderKey]) -> Iterator[Sighting]:
        found: dict[str, OrderKey] = {}
        for name, key in names.items():
            rows = self._webservice.rows("messages", "id_order,message", ("message", f"%[{name}]%"))
            found |= {text(row, "id_order"): key for row in rows if _mentions(text(row, "message"), name)}
        yield from self._of(found)

    def _of(self, orders: Mapping[str, OrderKey]) -> Iterable[Sighting]:
        for row in self._webservice.chunked("orders", FIELDS, "id", [number for number in orders if number not in {"", "0"}]):
            yield self._sightings.sighting(row, orders.get(text(row, "id")))


def _mentions(told: str, name: str) -> bool:
    """Tell whether a name stands in a text as a word of its own: the shop also finds it inside a longer one."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", told) is not None
