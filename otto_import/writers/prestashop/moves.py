"""Which statuses an order passes through, so that the shop takes and gives back stock exactly once.

What the shop does (seen on 8.2, and the same since 1.5): going from "Canceled" or "Payment error" to a status that counts as valid takes the
units; going from any other status to one of these two gives them back, whether they were taken or not; nothing else moves stock.
"""

from __future__ import annotations

from dataclasses import dataclass

from otto_import.writers.prestashop.codes import Code, refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Hold what the shop's statuses do, by number: `error` and `cancelled` hold no stock, `logable` take it on the way out of these two.

    `sparing` neither takes nor holds it, and is the detour of orders that shall take none; `passage` takes it for statuses that do not.
    """

    error: str
    cancelled: str
    logable: frozenset[str]
    known: frozenset[str]
    sparing: str | None = None
    passage: str | None = None

    @property
    def releasing(self) -> frozenset[str]:
        """Give the statuses whose orders hold no stock."""
        return frozenset((self.error, self.cancelled))

    @property
    def passing(self) -> frozenset[str]:
        """Give the statuses an order of ours is in only between two writes."""
        return frozenset(filter(None, (self.error, self.sparing, self.passage)))

    def steps(self, current: str, target: str, *, spares: bool = False) -> tuple[str, ...]:
        """Give the statuses to set one after the other; `Refusal` where the way would leave the stock wrong, or leads nowhere."""
        if target not in self.known:
            raise refusal(Code.UNKNOWN_STATUS)
        if current == target:
            return ()
        if current not in self.releasing or target in self.releasing:
            return (target,)
        if spares:
            return self._sparing(target)
        if target in self.logable:
            return (target,)
        if self.passage is None:
            raise refusal(Code.STATUS_TAKES_NO_STOCK)
        return (self.passage, target)

    def _sparing(self, target: str) -> tuple[str, ...]:
        if target not in self.logable:
            return (target,)
        if self.sparing is None:
            raise refusal(Code.NO_STATUS_SPARES_STOCK)
        return (self.sparing, target)
