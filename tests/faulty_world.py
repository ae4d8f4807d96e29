"""Runs through proxies that break answers: the real parts, put together as for the command line, but with waits too short to be noticed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from otto_import import wiring
from otto_import.config import Config
from otto_import.http import RetryRules, Service, ServiceSettings
from otto_import.otto.auth import Credentials, TokenSource
from otto_import.otto.client import OttoClient
from otto_import.otto.demo import DemoOtto, serve
from otto_import.otto.tokens import TokenFile
from otto_import.outcome import Summary
from otto_import.plan import Role
from otto_import.sync import jobs
from otto_import.sync.house import House
from otto_import.sync.options import RunOptions
from otto_import.wiring.jobs import open_house
from otto_import.writers.base import Writer, WriterContext
from otto_import.writers.prestashop.writer import PrestashopWriter
from otto_import.writers.shopware6.writer import Shopware6Writer
from otto_import.writers.webhook.writer import WebhookWriter
from otto_import.writers.woocommerce.writer import WooCommerceWriter
from tests.fakes import NoStop
from tests.fault_proxy import EVERY, FaultProxy, Kind, breaking
from tests.fronts import Front
from tests.system_shop import DAYS, STATUS, Place
from tests.webhook_receiver import EVENT_PATH, LOOKUP_PATH, Receiver, Said, serving

HASTE = RetryRules(total=1.2, longest_wait=0.02, first_wait=0.005, jitter=0.005)
READ_SECONDS = 0.15
SLOW = 0.25
PATIENT = {"max_cancellations": 100_000}
PAUSE = timedelta(minutes=10)
"""Between two runs, as cron would have it: longer than a shop's late write is waited for."""


_WRITERS: Mapping[str, Callable[..., Writer]] = {
    "webhook": WebhookWriter,
    "woocommerce": WooCommerceWriter,
    "shopware6": Shopware6Writer,
    "prestashop": PrestashopWriter,
}


class CountingReceiver(Receiver):
    """Remember the id of each event that made an order; two ids for one order would have been two orders."""

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[str, set[str]] = {}
        self.refusing = self._note  # asked about each event, under the receiver's lock

    def _note(self, event: Said) -> None:
        if event["type"] == "order.created":
            self.made.setdefault(event["otto_key"], set()).add(event["event_id"])

    def told(self) -> dict[str, tuple[Any, ...]]:
        """Give what stands of each order."""
        return {
            key: (order.status, order.said["total"], order.paid, tuple(sorted(order.stock.items())), "delivery_address" in order.said)
            for key, order in self.orders.items()
        }


def goods(place: Place) -> dict[str, tuple[Any, ...]]:
    """Give what stands of each order in the embedded shop, by its key."""
    stock = place.stock()
    rows = place.asked("SELECT otto_key, sales_order_id, status, total, paid_at IS NOT NULL FROM orders")
    assert len(rows) == len({row[0] for row in rows})
    return {key: (*rest, stock[one]) for key, one, *rest in rows}


