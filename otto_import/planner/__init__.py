"""Decide: pure functions from what OTTO, the ledger and the shop say to a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otto_import.orders import Order
from otto_import.plan import OrderKey, Plan, Questions
from otto_import.planner.case import Ask
from otto_import.planner.decide import decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from otto_import.orders import Reading
    from otto_import.plan import Action, Found, Known, Policy

__all__ = ["key_of", "make_plan", "questions"]


def key_of(reading: Reading, policy: Policy) -> OrderKey:
    """Make the key of what OTTO said; an order known by its number alone gets `<account>:#<number>`, a nameless one "" (it cannot be remembered)."""
    order = reading.order
    if isinstance(order, Order) or order.sales_order_id:
        return policy.key(order.sales_order_id or "")
    return policy.key(f"#{order.order_number}") if order.order_number else OrderKey("")


def questions(readings: Sequence[Reading], known: Mapping[OrderKey, Known], policy: Policy, now: datetime) -> Questions:
    """Say which orders OTTO must be asked for again by id, and which must be looked up or read in the shop; an order is in one list at most."""
    again: list[OrderKey] = []
    find: list[OrderKey] = []
    read: list[tuple[OrderKey, str]] = []
    for reading in readings:
        key = key_of(reading, policy)
        match decide(key, reading, known.get(key), None, policy, now):
            case Ask.OTTO:
                again.append(key)
            case Ask.FIND:
                find.append(key)
            case Ask.READ:
                read.append((key, known[key].ref or ""))
            case _:
                pass
    return Questions(tuple(again), tuple(find), tuple(read))


def make_plan(readings: Sequence[Reading], known: Mapping[OrderKey, Known], found: Mapping[OrderKey, Found], policy: Policy, now: datetime) -> Plan:
    """Decide about a page of orders. Every question that `questions` asked must be answered in `readings` and `found`."""
    actions: list[Action] = []
    for reading in readings:
        key = key_of(reading, policy)
        action = decide(key, reading, known.get(key), found.get(key), policy, now)
        if isinstance(action, Ask):
            message = f"{key} was planned before the question «{action}» was answered"
            raise TypeError(message)
        actions.append(action)
    return Plan(tuple(actions))
