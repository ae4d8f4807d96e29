"""The nine parameters of `GET /v4/orders` and the cursor (otto-api.md 2.1, 2.2)."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs

from otto_import.otto.demo.lives import STATES
from otto_import.otto.demo.moments import moment

MOST = 256
USUAL = 128
BY_CHANGE = "ORDER_LIFECYCLE_DATE"
BY_ORDER = "ORDER_DATE"
BUCKET = "BUCKET"
AT_LEAST_ONE = "AT_LEAST_ONE"
_LIMIT = "limit"
_CURSOR = "nextcursor"
_NAMES = frozenset({"fromDate", "fromOrderDate", "toOrderDate", "fulfillmentStatus", _LIMIT, "orderDirection", "orderColumnType", "mode", _CURSOR})


class BadParameter(Exception):
    """Refuse a parameter: which one, and what it must be."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        super().__init__(f"{name} {text}")


@dataclass(frozen=True, slots=True)
class Query:
    """Hold what a page is asked for. Moments in milliseconds; `after` is the sort key of the last order already given.

    The change date is compared inclusively, the order dates are not: "placed after", "placed before" (otto-api.md 2.1, last points of 11).
    """

    changed_from: int | None = None
    placed_after: int | None = None
    placed_before: int | None = None
    states: tuple[str, ...] = ()
    mode: str = BUCKET
    column: str = BY_CHANGE
    descending: bool = False
    after: int | None = None

    def cursor(self, after: int) -> str:
        """Write the cursor of the page that follows the order with this sort key; it carries every filter."""
        return b64encode(json.dumps({**asdict(self), "after": after}, separators=(",", ":")).encode()).decode()


def parse(text: str) -> tuple[Query, int]:
    """Read a query string into query and limit; raises `BadParameter`. With `nextcursor` only `limit` is looked at besides."""
    given = parse_qs(text, keep_blank_values=True)
    unknown = given.keys() - _NAMES
    if unknown:
        raise BadParameter(min(unknown), "is not a parameter of this resource")
    single = {name: values[0] for name, values in given.items() if len(values) == 1}
    for name in given.keys() - single.keys() - {"fulfillmentStatus"}:
        raise BadParameter(name, "may be given once")
    limit = _limit(single)
    if _CURSOR in single:
        return _from_cursor(single[_CURSOR]), limit
    return Query(
        changed_from=_moment(single, "fromDate"),
        placed_after=_moment(single, "fromOrderDate"),
        placed_before=_moment(single, "toOrderDate"),
        states=tuple(_one_of("fulfillmentStatus", state, STATES) for state in given.get("fulfillmentStatus", ())),
        mode=_one_of("mode", single.get("mode", BUCKET), (BUCKET, AT_LEAST_ONE)),
        column=_one_of("orderColumnType", single.get("orderColumnType", BY_CHANGE), (BY_CHANGE, BY_ORDER)),
        descending=_one_of("orderDirection", single.get("orderDirection", "ASC"), ("ASC", "DESC")) == "DESC",
    ), limit


def _limit(given: Mapping[str, str]) -> int:
    text = given.get(_LIMIT, str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise BadParameter(_LIMIT, f"must be a whole number from 1 to {MOST}")
    return int(text)


def _moment(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    try:
        when = datetime.fromisoformat(given[name])
    except ValueError as error:
        raise BadParameter(name, "must be a date and time in ISO 8601, with a + written as %2B") from error
    return moment(when if when.tzinfo else when.replace(tzinfo=UTC))


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise BadParameter(name, f"must be one of {', '.join(allowed)}")
    return value


def _from_cursor(text: str) -> Query:
    try:
        fields = json.loads(b64decode(text, validate=True))
        asked = Query(**{**fields, "states": tuple(fields["states"])})
        moments = (asked.changed_from, asked.placed_after, asked.placed_before)
        sound = isinstance(asked.after, int) and all(at is None or isinstance(at, int) for at in moments)
    except (ValueError, TypeError, KeyError) as error:
        raise _strange_cursor() from error
    if not sound:
        raise _strange_cursor()
    return asked


def _strange_cursor() -> BadParameter:
    return BadParameter(_CURSOR, "must be a cursor given by this resource")
