"""Carry out the writes of a page: take outcomes as they come, note them soon, tell them once they are durable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from otto_import.errors import ServiceError
from otto_import.plan import AWAY, Create, Done, InDoubt, NotBegun, Reason, writable
from otto_import.sync.deeds import remember
from otto_import.sync.lines import line_of

if TYPE_CHECKING:
    from otto_import.errors import WritesLost
    from otto_import.ledger.base import Note
    from otto_import.outcome import OrderLine
    from otto_import.plan import Action, OrderKey, Outcome, Writable
    from otto_import.sync.deeds import When
    from otto_import.sync.house import House

# A shop over HTTP takes a tenth of a second an order: note what is done at least this often (seconds), and never more than this many at once.
_NOTE_EVERY = 0.25
_NOTE_AT_MOST = 256


class Writing:
    """Write one page; every action has its intention in the ledger already."""

    def __init__(self, house: House, when: Callable[[], When], emit: Callable[[Sequence[OrderLine]], None]) -> None:
        self._house = house
        self._when = when
        self._emit = emit

    def carry_out(self, actions: dict[OrderKey, Action], lost: WritesLost | None = None) -> None:
        """Write, and note each deed; what the shop leaves without an outcome stays in doubt.

        Where several writes were `lost` in this run already, one goes ahead; if that is lost too, it is the shop, and `lost` is raised again.
        """
        house = self._house
        left = dict(actions)
        batch: list[tuple[Action, Outcome]] = []
        # A shop that cannot be asked has not shown today that it is there: whether an order or the shop is at fault is known once all had their turn.
        unsure: list[tuple[Action, Outcome]] = []
        noted_at = house.tick()
        writes = [write for action in actions.values() if (write := writable(action)) is not None]
        try:
            for outcome in self._write(writes, lost):
                waits = isinstance(outcome, InDoubt) and not house.policy.can_find
                (unsure if waits else batch).append((left.pop(outcome.key), outcome))
                if len(batch) >= _NOTE_AT_MOST or house.tick() - noted_at >= _NOTE_EVERY:
                    self._note(batch)
                    batch, noted_at = [], house.tick()
        except ServiceError as error:
            away = [*((action.key, action) for action, _ in unsure), *left.items()]
            self._note([*batch, *((action, InDoubt(key, AWAY)) for key, action in away)])
            raise error from None
        self._note([*batch, *unsure, *((action, InDoubt(key, "no outcome")) for key, action in left.items())])

    def _write(self, writes: Sequence[Writable], lost: WritesLost | None) -> Iterator[Outcome]:
        write, stop = self._house.writer.write, self._house.stop
        if lost is None:
            yield from write(writes, stop)
            return
        ahead = list(write(writes[:1], stop))
        yield from ahead
        if any(isinstance(outcome, InDoubt) for outcome in ahead):
            yield from (NotBegun(action.key) for action in writes[1:])
            raise lost
        yield from write(writes[1:], stop)

    def _note(self, batch: list[tuple[Action, Outcome]]) -> None:
        if not batch:
            return
        twice = self._look_again(batch)
        when = self._when()
        notes: list[Note] = []
        lines: list[OrderLine] = []
        for action, outcome in batch:
            note = remember(action, outcome, when, again=twice.get(action.key))
            if note is not None:
                notes.append(note)
            lines.append(line_of(action, outcome, note.known.pending if note else None, preview=self._house.preview))
        self._house.ledger.note(notes)
        self._emit(lines)

    def _look_again(self, batch: list[tuple[Action, Outcome]]) -> dict[OrderKey, Reason]:
        """Look at orders created in doubt once more: an earlier create may have arrived after we looked."""
        keys = [action.key for action, outcome in batch if isinstance(action, Create) and action.doubtful and isinstance(outcome, Done)]
        if not keys:
            return {}
        found = self._house.writer.find(keys)
        refs = {key: [hit.ref for hit in found.get(key, ()) if hit.key == key] for key in keys}
        return {
            key: Reason("twice", f"twice in the shop: {', '.join(hits)}; keep one and delete the rest") for key, hits in refs.items() if len(hits) > 1
        }
