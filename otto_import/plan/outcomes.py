"""What became of a write."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from otto_import.plan.known import OrderKey
from otto_import.plan.shop import ShopOrder


@dataclass(frozen=True, slots=True)
class Done:
    """Report a write that is durable: the reference, the status and the total as read back (None: the shop does not tell)."""

    key: OrderKey
    ref: str
    status: str
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Report that the shop refused, and wrote nothing; `code` is the shop's error code, never its text."""

    key: OrderKey
    code: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Report that the shop's order was not as expected, so that nothing was written; None: it is gone."""

    key: OrderKey
    found: ShopOrder | None


AWAY: Final = "shop away"
"""The code of a write that is in doubt because the shop as a whole went away."""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Report that the write may or may not have happened; `code` names what was seen."""

    key: OrderKey
    code: str


@dataclass(frozen=True, slots=True)
class NotBegun:
    """Report that the write was never started, because a stop was asked for."""

    key: OrderKey


Outcome = Done | Refused | Changed | InDoubt | NotBegun
