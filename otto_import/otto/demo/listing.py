"""Pages of orders: sorted, filtered, and found without looking at all of them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from otto_import.otto.demo.query import AT_LEAST_ONE, BY_ORDER, Query
from otto_import.otto.demo.world import LARGEST, Seen, World

_SHIFT = LARGEST.bit_length() - 1
_LOW = LARGEST - 1


class Page(NamedTuple):
    """Hold the orders of a page and the cursor of the next one (None: nothing follows)."""

    orders: list[Seen]
    cursor: str | None


class _Index(NamedTuple):
    """Hold, for one clock, a key for each order placed: its change in milliseconds, then its index; sorted by the change."""

    clock: int
    keys: array[int]


class Listing:
    """Answer list requests about a world; keeps eight bytes an order, for the last clock asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last: _Index | None = None

    def page(self, query: Query, limit: int, clock: int) -> Page:
        """Give at most `limit` orders as they stand at the clock."""
        index = self._index(clock)
        found: list[tuple[int, Seen]] = []
        for key in self._keys(query, index):
            if len(found) > limit:
                break
            seen = self._world.seen(key & _LOW, clock)
            if seen and _wanted(query, seen):
                found.append((key, seen))
        more = len(found) > limit
        found = found[:limit]
        return Page([seen for _, seen in found], query.cursor(found[-1][0]) if more else None)

    def _index(self, clock: int) -> _Index:
        if self._last is None or self._last.clock != clock:
            changed = self._world.changed
            keys = sorted(changed(index, clock) << _SHIFT | index for index in range(self._world.placed_until(clock)))
            self._last = _Index(clock, array("q", keys))
        return self._last

    def _keys(self, query: Query, index: _Index) -> Iterator[int]:
        """Walk the sort keys that may match, in the order asked for; by order date a key is the index alone."""
        first = 0 if query.placed_after is None else self._world.placed_until(query.placed_after)
        end = len(index.keys) if query.placed_before is None else min(len(index.keys), self._world.placed_until(query.placed_before - 1))
        if query.column == BY_ORDER:
            low, high = _window(range(len(index.keys)), query, first)
            places = range(low, min(high, end))
            yield from reversed(places) if query.descending else places
            return
        earliest = max(query.changed_from or 0, query.placed_after or 0)
        low, high = _window(index.keys, query, max(0, earliest) << _SHIFT)
        for place in range(high - 1, low - 1, -1) if query.descending else range(low, high):
            key = index.keys[place]
            if first <= key & _LOW < end:
                yield key


def _window(keys: range | array[int], query: Query, lowest: int) -> tuple[int, int]:
    """Narrow sorted keys to those from `lowest` on that lie beyond the cursor; gives first place and the one after the last."""
    low, high = bisect_left(keys, lowest), len(keys)
    if query.after is not None:
        if query.descending:
            high = bisect_left(keys, query.after)
        else:
            low = max(low, bisect_right(keys, query.after))
    return low, high


def _wanted(query: Query, seen: Seen) -> bool:
    if query.changed_from is not None and seen.times[-1] < query.changed_from:
        return False
    if not query.states:
        return True
    kinds = seen.life.states if query.mode == AT_LEAST_ONE else seen.life.buckets
    return not kinds[seen.passed].isdisjoint(query.states)
