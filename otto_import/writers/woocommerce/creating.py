"""New orders: as drafts first, which take no stock and mail nobody; looked up once more; put right to the cent; and only then set to their status.

WooCommerce keeps nothing unique. So each maker looks after it has written: of several makers at once at least one sees the other, and who is not
alone gives up, or waits until the others have. A draft that a crash leaves behind is found by its key and completed; one that nobody asks for
the shop itself throws away after a day.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from otto_import.errors import ServiceError
from otto_import.plan import Create, Done, InDoubt, NotBegun, Outcome, Refused
from otto_import.writers.web import Doubt, Refusal
from otto_import.writers.web.receipt import issued
from otto_import.writers.woocommerce.addresses import kept, placed
from otto_import.writers.woocommerce.amounts import new_fee, new_line, wanted_total
from otto_import.writers.woocommerce.differing import compare
from otto_import.writers.woocommerce.shapes import NOTE
from otto_import.writers.woocommerce.wire import (
    DRAFT,
    ORDERS,
    PREFIX,
    SPARES,
    Document,
    as_meta,
    created_via,
    no_list_of,
    no_whole_order,
    receipt_of,
    total,
)

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.plan import OrderKey
    from otto_import.writers.base import WriterContext
    from otto_import.writers.web import ShopClient
    from otto_import.writers.woocommerce.catalogue import Articles
    from otto_import.writers.woocommerce.lookup import Lookup
    from otto_import.writers.woocommerce.settings import WooCommerceSettings
    from otto_import.writers.woocommerce.statuses import Statuses

BATCH: Final = f"{ORDERS}/batch"
_TOLD: Final = f"POST {BATCH}"
_LOOKS: Final = 6
_BETWEEN_LOOKS: Final = 0.5
_TWICE: Final = "duplicate_key"
_SERVER: Final = 500


@dataclass(frozen=True, slots=True)
class Parts:
    """Hold what creating and updating share."""

    client: ShopClient
    settings: WooCommerceSettings
    context: WriterContext
    articles: Articles
    lookup: Lookup
    statuses: Statuses
    sleep: Callable[[float], None] = time.sleep


class Creating:
    """Make orders, several in one request."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._client = parts.client

    def make(self, actions: Sequence[Create]) -> Iterator[Outcome]:
        """Make orders and give their outcomes; what a lost answer leaves open is in doubt."""
        bodies: list[tuple[Create, dict[str, Any]]] = []
        for action in actions:
            body = self._body(action)
            if isinstance(body, Refused):
                yield body
            else:
                bodies.append((action, body))
        left = {action.key: action for action, _ in bodies}
        try:
            for outcome in self._made(bodies):
                left.pop(outcome.key)
                yield outcome
        except Refusal as refusal:
            yield from (Refused(key, refusal.code) for key in left)
        except Doubt as doubt:
            yield from (InDoubt(key, doubt.code) for key in left)

    def _made(self, bodies: Sequence[tuple[Create, dict[str, Any]]]) -> Iterator[Outcome]:
        if not bodies:
            return
        try:
            answers = batch(self._client, "create", [body for _, body in bodies])
        except ServiceError:  # surely nothing was written, or it would be a doubt
            yield from (NotBegun(action.key) for action, _ in bodies)
            raise
        drafts: list[tuple[Create, Document]] = []
        for (action, _), answer in zip(bodies, answers, strict=True):
            if "error" in answer:
                yield wrong(action.key, answer["error"])
            else:
                drafts.append((action, answer))
        try:
            alone, lost = self._alone(drafts)
            yield from (Refused(key, _TWICE) for key in lost)
            yield from self._finished(self._corrected(alone))
        except Refusal as refusal:
            # Drafts stand there already: nothing about them may count as not written.
            raise Doubt(refusal.where, refusal.code) from refusal

    def _body(self, action: Create) -> dict[str, Any] | Refused:
        order, change, parts = action.order, action.change, self._parts
        if change.status is None:
            return Refused(action.key, "no_status")
        if change.status not in parts.statuses.names:
            return Refused(action.key, "unknown_status")
        lines = [(line, parts.articles.of(line)) for line in change.lines or ()]
        if parts.settings.unknown_sku == "hold" and any(article is None for _, article in lines):
            return Refused(action.key, "unknown_sku")
        receipt = issued(action.key, order, change, complete=False)
        told = {**receipt.fields(PREFIX), **kept(change, parts.context.buyer_email), **paid_fields(change.paid_at if change.paid else None)}
        if change.spares_stock and not parts.settings.move_stock:
            told |= {SPARES: "1", "_order_stock_reduced": "yes"}
        return {
            "status": DRAFT,
            "currency": "EUR",
            "created_via": created_via(action.key),
            "payment_method": "otto",
            "payment_method_title": "OTTO",
            "transaction_id": order.order_number,
            "line_items": [new_line(line, article, "" if article else parts.articles.tax_class(line.vat_rate)) for line, article in lines],
            "shipping_lines": [new_fee(fee) for fee in change.fees or ()],
            "meta_data": as_meta(told),
            **placed(change, freight=order.freight, addressed=False, text=parts.settings.placeholder),
        }

    def _alone(self, drafts: Sequence[tuple[Create, Document]]) -> tuple[list[tuple[Create, Document]], list[OrderKey]]:
        """Keep the drafts of orders that nobody else has made; throw the others away, so that one order stays."""
        waiting, alone, lost = list(drafts), list[tuple[Create, Document]](), list["OrderKey"]()
        for look in range(_LOOKS):
            if not waiting:
                break
            if look:
                self._parts.sleep(_BETWEEN_LOOKS)
            there = self._parts.lookup.find([action.key for action, _ in waiting])
            still: list[tuple[Create, Document]] = []
            for action, draft in waiting:
                others = [order for order in there.get(action.key, ()) if order["id"] != draft["id"]]
                if not others:
                    alone.append((action, draft))
                elif look + 1 < _LOOKS and all(_gives_way(order, draft) for order in others):
                    still.append((action, draft))
                else:
                    self._client.tell("DELETE", f"{ORDERS}/{draft['id']}", params=(("force", "true"),))
                    lost.append(action.key)
            waiting = still
        return alone, lost

    def _corrected(self, drafts: Sequence[tuple[Create, Document]]) -> Sequence[tuple[Create, Document]]:
        """Put amounts right: the shop taxes by its own rules, which its answer shows."""
        articles = self._parts.articles
        off = {
            draft["id"]: {"id": draft["id"], **compare(draft, (), action.change, articles).edit(articles)}
            for action, draft in drafts
            if total(draft) != wanted_total(action.change)
        }
        if not off:
            return drafts
        answers = {answer["id"]: answer for answer in batch(self._client, "update", list(off.values())) if "error" not in answer}
        return [(action, answers.get(draft["id"], draft)) for action, draft in drafts]

    def _finished(self, drafts: Sequence[tuple[Create, Document]]) -> Iterator[Outcome]:
        """Set the status and the mark of a whole order, in one write each: from now on stock is taken."""
        if not drafts:
            return
        for action, draft in drafts:
            if action.change.note:
                note(self._client, draft["id"], action.change.note)
        complete = as_meta({f"{PREFIX}complete": "1"})
        bodies = [{"id": draft["id"], "status": action.change.status, "meta_data": complete} for action, draft in drafts]
        for (action, _), answer in zip(drafts, batch(self._client, "update", bodies), strict=True):
            if "error" in answer:
                yield InDoubt(action.key, code_of(answer["error"]))
            else:
                yield Done(action.key, str(answer["id"]), answer["status"], total(answer))


