"""What `otto-import check` finds out about a PrestaShop; asks only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from otto_import.plan import Finding, Grade
from otto_import.writers.prestashop import directory as names
from otto_import.writers.prestashop.webservice import any_of
from otto_import.writers.web import Doubt, Refusal

if TYPE_CHECKING:
    from otto_import.writers.prestashop.parts import Parts

RIGHTS: Final[Mapping[str, Sequence[str]]] = {
    "orders": ("get", "post", "patch"),
    "order_details": ("get", "post", "patch", "delete"),
    "order_histories": ("post",),
    "order_payments": ("get", "post", "patch", "delete"),
    "order_carriers": ("get", "patch"),
    "order_states": ("get",),
    "customers": ("get", "post", "patch", "delete"),
    "addresses": ("get", "post", "patch"),
    "carts": ("get", "post"),
    "specific_prices": ("get", "post"),
    "products": ("get",),
    "combinations": ("get",),
    "carriers": ("get",),
    "countries": ("get",),
    "currencies": ("get",),
    "languages": ("get",),
    "taxes": ("get",),
    "tax_rules": ("get",),
}
"""The least a key needs; what may be read besides: `configurations` (for this check), `messages` (for `also_known_by = "message"`)."""
_RESOURCE: Final = re.compile(rb"<([a-z_]+) xlink:href=\"[^\"]*\"((?: [a-z]+=\"(?:true|false)\")+)>")
_ALLOWED: Final = re.compile(rb" ([a-z]+)=\"true\"")
_VERSION: Final = "psws-version"
_HOME: Final = "DE"
_USUAL_RATES: Final = (Decimal(19), Decimal(7))


def findings(parts: Parts) -> Iterator[Finding]:
    """Look at the key, its rights, and what orders need."""
    try:
        answer = parts.webservice.overview()
    except (Refusal, Doubt) as error:
        text = f"the webservice gives no overview ({error.code})"
        yield Finding(Grade.BAD, "webservice", text, "switch the webservice on: Advanced Parameters, Webservice")
        return
    allowed = {name.decode(): {right.decode() for right in _ALLOWED.findall(rights)} for name, rights in _RESOURCE.findall(answer.body)}
    version = "".join(sign for sign in answer.headers.get(_VERSION, "") if sign.isalnum() or sign == ".")[:20]
    yield Finding(Grade.GOOD, "webservice", f"PrestaShop {version or 'of unknown version'} answers, and knows the key")
    lacking = [
        f"{name}: {', '.join(missing)}"
        for name, rights in RIGHTS.items()
        if (missing := [each for each in rights if each not in allowed.get(name, ())])
    ]
    if lacking:
        yield Finding(Grade.BAD, "rights", f"the key may not: {'; '.join(lacking)}", "give it these rights: Advanced Parameters, Webservice")
        return
    yield Finding(Grade.GOOD, "rights", "the key may do all that is needed")
    for look in (_currency, _things, _taxes, _settings, _mail, _module):
        yield from look(parts)


def _currency(parts: Parts) -> Iterator[Finding]:
    try:
        euro = parts.directory.euro()
    except Refusal:
        yield Finding(Grade.BAD, "currency", "the shop has no euro", "add it: International, Localization, Currencies")
        return
    usual = parts.directory.settings().get(names.DEFAULT_CURRENCY, euro)
    if usual == euro:
        yield Finding(Grade.GOOD, "currency", "the shop's currency is the euro")
        return
    text = "the shop's own currency is not the euro: its prices are converted, which may cost cents"
    yield Finding(Grade.WARNING, "currency", text, "compare the totals of the first orders")


def _things(parts: Parts) -> Iterator[Finding]:
    needed: Sequence[tuple[str, Callable[[], object], str]] = (
        ("language", parts.directory.language, "switch the language on, or name another in shop.prestashop.language"),
        ("carrier", parts.directory.carrier, "make or switch on a carrier, or name another in shop.prestashop.carrier"),
        ("country", lambda: parts.directory.country(_HOME), "switch Germany on: International, Locations, Countries"),
    )
    for subject, look, remedy in needed:
        try:
            look()
        except Refusal:
            yield Finding(Grade.BAD, subject, f"the shop has no active {subject} for OTTO's orders", remedy)
        else:
            yield Finding(Grade.GOOD, subject, f"the {subject} of the orders is there")
    rules, passage = parts.directory.rules(), parts.settings.reserve_through
    if passage is not None and passage not in rules.logable:
        text = f"status {passage} takes no stock, so that orders cannot reserve any by passing through it"
        yield Finding(Grade.BAD, "shop.prestashop.reserve_through", text, 'name a status that counts the order as "validated"')


def _taxes(parts: Parts) -> Iterator[Finding]:
    if parts.directory.settings().get(names.TAXES, "1") != "1":
        yield Finding(Grade.WARNING, "taxes", "taxes are off: totals will be OTTO's, but without VAT", "switch them on: International, Taxes")
        return
    try:
        rates = set(parts.directory.rates(parts.directory.country(_HOME)).values())
    except Refusal:
        return  # told above: the country is missing
    missing = [f"{rate} %" for rate in _USUAL_RATES if rate not in rates]
    if missing:
        text = f"no tax rules for Germany with {' and '.join(missing)}: totals will be OTTO's, but their VAT another"
        yield Finding(Grade.WARNING, "taxes", text, "add them: International, Taxes, Tax Rules")
    else:
        yield Finding(Grade.GOOD, "taxes", "there are tax rules for Germany with 19 and 7 %")


def _settings(parts: Parts) -> Iterator[Finding]:
    told = parts.directory.settings()
    if not told:
        text = "the key may not read the shop's settings (configurations), so that they cannot be checked"
        yield Finding(Grade.WARNING, "settings", text, "if you like: allow `configurations: GET`; it can read the shop's mail password, too")
        return
    first = told.get(names.FIRST_STATUS, "")
    if first not in parts.directory.rules().logable:
        text = f"new orders of the webservice get status {first}, which does not count as validated: they begin with stock taken"
        yield Finding(Grade.WARNING, "first status", text, "set PS_OS_WS_PAYMENT to a validated status, as it was when installed")
    if told.get(names.STOCK, "1") != "1":
        yield Finding(Grade.WARNING, "stock", "the shop's stock management is off", "switch it on: Shop Parameters, Product Settings")
    if told.get(names.BACKORDER, "0") == "1":
        text = "orders of articles that are sold out get a status of their own, which hides that they are unfinished"
        yield Finding(Grade.WARNING, "back-orders", text, "switch it off: Shop Parameters, Order Settings, backordered status")


def _mail(parts: Parts) -> Iterator[Finding]:
    mailing = parts.directory.mailing()
    text = "no order that is made or changed here mails the buyer"
    if mailing:
        text += f"; statuses {', '.join(sorted(mailing, key=int))} do when you set them yourself, to an address that does not exist"
    yield Finding(Grade.GOOD, "mail", text)


def _module(parts: Parts) -> Iterator[Finding]:
    module = parts.settings.payment_module
    if parts.webservice.rows("orders", "id", ("module", any_of([module])), ("valid", any_of(["1"])), most=1):
        yield Finding(Grade.GOOD, "payment module", f"there are orders made with {module}")
        return
    text = f"whether the payment module {module} is installed, the shop does not say"
    yield Finding(Grade.WARNING, "payment module", text, "see that it is installed and active: Payment, Payment Methods")
