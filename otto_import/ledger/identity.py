"""Whose ledger it is: one environment, one account, one writer, one shop. Another one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from otto_import.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Identity:
    """Name whom a ledger serves; `shop` is the writer's `identity`, "" while the shop's file does not exist yet."""

    environment: str
    account: str
    writer: str
    shop: str

    def __str__(self) -> str:
        return f"environment {self.environment}, account {self.account}, writer {self.writer}, shop {self.shop or '(not made yet)'}"


class Owned(Protocol):
    """Ask of a ledger whom it serves."""

    @property
    def place(self) -> str:
        """Give the file's path, for messages."""
        ...

    def identity(self) -> Identity | None:
        """Give whom the ledger serves; None: nobody yet."""
        ...


class Bindable(Owned, Protocol):
    """Ask of a ledger to remember whom it serves."""

    def set_identity(self, identity: Identity) -> None:
        """Remember whom the ledger serves."""
        ...


def bind(ledger: Bindable, wanted: Identity) -> None:
    """Bind a ledger at its first use; complete the shop's identity once it is known; `LedgerError` when the ledger serves another."""
    check_identity(ledger, wanted)
    if ledger.identity() != wanted:
        ledger.set_identity(wanted)


def check_identity(ledger: Owned, wanted: Identity) -> None:
    """Raise `LedgerError` when a ledger serves another; writes nothing."""
    stored = ledger.identity()
    if stored is None or stored == wanted:
        return
    if (stored.environment, stored.account, stored.writer) == (wanted.environment, wanted.account, wanted.writer):
        if not stored.shop:
            return
        if not wanted.shop:
            raise LedgerError(_vanished(ledger.place, stored))
    raise LedgerError(_foreign(ledger.place, stored, wanted))


def _vanished(place: str, stored: Identity) -> str:
    return (
        f"this ledger belongs to a shop whose file is gone or another: {place} remembers {stored}; "
        "put the shop's file back, or name another [state] path to begin anew"
    )


def _foreign(place: str, stored: Identity, wanted: Identity) -> str:
    return f"this ledger belongs to another: {place} serves {stored}; the config names {wanted}; name another [state] path, or the former settings"
