"""What the deeds on one shop share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from otto_import.plan import Role, Stage

if TYPE_CHECKING:
    from otto_import.writers.prestashop.articles import Articles
    from otto_import.writers.prestashop.directory import Directory
    from otto_import.writers.prestashop.settings import PrestashopSettings
    from otto_import.writers.prestashop.sightings import Sightings
    from otto_import.writers.prestashop.webservice import Webservice

ROLE_OF: Final[Mapping[Stage, Role]] = {
    Stage.ANNOUNCED: Role.ANNOUNCED,
    Stage.PROCESSABLE: Role.PROCESSABLE,
    Stage.FULFILLED: Role.SENT,
    Stage.EXPIRED: Role.CANCELLED,
    Stage.CANCELLED: Role.CANCELLED,
}
METHOD: Final = "OTTO"
_BERLIN: Final = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Hold one shop's webservice and what was learnt of it; `password` makes one for a customer who shall never log in.

    `now` is the run's clock; `clock` the real one (aware UTC), which the shop's own dates follow whatever day a run is made for.
    """

    webservice: Webservice
    directory: Directory
    articles: Articles
    sightings: Sightings
    settings: PrestashopSettings
    roles: Mapping[Role, str]
    buyer_email: str
    now: Callable[[], datetime]
    clock: Callable[[], datetime]
    password: Callable[[], str]


def shop_time(moment: datetime) -> str:
    """Write a moment as the shop keeps it: its own local time, which for OTTO's sellers is Berlin's, without a zone."""
    return moment.astimezone(_BERLIN).strftime("%Y-%m-%d %H:%M:%S")


def utc_text(moment: datetime) -> str:
    """Write a moment, aware UTC, as the receipt keeps it."""
    return moment.isoformat().replace("+00:00", "Z")
