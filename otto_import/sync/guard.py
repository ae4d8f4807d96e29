"""The guard between plan and deed: whole cancellations are collected, and carried out only if they are few (design: The guard)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otto_import.plan import Update

if TYPE_CHECKING:
    from otto_import.plan import Action, OrderKey


class Guard:
    """Collect cancellations up to a limit; `counted_before` are those that count already: held back earlier, or done in earlier slices."""

    def __init__(self, limit: int, counted_before: int = 0) -> None:
        self._limit = limit
        self._counted = counted_before
        self._waiting: dict[OrderKey, Update] = {}

    @property
    def closed(self) -> bool:
        """Tell whether there are too many, so that none is carried out."""
        return self._counted + len(self._waiting) > self._limit

    @property
    def counted(self) -> int:
        """Count those collected and released so far."""
        return self._counted

    def waits(self, key: OrderKey) -> bool:
        """Tell whether an order's cancellation waits here."""
        return key in self._waiting

    def drop(self, key: OrderKey, *, counted: bool = False) -> None:
        """Forget a waiting cancellation, because its order is decided anew; `counted` takes back one that was held back in an earlier run."""
        self._waiting.pop(key, None)
        if counted:
            self._counted -= 1

    def defer(self, action: Action) -> list[Update]:
        """Collect a cancellation; once there are too many, give back all that wait, to be noted as held back (so that memory stays flat)."""
        if isinstance(action, Update):
            self._waiting[action.key] = action
        if not self.closed:
            return []
        return self.release()

    def release(self) -> list[Update]:
        """Give back what waits; it goes on being counted."""
        waiting = list(self._waiting.values())
        self._waiting.clear()
        self._counted += len(waiting)
        return waiting
