"""The embedded shop's statuses and what each does to the stock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from otto_import.plan import Role, ShopStatus

_ALWAYS: Final = (
    ShopStatus("on-hold", "On hold", takes_stock=True, means_paid=False, gives_stock_back=False, mails_buyer=False, makes_invoice=False),
    ShopStatus("processing", "Processing", takes_stock=True, means_paid=True, gives_stock_back=False, mails_buyer=False, makes_invoice=False),
    ShopStatus("completed", "Completed", takes_stock=True, means_paid=True, gives_stock_back=False, mails_buyer=False, makes_invoice=False),
    ShopStatus("cancelled", "Cancelled", takes_stock=False, means_paid=False, gives_stock_back=True, mails_buyer=False, makes_invoice=False),
    ShopStatus("refunded", "Refunded", takes_stock=True, means_paid=False, gives_stock_back=False, mails_buyer=False, makes_invoice=False),
)
_CODES: Final = frozenset(status.code for status in _ALWAYS)
_GIVING_BACK: Final = frozenset({Role.CANCELLED, Role.CANCELLED_BY_PARTNER})
_PAID: Final = frozenset({Role.PROCESSABLE, Role.SENT})
_LONGEST: Final = 64


def statuses(roles: Mapping[Role, str]) -> tuple[ShopStatus, ...]:
    """List the statuses that are always there, then those that only the config names.

    One of the config's own gives the stock back if it stands for a cancellation; any other takes it.
    """
    own = sorted(set(roles.values()) - _CODES)
    return (*_ALWAYS, *(_own(code, frozenset(role for role, named in roles.items() if named == code)) for code in own))


def releasing(roles: Mapping[Role, str]) -> frozenset[str]:
    """Give the statuses whose orders hold no stock; orders in every other status hold the units of their article lines."""
    return frozenset(status.code for status in statuses(roles) if status.gives_stock_back)


def canonical(value: object) -> str:
    """Give a status from the config unchanged; ValueError with one sentence if it cannot be one."""
    if (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST
        and value == value.strip()
        and all(letter.isalnum() or letter in "-_.: " for letter in value)
    ):
        return value
    text = f"a status of the embedded shop is a text of up to {_LONGEST} letters, digits, spaces and the signs - _ . :"
    raise ValueError(text)


def _own(code: str, roles: frozenset[Role]) -> ShopStatus:
    gives_back = bool(roles & _GIVING_BACK)
    return ShopStatus(
        code,
        code[0].upper() + code[1:].replace("-", " ").replace("_", " "),
        takes_stock=not gives_back,
        means_paid=bool(roles & _PAID) and not gives_back,
        gives_stock_back=gives_back,
        mails_buyer=False,
        makes_invoice=False,
    )
