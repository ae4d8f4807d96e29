"""Judge a config file as a whole: every problem at once, each with its key and a remedy, never with a secret."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from otto_import.config.exposure import bind_secrets, clear_secrets
from otto_import.config.find import Document, read_document
from otto_import.config.models import ROLES, TABLES, Config, Notify, Otto, Shop, ShopChoice
from otto_import.config.problems import dotted, unknown_key, validated
from otto_import.config.values import as_account, as_production_account
from otto_import.errors import ConfigError, Problem

CREDENTIALS = {
    "client_id": 'copy it from OTTO Partner Connect: client_id = "…"',
    "client_secret": 'for example client_secret = { env = "OTTO_CLIENT_SECRET" }',
    "start_date": "the first day whose orders you want, such as start_date = 2026-01-01",
}


class Plugin(Protocol):
    """What the config asks of a writer: the model of its own table, and the canonical text of a status."""

    settings: type[BaseModel]

    def status(self, value: object) -> str:
        """Give a status's canonical text; ValueError with one sentence otherwise."""
        ...


def load(path: Path, plugins: Callable[[str], Plugin]) -> Config:
    """Read and judge a config file; `plugins` looks a writer up by name and raises ConfigError for an unknown one.

    Raises ConfigError with all problems. Secrets that stand elsewhere are not fetched.
    """
    return compose(read_document(path.absolute()), plugins)


def compose(document: Document, plugins: Callable[[str], Plugin]) -> Config:
    """Judge a config that has been read; touches no file."""
    tables = document.tables
    known = [*TABLES, "status", "shop"]
    problems = [unknown_key((key,), known) for key in tables if key not in known]
    parts: dict[str, object] = {"path": document.path}
    for name, model in TABLES.items():
        parts[name], found = validated(model, tables.get(name, {}), (name,))
        problems += found
    plugin, parts["shop"], found = _shop(tables.get("shop", {}), plugins)
    problems += found
    parts["status"], found = _statuses(tables.get("status", {}), plugin)
    problems += [*found, *_requirements(tables), *_exposed(document, plugin)]
    if problems:
        raise ConfigError(str(document.path), problems)
    config = Config.model_validate(parts)
    bind_secrets(config.otto, "otto", config.path)
    bind_secrets(config.notify, "notify", config.path)
    bind_secrets(config.shop.settings, dotted(("shop", config.shop.writer)), config.path)
    return config


def _shop(table: object, plugins: Callable[[str], Plugin]) -> tuple[Plugin | None, Shop | None, list[Problem]]:
    """Judge `[shop]` and the chosen writer's table; the tables of other writers are left unread."""
    if not isinstance(table, Mapping):
        return None, None, validated(ShopChoice, table, ("shop",))[1]
    own = {key: value for key, value in table.items() if key in ShopChoice.model_fields or not isinstance(value, Mapping)}
    writer = own.get("writer")
    if isinstance(writer, str) and writer in own and writer not in ShopChoice.model_fields:
        del own[writer]  # not a table where the writer's must stand: its own model says so below
    choice, problems = validated(ShopChoice, own, ("shop",))
    if not isinstance(writer, str) or not writer:
        return None, None, problems
    try:
        plugin = plugins(writer)
    except ConfigError as error:
        return None, None, [*problems, *error.problems]
    problems += _misspelt(table, writer)
    settings, found = validated(plugin.settings, table.get(writer, {}), ("shop", writer))
    problems += found
    if choice is None or settings is None:
        return plugin, None, problems
    return plugin, Shop(writer=choice.writer, concurrency=choice.concurrency, settings=settings), problems


def _misspelt(table: Mapping[str, Any], writer: str) -> Iterator[Problem]:
    """Notice a table that was probably meant for the chosen writer, which has none."""
    if writer in table:
        return
    others = [key for key, value in table.items() if isinstance(value, Mapping) and key not in ShopChoice.model_fields]
    for key in get_close_matches(writer, others, n=1, cutoff=0.8):
        yield Problem(dotted(("shop", key)), f"is not the table of the chosen writer; did you mean `[{dotted(('shop', writer))}]`?")


def _statuses(table: object, plugin: Plugin | None) -> tuple[dict[str, str], list[Problem]]:
    if not isinstance(table, Mapping):
        return {}, [Problem("status", "must be a table; write it as `[status]`")]
    statuses: dict[str, str] = {}
    problems: list[Problem] = []
    for role, value in table.items():
        at = dotted(("status", role))
        if role not in ROLES:
            problems.append(unknown_key(("status", role), ROLES))
        elif not isinstance(value, str | Mapping) or not value:
            problems.append(Problem(at, "must be a status of your shop: text in quotes, or a table where the shop has several state machines"))
        elif plugin is not None:
            try:
                statuses[role] = plugin.status(value)
            except ValueError as error:
                problems.append(Problem(at, str(error)))
    return statuses, problems


def _requirements(tables: Mapping[str, Any]) -> Iterator[Problem]:
    """List what is missing, judged by the file alone, so that a wrong value elsewhere hides nothing."""
    otto, imports, status = (_as_table(tables.get(name)) for name in ("otto", "import", "status"))
    if otto.get("environment") in ("sandbox", "production"):
        for key, remedy in CREDENTIALS.items():
            if key not in otto:
                yield Problem(f"otto.{key}", f"is missing, and required outside the demo; {remedy}")
    if otto.get("environment") == "production":
        yield from _mistakable(otto.get("account"))
    needed = {"processable": "the status of a paid order"}
    if imports.get("announced") is True:
        needed["announced"] = "required when import.announced is on: the status of an order not yet paid"
        needed["cancelled"] = "required when import.announced is on: the status of a cancelled order"
    if imports.get("fulfilled") is True:
        needed["sent"] = "required when import.fulfilled is on: the status of an order that was sent"
    for role in ROLES:
        if role in needed and role not in status:
            yield Problem(f"status.{role}", f"is missing; {needed[role]}; add `{role} = …` to `[status]`")


def _mistakable(account: object) -> Iterator[Problem]:
    """Refuse a name that is well formed, but stands before the keys of another environment."""
    if not isinstance(account, str):
        return
    try:
        as_account(account)
    except ValueError:
        return  # which the table's own model says
    try:
        as_production_account(account)
    except ValueError as error:
        yield Problem("otto.account", str(error))


def _exposed(document: Document, plugin: Plugin | None) -> Iterator[Problem]:
    """Refuse secrets in clear in a file that others can read."""
    if not document.exposed:
        return
    keys = [key for name, model in (("otto", Otto), ("notify", Notify)) for key in clear_secrets(model, document.tables.get(name), (name,))]
    shop = _as_table(document.tables.get("shop"))
    if plugin is not None:
        keys += clear_secrets(plugin.settings, shop.get(str(shop.get("writer"))), ("shop", str(shop.get("writer"))))
    if keys:
        remedy = f"run: chmod 600 {shlex.quote(str(document.path))} (or keep the secret elsewhere, such as {{ env = … }})"
        yield Problem(dotted(keys[0]), f"is a secret in clear, and the config file can be read by others; {remedy}")


def _as_table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
