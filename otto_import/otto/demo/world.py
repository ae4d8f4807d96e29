"""The demo's world in closed form: which orders there are at a clock and what has happened to each.

Every order is a function of its index; nothing is drawn from a generator and no order is kept. The 36 named orders come first in any size and
are the same in each; extra orders lie evenly between them and belong to the size, so that another size has other ones under other ids.
Orders are numbered by the time they were placed.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from otto_import.otto.demo import ids
from otto_import.otto.demo.lives import CYCLE, Life
from otto_import.otto.demo.schedule import END, SCHEDULE

LARGEST = 1 << 22
_NAMED = len(SCHEDULE)
_SERIAL_BITS = 24


class Seen(NamedTuple):
    """Hold an order as it stands at a clock: `times` are the moment it was placed and those of the steps that have passed."""

    number: int
    life: Life
    times: tuple[int, ...]

    @property
    def passed(self) -> int:
        """Count the steps of its life that have happened."""
        return len(self.times) - 1


class World:
    """Hold a world of `size` orders (1 to about four million; ValueError otherwise)."""

    def __init__(self, size: int) -> None:
        if not 1 <= size <= LARGEST:
            message = f"the demo has between 1 and {LARGEST} orders, not {size}"
            raise ValueError(message)
        self.size = size
        named = min(size, _NAMED)
        self._rows = [place * _NAMED // named for place in range(named)]
        self._starts = [place * size // named for place in range(named)]
        self._before = [start - place for place, start in enumerate(self._starts)]
        self._ends = [*self._starts[1:], size]

    def number(self, index: int) -> int:
        """Give the number behind an order's ids: the row of a named order; for an extra one its own number and the size."""
        place = bisect_right(self._starts, index) - 1
        if self._starts[place] == index:
            return self._rows[place]
        return (index - place - 1 + _NAMED) | self.size << _SERIAL_BITS

    def index(self, number: int) -> int | None:
        """Find the index of a number; None if there is no such order in this size."""
        if number < _NAMED:
            return self._starts[self._rows.index(number)] if number in self._rows else None
        size, serial = number >> _SERIAL_BITS, number & (1 << _SERIAL_BITS) - 1
        extra = serial - _NAMED
        if size != self.size or not 0 <= extra < self.size - len(self._starts):
            return None
        return extra + bisect_right(self._before, extra)

    def placed(self, index: int) -> int:
        """Tell when the order was or will be placed."""
        place = bisect_right(self._starts, index) - 1
        return self._placed(index, place, ids.mix(self.number(index)))

    def _placed(self, index: int, place: int, draw: int) -> int:
        start = self._starts[place]
        begin = SCHEDULE[self._rows[place]].placed
        if start == index:
            return begin
        until = SCHEDULE[self._rows[place + 1]].placed if place + 1 < len(self._rows) else END
        gaps = self._ends[place] - start
        step = (until - begin) // gaps
        return begin + (index - start) * step + (draw >> 8) % step

    def seen(self, index: int, clock: int) -> Seen | None:
        """Show an order at a clock; None before it is placed."""
        place = bisect_right(self._starts, index) - 1
        if self._starts[place] == index:
            number = self._rows[place]
            life = SCHEDULE[number].life
        else:
            extra = index - place - 1
            number = (extra + _NAMED) | self.size << _SERIAL_BITS
            life = CYCLE[extra % len(CYCLE)]
        draw = ids.mix(number)
        placed = self._placed(index, place, draw)
        if placed > clock:
            return None
        times = [placed]
        for relative, base, spread in life.compiled:
            at = base + draw % spread + (placed if relative else 0)
            if at > clock:
                break
            times.append(at)
        return Seen(number, life, tuple(times))

    def changed(self, index: int, clock: int) -> int:
        """Tell the moment of the last event by the clock; the order must have been placed."""
        seen = self.seen(index, clock)
        return seen.times[-1] if seen else 0

    def placed_until(self, at: int) -> int:
        """Count the orders placed at or before a moment; they are those with an index below the count."""
        return bisect_right(range(self.size), at, key=self.placed)
