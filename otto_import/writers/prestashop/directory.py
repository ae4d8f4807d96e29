"""What the shop has besides orders: its statuses, settings, currency, countries, language, carrier and tax rates; asked once a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

from otto_import.errors import CredentialsRefused
from otto_import.plan import ShopStatus
from otto_import.writers.prestashop.codes import Code, refusal
from otto_import.writers.prestashop.moves import Rules
from otto_import.writers.prestashop.webservice import Row, Webservice, any_of, flag, text
from otto_import.writers.web import Refusal

if TYPE_CHECKING:
    from otto_import.writers.prestashop.settings import PrestashopSettings

Kept = TypeVar("Kept")

CANCELLED: Final = "PS_OS_CANCELED"
ERROR: Final = "PS_OS_ERROR"
FIRST_STATUS: Final = "PS_OS_WS_PAYMENT"
INVOICES: Final = "PS_INVOICE"
STOCK: Final = "PS_STOCK_MANAGEMENT"
BACKORDER: Final = "PS_ENABLE_BACKORDER_STATUS"
TAXES: Final = "PS_TAX"
DEFAULT_CURRENCY: Final = "PS_CURRENCY_DEFAULT"
_SETTINGS: Final = (CANCELLED, ERROR, FIRST_STATUS, INVOICES, STOCK, BACKORDER, TAXES, DEFAULT_CURRENCY)
# The numbers every installation has had since 1.5; they are asked for only where the key may read the shop's settings.
_USUAL: Final = {CANCELLED: "6", ERROR: "8"}
_STATUS_FIELDS: Final = "id,name,logable,invoice,delivery,shipped,paid,deleted,send_email"
_GERMAN: Final = "de"
_EURO: Final = "EUR"


@dataclass(frozen=True, slots=True)
class Country:
    """Hold a country's number and whether the shop sells there."""

    number: str
    active: bool


