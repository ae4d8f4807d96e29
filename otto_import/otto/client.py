"""Orders from OTTO: the list, page by page, and single ones (otto-api.md 2 and 5)."""

from __future__ import annotations

import dataclasses
import logging
import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from otto_import.errors import CredentialsRefused, ServiceError
from otto_import.http import Answer, Misshapen, Request, Service, ServiceSettings, Unreadable
from otto_import.http.early import Early
from otto_import.orders import BrokenOrder, ItemState, Reading, Withheld
from otto_import.otto.auth import Credentials, TokenSource
from otto_import.otto.paging import BadLink, glimpse_cursor, next_cursor
from otto_import.otto.tokens import TokenFile
from otto_import.otto.translate import order_id, translate
from otto_import.otto.values import read_json

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

SERVICE = "OTTO"
ORDERS_PATH = "/v4/orders"
MOST_PAGES = 100_000
_MOST_EMPTY = 50
_PATIENCE = 125.0
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_MORE_TIMES = 2
_NAMES = frozenset({"salesOrderId", "orderNumber", "positionItems"})
_NUMBER = re.compile(r"[A-Za-z0-9-]{1,30}")

Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """Hold how to speak to OTTO; `client_secret` may be a function, called once; `max_requests_per_second` 0 means no limit of ours."""

    base_url: str
    client_id: str
    client_secret: str | Callable[[], str] = field(repr=False)
    scope: str = "orders"
    max_requests_per_second: float = 4.0
    user_agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """Hold what to list; only what is set is asked for (otto-api.md 2.1). `changed_from` is a lower bound on the change, the others on the order date.

    `states` filters by OTTO's buckets, or with `at_least_one` by any item being in one of them.
    """

    changed_from: datetime | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    states: tuple[ItemState, ...] = ()
    at_least_one: bool = False
    limit: int = 128

    def params(self) -> Params:
        """Give the query's parameters by OTTO's names."""
        moments = (("fromDate", self.changed_from), ("fromOrderDate", self.placed_from), ("toOrderDate", self.placed_to))
        params = [(name, _wire_moment(moment)) for name, moment in moments if moment is not None]
        params += [("fulfillmentStatus", state.value) for state in self.states]
        params += [("mode", "AT_LEAST_ONE")] if self.at_least_one else []
        return (*params, ("limit", str(self.limit)))


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one page of the list: its orders, the answer's Date, and our clock minus that (None: there was none)."""

    readings: tuple[Reading, ...]
    date: datetime | None
    skew: timedelta | None


