"""What a shop must be able to do. Writers never decide: they carry out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pydantic import BaseModel

    from otto_import.orders import Line
    from otto_import.plan import Finding, OrderKey, Outcome, Role, ShopOrder, ShopStatus, Writable


def never() -> bool:
    """Answer that no stop was asked for."""
    return False


def look_away() -> None:
    """Look at nothing while waiting."""


def traits_of(writer: Writer) -> Traits:
    """Give what a shop can do, the usual where its writer says nothing."""
    told = getattr(writer, "traits", None)
    return told if isinstance(told, Traits) else Traits()


@dataclass(frozen=True, slots=True)
class Traits:
    """Say what a shop can do beyond keeping orders; a writer may have one as its attribute `traits`, else these hold.

    `keeps_dates`: a new order can bear the day it was placed; `spares_stock`: an order that left long ago can be made without taking stock;
    `holds_unknown`: an order with an article that the shop lacks is held, rather than written with a free-text line.
    """

    keeps_dates: bool = True
    spares_stock: bool = True
    holds_unknown: bool = True


@runtime_checkable
class Catalogue(Protocol):
    """Know which articles a shop has; a writer may be one, so that a preview can tell what will be missing."""

    def missing(self, lines: Sequence[Line]) -> frozenset[str]:
        """Give OTTO's SKUs of the lines whose articles the shop lacks (under the numbers that the config translates them to)."""
        ...


@runtime_checkable
class Heir(Protocol):
    """Know where an earlier connector left OTTO's number on its orders; a writer may be one, so that those are taken over and not made again."""

    def inherited(self, numbers: Mapping[OrderKey, str]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Find orders that another program made, by OTTO's order number or by the salesOrderId at the end of the key; compare each hit.

        Each bears the key asked for, and is `foreign` unless our receipt is on it already. Nothing is asked where the config does not name such a place.
        """
        ...


@runtime_checkable
class Register(Protocol):
    """List every order that carries a receipt of ours; a writer may be one, so that a lost ledger can be rebuilt."""

    def ours(self, since: datetime | None = None) -> Iterator[ShopOrder]:
        """Give the shop's orders with our key on them, in any order, each as `read` gives it, a few at a time in memory.

        `since` (aware UTC) leaves out those that came into the shop before it, where that saves asking for them.
        """
        ...


@runtime_checkable
class Writer(Protocol):
    """Speak to one shop.

    `identity` names the shop (URL and sales channel; for a file a random id kept inside it; "" while it does not exist yet);
    `settle_seconds` is how long a write may still arrive after we lost sight of it (0 for local ones);
    `can_find` is False for an event stream, where doubt is answered by sending again under the same id;
    `requests` counts the calls made to the shop so far.
    Constructing a writer, `find` and `read` create no file and no record. Every method may raise `ShopUnavailable` or `CredentialsRefused`.
    """

    @property
    def identity(self) -> str:
        """Name the shop; "" while it does not exist yet."""
        ...

    @property
    def settle_seconds(self) -> int:
        """Give how long a write may still arrive after we lost sight of it."""
        ...

    @property
    def can_find(self) -> bool:
        """Tell whether the shop can be asked; not so for an event stream."""
        ...

    @property
    def requests(self) -> int:
        """Count the calls made to the shop so far."""
        ...

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look up shop orders by OTTO key; compare each hit with the key asked for. Keys without a hit may be left out."""
        ...

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read shop orders by reference. Those that are gone or in the bin are left out."""
        ...

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Carry out actions, at most one per order; yield one outcome each, in any order, once it is durable.

        An update whose shop order lacks the expected status writes nothing and yields `Changed`. One refused order never spoils the others.
        Once `stop()` is true no further action is begun; those not begun yield `NotBegun`.
        """
        ...

    def statuses(self) -> Sequence[ShopStatus]:
        """List the shop's own statuses and what each does."""
        ...

    def check(self) -> Iterable[Finding]:
        """Prove reachability and rights, one finding a line."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


@dataclass(frozen=True, slots=True)
class WriterContext:
    """Hold what every writer is given besides its own table of the config.

    `folder` is the config file's folder (relative paths count from there); `roles` maps roles to canonical statuses; `concurrency` is the number
    of writes at a time; `now` is the run's clock, aware UTC; `read_only` forbids any write (a preview), so that nothing is opened for writing;
    `glance` is to be called while the main thread waits for a shop: what it raises ends the wait (a signal asked for it).
    """

    folder: Path
    roles: Mapping[Role, str]
    now: Callable[[], datetime]
    buyer_email: str = "none"
    concurrency: int = 4
    read_only: bool = False
    glance: Callable[[], None] = look_away


class WriterPlugin(Protocol):
    """Stand behind an entry point of the group `otto_import.writers`."""

    settings: type[BaseModel]
    """The pydantic model of the table `[shop.<name>]`; frozen, `extra="forbid"`, `hide_input_in_errors=True`."""

    def status(self, value: object) -> str:
        """Give the canonical text of a status from the config (a string, or a table where the shop has several state machines); ValueError with one sentence otherwise."""
        ...

    def open(self, settings: Any, context: WriterContext) -> Writer:  # noqa: ANN401  – each plug-in has a model of its own
        """Make the writer; touches neither file nor network."""
        ...
