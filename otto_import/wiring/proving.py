"""Prove a config, whole (`check`) or answer by answer (`init`); nothing is written but OTTO's token, and that by `check` alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from otto_import.checks import files, ledger, notices, runs, shop, statuses, versions
from otto_import.checks import otto as otto_checks
from otto_import.checks.proof import Proof, from_config, good, warning
from otto_import.config import Otto, compose
from otto_import.config.exposure import bind_secrets
from otto_import.config.find import Document, parse
from otto_import.config.models import BASE_URLS
from otto_import.config.problems import dotted, validated
from otto_import.errors import ConfigError, LedgerError, ServiceError
from otto_import.http import RetryRules, Service, ServiceSettings
from otto_import.ledger.health import inspect
from otto_import.ledger.identity import Identity
from otto_import.ledger.lock import at_work
from otto_import.ledger.surroundings import file_system, holder
from otto_import.otto.auth import Credentials, TokenSource
from otto_import.otto.client import SERVICE, OttoClient
from otto_import.otto.tokens import TokenFile
from otto_import.plan import Role
from otto_import.setup import Field, fields
from otto_import.wiring import jobs, parts
from otto_import.writers import registry
from otto_import.writers.base import WriterContext

if TYPE_CHECKING:
    from otto_import.config import Config
    from otto_import.orders import Reading
    from otto_import.plan import ShopStatus
    from otto_import.writers.base import Writer

Tell = Callable[[Proof], None]

# Somebody sits and waits: what a run would try for two minutes is given up much earlier.
_PATIENCE = RetryRules(total=12.0, longest_wait=4.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Count the requests that a check took."""

    otto: int = 0
    shop: int = 0


def check(path: Path | None, tell: Tell) -> Asked:
    """Prove a config as a whole; each finding is told as soon as it is known. Nothing is raised for what is wrong, it is told as well."""
    _tell(tell, versions.versions(versions.ours(), registry.installed()))
    try:
        config = jobs.load(path)
    except ConfigError as error:
        _tell(tell, from_config(error))
        return Asked()
    tell(files.config_file(config.path))
    tell(good("account", f"environment {config.otto.environment}, account {config.otto.account}, writer {config.shop.writer}"))
    if not config.imports.enabled:
        tell(warning("import", "import.enabled is false: nothing is imported", "set it to true"))
    otto_requests, readings = _ask_otto(config.otto, parts.token_file(config), tell)
    shop_requests, writer_identity = _check_shop(config, readings, tell)
    _check_ledger(config, writer_identity, tell)
    _tell(tell, _notices(config))
    return Asked(otto_requests, shop_requests)


def prove_otto(path: Path, table: Mapping[str, Any], tell: Tell) -> None:
    """Prove the table `[otto]` of a config that is to stand at `path`; no token is kept."""
    otto, problems = validated(Otto, table, ("otto",))
    if otto is None:
        _tell(tell, from_config(ConfigError(str(path), problems)))
        return
    bind_secrets(otto, "otto", path)
    _ask_otto(otto, None, tell)


def prove_shop(path: Path, name: str, table: Mapping[str, Any], tell: Tell) -> Sequence[ShopStatus]:
    """Prove the table of a writer in a config that is to stand at `path`; give the shop's statuses, none where it cannot be asked."""
    try:
        writer = _writer(path, name, table, {})
    except ConfigError as error:
        _tell(tell, from_config(error))
        return ()
    with closing(writer):
        return _ask_shop(writer, tell) or ()


def prove_statuses(path: Path, name: str, table: Mapping[str, Any], values: Mapping[str, object], tell: Tell) -> None:
    """Prove what a config that is to stand at `path` says in `[status]`, in values that the writer takes (`status_of`)."""
    plugin = registry.find(name)
    roles = {Role(role): plugin.status(value) for role, value in values.items()}
    with closing(_writer(path, name, table, roles)) as writer:
        try:
            listed = writer.statuses()
        except ServiceError as error:
            tell(shop.away(error))
            return
    _tell(tell, statuses.statuses(roles, listed))


def judge(text: str, path: Path) -> Config:
    """Judge the text of a config that is to stand at `path`; ConfigError names every problem."""
    return compose(Document(path, parse(text.encode(), str(path))), registry.find)


def _tell(tell: Tell, proofs: Iterable[Proof]) -> None:
    for proof in proofs:
        tell(proof)


