"""A world in which the program is killed at a chosen moment, by those who see that moment from outside: OTTO, the shop, who watches a file."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otto_import.otto.demo import DemoOtto, serve
from tests.faulty_world import PATIENT, CountingReceiver, goods
from tests.system_shop import DAYS, Ended, Place
from tests.webhook_receiver import Fault, serving

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SIZE = 150
RANGE = ("backfill", "--from", "2026-05-25", "--to", "2026-06-11")
_TWO_HUNDRED_SECONDS = 200_000
_LONGEST = 30.0


class Moment(StrEnum):
    """Name what happens for the n-th time when the program is killed."""

    OTTO_ASKED = "before OTTO answers"
    OTTO_ANSWERED = "after OTTO answered"
    SHOP_ASKED = "before the shop writes"
    SHOP_WRITTEN = "after the shop wrote"
    SHOP_COMMITTED = "a commit in the shop's file"
    LEDGER_COMMITTED = "a commit in the ledger"
    ANY = "any moment"


class Shop(StrEnum):
    """Name the shops."""

    FILE = "sqlite"
    ASKED = "webhook with a look-up"
    TOLD = "webhook without a look-up"


@dataclass
class Blow:
    """Kill a process when a moment is met for the n-th time; for `ANY`, so many milliseconds after OTTO was first asked."""

    moment: Moment
    number: int
    pid: int = 0

    def __post_init__(self) -> None:
        self._met = 0
        self._lock = threading.Lock()
        self.begun = threading.Event()

    def met(self, moment: Moment) -> None:
        """Take note of a moment."""
        if moment is Moment.OTTO_ASKED:
            self.begun.set()
        if moment is not self.moment:
            return
        with self._lock:
            self._met += 1
            if self._met == self.number:
                self.strike()

    def strike(self) -> None:
        """Kill it now."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)


class KillingReceiver(CountingReceiver):
    """Strike before or after an event is written."""

    def __init__(self) -> None:
        super().__init__()
        self.blow = Blow(Moment.ANY, 0)
        self.arrived = lambda: self.blow.met(Moment.SHOP_ASKED)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[Fault | None, int, object]:
        answered = super().answer(method, target, headers, body)
        if method == "POST":
            self.blow.met(Moment.SHOP_WRITTEN)
        return answered


class KillingWorld:
    """Hold OTTO, and make installations that are killed."""

    def __init__(self) -> None:
        self.clock = DAYS[0]
        self.blow = Blow(Moment.ANY, 0)
        self.base_url = ""
        self._otto = DemoOtto(lambda: self.clock, size=SIZE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as OTTO, and strike before or after (PEP 3333)."""
        self.blow.met(Moment.OTTO_ASKED)
        answer = self._otto(environ, start_response)
        self.blow.met(Moment.OTTO_ANSWERED)
        return answer

    @contextmanager
    def installed(self, folder: Path, shop: Shop) -> Iterator[Installed]:
        """Give an installation with a shop of its own."""
        receiver = KillingReceiver()
        with serving(receiver):
            tables: dict[str, Any] = {"otto": {"base_url": self.base_url}, "limits": PATIENT}
            if shop is not Shop.FILE:
                lookup = receiver.lookup if shop is Shop.ASKED else {}
                tables["shop"] = {"writer": "webhook", "sqlite": None, "webhook": {**receiver.settings, **lookup}}
            yield Installed(self, Place(folder, **tables), receiver, shop)
        shutil.rmtree(folder)


@dataclass
class Installed:
    """Hold one installation, its shop, and the orders that stand there."""

    world: KillingWorld
    place: Place
    receiver: KillingReceiver
    shop: Shop

    def told(self) -> dict[str, tuple[Any, ...]]:
        """Give what stands of each order; none may stand twice."""
        assert [] == [key for key, ids in self.receiver.made.items() if len(ids) > 1]
        return goods(self.place) if self.shop is Shop.FILE else self.receiver.told()

    def run(self, command: tuple[str, ...], clock: datetime) -> Ended:
        """Run calmly, in this process."""
        self.world.clock, self.world.blow = clock, Blow(Moment.ANY, 0)
        self.receiver.blow = self.world.blow
        return self.place.run(*command, now=clock)

    def killed(self, command: tuple[str, ...], clock: datetime, blow: Blow) -> bool:
        """Run in a process of its own and kill it; tell whether the blow struck before the run had ended."""
        self.world.clock = clock
        with self.place.child(*command, now=clock) as child:
            blow.pid = child.process.pid
            self.world.blow = self.receiver.blow = blow
            if blow.moment is Moment.ANY:
                blow.begun.wait(_LONGEST)
                time.sleep(blow.number / 1000)
                blow.strike()
            elif blow.moment in (Moment.SHOP_COMMITTED, Moment.LEDGER_COMMITTED):
                self._watch(child.process.poll, blow)
            ended = child.ended()
        assert ended.code in (0, -signal.SIGKILL), ended.err
        return ended.code != 0

    def pass_time(self) -> None:
        """Let a few minutes pass for what is in doubt: a shop over HTTP may write late."""
        if self.place.table("intentions", self.place.ledger):
            with closing(sqlite3.connect(self.place.ledger, isolation_level=None)) as connection:
                connection.execute("UPDATE intentions SET at = at - ?", (_TWO_HUNDRED_SECONDS,))

    def _watch(self, ended: Any, blow: Blow) -> None:
        log = Path(f"{self.place.shop if blow.moment is Moment.SHOP_COMMITTED else self.place.ledger}-wal")
        seen: tuple[int, int] | None = None
        while ended() is None:
            try:
                now = log.stat()
            except FileNotFoundError:
                continue
            if now.st_size and (now.st_mtime_ns, now.st_size) != seen:
                seen = (now.st_mtime_ns, now.st_size)
                blow.met(blow.moment)


@contextmanager
def killing() -> Iterator[KillingWorld]:
    """Serve OTTO on a real socket."""
    world = KillingWorld()
    with serve(world) as world.base_url:
        yield world