class OttoClient:
    """Read orders from OTTO. Raises `CredentialsRefused` and `ServiceError`; nothing here writes at OTTO's."""

    def __init__(self, service: Service, tokens: TokenSource, most_pages: int = MOST_PAGES, glance: Callable[[], None] = lambda: None) -> None:
        self._service = service
        self._tokens = tokens
        self._most_pages = most_pages
        self._glance = glance

    @property
    def requests(self) -> int:
        """Count all requests so far, those for tokens included."""
        return self._service.requests

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def pages(self, query: ListQuery) -> Generator[Page, None, None]:
        """Walk the list; the next page is fetched while the caller works on this one. Closing the iterator drops that fetch at once."""
        params = query.params()
        seen: set[str] = set()
        early: Early[Answer] | None = None
        empty = 0
        try:
            for number in range(1, self._most_pages + 1):
                began = time.monotonic()
                answer = self._wait(early or self._begin(params), ORDERS_PATH)
                guess = glimpse_cursor(answer.body, self._service.base_url)
                early = self._begin(_following(guess, query.limit)) if guess and guess not in seen else None
                answer, document = self._parsed(answer, params)
                cursor = self._next(answer, document, seen)
                if early and cursor != guess:
                    early.drop()
                    early = None
                if cursor and not early:
                    early = self._begin(_following(cursor, query.limit))
                resources = document.get("resources") or ()
                empty = 0 if resources else empty + 1
                if empty > _MOST_EMPTY:
                    raise self._service.refusal(answer, f"gives page after page without an order ({empty} in a row)")
                _log_page(number, len(resources), time.monotonic() - began)
                yield Page(tuple(_reading(answer, value) for value in resources), answer.date, answer.skew)
                if cursor is None:
                    return
                seen.add(cursor)
                params = _following(cursor, query.limit)
        finally:
            if early:
                early.drop()
        raise ServiceError(SERVICE, f"GET {ORDERS_PATH}", f"gives more than {self._most_pages} pages; that cannot be right")

    def order(self, name: str) -> Reading:
        """Read one order by `salesOrderId` or `orderNumber`; where OTTO does not show it (404, 403) the reading holds a `Withheld`."""
        asked_id, asked_number = _asked(name)
        if asked_id is None and asked_number is None:
            return Reading(Withheld(None, None, "this is neither an orderNumber nor a salesOrderId"), by_id=True)
        path = f"{ORDERS_PATH}/{quote(name, safe='')}"
        answer = self._single(path)
        if answer.status in (_NOT_FOUND, _FORBIDDEN):
            text = "OTTO does not know this order" if answer.status == _NOT_FOUND else "OTTO does not show us this order"
            return Reading(Withheld(asked_id, asked_number, f"{text} (HTTP {answer.status})"), answer.date, answer.skew, by_id=True)
        if not answer.ok:
            raise self._service.refusal(answer)
        found = translate(read_json(answer.body))
        if isinstance(found, BrokenOrder):
            found = dataclasses.replace(found, sales_order_id=found.sales_order_id or asked_id, order_number=found.order_number or asked_number)
        elif name.lower() not in (found.sales_order_id.lower(), found.order_number.lower()):
            found = BrokenOrder(asked_id, asked_number, "OTTO answered with another order")
        return Reading(found, answer.date, answer.skew, by_id=True)

    def _single(self, path: str) -> Answer:
        answer = self._wait(Early(partial(self._get, path, (), read_json)), path)
        for _ in range(_MORE_TIMES):
            # What names no order at all was not said of this one. Held at once, a slip of a gateway would cost the order a pause.
            if not answer.ok or not _NAMES.isdisjoint(read_json(answer.body)):
                break
            answer = self._wait(Early(partial(self._get, path, (), read_json)), path)
        return answer

    def _wait(self, early: Early[Answer], path: str) -> Answer:
        # Each request keeps its own time; this one ends what drips on for ever before there is anything to count.
        try:
            return early.result(self._glance, _PATIENCE)
        except TimeoutError as error:
            text = f"gave no whole answer in {_PATIENCE:.0f} s"
            raise ServiceError(SERVICE, f"GET {path}", text) from error

    def _begin(self, params: Params) -> Early[Answer]:
        return Early(partial(self._list, params))

    def _list(self, params: Params, abandoned: Callable[[], bool] = lambda: False, check: Callable[[bytes], object] | None = None) -> Answer:
        answer = self._get(ORDERS_PATH, params, check or _looks_whole, abandoned)
        if answer.status == _FORBIDDEN:
            raise self._service.refusal(answer, "does not let us read orders; the app needs the scope 'orders'", CredentialsRefused)
        if not answer.ok:
            raise self._service.refusal(answer)
        return answer

    def _get(self, path: str, params: Params, check: Callable[[bytes], object], abandoned: Callable[[], bool] = lambda: False) -> Answer:
        bearer, answer = self._ask(path, params, check, abandoned)
        if answer.status == _UNAUTHORIZED:
            self._tokens.discard(bearer)
            _, answer = self._ask(path, params, check, abandoned)
        if answer.status == _UNAUTHORIZED:
            raise self._service.refusal(answer, "does not accept the access token it has just given", CredentialsRefused)
        return answer

    def _ask(self, path: str, params: Params, check: Callable[[bytes], object], abandoned: Callable[[], bool]) -> tuple[str, Answer]:
        bearer = self._tokens.bearer()
        request = Request(method="GET", path=path, params=params, headers={"Authorization": f"Bearer {bearer}"})
        return bearer, self._service.send(request, check=check, abandoned=abandoned)

    def _parsed(self, answer: Answer, params: Params) -> tuple[Answer, dict[str, Any]]:
        try:
            return answer, _page_document(answer.body)
        except Unreadable:
            # It looked whole from outside. Ask again, and this time look inside before calling it an answer.
            answer = self._wait(Early(partial(self._list, params, check=_page_document)), ORDERS_PATH)
            return answer, _page_document(answer.body)

    def _next(self, answer: Answer, document: dict[str, Any], seen: set[str]) -> str | None:
        try:
            cursor = next_cursor(document, self._service.base_url)
        except BadLink as error:
            raise self._service.refusal(answer, str(error)) from error
        if cursor in seen:
            raise self._service.refusal(answer, "gave the same cursor twice; the list would never end")
        return cursor


