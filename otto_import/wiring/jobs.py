"""Build the house from the config, and run a job in it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from otto_import import config as configs
from otto_import.errors import ConfigError, LedgerError, Problem, UsageError
from otto_import.ledger.base import Mark
from otto_import.ledger.identity import bind, check_identity
from otto_import.ledger.lock import RunLock
from otto_import.ledger.met import Met
from otto_import.ledger.opening import open_for_preview, open_ledger
from otto_import.ledger.place import require_local
from otto_import.outcome import Summary
from otto_import.plan import Policy, Role
from otto_import.sync import jobs
from otto_import.sync.house import House, Lock, NoLock, Rhythm
from otto_import.sync.preview import PlannedShop
from otto_import.wiring import parts
from otto_import.writers import registry
from otto_import.writers.base import traits_of

if TYPE_CHECKING:
    from otto_import.config import Config
    from otto_import.ledger.base import Ledger
    from otto_import.ledger.sqlite import SqliteLedger
    from otto_import.sync.options import Emit, RunOptions, Stop
    from otto_import.writers.base import Writer

# In seconds, how long a thread waits for its turn: by default 5 ms, and to fetch the next page takes about a dozen turns beside the writing.
_TURN = 0.0005
SWITCHED_OFF = "import.enabled is false: nothing is imported until it is switched on"


def load(path: Path | None, environ: Mapping[str, str] | None = None) -> Config:
    """Find and load the config; `ConfigError` names every problem at once."""
    return configs.load(configs.find_config(path, os.environ if environ is None else environ), registry.find)


def clock(config: Config, options: RunOptions) -> datetime:
    """Give the clock of a run, aware UTC: the real one, in the demo its own; `UsageError` for a `now` outside the demo."""
    if config.otto.environment == "demo":
        from otto_import.otto.demo import DEFAULT_CLOCK

        return options.now or DEFAULT_CLOCK
    if options.now is not None:
        message = "--now sets the clock of the demo; leave it out with OTTO's real orders"
        raise UsageError(message)
    return parts.wall()


def sync(config: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
    """Bring the shop up to date with what changed at OTTO."""
    if not config.imports.enabled:
        return Summary(command="sync", dry_run=options.dry_run, notices=(SWITCHED_OFF,))
    with open_house(config, options, emit, stop) as house:
        return jobs.sync(house)


def backfill(config: Config, first: date, last: date, fulfilled: bool, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
    """Import a range of order dates, both days included, whatever `start_date` says."""
    if not config.imports.enabled:
        return Summary(command="backfill", dry_run=options.dry_run, notices=(SWITCHED_OFF,))
    if fulfilled and Role.SENT not in config.status:
        raise ConfigError(
            str(config.path), [Problem("status.sent", "--fulfilled creates orders that were sent; name the shop status they shall have")]
        )

    def reach_back(policy: Policy) -> Policy:
        return replace(policy, start=None, fulfilled=fulfilled or policy.fulfilled)

    with open_house(config, options, emit, stop, reach_back) as house:
        return jobs.backfill(house, first, last)


def retry(config: Config, names: Sequence[str], recreate: bool, accept: bool, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
    """Try pending orders again."""
    if not config.imports.enabled:
        return Summary(command="retry", dry_run=options.dry_run, notices=(SWITCHED_OFF,))

    def by_hand(policy: Policy) -> Policy:
        return replace(policy, recreate=recreate, accept=accept)

    with open_house(config, options, emit, stop, by_hand) as house:
        return jobs.retry(house, names)


@contextmanager
def open_house(  # one argument a part of the run
    config: Config, options: RunOptions, emit: Emit, stop: Stop, tune: Callable[[Policy], Policy] = lambda policy: policy
) -> Iterator[House]:
    """Open everything a run needs, and close it again. A preview takes no lock, and its ledger and shop only say what they would do."""
    now = clock(config, options)
    with ExitStack() as opened:
        opened.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(_TURN)
        writer = parts.writer(config, now, read_only=options.dry_run, glance=stop.check)
        opened.callback(writer.close)
        ledger: Ledger
        lock: Lock = NoLock()
        if options.dry_run:
            ledger = preview = open_for_preview(config.ledger_path)
            opened.callback(ledger.close)
            check_identity(preview, parts.identity(config, writer))
        else:
            require_local(config.ledger_path, allow_network=config.state.allow_network)
            run_lock = RunLock(config.ledger_path, options.wait, glance=stop.check)
            stop.check()
            run_lock.acquire()
            opened.callback(run_lock.release)
            lock = run_lock
            options.begun()
            ledger = kept = open_ledger(config.ledger_path, allow_network=config.state.allow_network)
            opened.callback(ledger.close)
            bind(kept, parts.identity(config, writer))
            opened.callback(_bind_late, kept, config, writer)
        client = parts.client(config, now, stop.check)
        opened.callback(client.close)
        met = Met()
        opened.callback(met.close)
        policy = tune(parts.policy(config, writer, now, ledger.mark(Mark.FIRST_RUN)))
        _spare_the_stock(config, policy, writer)
        yield House(
            source=client,
            ledger=ledger,
            writer=PlannedShop(writer, ledger) if options.dry_run else writer,
            policy=policy,
            met=met,
            emit=emit,
            stop=stop,
            now=now,
            wall=parts.wall,
            tick=time.monotonic,
            lock=lock,
            rhythm=Rhythm(overlap=timedelta(minutes=config.otto.overlap_minutes), recheck=timedelta(hours=config.otto.recheck_hours)),
            max_cancellations=config.limits.max_cancellations,
            give_up_after=config.limits.give_up_after,
            force=options.force,
            strict=options.strict,
            preview=options.dry_run,
        )


def _spare_the_stock(config: Config, policy: Policy, writer: Writer) -> None:
    """Refuse to import orders that left long ago into a shop that would take their units from the stock a second time."""
    if policy.fulfilled and not traits_of(writer).spares_stock:
        key = f"shop.{config.shop.writer}.move_stock"
        text = "this shop takes stock for every order it is given, also for goods that left long ago; set it to true if that is right"
        raise ConfigError(str(config.path), [Problem(key, text)])


def _bind_late(ledger: SqliteLedger, config: Config, writer: Writer) -> None:
    # A file shop has no identity before its first order. Whatever is wrong with it by now, the next run says before it writes.
    with suppress(LedgerError):
        bind(ledger, parts.identity(config, writer))
