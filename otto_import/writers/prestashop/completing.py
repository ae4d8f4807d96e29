"""Bring one order of the shop to what a change says; every step can be repeated after a crash at any point.

Rows are edited while the order holds no stock: it goes to "Payment error" first, where the shop gives back what the old rows held, and on its way
out the shop takes what the new rows need. So the shop itself moves the stock, once, and an order seen half-way is one that nobody ships.
The receipt says "not complete" before the order leaves its status, and "complete" with the last request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from otto_import.plan import Done
from otto_import.writers.prestashop import lines, payments
from otto_import.writers.prestashop.addresses import changed_addresses
from otto_import.writers.prestashop.lines import Edits, Target
from otto_import.writers.prestashop.parts import ROLE_OF, Parts
from otto_import.writers.prestashop.renewing import renewed_note
from otto_import.writers.prestashop.targets import order_totals, targets
from otto_import.writers.prestashop.webservice import Row, any_of, text
from otto_import.writers.web import Doubt, Refusal

if TYPE_CHECKING:
    from otto_import.plan import Writable
    from otto_import.writers.prestashop.sightings import Sighting


class Completing:
    """Carry out one action on an order that is there.

    `first` are fields that a new or half-made order gets along with its receipt; `fresh` tells that the action itself just made it.
    """

    def __init__(self, parts: Parts, action: Writable, sighting: Sighting, first: Mapping[str, object] | None = None, *, fresh: bool = False) -> None:
        self._parts = parts
        self._action = action
        self._change = action.change
        self._row = sighting.row
        self._number = sighting.number
        self._status = sighting.status
        self._was = sighting.note
        self._foreign = sighting.note.foreign if sighting.note else text(sighting.row, "note").strip()
        self._first = dict(first or {})
        self._fresh = self._begun = fresh
        self._claimed = sighting.note.claimed if sighting.note else not self._first
        self._rules = parts.directory.rules()
        self._spares = sighting.note.spares_stock if sighting.note else action.change.spares_stock

    def run(self) -> Done:
        """Do it all. `Refusal` as long as nothing was written, `Doubt` after that."""
        try:
            return self._run()
        except Refusal as refusal:
            if self._begun:
                raise Doubt(refusal.where, refusal.code) from refusal
            raise

    def _run(self) -> Done:
        wanted = self._wanted()
        details = self._details()
        rows = targets(self._parts, self._change, details)
        edits = None if rows is None else lines.edits(rows, details)
        frees = self._must_let_go(edits)
        self._rules.steps(self._rules.error if frees else self._status, wanted, spares=self._spares)  # refuses before anything is written
        fields = {**self._first, **self._addresses()}
        if frees:
            self._patch({**fields, "note": self._note(wanted, complete=False)})
            self._set(self._rules.error)
        if rows is not None and edits is not None:
            self._edit(edits)
            fields |= self._totals(rows)
        if fields or self._was is None:
            self._patch({**fields, "note": self._note(wanted, complete=False)})
        self._tell_carrier()
        for step in self._rules.steps(self._status, wanted, spares=self._spares):
            self._set(step)
        self._finish(wanted)
        return Done(self._action.key, self._number, text(self._row, "current_state"), lines.amount(self._row, "total_paid"))

    def _wanted(self) -> str:
        """Give the status the order shall end in; one that stopped half-way goes on to where it was to go."""
        if self._change.status is not None:
            return self._change.status
        if self._status not in self._rules.passing:
            return self._status
        if self._was is not None:
            return self._was.towards or self._status
        role = ROLE_OF.get(self._change.stage) if self._first else None
        return self._parts.roles.get(role, self._status) if role else self._status

    def _must_let_go(self, edits: Edits | None) -> bool:
        """Tell whether the order must give its units back before it is changed."""
        if self._status in self._rules.releasing:
            return False
        if self._spares:
            return self._was is None and bool(self._first)  # a new order that the shop put in a status of its own
        return edits is not None and edits.moves_units

    def _details(self) -> Sequence[Row]:
        if self._change.lines is None:
            return ()
        return self._parts.webservice.rows("order_details", lines.DETAIL_FIELDS, ("id_order", any_of([self._number])))

    def _addresses(self) -> dict[str, object]:
        if self._change.delivery is None and self._change.invoice is None:
            return {}
        if self._fresh:
            return {}  # it was made with them
        order = {**self._row, **self._first}
        return changed_addresses(self._parts, self._action, order, ours=not self._claimed)

    def _edit(self, edits: Edits) -> None:
        webservice = self._parts.webservice
        for number, fields in edits.change.items():
            webservice.change("order_details", "order_detail", number, fields)
        for target in edits.add:
            webservice.add("order_details", "order_detail", self._added(target))
        for number in edits.drop:
            webservice.drop("order_details", number)
        self._begun = self._begun or edits.any

    def _added(self, target: Target) -> dict[str, object]:
        return {
            "id_order": self._number,
            "id_shop": self._parts.settings.shop_id,
            "id_warehouse": 0,
            "product_id": target.product,
            "product_attribute_id": target.combination,
            "product_name": target.name,
            "product_reference": target.reference,
            "id_tax_rules_group": target.tax_group,
            **target.amounts(),
        }

    def _totals(self, rows: Sequence[Target]) -> dict[str, object]:
        totals = order_totals(rows, self._change.fees or ())
        if self._was and all(lines.amount(self._row, name) == value for name, value in totals.items() if name in self._row):
            return {}
        return dict(totals)

    def _tell_carrier(self) -> None:
        if self._change.fees is None:
            return
        webservice = self._parts.webservice
        costs = order_totals((), self._change.fees)
        for row in webservice.rows("order_carriers", "id,shipping_cost_tax_incl", ("id_order", any_of([self._number])))[:1]:
            if lines.amount(row, "shipping_cost_tax_incl") != costs["total_shipping_tax_incl"]:
                shipping = {"shipping_cost_tax_incl": costs["total_shipping_tax_incl"], "shipping_cost_tax_excl": costs["total_shipping_tax_excl"]}
                webservice.change("order_carriers", "order_carrier", text(row, "id"), shipping)

    def _set(self, status: str) -> None:
        # Never by the order's own field current_state: that one mails the buyer.
        history = {"id_order": self._number, "id_order_state": status}
        self._begun = True
        self._parts.webservice.add("order_histories", "order_history", history)
        self._status = status

    def _finish(self, wanted: str) -> None:
        note = self._note(wanted, complete=True)
        fields: dict[str, object] = {}
        receipt = self._was.receipt if self._was else None
        if self._change.paid or (receipt and receipt.paid and self._change.lines is not None):
            fields |= payments.settle(self._parts, self._action, self._row)
        if note != text(self._row, "note"):
            fields["note"] = note
        if fields or text(self._row, "current_state") != self._status:
            self._patch({"note": note, **fields})

    def _patch(self, fields: Mapping[str, object]) -> None:
        row = self._parts.webservice.change("orders", "order", self._number, fields)
        self._begun = True
        self._row = row

    def _note(self, wanted: str, *, complete: bool) -> str:
        towards = "" if complete else wanted
        return renewed_note(self._action, self._was, self._foreign, towards=towards, claimed=self._claimed, now=self._parts.now()).written()
