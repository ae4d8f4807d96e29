"""A small world for runs: OTTO, a shop without safety, and a real ledger in memory, with a clock to set."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from otto_import import database
from otto_import.errors import Stopped
from otto_import.ledger.met import Met
from otto_import.ledger.schema import STEPS, tune
from otto_import.ledger.sqlite import SqliteLedger
from otto_import.orders import ItemState, Order
from otto_import.outcome import OrderLine, Summary
from otto_import.plan import Known, Policy
from otto_import.sync import jobs
from otto_import.sync.house import House
from tests import build
from tests.fakes import FakeOtto, FakeShop, Life, NoStop, Stored, Told

START = datetime.fromisoformat("2026-06-01T08:00:00+00:00")
States = tuple[ItemState, ...]


class StopAfter:
    """Ask for a stop once a number of looks have been taken."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> bool:
        self.looks -= 1
        return self.looks < 0

    def check(self) -> None:
        """Stop where nothing is in flight."""
        if self.looks < 0:
            raise Stopped(15)


class World:
    """Hold OTTO, shop and ledger over several runs."""

    def __init__(self, **over: Any) -> None:
        self.now = START
        self.otto = FakeOtto(lambda: self.now)
        self.shop = FakeShop(lambda: self.now)
        self._connection, self.ledger = _new_ledger()
        self.over = over
        self.limit = 50
        self.lines: list[OrderLine] = []

    def pass_hours(self, hours: float) -> None:
        """Let time pass."""
        self.now += timedelta(hours=hours)

    def order(self, number: int, *story: tuple[float, States], **over: Any) -> Order:
        """Let OTTO take an order whose states begin so many hours from now."""
        order = build.order(*story[0][1], number=number, placed_at=self.now, delivery_address=build.ADDRESS, invoice_address=build.ADDRESS, **over)
        self.otto.lives[order.sales_order_id] = Life(order, tuple((self.now + timedelta(hours=at), states) for at, states in story), self.now)
        return order

    def run(self, job: Callable[[House], Summary] = jobs.sync, *, stop: Any = None, force: bool = False, **over: Any) -> Summary:
        """Run one job."""
        told, met = Told(), Met()
        policy: Policy = replace(
            build.policy(first_run=START - timedelta(days=1), wall=self.now, settle=timedelta(seconds=120)), **{**self.over, **over}
        )
        try:
            return job(
                House(
                    source=self.otto,
                    ledger=self.ledger,
                    writer=self.shop,
                    policy=policy,
                    met=met,
                    emit=told,
                    stop=stop or NoStop(),
                    now=self.now,
                    wall=lambda: self.now,
                    tick=lambda: 0.0,
                    max_cancellations=self.limit,
                    force=force,
                )
            )
        finally:
            met.close()
            self.lines = told.lines

    def lose_ledger(self) -> None:
        """Go on with a new ledger."""
        self.ledger.close()
        self._connection, self.ledger = _new_ledger()

    def back_up(self) -> Callable[[], None]:
        """Copy the ledger as it is now; give what puts the copy back."""
        copy, ledger = _new_ledger()
        self._connection.backup(copy)

        def put_back() -> None:
            self.ledger.close()
            self._connection, self.ledger = copy, ledger

        return put_back

    def known(self, number: int = 1) -> Known | None:
        """Give what the ledger knows of an order."""
        return self.ledger.known([build.key(number)]).get(build.key(number))

    def in_shop(self, number: int = 1) -> Sequence[Stored]:
        """Give the shop's orders of one OTTO order."""
        return [order for order in self.shop.orders.values() if order.key == build.key(number)]

    def status(self, number: int = 1) -> str | None:
        """Give the status of an order in the shop, if it is there once."""
        found = self.in_shop(number)
        return found[0].status if len(found) == 1 else None


def _new_ledger() -> tuple[sqlite3.Connection, SqliteLedger]:
    connection = database.temporary()
    tune(connection)
    database.migrate(connection, STEPS)
    return connection, SqliteLedger(connection)


@contextmanager
def world(**over: Any) -> Iterator[World]:
    """Make a world and close its ledger."""
    made = World(**over)
    try:
        yield made
    finally:
        made.ledger.close()
