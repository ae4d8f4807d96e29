"""A shop that only says what it would do: the second interpreter of a plan, for dry runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otto_import.plan import Create, Done, NotBegun, OrderKey, ShopOrder
from otto_import.sync.lines import PLANNED_REF
from otto_import.writers.base import Catalogue, Heir, Register, never

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from otto_import.ledger.base import Ledger
    from otto_import.orders import Line
    from otto_import.plan import Finding, Outcome, ShopStatus, Writable
    from otto_import.writers.base import Writer


class PlannedShop:
    """Read the real shop, and answer every write as if it had gone well; orders planned earlier are known from the ledger's overlay."""

    def __init__(self, shop: Writer, overlay: Ledger) -> None:
        self._shop = shop
        self._overlay = overlay
        self.identity = shop.identity
        self.settle_seconds = shop.settle_seconds
        self.can_find = shop.can_find

    @property
    def requests(self) -> int:
        """Count the calls made to the real shop."""
        return self._shop.requests

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look up in the real shop."""
        return self._shop.find(keys)

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read from the real shop, and planned orders from the overlay."""
        real = [ref for ref in refs if not ref.startswith(PLANNED_REF)]
        planned = [OrderKey(ref.removeprefix(PLANNED_REF)) for ref in refs if ref.startswith(PLANNED_REF)]
        found = dict(self._shop.read(real)) if real else {}
        for key, known in self._overlay.known(planned).items() if planned else ():
            found[f"{PLANNED_REF}{key}"] = ShopOrder(ref=f"{PLANNED_REF}{key}", key=key, status=known.status or "", complete=True, total=known.total)
        return found

    def missing(self, lines: Sequence[Line]) -> frozenset[str]:
        """Ask the real shop for articles, where it can be asked."""
        return self._shop.missing(lines) if isinstance(self._shop, Catalogue) else frozenset()

    def inherited(self, numbers: Mapping[OrderKey, str]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Ask the real shop for an earlier connector's orders, where it can be asked."""
        return self._shop.inherited(numbers) if isinstance(self._shop, Heir) else {}

    def ours(self, since: datetime | None = None) -> Iterator[ShopOrder]:
        """List the real shop's orders, where it can."""
        return self._shop.ours(since) if isinstance(self._shop, Register) else iter(())

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Say what would be done."""
        for action in actions:
            if stop():
                yield NotBegun(action.key)
                continue
            ref = f"{PLANNED_REF}{action.key}" if isinstance(action, Create) else action.ref
            status = action.change.status or ("" if isinstance(action, Create) else action.expected)
            yield Done(action.key, ref, status, action.change.total)

    def statuses(self) -> Sequence[ShopStatus]:
        """List the real shop's statuses."""
        return self._shop.statuses()

    def check(self) -> Iterable[Finding]:
        """Check the real shop."""
        return self._shop.check()

    def close(self) -> None:
        """Let go of the real shop."""
        self._shop.close()
