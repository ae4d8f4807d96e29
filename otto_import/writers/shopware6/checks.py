"""What `otto-import check` finds out about a Shopware. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from otto_import.errors import ConfigError, ShopUnavailable
from otto_import.plan import Finding, Grade
from otto_import.writers.shopware6 import rights, states
from otto_import.writers.web import Refusal
from otto_import.writers.web.client import refused

if TYPE_CHECKING:
    from otto_import.writers.base import WriterContext
    from otto_import.writers.shopware6.api import Api
    from otto_import.writers.shopware6.facts import Facts
    from otto_import.writers.shopware6.settings import Shopware6Settings

_SHOP: Final = "shop"
_OLDEST: Final = (6, 4)
_TRIED: Final = (6, 5)


def findings(api: Api, facts: Facts, settings: Shopware6Settings, context: WriterContext) -> Iterator[Finding]:
    """Look at version, rights, and all that an order refers to."""
    yield _version(api)
    yield from rights.findings(api, settings.client_id)
    told: set[str] = set()
    for look in (_channel, _currency, _payment, _shipping, _people):
        for finding in _sound(look, facts, settings):
            if finding.text not in told:
                told.add(finding.text)
                yield finding
    yield from _moves(facts, context)
    yield Finding(Grade.GOOD, "tax", "the shop keeps the prices it is sent, tax included, so OTTO's totals hold whatever its own tax rates")


def _version(api: Api) -> Finding:
    try:
        answer = api.get("/api/_info/version")
    except Refusal as refusal:
        raise refused(refusal) from refusal
    text = answer.get("version") if isinstance(answer, dict) else None
    parts = str(text).split(".")
    if not isinstance(text, str) or not all(part.isdigit() for part in parts[:2]) or len(parts) < len(_OLDEST):
        where = "GET /api/_info/version"
        raise ShopUnavailable(where, "does not tell its version; check the shop's address")
    number = (int(parts[0]), int(parts[1]))
    if number < _OLDEST:
        return Finding(Grade.BAD, _SHOP, f"Shopware {text} is older than this writer knows", "update the shop to 6.4 or later")
    newer = "; tried with 6.4 and 6.5, later ones should do as well" if number > _TRIED else ""
    return Finding(Grade.GOOD, _SHOP, f"{api.url} is Shopware {text}{newer}")


def _sound(look: Callable[[Facts, Shopware6Settings], Finding], facts: Facts, settings: Shopware6Settings) -> Iterator[Finding]:
    try:
        yield look(facts, settings)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(Grade.BAD, problem.key, problem.text, "")


def _channel(facts: Facts, settings: Shopware6Settings) -> Finding:
    return Finding(Grade.GOOD, "sales channel", f'orders go to the sales channel "{facts.channel().name or settings.sales_channel}"')


def _currency(facts: Facts, settings: Shopware6Settings) -> Finding:  # noqa: ARG001  – as the others
    try:
        facts.currency()
    except ConfigError:
        return Finding(Grade.BAD, "currency", "the shop has no currency EUR", "make it under Settings, Currencies")
    return Finding(Grade.GOOD, "currency", "the shop has the currency EUR")


def _payment(facts: Facts, settings: Shopware6Settings) -> Finding:
    name = settings.payment_method
    if facts.payment() is None:
        text = f'there is no payment method "{name}"; orders get the one that the sales channel uses by default'
        return Finding(Grade.WARNING, "payment method", text, f'make a payment method "{name}" under Settings, or name another in payment_method')
    return Finding(Grade.GOOD, "payment method", f'orders bear the payment method "{name}"')


def _shipping(facts: Facts, settings: Shopware6Settings) -> Finding:
    if facts.shipping() is None:
        text = f'there is no shipping method "{settings.shipping_method}"; orders get the one that the sales channel uses by default'
        return Finding(Grade.WARNING, "shipping method", text, "name another in shipping_method, or leave it out")
    return Finding(Grade.GOOD, "shipping method", "the shipping method is there")


def _people(facts: Facts, settings: Shopware6Settings) -> Finding:  # noqa: ARG001  – as the others
    if "DE" not in facts.countries():
        text = "the shop does not know the country DE"
        return Finding(Grade.WARNING, "countries", text, "add Germany under Settings, Countries")
    if not facts.salutations():
        return Finding(Grade.BAD, "salutations", "the shop has no salutation, and an address needs one", "add one under Settings, Salutations")
    return Finding(Grade.GOOD, "countries", "the shop knows Germany and how to address people")


def _moves(facts: Facts, context: WriterContext) -> Iterator[Finding]:
    """See that each mapped status can be reached from each other one, as the machines stand."""
    graph = facts.graph()
    texts = list(dict.fromkeys(context.roles.values()))
    for start in texts:
        for end in texts:
            for name, state in states.parsed(end).items():
                here = states.parsed(start).get(name)
                known = here in graph[name].ids and state in graph[name].ids
                if here is not None and known and graph[name].way(here, state) is None:
                    text = f'no way leads from {name} "{here}" to "{state}"'
                    yield Finding(Grade.WARNING, "states", text, "see the shop's state machines")
