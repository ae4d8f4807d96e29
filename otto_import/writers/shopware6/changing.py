"""An order that is there: brought to what is asked, in steps each of which can be repeated.

Addresses and a mark that says where we are going come first, then lines, then the machines' actions, and the whole receipt last: wherever it is
cut off, the next update goes on from what it finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otto_import.plan import Changed, Done, Outcome, Refused
from otto_import.writers.shopware6 import goods, lines, people, reading, states
from otto_import.writers.shopware6.creating import PAID_AT, remembered
from otto_import.writers.web import Doubt, Receipt, Refusal
from otto_import.writers.web.receipt import claimed, renewed
from otto_import.writers.web.shapes import word

if TYPE_CHECKING:
    from otto_import.orders import Address
    from otto_import.plan import Change, ShopOrder, Update
    from otto_import.writers.base import WriterContext
    from otto_import.writers.shopware6.api import Api, Document
    from otto_import.writers.shopware6.facts import Facts
    from otto_import.writers.shopware6.goods import Goods
    from otto_import.writers.shopware6.settings import Shopware6Settings

Ways = list[tuple[str, str, str]]
"""What is to be done: (machine, action, state it leads to)."""
_ENTITIES: Final[Mapping[str, str]] = {
    states.TRANSACTION: "order_transaction",
    states.DELIVERY: "order_delivery",
    states.ORDER: "order",
}
"""The shop's names of what bears a state; also the sequence of our moves: what gives stock back or takes it comes last."""
_ILLEGAL: Final = "ILLEGAL_STATE_TRANSITION"


