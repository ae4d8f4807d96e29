"""The config as frozen models; keys and defaults are those of `config.example.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from otto_import.config.values import as_account, as_base_url, as_client_id, as_clock_time, as_day, as_pace, as_path, as_ping_url
from otto_import.secrets import Secret

ROLES = ("announced", "processable", "cancelled", "cancelled_by_partner", "sent", "returned")
BASE_URLS = {
    "production": "https://api.otto.market",
    "sandbox": "https://sandbox.api.otto.market",
    "demo": "https://demo.otto.invalid",
}
DEMO_CREDENTIAL = "demo"
DEFAULT_PACE = 4.0

FilePath = Annotated[Path, BeforeValidator(as_path)]
ClockTime = Annotated[time, BeforeValidator(as_clock_time)]
Topic = Literal["failure", "conflict", "held_back", "set_aside", "late_payment", "silence"]


class Table(BaseModel):
    """Hold one table of the config: frozen, without unknown keys, and never showing an input in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False, populate_by_name=True)


class Otto(Table):
    """Hold `[otto]`: whose orders, from where, and how fast."""

    environment: Literal["demo", "sandbox", "production"]
    account: Annotated[str, AfterValidator(as_account)] = "main"
    client_id: Annotated[str, AfterValidator(as_client_id)] | None = None
    client_secret: Secret | None = None
    base_url: Annotated[str, AfterValidator(as_base_url)] | None = None
    start_date: Annotated[date, BeforeValidator(as_day)] | None = None
    overlap_minutes: Annotated[int, Field(ge=0, le=7 * 24 * 60)] = 60
    recheck_hours: Annotated[int, Field(ge=1, le=168)] = 6
    max_requests_per_second: Annotated[float, Field(ge=0, le=50), AfterValidator(as_pace)] = DEFAULT_PACE
    demo_orders: Annotated[int, Field(ge=1, le=1_000_000)] = 36

    @model_validator(mode="before")
    @classmethod
    def _unhurried_only_outside_the_demo(cls, table: object) -> object:
        if isinstance(table, dict) and table.get("environment") == "demo":
            return {"max_requests_per_second": 0, **table}
        return table

    def client_id_or_demo(self) -> str:
        """Give the client id; in the demo, where it may be missing, a stand-in."""
        return self.client_id or DEMO_CREDENTIAL

    def secret_or_demo(self) -> str:
        """Fetch the client secret (ConfigError if that fails); in the demo nothing is fetched and a stand-in given."""
        if self.environment == "demo" or self.client_secret is None:
            return DEMO_CREDENTIAL
        return self.client_secret.get()


class Imports(Table):
    """Hold `[import]`: which orders are imported."""

    enabled: bool = True
    announced: bool = False
    deadline_days: Annotated[int, Field(ge=1, le=60)] = 7
    grace_hours: Annotated[int, Field(ge=0, le=720)] = 0
    after_deadline: Literal["cancel", "wait"] = "cancel"
    fulfilled: bool = False
    suspected_fraud: Literal["import", "hold"] = "import"


class Buyer(Table):
    """Hold `[buyer]`: what is told to the shop about a buyer."""

    email: Literal["none", "masked"] = "none"


class Limits(Table):
    """Hold `[limits]`: the guard, and how often a pending order is looked at before it is set aside."""

    max_cancellations: Annotated[int, Field(ge=0, le=1_000_000)] = 50
    give_up_after: Annotated[int, Field(ge=1, le=1_000_000)] = 10


class State(Table):
    """Hold `[state]`: where the ledger lives; `path` counts from the config file's folder."""

    path: FilePath | None = None
    allow_network: bool = False


def _checked_ping(secret: Secret) -> Secret:
    if secret.clear:  # one that is kept elsewhere is looked at once it has been fetched
        as_ping_url(secret.get())
    return secret


class Notify(Table):
    """Hold `[notify]`: who is told of what. Addresses are secrets, for whoever knows them can speak in our name; times of day are Berlin's."""

    healthcheck_url: Annotated[Secret, AfterValidator(_checked_ping)] | None = None
    urls: Annotated[tuple[Secret, ...], Field(strict=False)] = ()
    on: Annotated[tuple[Topic, ...], Field(strict=False)] = ("failure", "conflict", "held_back", "set_aside", "late_payment", "silence")
    silence_hours: Annotated[int, Field(ge=1, le=8760)] | None = None
    quiet_from: ClockTime | None = None
    quiet_to: ClockTime | None = None

    @model_validator(mode="after")
    def _whole_night(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_to is None) or (self.quiet_from is not None and self.quiet_from == self.quiet_to):
            msg = 'quiet_from and quiet_to go together and differ, such as quiet_from = "22:00" and quiet_to = "07:00"'
            raise ValueError(msg)
        return self


class ShopChoice(Table):
    """Hold `[shop]` without the writer's own table."""

    writer: Annotated[str, Field(min_length=1)]
    concurrency: Annotated[int, Field(ge=1, le=32)] = 4


class Shop(ShopChoice):
    """Hold `[shop]`; `settings` is the chosen writer's own table, validated by the writer's own model."""

    settings: BaseModel


class Config(Table):
    """Hold a whole config file; `status` maps roles to canonical statuses, only those that are set; `path` is absolute."""

    path: Path
    otto: Otto
    imports: Annotated[Imports, Field(alias="import")] = Imports()
    status: Mapping[str, str]
    buyer: Buyer = Buyer()
    limits: Limits = Limits()
    state: State = State()
    notify: Notify = Notify()
    shop: Shop

    @property
    def folder(self) -> Path:
        """Give the folder from which relative paths count."""
        return self.path.parent

    @property
    def prefix(self) -> str:
        """Give what stands before a `salesOrderId` in every key: the account, outside production after the environment's name."""
        return self.otto.account if self.otto.environment == "production" else f"{self.otto.environment}:{self.otto.account}"

    @property
    def ledger_path(self) -> Path:
        """Give the ledger's file: `state.path`, else one in the user's state folder, named after environment and account."""
        if self.state.path is not None:
            return self.folder / self.state.path
        from platformdirs import user_state_path

        return user_state_path("otto-import", appauthor=False) / f"{self.otto.environment}-{self.otto.account}.db"

    @property
    def base_url(self) -> str:
        """Give OTTO's address without a slash at its end; in the demo a placeholder that is never looked up, unless one is given."""
        return self.otto.base_url or BASE_URLS[self.otto.environment]


TABLES: Mapping[str, type[Table]] = {"otto": Otto, "import": Imports, "buyer": Buyer, "limits": Limits, "state": State, "notify": Notify}
"""The tables of fixed shape, by their names in the file."""