def _gives_way(other: Document, draft: Document) -> bool:
    """Tell whether the maker of another draft will give up for this one's sake. The shop shows a draft as pending while it is being saved."""
    receipt = receipt_of(other)
    return receipt is not None and receipt.complete is not True and other["id"] > draft["id"]


def paid_fields(paid_at: datetime | None) -> dict[str, str | None]:
    """Date the payment as OTTO does; without it the shop would write the time of the import."""
    return {"_date_paid": str(int(paid_at.timestamp())), "_otto_paid_at": paid_at.isoformat().replace("+00:00", "Z")} if paid_at else {}


def change(client: ShopClient, number: int, body: Mapping[str, Any]) -> Document:
    """Update one order and give it as it stands then."""
    answer = batch(client, "update", [{**body, "id": number}])[0]
    if "error" in answer:
        raise Doubt(_TOLD, code_of(answer["error"]))
    return answer


def batch(client: ShopClient, what: str, bodies: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Create or update several orders; give one answer each, in their order."""
    answer = client.tell("POST", BATCH, {what: bodies})
    answers = answer.get(what) if isinstance(answer, dict) else None
    if not isinstance(answers, list) or len(answers) != len(bodies):
        raise Doubt(_TOLD, "odd_answer")
    return [_entry(client, each) for each in answers]


def _entry(client: ShopClient, answer: object) -> Mapping[str, Any]:
    """Take one answer of a batch: an order, or an error with a code that may be told."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        data = error.get("data")
        return {"error": {"code": client.sound_code(error.get("code")), "data": data if isinstance(data, dict) else {}}}
    if error is not None or no_whole_order(answer) is not None:
        raise Doubt(_TOLD, "odd_answer")
    return cast("Document", answer)


def note(client: ShopClient, number: int, text: str) -> None:
    """Leave a note for the merchant, once."""
    path = f"{ORDERS}/{number}/notes"
    if not any(same_note(each["note"], text) for each in client.ask(path, fault=no_list_of(NOTE))):
        client.tell("POST", path, {"note": text, "customer_note": False})


def same_note(stored: str, text: str) -> bool:
    """Compare a note with a text; newer shops hand out `&` as an entity."""
    return stored.replace("&amp;", "&") == text


def wrong(key: OrderKey, error: Mapping[str, Any]) -> Outcome:
    """Tell of an order that a batch left out: refused, or, where the shop itself failed, in doubt."""
    status = (error.get("data") or {}).get("status")
    return InDoubt(key, code_of(error)) if isinstance(status, int) and status >= _SERVER else Refused(key, code_of(error))


def code_of(error: Mapping[str, Any]) -> str:
    """Give the shop's symbolic code."""
    code = error.get("code")
    plain = isinstance(code, str) and code.replace("_", "").replace("-", "").isalnum() and len(code) <= 80  # noqa: PLR2004  – longer than any code of the shop
    return str(code) if plain else "unknown_error"
