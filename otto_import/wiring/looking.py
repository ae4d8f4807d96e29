"""Look without touching: one order as a story, the orders and the runs the ledger knows, a schedule for this config."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from otto_import.config.exposure import secrets_in
from otto_import.errors import ServiceError, UsageError
from otto_import.ledger.identity import Identity, check_identity
from otto_import.ledger.opening import open_for_reading
from otto_import.orders import Withheld
from otto_import.outcome import OrderLine
from otto_import.planner import key_of
from otto_import.schedule import Job
from otto_import.story import Heard, RunLine, Story, run_lines, tell
from otto_import.sync.options import RunOptions
from otto_import.sync.run import Run
from otto_import.wiring.jobs import SWITCHED_OFF, open_house

if TYPE_CHECKING:
    from datetime import datetime

    from otto_import.config import Config
    from otto_import.ledger.base import Selection
    from otto_import.ledger.sqlite import SqliteLedger
    from otto_import.orders import Reading
    from otto_import.plan import Known, OrderKey, ShopOrder
    from otto_import.schedule import Machine
    from otto_import.sync.house import House
    from otto_import.sync.options import Stop

_NOT_ASKED = "not asked (--offline)"


def explain(config: Config, name: str, now: datetime | None, offline: bool, stop: Stop) -> Story:
    """Tell one order, by order number or `salesOrderId`; `offline` asks nobody over the network."""
    with open_house(config, RunOptions(dry_run=True, now=now), lambda _: None, stop) as house:
        return explained(house, name, offline=offline, enabled=config.imports.enabled)


def explained(house: House, name: str, *, offline: bool = False, enabled: bool = True) -> Story:
    """Tell one order in a house made for a preview; `enabled` is the config's `import.enabled`.

    Raises `UsageError` for an order that neither ledger nor OTTO knows, `ServiceError` where the ledger does not know it and OTTO does not answer.
    """
    known = _remembered(house, name)
    if known is None and offline:
        message = f"the ledger does not know an order {name}, and OTTO was not asked (--offline); give its orderNumber or salesOrderId"
        raise UsageError(message)
    reading, otto_silence = (None, _NOT_ASKED) if offline else _ask_otto(house, known, name)
    if known is None and reading is not None:
        if isinstance(reading.order, Withheld):
            message = f"neither OTTO nor the ledger knows an order {name}; give its orderNumber or salesOrderId"
            raise UsageError(message)
        known = house.ledger.known([key_of(reading, house.policy)]).get(key_of(reading, house.policy))
    key = known.key if known else key_of(reading, house.policy) if reading else house.policy.key(name)
    history = house.ledger.history(key)  # before the plan is made: in a preview it writes over the ledger
    found, shop_silence = _ask_shop(house, known, key, offline=offline)
    if enabled:
        planned, unplanned = _plan(house, reading, shop_away=found is None and house.writer.can_find)
    else:
        planned, unplanned = None, SWITCHED_OFF
    heard = Heard(
        now=house.now,
        wall=house.wall(),
        reading=reading,
        otto_silence=otto_silence,
        found=found,
        shop_silence=shop_silence,
        planned=planned,
        unplanned=unplanned,
    )
    return tell(key, known, history, heard, house.policy)


def _remembered(house: House, name: str) -> Known | None:
    """Find an order in the ledger; of several the one whose salesOrderId is known (the other is what a broken answer left behind)."""
    rows = house.ledger.named(name) or house.ledger.named(name.lower())
    return max(rows, key=lambda row: row.sales_order_id is not None, default=None)


def _ask_otto(house: House, known: Known | None, name: str) -> tuple[Reading | None, str]:
    asked = (known.sales_order_id or known.order_number if known else None) or name
    try:
        house.stop.check()
        return house.source.order(asked), ""
    except ServiceError as error:
        if known is None:
            raise
        return None, str(error)


def _ask_shop(house: House, known: Known | None, key: OrderKey, *, offline: bool) -> tuple[Sequence[ShopOrder] | None, str]:
    writer = house.writer
    if not writer.can_find:
        return None, "this shop only takes events and cannot be asked"
    if offline and writer.settle_seconds:
        return None, _NOT_ASKED
    try:
        if known is not None and known.ref is not None:
            return tuple(writer.read([known.ref]).values()), ""
        return tuple(hit for hit in writer.find([key]).get(key, ()) if hit.key == key), ""
    except ServiceError as error:
        return None, str(error)


def _plan(house: House, reading: Reading | None, *, shop_away: bool) -> tuple[OrderLine | None, str]:
    """Let a run decide about this one order, over a ledger and a shop that keep nothing of it."""
    if reading is None:
        return None, "what the next run would do cannot be told without OTTO's word"
    if shop_away:
        return None, "what the next run would do cannot be told without the shop's word"
    lines: list[OrderLine] = []
    run = Run(replace(house, emit=lines.extend), counted_before=house.ledger.standing().held_back, counts_standing=True)
    try:
        run.page([reading], touch=True, due=True)
        run.close_guard()
    except ServiceError as error:
        return None, f"what the next run would do cannot be told: {error}"
    return (lines[-1], "") if lines else (None, "the next run would pass it over")


def orders(config: Config, selection: Selection, show: Callable[[Iterator[Known]], int]) -> int:
    """Hand the selected orders of the ledger, the latest first, to `show`; give what it gives."""
    with closing(_ledger(config)) as ledger:
        return show(ledger.orders(selection))


def runs(config: Config, most: int) -> list[RunLine]:
    """List the last runs, the latest first."""
    with closing(_ledger(config)) as ledger:
        return list(run_lines(ledger.runs(most)))


def _ledger(config: Config) -> SqliteLedger:
    """Open the config's ledger for reading; the shop is not asked who it is."""
    ledger = open_for_reading(config.ledger_path)
    stored = ledger.identity()
    try:
        check_identity(ledger, Identity(config.otto.environment, config.otto.account, config.shop.writer, stored.shop if stored else ""))
    except BaseException:
        ledger.close()
        raise
    return ledger


def scheduled(config: Config, machine: Machine, every: int) -> Job:
    """Describe the job to be scheduled: this config's `sync`, every so many minutes."""
    demo = config.otto.environment == "demo"  # which fetches no secret of OTTO's
    parts = (config.notify, config.shop.settings) if demo else (config.otto, config.notify, config.shop.settings)
    secrets = [secret for part in parts for _, secret in secrets_in(part)]
    return Job(
        machine=machine,
        config=str(config.path),
        folders=tuple(dict.fromkeys(str(folder) for folder in (config.folder, config.ledger_path.parent))),
        name=f"{config.otto.environment}-{config.otto.account}",
        every=every,
        variables=tuple(sorted({secret.variable for secret in secrets if secret.variable})),
        in_keyring=any(secret.in_keyring for secret in secrets),
    )
