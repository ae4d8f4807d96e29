"""Repairs with the real parts: reconcile, rebuild, adopt, purge."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otto_import.errors import LedgerError, Stopped, UsageError
from otto_import.ledger.damage import is_damaged, set_aside
from otto_import.ledger.health import inspect
from otto_import.ledger.identity import check_identity
from otto_import.ledger.lock import RunLock
from otto_import.ledger.opening import open_ledger
from otto_import.ledger.place import require_local
from otto_import.outcome import Summary
from otto_import.pairs import read_pairs
from otto_import.sync import repairs
from otto_import.wiring import parts
from otto_import.wiring.jobs import SWITCHED_OFF, clock, open_house

if TYPE_CHECKING:
    from otto_import.config import Config
    from otto_import.ledger.base import Ledger
    from otto_import.sync.options import Emit, RunOptions, Stop

LEAST_AGE: Final = timedelta(days=30)
_AT_ONCE: Final = 500


def reconcile(config: Config, first: date, last: date, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
    """Compare OTTO, ledger and shop over a range of order dates; a dry run only reports."""
    if not (config.imports.enabled or options.dry_run):
        return Summary(command="reconcile", dry_run=False, notices=(SWITCHED_OFF,))
    with open_house(config, options, emit, stop) as house:
        return repairs.reconcile(house, first, last)


def rebuild(config: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
    """Fill the ledger from the shop's receipts; one that is damaged is set aside before, where the shop can list its orders."""
    notices = _set_damaged_aside(config, options, stop)
    with open_house(config, options, emit, stop) as house:
        summary = repairs.rebuild(house)
    return replace(summary, notices=(*notices, *summary.notices))


def _set_damaged_aside(config: Config, options: RunOptions, stop: Stop) -> tuple[str, ...]:
    path = config.ledger_path
    require_local(path, allow_network=config.state.allow_network)
    if not path.exists():
        return ()
    lock = RunLock(path, options.wait, glance=stop.check)
    lock.acquire()
    try:
        if not _is_damaged(path):
            return ()
        with closing(parts.writer(config, clock(config, options), read_only=True)) as writer:
            repairs.require_register(writer)
        return (f"the damaged ledger was set aside as {set_aside(path, parts.wall())}",)
    finally:
        lock.release()


def _is_damaged(path: Path) -> bool:
    try:
        health = inspect(path)
    except LedgerError as error:
        if is_damaged(error):
            return True
        raise
    return health is not None and bool(health.complaints)


def adopt(config: Config, path: Path, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
    """Take over the orders that a CSV file names (`order_number,shop_ref`); UsageError where the file is wrong."""
    adoptions = read_adoptions(path)
    if not config.imports.enabled:
        return Summary(command="adopt", dry_run=options.dry_run, notices=(SWITCHED_OFF,))
    with open_house(config, options, emit, stop) as house:
        return repairs.adopt(house, adoptions)


def read_adoptions(path: Path) -> list[repairs.Adoption]:
    """Read the file; no order and no reference may stand in it twice with different partners."""
    try:
        pairs = read_pairs(path, "order_number", "shop_ref")
    except ValueError as error:
        message = f"{path}: {error}"
        raise UsageError(message) from error
    refs: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for line, number, ref in pairs:
        if numbers.setdefault(number, ref) != ref or refs.setdefault(ref, number) != number:
            message = f"{path}: line {line} contradicts a line above it; an order of OTTO and an order of the shop belong together once"
            raise UsageError(message)
    return [repairs.Adoption(number, ref, f"{path.name}, line {line}") for line, number, ref in pairs if numbers.pop(number, None) is not None]


def purge(config: Config, age: timedelta, options: RunOptions, stop: Stop) -> int:
    """Forget finished orders placed longer ago than `age`; give how many."""
    if age < LEAST_AGE:
        message = f"--older-than must be {LEAST_AGE.days}d or more: OTTO may still change younger orders"
        raise UsageError(message)
    now, path = clock(config, options), config.ledger_path
    with closing(parts.writer(config, now, read_only=True)) as writer:
        if not writer.can_find:
            message = "this shop cannot be asked for its orders: what is forgotten here would be sent to it again when OTTO changes it"
            raise UsageError(message)
        require_local(path, allow_network=config.state.allow_network)
        if not path.exists():
            return 0
        lock = RunLock(path, options.wait, glance=stop.check)
        lock.acquire()
        try:
            with closing(open_ledger(path, allow_network=config.state.allow_network)) as ledger:
                check_identity(ledger, parts.identity(config, writer))
                return _forget(ledger, now, age, stop)
        finally:
            lock.release()


def _forget(ledger: Ledger, now: datetime, age: timedelta, stop: Stop) -> int:
    run, code, forgotten = ledger.begin_run("purge", parts.wall(), now), 1, 0
    try:
        while keys := ledger.finished(now - age, _AT_ONCE):
            stop.check()
            ledger.forget(keys)
            forgotten += len(keys)
        code = 0
    except Stopped as stopped:
        code = 128 + stopped.signal_number
        raise
    finally:
        summary = Summary(command="purge", dry_run=False, exit=code, notices=(f"{forgotten} finished orders forgotten",))
        ledger.end_run(run, parts.wall(), code, json.dumps(asdict(summary), default=str))
    return forgotten
