"""One order under decision, and the actions it may end in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from otto_import.orders import ItemState
from otto_import.plan import Adopt, Conflict, Create, Hold, Reason, ShopOrder, Skip, Stage, Update
from otto_import.planner import changes
from otto_import.rules import TABLE, Cell, Row, Verdict, status_of, target_of

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.orders import Order, Reading
    from otto_import.plan import Change, Footing, Found, Intention, Known, OrderKey, Policy


class Ask(StrEnum):
    """Name what must be asked before an order can be decided: OTTO once more, the shop by key, or the shop by reference."""

    OTTO = "otto"
    FIND = "find"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Hold everything a decision looks at. `found` is None while the shop has not been asked; `overdue` says why a late order is not cancelled."""

    key: OrderKey
    reading: Reading
    order: Order
    known: Known | None
    found: Found | None
    policy: Policy
    now: datetime
    row: Row
    overdue: Reason | None = None
    footing: Footing | None = None

    @property
    def stage(self) -> Stage:
        """Give how far we have brought the order."""
        return self.known.stage if self.known else Stage.NEVER

    @property
    def doubt(self) -> Intention | None:
        """Give the write that may or may not have happened."""
        return self.known.intention if self.known else None

    @property
    def late(self) -> bool:
        """Tell whether the order is unpaid past its time, whatever becomes of it."""
        return self.overdue is not None or self.row is Row.ANNOUNCED_LATE

    @property
    def named(self) -> bool:
        """Tell whether a person asked for this very order."""
        return self.key in self.policy.named

    @property
    def wanted(self) -> str | None:
        """Give the shop status that OTTO's word asks for; None where it is not mapped."""
        return status_of(self.row, self.order.state, self.policy)

    def cell(self, stage: Stage | None = None) -> Cell:
        """Look up the state table."""
        return TABLE[self.row, self.stage if stage is None else stage]

    def verdict(self, stage: Stage) -> Verdict:
        """Look up what the state table asks for; with `after_deadline = "wait"` a late order is kept like one before its deadline."""
        verdict = self.cell(stage).verdict
        return Verdict.KEEP if verdict is Verdict.EXPIRE and not self.policy.cancel_after_deadline else verdict

    def skip(self, reason: Reason, *, stage: Stage | None = None, found: ShopOrder | None = None, accepted: bool = False, notice: str = "") -> Skip:
        """Do nothing."""
        notices = (*self._notices(), notice) if notice else self._notices()
        return Skip(
            key=self.key,
            reading=self.reading,
            known=self.known,
            reason=reason if accepted else self.overdue or reason,
            stage=stage,
            found=found,
            footing=self.footing,
            notices=notices,
            overdue=self.overdue is not None,
            accepted=accepted,
        )

    def hold(self, code: str, text: str, *, doubt: bool = False, found: ShopOrder | None = None) -> Hold:
        """Wait for OTTO, or for a person."""
        return Hold(
            key=self.key, reading=self.reading, known=self.known, reason=Reason(code, text), notices=self._notices(), doubt=doubt, found=found
        )

    def conflict(self, reason: Reason, found: ShopOrder | None = None, change: Change | None = None) -> Conflict:
        """Leave it to a person; `change` completes what harms nobody."""
        update = self.update(reason, found, change, stage=self.stage) if found and change else None
        return Conflict(
            key=self.key,
            reading=self.reading,
            known=self.known,
            reason=reason,
            notices=self._notices(),
            found=found,
            footing=self.footing,
            overdue=self.late,
            update=update,
        )

    def create(self, reason: Reason, status: str, *, doubtful: bool, spares_stock: bool = False, notices: tuple[str, ...] = ()) -> Create:
        """Make the order in the shop."""
        stage = target_of(self.row)
        return Create(
            key=self.key,
            reading=self.reading,
            known=self.known,
            reason=reason,
            stage=stage,
            notices=(*self._notices(), *notices),
            overdue=self.overdue is not None,
            order=self.order,
            change=changes.full(self.order, stage, status, spares_stock=spares_stock),
            doubtful=doubtful,
        )

    def update(self, reason: Reason, found: ShopOrder, change: Change, *, stage: Stage | None = None, notice: str = "") -> Update:
        """Change the shop's order, provided it still shows what it shows now."""
        return Update(
            key=self.key,
            reading=self.reading,
            known=self.known,
            reason=reason,
            stage=change.stage if stage is None else stage,
            found=found,
            footing=self.footing,
            notices=(*self._notices(), notice) if notice else self._notices(),
            overdue=self.overdue is not None,
            order=self.order,
            ref=found.ref,
            expected=found.status,
            change=change,
        )

    def adopt(self, reason: Reason, found: ShopOrder, change: Change | None, *, accepted: bool = False) -> Adopt:
        """Take the shop's order as it stands; `change` completes it."""
        stage = target_of(self.row)
        return Adopt(
            key=self.key,
            reading=self.reading,
            known=self.known,
            reason=reason,
            stage=stage,
            found=found,
            footing=self.footing,
            notices=self._notices(),
            accepted=accepted,
            order=self.order,
            ref=found.ref,
            update=self.update(reason, found, change, stage=stage) if change else None,
        )

    def _notices(self) -> tuple[str, ...]:
        said = list(self.order.notices)
        if self.order.suspected_fraud:
            said.append("OTTO suspects fraud")
        if self.order.placed_at > self.now:
            said.append("dated in the future")
        states = {item.state for item in self.order.living}
        if states == {ItemState.SENT, ItemState.RETURNED}:
            said.append("some items came back")
        return tuple(said)
