"""The statuses of a Shopware and what each does, as the real shop showed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from otto_import.errors import ServiceError
from otto_import.plan import ShopStatus
from otto_import.writers.shopware6 import states
from otto_import.writers.shopware6.states import CANCELLED, COMPLETED, DELIVERY, OPEN, ORDER, PAID, TRANSACTION

if TYPE_CHECKING:
    from otto_import.writers.shopware6.api import Api

_IN_PROGRESS: Final = "in_progress"
_SHIPPED: Final = "shipped"
_RETURNED: Final = "returned"
_REFUNDED: Final = "refunded"
_NOT_FOUND: Final = 404
_DOCUMENT: Final = "action.generate.document"
_ENTER: Final = "state_enter."
_WORDS: Final[Mapping[str, str]] = {ORDER: "order", TRANSACTION: "payment", DELIVERY: "delivery"}

SENSIBLE: Final[tuple[tuple[str, str, str], ...]] = (
    (OPEN, OPEN, OPEN),
    (_IN_PROGRESS, PAID, OPEN),
    (OPEN, PAID, OPEN),
    (COMPLETED, PAID, _SHIPPED),
    (_IN_PROGRESS, PAID, _SHIPPED),
    (COMPLETED, _REFUNDED, _RETURNED),
    (COMPLETED, PAID, _RETURNED),
    (CANCELLED, CANCELLED, CANCELLED),
    (CANCELLED, _REFUNDED, CANCELLED),
    (CANCELLED, OPEN, OPEN),
)
"""Statuses to choose from: order, payment, delivery."""

_PAID: Final = frozenset({PAID, "refunded", "refunded_partially", "chargeback"})


def listed(graph: states.Graph, mapped: Iterable[str], invoices: frozenset[str] | None) -> list[ShopStatus]:
    """List those that the config names and those that make sense, as far as the shop has all their states."""
    sensible = [states.text_of(dict(zip(_WORDS, each, strict=True))) for each in SENSIBLE]
    texts = dict.fromkeys((*mapped, *sensible, *(f"{ORDER}={state}" for state in graph[ORDER].ids)))
    known = [(text, states.parsed(text)) for text in texts]
    return [_described(text, parts, graph, invoices) for text, parts in known if parts and all(parts[name] in graph[name].ids for name in parts)]


def _described(text: str, parts: Mapping[str, str], graph: states.Graph, invoices: frozenset[str] | None) -> ShopStatus:
    order, payment = parts.get(ORDER), parts.get(TRANSACTION)
    label = ", ".join(f"{_WORDS[name]} {graph[name].labels[state]}" for name, state in parts.items())
    return ShopStatus(
        code=text,
        label=label,
        takes_stock=order != CANCELLED,  # by the order's own state alone; a cancelled payment or delivery gives nothing back
        means_paid=None if payment is None else payment in _PAID,
        gives_stock_back=order == CANCELLED,
        mails_buyer=False,  # our own changes carry `sendMail: false`
        makes_invoice=None if invoices is None else any(event_of(name, state) in invoices for name, state in parts.items()),
    )


def event_of(machine: str, state: str) -> str:
    """Name the event of a state being entered."""
    return f"{_ENTER}{states.MACHINES[machine]}.{state}"


def invoicing(api: Api) -> frozenset[str] | None:
    """Give the events upon which a flow of the shop makes a document; none in 6.4.1, which has no flows; None where we may not know."""
    try:
        flows = api.search("flow", {"filter": [{"type": "equals", "field": "active", "value": True}], "associations": {"sequences": {}}})
    except ServiceError as error:
        if error.status == _NOT_FOUND:
            return frozenset()
        return None
    return frozenset(str(flow.get("eventName")) for flow in flows if any(_makes_document(step) for step in flow.get("sequences") or ()))


def _makes_document(step: Mapping[str, object]) -> bool:
    return step.get("actionName") == _DOCUMENT
