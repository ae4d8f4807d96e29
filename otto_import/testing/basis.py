"""What the contract's tests stand on: a shop to write to, a merchant in it, and comparisons that say what differs.

One rule for a writer that cannot find (`can_find` is False): a test ends, as skipped, at the first question such a writer cannot answer:
what is there, what it looks like now, whether it is as expected. What was proved before that question must hold for it, too.
"""

from __future__ import annotations

import unittest
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from otto_import.plan import Done, Outcome, ShopOrder, Writable
from otto_import.testing.look import Look
from otto_import.writers.base import Writer, traits_of


class Basis(ABC):
    """Give the tests a shop; an author overrides what is abstract, and as much of the rest as the shop allows.

    The statuses are those the shop uses for orders announced, ready to be processed, sent, and cancelled.
    """

    announced = "on-hold"
    processable = "processing"
    sent = "completed"
    cancelled = "cancelled"

    @abstractmethod
    def writer(self) -> Writer:
        """Open a writer on this test's shop: empty at first, the same one again at each further call."""

    def move(self, ref: str, status: str) -> None:  # noqa: ARG002  – what overrides it needs them
        """Give an order another status past the writer, as the merchant would; needed where the writer can find."""
        text = "move() must be written for a shop that can be asked"
        raise AssertionError(text)

    def delete(self, ref: str) -> None:  # noqa: ARG002  – what overrides it needs it
        """Delete an order past the writer, as the merchant would; needed where the writer can find."""
        text = "delete() must be written for a shop that can be asked"
        raise AssertionError(text)

    def look(self, ref: str) -> Look | None:  # noqa: ARG002  – what overrides it needs it
        """Look into the shop past the writer; None (then tests that need it are skipped) where that cannot be done."""
        return None

    def traces(self) -> object:
        """Describe everything the shop keeps, such as its files or the number of its records; compared before and after."""
        return None


@contextmanager
def opened(basis: Basis) -> Iterator[Writer]:
    """Open a writer and close it again."""
    writer = basis.writer()
    try:
        yield writer
    finally:
        writer.close()


def same(expected: object, found: object, what: str) -> None:
    """Fail unless both are equal."""
    if expected != found:
        text = f"{what}: expected {expected!r}, found {found!r}"
        raise AssertionError(text)


def told(expected: object, found: object, what: str) -> None:
    """Fail if the shop tells something else; None means that it does not tell."""
    if found is not None:
        same(expected, found, what)


def kinds(outcomes: Sequence[Outcome]) -> list[str]:
    """Name the kinds of outcomes, sorted."""
    return sorted(type(outcome).__name__ for outcome in outcomes)


def wrote(writer: Writer, action: Writable) -> Done:
    """Write one action and fail unless it is done."""
    outcomes = list(writer.write([action]))
    same(["Done"], kinds(outcomes), "outcome of a write that nothing forbids")
    outcome = outcomes[0]
    same(action.key, outcome.key, "key of the outcome")
    if not isinstance(outcome, Done):  # said above; this tells it to the type checker
        raise TypeError
    return outcome


def needs_find(writer: Writer) -> None:
    """End the test, as skipped, where the shop cannot be asked what follows."""
    if not writer.can_find:
        text = "this writer cannot find"
        raise unittest.SkipTest(text)


def spares_stock(writer: Writer) -> None:
    """End the test, as skipped, where the shop takes stock for whatever order it is given."""
    if not traits_of(writer).spares_stock:
        text = "this shop cannot spare the stock"
        raise unittest.SkipTest(text)


def read(writer: Writer, ref: str) -> ShopOrder:
    """Read one order and fail unless it is there; skip the rest where the shop cannot be asked."""
    needs_find(writer)
    found = writer.read([ref])
    same([ref], list(found), "references read")
    return found[ref]


def looked(basis: Basis, ref: str) -> Look:
    """Look into the shop, or skip the test."""
    seen = basis.look(ref)
    if seen is None:
        text = "look() is not written for this shop"
        raise unittest.SkipTest(text)
    return seen


def stock(basis: Basis, ref: str) -> dict[str, int]:
    """Give the units an order holds, those of none left out, or skip the test."""
    held = looked(basis, ref).stock
    if held is None:
        text = "this shop keeps no stock"
        raise unittest.SkipTest(text)
    return {sku: units for sku, units in held.items() if units}
