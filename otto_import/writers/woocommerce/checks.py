"""What a check of the shop finds; it writes nothing (an empty batch proves the right to write)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from otto_import.errors import CredentialsRefused, ServiceError
from otto_import.plan import Finding, Grade
from otto_import.writers.web import Doubt, Refusal
from otto_import.writers.woocommerce.catalogue import tax_rates
from otto_import.writers.woocommerce.creating import BATCH
from otto_import.writers.woocommerce.wire import ORDERS, money

if TYPE_CHECKING:
    from otto_import.writers.web import ShopClient
    from otto_import.writers.woocommerce.settings import WooCommerceSettings

_API: Final = "/wp-json/wc/v3"
_NAME: Final = "WooCommerce"
_KEYS: Final = "make a key with the right to read and write under WooCommerce, Settings, Advanced, REST API, for a user who is shop manager"
_ASKABLE: Final = (9, 9)
_GERMAN: Final = (Decimal(19), Decimal(7))


def findings(client: ShopClient, settings: WooCommerceSettings) -> Iterator[Finding]:
    """Look at the shop, one finding a line; where it cannot be asked at all, that is the last one."""
    try:
        client.ask(ORDERS, (("per_page", "1"), ("_fields", "id")))
        client.ask(f"{_API}/products", (("per_page", "1"), ("_fields", "id")))
    except Refusal as refusal:
        yield Finding(
            Grade.BAD, _NAME, f"refuses to be read ({refusal.code})", f"see that the address is the shop's and its permalinks are not plain; {_KEYS}"
        )
        return
    except CredentialsRefused:
        yield Finding(Grade.BAD, _NAME, "does not accept the key, or it may not read", _KEYS)
        return
    except ServiceError as error:
        yield Finding(Grade.BAD, _NAME, str(error), "see that the address is right and the shop is up")
        return
    yield _rights(client)
    yield from _version(client, settings)
    yield from _money(client)
    yield Finding(Grade.GOOD, "mail", "no e-mail address stands on an order while it is written, so the shop writes to no buyer")


def _rights(client: ShopClient) -> Finding:
    try:
        client.tell("POST", BATCH, {})
    except (Refusal, Doubt, ServiceError):
        return Finding(Grade.BAD, "rights", "the key may read orders, but not write them", _KEYS)
    return Finding(Grade.GOOD, "rights", "the key may read and write orders and read products")


def _version(client: ShopClient, settings: WooCommerceSettings) -> Iterator[Finding]:
    told = _asked(client, "/system_status", (("_fields", "environment.version"),))
    version = told["environment"]["version"] if isinstance(told, dict) and isinstance(told.get("environment"), dict) else ""
    if not version:
        yield Finding(Grade.WARNING, _NAME, "answers, but does not tell its version", "a shop manager's key may ask for it")
        return
    if tuple(int(part) for part in version.split(".")[:2] if part.isdecimal()) >= _ASKABLE:
        yield Finding(Grade.GOOD, _NAME, f"{version} answers at {client.base_url}")
        return
    days = settings.look_back_days
    text = f"{version} cannot be asked for an order by OTTO's number; the orders of the last {days} days are compared instead"
    yield Finding(Grade.WARNING, _NAME, text, "update to 9.9 or later, or let look_back_days reach as far back as OTTO's open orders")


def _money(client: ShopClient) -> Iterator[Finding]:
    general = _setting(client, "general")
    if not general:
        yield Finding(Grade.WARNING, "currency", "the key may not read the settings, so that currency and taxes cannot be looked at", _KEYS)
        return
    currency = general.get("woocommerce_currency")
    if currency == "EUR":
        yield Finding(Grade.GOOD, "currency", "EUR")
    else:
        yield Finding(
            Grade.WARNING,
            "currency",
            f"the shop counts in {currency}; orders of OTTO are in EUR",
            "see that reports and exports can bear orders in EUR",
        )
    decimals = str(general.get("woocommerce_price_num_decimals", "2"))
    if not decimals.isdecimal() or int(decimals) < 2:  # noqa: PLR2004  – cents
        yield Finding(
            Grade.BAD, "decimals", f"prices have {decimals} decimals, so that cents are lost", "set two decimals under WooCommerce, Settings, General"
        )
    yield _taxes(client, general)
    if _setting(client, "products").get("woocommerce_manage_stock") == "no":
        yield Finding(
            Grade.WARNING, "stock", "stock management is off: orders take no stock", "switch it on under WooCommerce, Settings, Products, Inventory"
        )


def _taxes(client: ShopClient, general: Mapping[str, Any]) -> Finding:
    if general.get("woocommerce_calc_taxes") != "yes":
        return Finding(
            Grade.WARNING,
            "taxes",
            "the shop reckons no taxes: totals will be OTTO's, but show no VAT",
            "enable taxes under WooCommerce, Settings, General",
        )
    try:
        rates = {money(row["rate"]) for row in tax_rates(client) if row["country"] in {"DE", ""}}
    except Refusal:
        rates = set()
    lacking = [f"{rate} %" for rate in _GERMAN if rate not in rates]
    if lacking:
        text = f"no German tax rate of {' and '.join(lacking)}: totals will be OTTO's, but show another VAT"
        return Finding(Grade.WARNING, "taxes", text, "add the rates under WooCommerce, Settings, Tax")
    if _setting(client, "tax").get("woocommerce_tax_round_at_subtotal") == "yes":
        return Finding(
            Grade.WARNING,
            "taxes",
            "the shop rounds taxes over the whole order: orders that mix 19 % and 7 % may come out a cent off, and are then told as conflicts",
            "switch off «Round tax at subtotal level» under WooCommerce, Settings, Tax",
        )
    return Finding(Grade.GOOD, "taxes", "German rates of 19 % and 7 % are there; each total is made OTTO's to the cent")


def _setting(client: ShopClient, group: str) -> Mapping[str, Any]:
    rows = _asked(client, f"/settings/{group}", ())
    return {row["id"]: row["value"] for row in rows} if isinstance(rows, list) else {}


def _asked(client: ShopClient, path: str, params: tuple[tuple[str, str], ...]) -> object:
    try:
        return client.ask(f"{_API}{path}", params)
    except Refusal:
        return None