def open_client(
    settings: ClientSettings,
    *,
    transport: httpx.BaseTransport | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    token_file: Path | None = None,
    now: Callable[[], float] = time.time,
    glance: Callable[[], None] = lambda: None,
) -> OttoClient:
    """Make the client; nothing is asked yet. `clock` serves only to tell the skew, `now` is the real clock for tokens (seconds since 1970).

    `glance` is called several times a second while OTTO is waited for; what it raises ends the wait.

    Raises ConfigError for a base URL that is neither https nor on the loopback.
    """
    to_service = ServiceSettings(service=SERVICE, base_url=settings.base_url, max_requests_per_second=settings.max_requests_per_second)
    if settings.user_agent:
        to_service = dataclasses.replace(to_service, user_agent=settings.user_agent)
    service = Service(to_service, transport=transport, clock=clock)
    credentials = Credentials(client_id=settings.client_id, secret=settings.client_secret, scope=settings.scope)
    return OttoClient(service, TokenSource(service, credentials, TokenFile(token_file), now), glance=glance)


def _wire_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _following(cursor: str, limit: int) -> Params:
    # With a cursor OTTO looks at nothing else but the limit (otto-api.md 2.1).
    return (("nextcursor", cursor), ("limit", str(limit)))


def _log_page(number: int, orders: int, seconds: float) -> None:
    # What is measured is the wait for the page: most of it was fetched while the one before was worked on.
    fields = {"page": number, "orders": orders, "duration": round(seconds, 3)}
    log.debug("page %d of the list: %d orders", number, orders, extra={"event": "page.fetched", **fields})


def _reading(answer: Answer, value: object) -> Reading:
    return Reading(translate(value), answer.date, answer.skew)


def _looks_whole(body: bytes) -> None:
    # Enough to find an answer that broke off or a gateway's HTML, and quick enough for the thread that fetches ahead.
    stripped = body.strip()
    if not (stripped.startswith(b"{") and stripped.endswith(b"}")):
        msg = "gave an answer that is not JSON, or only a part of it"
        raise Unreadable(msg)


def _page_document(body: bytes) -> dict[str, Any]:
    document = read_json(body)
    if not isinstance(document.get("resources"), list | None):
        msg = "gave an answer whose orders are no list"
        raise Misshapen(msg)
    if document and not ("resources" in document or "links" in document):
        # Both may be absent (otto-api.md 2.2); but what says other things instead is not the end of a list.
        msg = "gave an answer that is no page of orders"
        raise Misshapen(msg)
    return document


def _asked(name: str) -> tuple[str | None, str | None]:
    # An orderNumber is short and plain, a salesOrderId a UUID, which is longer (otto-api.md 3.1).
    if _NUMBER.fullmatch(name):
        return None, name
    return order_id(name), None
