"""The writer of the event stream: a batch of lines is on the disk before its outcomes are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from otto_import.plan import Done, Finding, NotBegun, OrderKey, Outcome, Refused, ShopOrder, ShopStatus, Writable
from otto_import.writers.base import WriterContext, never
from otto_import.writers.jsonl.checks import findings
from otto_import.writers.jsonl.events import told
from otto_import.writers.jsonl.stream import LARGEST_APPEND, Stream


def _random_id() -> str:
    return str(uuid4())


class JsonlWriter:
    """Tell programs of orders, at least once: nothing can be looked up, so what is in doubt is sent again under the same event id.

    An order's reference is its OTTO key. ConfigError where the path holds something that is no event stream of ours.
    """

    def __init__(self, path: Path, context: WriterContext, new_id: Callable[[], str] = _random_id) -> None:
        self.settle_seconds = 0
        self.can_find = False
        self.requests = 0
        self._path = path
        self._context = context
        self._stream = Stream(path, new_id)

    @property
    def identity(self) -> str:
        """Give the random id in the stream's first line; "" until the file is there."""
        return self._stream.identity

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:  # noqa: ARG002  – the protocol's name
        """Find nothing: who reads the stream does not answer."""
        return {}

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:  # noqa: ARG002  – the protocol's name
        """Read nothing, for the same reason."""
        return {}

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Append an event an action, many at a time, and give their outcomes once they are on the disk."""
        if self._context.read_only and actions:
            text = "a writer opened for a preview writes nothing"
            raise RuntimeError(text)
        now = self._context.now()
        lines: list[bytes] = []
        done: list[Outcome] = []
        size = 0
        for begun, action in enumerate(actions):
            if stop():
                yield from self._send(lines, done)
                yield from (NotBegun(rest.key) for rest in actions[begun:])
                return
            event = told(action, self._context.buyer_email, now)
            if isinstance(event, Refused):
                yield event
                continue
            lines.append(event.line)
            done.append(Done(action.key, action.key, event.status, event.total))
            size += len(event.line)
            if size >= LARGEST_APPEND:
                yield from self._send(lines, done)
                lines, done, size = [], [], 0
        yield from self._send(lines, done)

    def statuses(self) -> Sequence[ShopStatus]:
        """List nothing: a status here is a word of the config, and what it does is the reader's affair."""
        return ()

    def check(self) -> Iterable[Finding]:
        """Prove that the file is an event stream and can be written, or can be made, and that its words tell roles apart."""
        return findings(self._path, self._context.roles)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _send(self, lines: Sequence[bytes], done: Sequence[Outcome]) -> Iterator[Outcome]:
        if lines:
            self.requests += 1
            self._stream.append(lines)
            yield from done
