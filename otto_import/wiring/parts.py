"""The parts of a house, each made from the config: OTTO's client, the shop's writer, the policy, the identity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx

from otto_import.ledger.identity import Identity
from otto_import.otto.client import ClientSettings, OttoClient, open_client
from otto_import.plan import Policy, Role
from otto_import.sync.jobs import midnight
from otto_import.writers import registry
from otto_import.writers.base import WriterContext, look_away, traits_of

if TYPE_CHECKING:
    from pathlib import Path

    from otto_import.config import Config
    from otto_import.writers.base import Writer


def identity(config: Config, writer: Writer) -> Identity:
    """Name whom the ledger serves."""
    return Identity(config.otto.environment, config.otto.account, config.shop.writer, writer.identity)


def writer(config: Config, now: datetime, *, read_only: bool, glance: Callable[[], None] = look_away) -> Writer:
    """Make the shop's writer; touches neither file nor network. `glance` is called while a far shop is waited for, as OTTO is."""
    context = WriterContext(
        folder=config.folder,
        roles={Role(role): status for role, status in config.status.items()},
        now=lambda: now,
        buyer_email=config.buyer.email,
        concurrency=config.shop.concurrency,
        read_only=read_only,
        glance=glance,
    )
    return registry.find(config.shop.writer).open(config.shop.settings, context)


def client(config: Config, now: datetime, glance: Callable[[], None] = lambda: None) -> OttoClient:
    """Make OTTO's client: in the demo the embedded stand-in answers, unless a base URL is given; nothing is asked yet.

    `glance` is called while OTTO is waited for; what it raises ends the wait.
    """
    otto = config.otto
    settings = ClientSettings(
        base_url=config.base_url,
        client_id=otto.client_id_or_demo(),
        client_secret=otto.secret_or_demo,
        max_requests_per_second=otto.max_requests_per_second,
    )
    demo = otto.environment == "demo"
    return open_client(
        settings,
        transport=_demo_transport(otto.demo_orders, now) if demo and otto.base_url is None else None,
        clock=(lambda: now) if demo else wall,
        token_file=token_file(config),
        glance=glance,
    )


def token_file(config: Config) -> Path:
    """Name the file that keeps OTTO's token between runs."""
    return config.ledger_path.with_name(f"{config.ledger_path.name}.token")


def _demo_transport(size: int, now: datetime) -> httpx.BaseTransport:
    from otto_import.otto.demo import DemoOtto

    return httpx.WSGITransport(DemoOtto(lambda: now, size=size))


def policy(config: Config, writer: Writer, now: datetime, first_run: datetime | None) -> Policy:
    """Make the settings that bear on decisions."""
    imports, traits = config.imports, traits_of(writer)
    return Policy(
        prefix=config.prefix,
        status={Role(role): status for role, status in config.status.items()},
        first_run=first_run or now,
        wall=wall(),
        announced=imports.announced,
        deadline=timedelta(days=imports.deadline_days, hours=imports.grace_hours),
        cancel_after_deadline=imports.after_deadline == "cancel",
        fulfilled=imports.fulfilled,
        hold_suspected_fraud=imports.suspected_fraud == "hold",
        start=midnight(config.otto.start_date) if config.otto.start_date else None,
        can_find=writer.can_find,
        keeps_dates=traits.keeps_dates,
        holds_unknown=traits.holds_unknown,
        settle=timedelta(seconds=writer.settle_seconds),
    )


def wall() -> datetime:
    """Read the real clock."""
    return datetime.now(UTC)
