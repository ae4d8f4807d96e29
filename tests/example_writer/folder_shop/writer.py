"""The writer: each order one file, made and replaced as a whole."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from otto_import.errors import ShopUnavailable
from otto_import.plan import (
    Changed,
    Create,
    Done,
    Finding,
    Grade,
    NotBegun,
    OrderKey,
    Outcome,
    Refused,
    ShopOrder,
    ShopStatus,
    Update,
    Writable,
)
from otto_import.writers.base import WriterContext, never

from . import orders

MARK = ".shop"


def ref_of(key: OrderKey) -> str:
    """Name an order's file by its key, so that there can be no second one for the same order."""
    return sha256(key.encode()).hexdigest()[:20]


class FolderWriter:
    """Write orders into a folder."""

    def __init__(self, folder: Path, context: WriterContext, statuses: Sequence[ShopStatus]) -> None:
        self.settle_seconds = 0
        self.can_find = True
        self.requests = 0
        self._folder = folder
        self._context = context
        self._statuses = statuses

    @property
    def identity(self) -> str:
        """Give the random id kept in the folder; "" until there is one."""
        mark = self._folder / MARK
        with self._shop("identity"):
            return mark.read_text(encoding="ascii") if mark.exists() else ""

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Look up orders by OTTO key."""
        found = self.read([ref_of(key) for key in keys])
        return {key: (found[ref],) for key in keys if (ref := ref_of(key)) in found and found[ref].key == key}

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        """Read orders by reference."""
        self.requests += 1
        with self._shop("read"):
            return {ref: order for ref in refs if (order := self._load(ref)) is not None}

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Carry out actions one after the other; each is on the disk when its outcome is given."""
        if self._context.read_only and actions:
            text = "a writer opened for a preview writes nothing"
            raise RuntimeError(text)
        for action in actions:
            if stop():
                yield NotBegun(action.key)
                continue
            self.requests += 1
            with self._shop("write"):
                outcome = self._attempt(action)
            yield outcome

    def statuses(self) -> Sequence[ShopStatus]:
        """List the shop's statuses and what each does."""
        return self._statuses

    def check(self) -> Iterable[Finding]:
        """See that the folder is there, or can be made, and may be written."""
        folder = next(one for one in (self._folder, *self._folder.absolute().parents) if one.exists())
        if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
            count = len(list(self._folder.glob("*.json")))
            return [Finding(Grade.GOOD, "folder shop", f"{self._folder} holds {count} orders")]
        return [Finding(Grade.BAD, "folder shop", f"{folder} may not be written", "change its rights, or name another in shop.folder.path")]

    def close(self) -> None:
        """Let go of nothing: no file stays open."""

    def _attempt(self, action: Writable) -> Outcome:
        try:
            return self._create(action) if isinstance(action, Create) else self._update(action)
        except UnicodeEncodeError:
            return Refused(action.key, "unwritable_text")

    def _create(self, action: Create) -> Outcome:
        if action.change.status is None:
            return Refused(action.key, "no_status")
        self._make_shop()
        order = orders.created(action, self._context.now())
        ref = ref_of(action.key)
        try:
            self._put(ref, orders.text(order), new=True)
        except FileExistsError:
            return Refused(action.key, "duplicate_key")
        return Done(action.key, ref, action.change.status, orders.total(order))

    def _update(self, action: Update) -> Outcome:
        path = self._path(action.ref)
        written = path.read_bytes() if path is not None and path.exists() else None
        found = None if written is None else orders.told(action.ref, written)
        if written is None or found is None or found.key != action.key or found.status != action.expected:
            return Changed(action.key, found)
        order = orders.changed(orders.parsed(written), action.change, self._context.now())
        self._put(action.ref, orders.text(order), new=False)
        return Done(action.key, action.ref, order["status"], orders.total(order))

    def _path(self, ref: str) -> Path | None:
        """Name the file of a reference; None for what is no reference of ours, such as a way out of the folder."""
        return self._folder / f"{ref}.json" if re.fullmatch("[0-9a-f]{20}", ref) else None

    def _load(self, ref: str) -> ShopOrder | None:
        path = self._path(ref)
        return orders.told(ref, path.read_bytes()) if path is not None and path.exists() else None

    def _put(self, ref: str, text: bytes, *, new: bool) -> None:
        """Write a file as a whole, or not at all; FileExistsError if a `new` one is there already."""
        path, draft = self._folder / f"{ref}.json", self._folder / f".{ref}.draft"
        with draft.open("wb") as file:
            draft.chmod(0o600)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            if new:
                os.link(draft, path)
            else:
                draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _make_durable(self._folder)

    def _make_shop(self) -> None:
        if not self.identity:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / MARK).write_text(uuid4().hex, encoding="ascii")

    @contextmanager
    def _shop(self, where: str) -> Iterator[None]:
        """Say in otto-import's words that the whole shop is away."""
        try:
            yield
        except OSError as error:
            text = f"{self._folder} cannot be used: {error.strerror or type(error).__name__}; see that it is there and may be written"
            raise ShopUnavailable(where, text) from error


def _make_durable(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened, and need not be
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
