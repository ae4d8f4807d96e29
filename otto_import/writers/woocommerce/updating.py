"""Orders that stand in the shop: read first, written only if they are as expected, and each step harmless if it is done again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from otto_import.errors import ServiceError
from otto_import.plan import Changed, Done, InDoubt, NotBegun, Outcome, Refused
from otto_import.writers.web import Doubt, Refusal
from otto_import.writers.web.receipt import claimed, renewed
from otto_import.writers.woocommerce.addresses import kept, placed
from otto_import.writers.woocommerce.amounts import held, wanted_total
from otto_import.writers.woocommerce.creating import batch, change, note, paid_fields, wrong
from otto_import.writers.woocommerce.differing import Differing, compare
from otto_import.writers.woocommerce.shapes import REFUND
from otto_import.writers.woocommerce.wire import (
    DRAFT,
    FULL,
    HELD,
    ORDERS,
    PENDING,
    PREFIX,
    REASON,
    SPARES,
    STEP,
    Document,
    as_meta,
    fields,
    no_list_of,
    receipt_of,
    shop_order,
    total,
    under_way,
)

if TYPE_CHECKING:
    from otto_import.plan import OrderKey, ShopOrder, Update
    from otto_import.writers.woocommerce.creating import Parts


class Updating:
    """Bring orders to what changes want."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._client = parts.client

    def bring(self, actions: Sequence[Update]) -> Iterator[Outcome]:
        """Update orders; when the shop goes away, those that nothing was written of count as not begun."""
        left = {action.key for action in actions}
        try:
            for outcome in self._brought(actions, left):
                left.discard(outcome.key)
                yield outcome
        except ServiceError:
            yield from (NotBegun(action.key) for action in actions if action.key in left)
            raise

    def _brought(self, actions: Sequence[Update], left: set[OrderKey]) -> Iterator[Outcome]:
        """Update one by one what takes several writes, together what takes one; `left` loses what may have been begun."""
        orders = self._parts.lookup.read([action.ref for action in actions], FULL)
        plain: list[tuple[Update, dict[str, Any]]] = []
        for action in actions:
            order = orders.get(action.ref)
            found = None if order is None else self._seen(order, action)
            if order is None or found is None or found.key != action.key or found.status != action.expected:
                yield Changed(action.key, found)
                continue
            try:
                compared = self._compared(order, action)
            except Refusal as refusal:
                yield Refused(action.key, refusal.code)
                continue
            differing = None if compared is None or compared.same else compared
            body = {**self._last(order, action), **_marks(compared)}
            if action.change.status is not None and action.change.status not in self._parts.statuses.names:
                yield Refused(action.key, "unknown_status")
            elif differing is not None and self._lacks(differing):
                yield Refused(action.key, "unknown_sku")
            elif differing is not None or action.change.note or self._must_be_quiet(order, action, differing) or _goes_abroad(order, body):
                left.discard(action.key)
                yield self._one(order, action, differing, body)
            else:
                plain.append((action, body))
        yield from self._together(plain)

    def _seen(self, order: Document, action: Update) -> ShopOrder:
        found = shop_order(order)
        return replace(found, key=action.key) if found.key is None and action.change.claims else found

    def _together(self, plain: Sequence[tuple[Update, dict[str, Any]]]) -> Iterator[Outcome]:
        if not plain:
            return
        try:
            answers = batch(self._client, "update", [body for _, body in plain])
        except Refusal as refusal:
            yield from (Refused(action.key, refusal.code) for action, _ in plain)
        except Doubt as doubt:
            yield from (InDoubt(action.key, doubt.code) for action, _ in plain)
        else:
            for (action, _), answer in zip(plain, answers, strict=True):
                yield wrong(action.key, answer["error"]) if "error" in answer else self._righted(action, answer)

    def _one(self, order: Document, action: Update, differing: Differing | None, body: Mapping[str, Any]) -> Outcome:
        """Do what takes several writes; a refusal is a doubt then, since something may have been written before."""
        try:
            return self._stepwise(order, action, differing, body)
        except (Refusal, Doubt) as error:
            return InDoubt(action.key, error.code)

    def _stepwise(self, order: Document, action: Update, differing: Differing | None, body: Mapping[str, Any]) -> Outcome:
        client, number = self._client, order["id"]
        email = _email(order) if self._must_be_quiet(order, action, differing) else ""
        if email and order["billing"].get("email"):
            change(client, number, {"billing": {"email": None}, "meta_data": as_meta({HELD: email})})
        if _goes_abroad(order, body):
            # Another country may mean other taxes: the shop reckons anew, so the lines are compared after that.
            moved_to = {name: body[name] for name in ("billing", "shipping") if name in body}
            differing = self._compared({**order, **change(client, number, moved_to)}, action)
            body = {**body, **_marks(differing)}
            differing = None if differing is None or differing.same else differing
        if differing is not None:
            moved = self._refund(differing, action) if differing.only_less and _is_paid(order) else self._edit(differing, action)
            body = {**body, "status": self._target(order, action)} if moved else body
        if action.change.note:
            note(client, number, action.change.note)
        answer = change(client, number, body)
        if email:
            answer = change(client, number, {"billing": {"email": email}, "meta_data": as_meta({HELD: None})})
        return self._righted(action, answer)

    def _righted(self, action: Update, answer: Document) -> Outcome:
        """Look at what the shop made of the last write: with each address it reckons its taxes anew, by the rates it has now."""
        wanted = action.change
        if wanted.lines is None or total(answer) == wanted_total(wanted):
            return _done(action, answer)
        try:
            compared = self._compared(answer, action)
            if compared is not None and not compared.same:
                answer = change(self._client, answer["id"], compared.edit(self._parts.articles))
        except (Refusal, Doubt) as error:
            return InDoubt(action.key, error.code)
        return _done(action, answer)

    def _must_be_quiet(self, order: Document, action: Update, differing: Differing | None) -> bool:
        """Tell whether the shop would write to the buyer about what is to be done, or was interrupted while it could not."""
        return bool(_email(order)) and (differing is not None or HELD in fields(order) or self._target(order, action) != order["status"])

    def _lacks(self, differing: Differing) -> bool:
        """Tell whether a new line names an article that the shop lacks; the question was asked a moment ago."""
        articles = self._parts.articles
        return self._parts.settings.unknown_sku == "hold" and any(articles.of(line) is None for line in differing.new_lines)

    def _compared(self, order: Document, action: Update) -> Differing | None:
        """Compare the lines; None where nothing is wanted of them, or where they are an earlier connector's, which are taken as they are."""
        if action.change.lines is None or receipt_of(order) is None:
            return None
        refunds = self._refunds(order["id"]) if order["refunds"] else ()
        self._parts.articles.learn(action.change.lines)
        return compare(order, refunds, action.change, self._parts.articles)

    def _refunds(self, number: int) -> Sequence[Document]:
        found: Sequence[Document] = self._client.ask(f"{ORDERS}/{number}/refunds", (("per_page", "100"),), fault=no_list_of(REFUND))
        return found

    def _refund(self, differing: Differing, action: Update) -> bool:
        """Take something off a paid order; tell whether that moved it, as the shop does with one that is refunded to the last cent."""
        body = {
            "api_refund": False,
            "api_restock": SPARES not in fields(differing.order),
            "reason": REASON,
            "line_items": differing.refund(),
        }
        self._client.tell("POST", f"{ORDERS}/{differing.order['id']}/refunds", body)
        return not wanted_total(action.change)

    def _edit(self, differing: Differing, action: Update) -> bool:
        """Change lines; tell whether that moved the order.

        Where the shop does not let the stock follow, the order stands in `pending` for a moment, which gives back all it held.
        """
        order, articles = differing.order, self._parts.articles
        number, aside = order["id"], False
        if differing.drops_stock and order["status"] not in {PENDING, DRAFT}:
            aside = self._step_aside(order, action)
        changed = change(self._client, number, differing.edit(articles))
        again = compare(changed, differing.refunds, action.change, articles)
        if not again.same:
            changed = change(self._client, number, again.edit(articles))
        holds = [(held(part), part["quantity"]) for part in changed["line_items"]]
        if not aside and any(units for units, _ in holds) and any(units != quantity for units, quantity in holds):
            aside = self._step_aside(order, action)
        return aside

    def _step_aside(self, order: Document, action: Update) -> bool:
        change(self._client, order["id"], {"status": PENDING, "meta_data": as_meta({STEP: action.expected})})
        return True

    def _last(self, order: Document, action: Update) -> dict[str, Any]:
        """Give the last write: status, addresses, payment, and the receipt, which says that all is done."""
        wanted, context = action.change, self._parts.context
        before = receipt_of(order)
        receipt = renewed(before, wanted) if before else claimed(action.key, action.order, order["status"])
        told = {**receipt.fields(PREFIX), **kept(wanted, context.buyer_email), **paid_fields(wanted.paid_at if wanted.paid else None)}
        if STEP in fields(order) or wanted.lines is not None:
            told[STEP] = None
        body: dict[str, Any] = {
            "id": order["id"],
            "meta_data": as_meta(told),
            **placed(wanted, freight=action.order.freight, addressed=before.addressed if before else True),
        }
        target = self._target(order, action)
        return {**body, "status": target} if target != order["status"] else body

    @staticmethod
    def _target(order: Document, action: Update) -> str:
        return str(action.change.status or under_way(order) or order["status"])


def _email(order: Document) -> str:
    """Give the buyer's e-mail that stands on the order, or that was taken off it by an update that did not come to its end."""
    told = fields(order).get(HELD)
    return order["billing"].get("email") or (told if isinstance(told, str) else "")


def _marks(compared: Differing | None) -> dict[str, Any]:
    """Give the lines whose fields are to be renewed, as part of the last write."""
    marks = compared.marks() if compared else []
    return {"line_items": marks} if marks else {}


def _goes_abroad(order: Document, body: Mapping[str, Any]) -> bool:
    """Tell whether an address is to be written that lies in another country than the one that stands there."""
    return any(name in body and body[name]["country"] != (order.get(name) or {}).get("country") for name in ("billing", "shipping"))


def _is_paid(order: Document) -> bool:
    """Tell whether money was booked, so that what goes must be refunded; an order still under way is simply put right."""
    receipt = receipt_of(order)
    return under_way(order) is None and receipt is not None and receipt.paid is True


def _done(action: Update, order: Document) -> Done:
    return Done(action.key, str(order["id"]), order["status"], total(order))