class Changing:
    """Update orders in one shop."""

    def __init__(self, api: Api, facts: Facts, settings: Shopware6Settings, context: WriterContext) -> None:
        self._api = api
        self._facts = facts
        self._settings = settings
        self._context = context

    def one(self, ref: str) -> Document | None:
        """Read an order with everything an update needs; None if it is gone."""
        return next(iter(self._api.search("order", reading.whole(ref))), None)

    def order(self, record: Document) -> ShopOrder:
        """Give what an order says."""
        return reading.shop_order(record, tuple(self._context.roles.values()), self._facts.graph())

    def update(self, action: Update) -> Outcome:
        """Bring an order to what the change says, if it is this order and stands as expected."""
        record = self.one(action.ref)
        if record is None:
            return Changed(action.key, None)
        found = self.order(record)
        claims = action.change.claims and found.key is None
        if (found.key != action.key and not claims) or found.status != action.expected:
            return Changed(action.key, found)
        if claims:
            self._claim(action)
            return self.done(action)
        now = reading.states_of(record)
        end = states.end(now, action.change, found.set_status, self._facts.graph())
        ways = self._ways(now, end)
        if ways is None:
            return Refused(action.key, "no_transition")
        wanted = goods.compared(action, record, self._facts, hold=self._settings.unknown_sku == "hold")
        return self._carry_out(action, record, end, ways, wanted)

    def _carry_out(self, action: Update, record: Document, end: states.States, ways: Ways, wanted: Goods | None) -> Outcome:
        receipt = Receipt.read(reading.fields(record))
        if receipt is None:  # its key was just compared
            return Changed(action.key, None)
        people_changed = self._people(action.change, record, receipt, phone=action.order.freight)
        edited = wanted is not None and wanted.needed
        begun = False
        try:
            if edited or people_changed or len(ways) > 1:
                self._open(record, receipt, reading.moving(reading.states_of(record), end), people_changed)
                begun = True
            if wanted is not None and edited:
                self._edit(record, wanted)
                record = self.one(action.ref) or record
                ways = self._ways(reading.states_of(record), end) or []  # 6.4 has put the delivery back to its beginning
            astray = self._move(action, record, ways)
            if astray is not None:
                if begun:  # something was written before somebody else moved it
                    where, code = "POST /api/_action/state", "moved_meanwhile"
                    raise Doubt(where, code)
                return astray
            begun = begun or bool(ways)
            self._close(action, record, receipt, wanted)
        except Refusal as refusal:
            if begun:
                raise Doubt(refusal.where, refusal.code) from refusal
            raise
        return self.done(action)

    def done(self, action: Update) -> Outcome:
        """Report an order as it is read back; one that is gone by then is in doubt, since something was written."""
        found = next((self.order(record) for record in self._api.search("order", reading.brief(reading.among("id", [action.ref])))), None)
        if found is None:
            raise _gone()
        return Done(action.key, found.ref, found.status, found.total)

    def advance(self, ref: str, start: states.States, end: states.States, receipt: Receipt) -> None:
        """Move a new order on to the states it is to have, and make its receipt whole."""
        record = self.one(ref)
        if record is None:
            raise _gone()
        for machine, action, _ in self._ways(start, end) or []:
            self._api.transit(_ENTITIES[machine], _id_of(machine, record), action)
        fields = {**replace(receipt, complete=True).fields(), reading.MOVING: None}
        self._api.sync({"order": ("order", "upsert", [{"id": ref, "customFields": fields}])})

    def _ways(self, now: states.States, end: states.States) -> Ways | None:
        found: Ways = []
        for machine in _ENTITIES:
            if machine in now:
                way = self._facts.graph()[machine].way(now[machine], end.get(machine, now[machine]))
                if way is None:
                    return None
                found += [(machine, action, state) for action, state in way]
        return found

    def _claim(self, action: Update) -> None:
        """Write our receipt onto an order that another program made, and nothing else."""
        fields = claimed(action.key, action.order, action.expected).fields()
        self._api.sync({"order": ("order", "upsert", [{"id": action.ref, "customFields": fields}])})

    def _people(self, change: Change, record: Document, receipt: Receipt, *, phone: bool) -> dict[str, tuple[str, str, Sequence[Document]]]:
        first = receipt.addressed is False  # of another program's order nobody knows, and what stands there stays
        to = change.delivery or (change.invoice if first else None)
        bill = change.invoice or (change.delivery if first else None)
        if to is None and bill is None:
            return {}
        ref, place = record["id"], reading.delivery(record)
        bill_id, to_id = record["billingAddressId"], place["shippingOrderAddressId"] if place else None
        orders: Document = {}
        deliveries: list[Document] = []
        found: list[Document] = []
        if bill is not None:
            found.append(self._address(bill_id, bill, phone=phone))
            if buyer := record.get("orderCustomer"):
                orders["orderCustomer"] = people.customer(buyer["id"], bill, self._facts.salutations())
        if to is not None and place is not None:
            if to_id == bill_id and to != bill:  # one address for both, as a shop's own orders have it
                to_id = lines.derived(receipt.key, "shipping")
                deliveries.append({"id": place["id"], "shippingOrderAddressId": to_id})
            found.append(self._address(str(to_id), to, phone=phone))
        addressed = [{**each, "orderId": ref} for each in found]
        return {
            "addresses": ("order_address", "upsert", addressed),
            "customer": ("order", "upsert", [{"id": ref, **orders}] if orders else []),
            "delivery": ("order_delivery", "upsert", deliveries),
        }

    def _address(self, record: str, found: Address, *, phone: bool) -> Document:
        facts = self._facts
        return people.address(record, found, facts.countries(), facts.salutations(), phone=phone, otherwise=facts.channel().country)

    def _open(self, record: Document, receipt: Receipt, move: str, people_changed: Mapping[str, tuple[str, str, Sequence[Document]]]) -> None:
        fields = {**replace(receipt, complete=False).fields(), reading.MOVING: move}
        self._api.sync({**people_changed, "order": ("order", "upsert", [{"id": record["id"], "customFields": fields}])})

    def _edit(self, record: Document, wanted: Goods) -> None:
        """Change lines and costs in a draft of the order, let the shop recalculate it, and merge it: stock and totals follow then."""
        ref = record["id"]
        version = self._draft(ref)
        try:
            for line in wanted.edits.gone:
                self._api.delete(f"/api/order-line-item/{line}", version=version)
            self._api.sync(goods.operations(record, wanted), version=version)
            self._api.tell(f"/api/_action/order/{ref}/recalculate", version=version)
            self._api.tell(f"/api/_action/version/merge/order/{version}")
        except Refusal:
            # An article that was deleted, say, cannot be recalculated; then the same is written in one step, with the sum that we know.
            with suppress(Refusal, Doubt):
                self._api.tell(f"/api/_action/version/{version}/order/{ref}")
            gone = [{"id": line} for line in wanted.edits.gone]
            self._api.sync({"gone": ("order_line_item", "delete", gone), **goods.operations(record, wanted)})

    def _draft(self, ref: str) -> str:
        answer = self._api.tell(f"/api/_action/version/order/{ref}")
        version = answer.get("versionId") if isinstance(answer, dict) else None
        if not isinstance(version, str) or not version.isascii() or not word(version):  # it goes into a header
            where = "POST /api/_action/version/order"
            raise Doubt(where, "no_version")
        return version

    def _move(self, action: Update, record: Document, ways: Ways) -> Outcome | None:
        for machine, step, _ in ways:
            try:
                self._api.transit(_ENTITIES[machine], _id_of(machine, record), step)
            except Refusal as refusal:
                if _ILLEGAL not in refusal.code:
                    raise
                now = self.one(action.ref)  # somebody else has moved it in the meantime
                return Changed(action.key, None if now is None else self.order(now))
        return None

    def _close(self, action: Update, record: Document, receipt: Receipt, wanted: Goods | None) -> None:
        change, ref = action.change, record["id"]
        told: dict[str, Any] = remembered(action.order, change, self._context)
        if change.paid and change.paid_at is None and (before := reading.fields(record).get(PAID_AT)):
            told[PAID_AT] = before
        document: Document = {"id": ref, "customFields": {**renewed(receipt, change).fields(), **told, reading.MOVING: None}}
        comment = record.get("customerComment") or ""
        if change.note and change.note not in comment.splitlines():
            document["customerComment"] = "\n".join(filter(None, (comment, change.note)))
        operations: dict[str, tuple[str, str, Sequence[Document]]] = {}
        if wanted is not None:
            operations["lines"] = ("order_line_item", "upsert", goods.marks(record, wanted))
            if not wanted.edits.strange:
                if wanted.needed:
                    document |= {"price": wanted.price, "shippingCosts": wanted.costs}
                operations["payment"] = ("order_transaction", "upsert", goods.payment(record, wanted))
        self._api.sync({**operations, "order": ("order", "upsert", [document])})


def _gone() -> Doubt:
    return Doubt("POST /api/search/order", "gone")


def _id_of(machine: str, record: Document) -> str:
    part = {states.TRANSACTION: reading.transaction(record), states.DELIVERY: reading.delivery(record), states.ORDER: record}[machine]
    return str(part["id"]) if part else ""