@dataclass
class World:
    """Hold OTTO and its proxy, and the installation; `wall` is the real clock that passes between the runs."""

    place: Place
    otto: FaultProxy
    shop: FaultProxy | None = None
    receiver: CountingReceiver | None = None
    patience: RetryRules = HASTE
    clock: datetime = DAYS[0]
    wall: datetime = DAYS[0]
    runs: int = 0
    seconds: float = 0.0
    summaries: list[Summary] = field(default_factory=list)

    def run(self, job: Callable[[House], Summary]) -> Summary:
        """Run a job once; the next run comes later."""
        config = wiring.load(self.place.config)
        began = time.monotonic()
        with open_house(config, RunOptions(now=self.clock), lambda _: None, NoStop(), self._tune) as house, closing(self._source()) as source:
            writer = self._writer(config) if self.shop else house.writer
            with closing(writer):
                summary = job(replace(house, source=source, writer=writer, wall=lambda: self.wall))
        self.seconds += time.monotonic() - began
        self.runs += 1
        self.wall += PAUSE
        self.summaries.append(summary)
        return summary

    def converge(self, job: Callable[[House], Summary], most: int) -> Summary:
        """Run until a run ends well and leaves nothing open."""
        last = self.run(job)
        for _ in range(most):
            if last.exit == 0 and not (last.in_doubt or last.held or last.conflicts or last.failed):
                return last
            last = self.run(job)
        message = f"not there after {most} runs: {self.summaries[-most - 1 :]}"
        raise AssertionError(message)

    def _tune(self, policy: Any) -> Any:
        return replace(policy, wall=self.wall, start=None)

    def _source(self) -> OttoClient:
        settings = ServiceSettings(service="OTTO", base_url=self.otto.url, read_seconds=READ_SECONDS, retries=HASTE)
        service = Service(settings, clock=lambda: self.clock)
        return OttoClient(service, TokenSource(service, Credentials(client_id="demo", secret="demo"), TokenFile(self.place.folder / "token")))

    def _writer(self, config: Config) -> Writer:
        roles = {Role(role): status for role, status in config.status.items()}
        context = WriterContext(folder=self.place.folder, roles=roles, now=lambda: self.clock)
        return _WRITERS[config.shop.writer](config.shop.settings, context, patience=self.patience)


def backfilling(house: House) -> Summary:
    """Import everything since the beginning of the demo's calendar, in three slices."""
    return jobs.backfill(house, date(2026, 5, 25), date(2026, 6, 9))


@contextmanager
def otto_through(place: Place, size: int, *, rate: float = 0.1, seed: int = 1, kinds: Sequence[Kind] = EVERY) -> Iterator[World]:
    """Put a proxy in front of OTTO; the shop is the place's own."""
    world = World(place, FaultProxy("", rate=rate))
    with (
        serve(DemoOtto(lambda: world.clock, size=size)) as base_url,
        breaking(FaultProxy(base_url, rate=rate, seed=seed, kinds=kinds, slow=SLOW)) as world.otto,
    ):
        yield world


@contextmanager
def both_through(folder: Path, size: int, *, rate: float = 0.1, seed: int = 1, looks_up: bool = True) -> Iterator[World]:
    """Put a proxy in front of OTTO and another in front of a webhook's receiver."""
    receiver = CountingReceiver()
    with serving(receiver), breaking(FaultProxy(receiver.url, rate=rate, seed=seed + 1, slow=0.8)) as shop:
        table = {"url": shop.url + EVENT_PATH, "secret": receiver.settings["secret"]}
        lookup = {**receiver.lookup, "lookup_url": shop.url + LOOKUP_PATH} if looks_up else {}
        place = Place(folder, shop={"writer": "webhook", "sqlite": None, "webhook": {**table, **lookup}}, limits=PATIENT)
        with otto_through(place, size, rate=rate, seed=seed) as world:
            world.shop, world.receiver = shop, receiver
            yield world


@contextmanager
def front_through(front: Front, folder: Path, size: int, *, rate: float = 0.1, seed: int = 1) -> Iterator[World]:
    """Put a proxy in front of OTTO and another in front of a shop."""
    name = front.tables["writer"]
    with breaking(FaultProxy(front.tables[name]["url"], rate=rate, seed=seed + 1, slow=0.4)) as shop:
        own = {role: front.words.get(role) for role in STATUS}
        place = Place(folder, shop={"sqlite": None, "writer": name, name: led_to(shop.url, front)}, status=own, limits=PATIENT)
        if name == "prestashop":  # its word for «there is none», which no program can tell from the truth
            shop.shapes = tuple(shape for shape in shop.shapes if shape != b"[]")
        with otto_through(place, size, rate=rate, seed=seed) as world:
            world.shop = shop
            yield world


def led_to(address: str, front: Front) -> dict[str, Any]:
    """Give the table of a shop's own settings with another host in it."""
    table = front.tables[front.tables["writer"]]
    parts = urlsplit(table["url"])
    host = f"{parts.scheme}://{parts.netloc}"
    return {name: value.replace(host, address) if isinstance(value, str) else value for name, value in table.items()}