class Directory:
    """Look things up in one shop and keep them for the run; safe for use from several threads."""

    def __init__(self, webservice: Webservice, settings: PrestashopSettings) -> None:
        self._webservice = webservice
        self._settings = settings
        self._kept: dict[str, object] = {}
        self._lock = threading.RLock()

    def settings(self) -> Mapping[str, str]:
        """Give the shop's settings that bear on orders; empty where the key may not read them."""
        return self._once("settings", self._ask_settings)

    def rules(self) -> Rules:
        """Give what the statuses do to stock."""
        return self._once("rules", self._make_rules)

    def statuses(self) -> tuple[ShopStatus, ...]:
        """Describe the statuses as our writer sets them: it never asks for the mail that some of them send."""
        return tuple(self._described(row) for row in self._states())

    def mailing(self) -> frozenset[str]:
        """Give the statuses that mail the buyer when the merchant sets them."""
        return frozenset(text(row, "id") for row in self._states() if flag(row, "send_email"))

    def euro(self) -> str:
        """Give the number of the euro; `Refusal` where the shop has none."""
        return self._once("euro", self._ask_euro)

    def country(self, code: str) -> str:
        """Give the number of a country (ISO 3166-1 alpha-2) the shop sells to; `Refusal` where it does not."""
        found = self.countries().get(code.upper())
        if found is None or not found.active:
            raise refusal(Code.COUNTRY_NOT_ACTIVE)
        return found.number

    def countries(self) -> Mapping[str, Country]:
        """Give all countries by code."""
        return self._once("countries", self._ask_countries)

    def language(self) -> str:
        """Give the number of the orders' language; `Refusal` where the shop lacks the one that the config names."""
        return self._once("language", self._ask_language)

    def carrier(self) -> str:
        """Give the number of the carrier; `Refusal` where there is none, or none of the name in the config."""
        return self._once("carrier", self._ask_carrier)

    def rates(self, country: str) -> Mapping[str, Decimal]:
        """Give the tax rate in percent of each group of tax rules, for a country's number."""
        return self._once(f"rates {country}", lambda: self._ask_rates(country))

    def _once(self, name: str, ask: Callable[[], Kept]) -> Kept:
        with self._lock:
            if name not in self._kept:
                self._kept[name] = ask()
            return self._kept[name]  # type: ignore[return-value]  # what `ask` of this name gave

    def _ask_settings(self) -> Mapping[str, str]:
        try:
            rows = self._webservice.rows("configurations", "name,value", ("name", any_of(_SETTINGS)))
        except (CredentialsRefused, Refusal):
            return {}
        return {text(row, "name"): text(row, "value") for row in rows}

    def _states(self) -> tuple[Row, ...]:
        return self._once("states", self._ask_states)

    def _ask_states(self) -> tuple[Row, ...]:
        rows = self._webservice.rows("order_states", _STATUS_FIELDS, language=int(self.language()))
        return tuple(row for row in rows if not flag(row, "deleted"))

    def _make_rules(self) -> Rules:
        settings = {**_USUAL, **{name: value for name, value in self.settings().items() if value}}
        error, cancelled = settings[ERROR], settings[CANCELLED]
        states = self._states()
        idle = [
            text(row, "id")
            for row in states
            if text(row, "id") not in {error, cancelled}
            and not any(flag(row, does) for does in ("logable", "invoice", "delivery", "shipped", "paid"))
        ]
        return Rules(
            error=error,
            cancelled=cancelled,
            logable=frozenset(text(row, "id") for row in states if flag(row, "logable")),
            known=frozenset(text(row, "id") for row in states),
            sparing=idle[0] if idle else None,
            passage=self._settings.reserve_through,
        )

    def _described(self, row: Row) -> ShopStatus:
        rules, number = self.rules(), text(row, "id")
        releases = number in rules.releasing
        invoices = flag(row, "invoice") and self.settings().get(INVOICES, "1") == "1"
        return ShopStatus(
            code=number,
            label=text(row, "name"),
            takes_stock=not releases and (number in rules.logable or rules.passage is not None),
            means_paid=flag(row, "paid"),
            gives_stock_back=releases,
            mails_buyer=False,
            makes_invoice=invoices,
        )

    def _ask_euro(self) -> str:
        rows = self._webservice.rows("currencies", "id,deleted,active", ("iso_code", any_of([_EURO])))
        found = [text(row, "id") for row in rows if not flag(row, "deleted")]
        if not found:
            raise refusal(Code.NO_EURO)
        return found[0]

    def _ask_countries(self) -> Mapping[str, Country]:
        rows = self._webservice.rows("countries", "id,iso_code,active")
        return {text(row, "iso_code").upper(): Country(text(row, "id"), flag(row, "active")) for row in rows}

    def _ask_language(self) -> str:
        rows = [row for row in self._webservice.rows("languages", "id,iso_code,active") if flag(row, "active")]
        wanted = self._settings.language
        named = [text(row, "id") for row in rows if text(row, "iso_code") == (wanted or _GERMAN)]
        if not rows or (wanted and not named):
            raise refusal(Code.NO_SUCH_LANGUAGE)
        return named[0] if named else text(rows[0], "id")

    def _ask_carrier(self) -> str:
        rows = self._webservice.rows("carriers", "id,name,active,deleted")
        fit = [row for row in rows if flag(row, "active") and not flag(row, "deleted")]
        wanted = self._settings.carrier
        found = [text(row, "id") for row in fit if not wanted or text(row, "name") == wanted]
        if not found:
            raise refusal(Code.NO_SUCH_CARRIER)
        return found[0]

    def _ask_rates(self, country: str) -> Mapping[str, Decimal]:
        taxes = {text(row, "id"): Decimal(text(row, "rate") or "0") for row in self._webservice.rows("taxes", "id,rate")}
        rules = self._webservice.rows("tax_rules", "id_tax_rules_group,id_tax", ("id_country", any_of([country])))
        found: dict[str, Decimal] = {}
        for rule in rules:
            found.setdefault(text(rule, "id_tax_rules_group"), taxes.get(text(rule, "id_tax"), Decimal(0)))
        return found