def _ask_otto(otto: Otto, token_file: Path | None, tell: Tell) -> tuple[int, list[Reading]]:
    """Ask OTTO for a token and a page; give the number of requests, and the page."""
    now = _clock(otto)
    readings: list[Reading] = []
    try:
        service = Service(
            ServiceSettings(service=SERVICE, base_url=otto.base_url or BASE_URLS[otto.environment], retries=_PATIENCE),
            transport=_transport(otto, now),
            clock=(lambda: now) if otto.environment == "demo" else parts.wall,
        )
        credentials = Credentials(client_id=otto.client_id_or_demo(), secret=otto.secret_or_demo())
    except ConfigError as error:
        _tell(tell, from_config(error))
        return 0, readings
    with closing(OttoClient(service, TokenSource(service, credentials, TokenFile(token_file)))) as client:
        _tell(tell, otto_checks.reading(client, now, readings.extend))
        return client.requests, readings


def _transport(otto: Otto, now: datetime) -> httpx.BaseTransport | None:
    if otto.environment != "demo" or otto.base_url is not None:
        return None
    from otto_import.otto.demo import DemoOtto

    return httpx.WSGITransport(DemoOtto(lambda: now, size=otto.demo_orders))


def _clock(otto: Otto) -> datetime:
    if otto.environment == "demo":
        from otto_import.otto.demo import DEFAULT_CLOCK

        return DEFAULT_CLOCK
    return parts.wall()


def _writer(path: Path, name: str, table: Mapping[str, Any], roles: Mapping[Role, str]) -> Writer:
    plugin = registry.find(name)
    settings, problems = validated(plugin.settings, table, ("shop", name))
    if settings is None:
        raise ConfigError(str(path), problems)
    bind_secrets(settings, dotted(("shop", name)), path)
    return plugin.open(settings, WriterContext(folder=path.parent, roles=roles, now=parts.wall, read_only=True))


def _ask_shop(writer: Writer, tell: Tell) -> Sequence[ShopStatus] | None:
    """Ask a shop for its findings and statuses; None where it is away, refuses us, or is wrongly set up."""
    proofs: list[Proof] = []

    def note(proof: Proof) -> None:
        proofs.append(proof)
        tell(proof)

    _tell(note, shop.shop(writer))
    if any(proof.bad for proof in proofs):
        return None
    try:
        return writer.statuses()
    except ServiceError as error:
        tell(shop.away(error))
        return None


def _check_shop(config: Config, readings: Sequence[Reading], tell: Tell) -> tuple[int, str | None]:
    """Prove shop and statuses; give the number of requests and the shop's identity (None: it cannot be told)."""
    try:
        writer = parts.writer(config, _clock(config.otto), read_only=True)
    except ConfigError as error:
        _tell(tell, from_config(error))
        return 0, None
    with closing(writer):
        listed = _ask_shop(writer, tell)
        if listed is None:
            return writer.requests, None
        _tell(tell, statuses.statuses({Role(role): status for role, status in config.status.items()}, listed))
        _tell(tell, shop.articles(writer, readings))
        try:
            return writer.requests, writer.identity
        except ServiceError as error:
            tell(shop.away(error))
            return writer.requests, None


def _check_ledger(config: Config, shop_identity: str | None, tell: Tell) -> None:
    path = config.ledger_path
    _tell(tell, ledger.file_system(file_system(path), allow_network=config.state.allow_network))
    _tell(tell, files.state(path))
    try:
        pid = holder(path)
        tell(ledger.lock(at_work(path) if pid is not None else None))
    except OSError:
        pid = None
        tell(ledger.lock_unknown())
    try:
        health = inspect(path)
    except LedgerError as error:
        tell(ledger.refused(error))
        return
    _tell(tell, ledger.ledger(path, health))
    if health is None or health.complaints:
        return
    if shop_identity is not None:
        tell(ledger.identity(health, Identity(config.otto.environment, config.otto.account, config.shop.writer, shop_identity)))
    _tell(tell, runs.last_run(health.runs, parts.wall(), at_work=pid is not None))
    _tell(tell, runs.waiting(health.standing))


def _notices(config: Config) -> Iterator[Proof]:
    url, addresses = config.notify.healthcheck_url, config.notify.urls
    if url is None and not addresses:
        yield notices.nobody()
        return
    from otto_import.notify import installed, known
    from otto_import.wiring.notices import ping_address

    if url is not None:
        yield notices.health_check(lambda: ping_address(config.path, url))
    yield from notices.channels([secret.get for secret in addresses], known if installed() else None)


def writers() -> list[str]:
    """List the writers that can be chosen."""
    return registry.names()


def fields_of(name: str) -> list[Field]:
    """List what a writer's own table asks for."""
    return fields(registry.find(name).settings)


def status_of(name: str, value: object) -> str:
    """Give the canonical text of a status; ValueError with one sentence if the writer does not take it."""
    return registry.find(name).status(value)
