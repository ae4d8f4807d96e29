"""The stand-in's application: routes, statuses, headers (otto-api.md 1.2, 2, 5, 6)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from otto_import.otto.demo import ids, query, tokens
from otto_import.otto.demo.listing import Listing
from otto_import.otto.demo.moments import http_date, moment
from otto_import.otto.demo.render import order_json
from otto_import.otto.demo.world import World

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

DEFAULT_SIZE = 36
_LIST = "/v4/orders"
_TOKENS = frozenset({"/oauth2/token", "/v1/token"})
_FORM = "application/x-www-form-urlencoded"
_LONGEST_FORM = 65_536
_PHRASES = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}
_JSON = "application/json;charset=utf-8"


class _Answer(NamedTuple):
    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()


class DemoOtto:
    """Answer as OTTO would, out of a world that depends on `size` and the clock alone.

    `clock` gives the demo's time (aware) and is asked once a request; `wall` the real one in seconds, by which tokens expire;
    `latency` is slept, in seconds, before each answer about orders. Serves several threads at once.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, size: int = DEFAULT_SIZE, wall: Callable[[], float] = time.time, latency: float = 0.0
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._latency = latency
        self._world = World(size)
        self._listing = Listing(self._world)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        clock = moment(self._clock())
        answer = self._answer(environ, clock)
        body = answer.body.encode()
        headers = [("Content-Type", _JSON), ("Content-Length", str(len(body))), ("Date", http_date(clock)), *answer.headers]
        start_response(f"{answer.status} {_PHRASES[answer.status]}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: WSGIEnvironment, clock: int) -> _Answer:
        path = _path(environ)
        method = environ["REQUEST_METHOD"]
        if path in _TOKENS:
            return self._token(environ) if method == "POST" else _not_allowed(path, "POST")
        order_id = path.removeprefix(f"{_LIST}/")
        if path != _LIST and (order_id == path or not order_id or "/" in order_id):
            return _Answer(404, json.dumps({"message": "no Route matched with those values"}))
        if method != "GET":
            return _not_allowed(path, "GET")
        if not tokens.accepted(environ.get("HTTP_AUTHORIZATION", ""), self._wall()):
            return _refusal(401, path, "UNAUTHORIZED", "the access token is missing, expired or not ours", ("WWW-Authenticate", "Bearer"))
        if self._latency:
            time.sleep(self._latency)
        return self._list(environ.get("QUERY_STRING", ""), clock) if path == _LIST else self._single(order_id, clock)

    def _token(self, environ: WSGIEnvironment) -> _Answer:
        try:
            form = _form(environ)
            return _Answer(200, json.dumps(tokens.issue(form, self._wall())), (("Cache-Control", "no-store"),))
        except tokens.Denied as denied:
            return _Answer(denied.status, json.dumps({"error": denied.code, "error_description": denied.text}))

    def _list(self, query_string: str, clock: int) -> _Answer:
        try:
            asked, limit = query.parse(query_string)
        except query.BadParameter as bad:
            return _refusal(400, _LIST, "INVALID_REQUEST_PARAMETER", str(bad))
        page = self._listing.page(asked, limit, clock)
        links = [{"rel": "self", "href": f"{_LIST}?{query_string}" if query_string else _LIST}]
        if page.cursor:
            links.append({"rel": "next", "href": f"{_LIST}?nextcursor={quote(page.cursor, safe='')}&limit={limit}"})
        return _Answer(200, f'{{"resources":[{",".join(map(order_json, page.orders))}],"links":{json.dumps(links)}}}')

    def _single(self, order_id: str, clock: int) -> _Answer:
        number = ids.number_of(order_id)
        index = None if number is None else self._world.index(number)
        seen = None if index is None else self._world.seen(index, clock)
        if seen is None:
            return _refusal(404, f"{_LIST}/{order_id}", "ORDER_NOT_FOUND", "there is no such order")
        return _Answer(200, order_json(seen))


def _form(environ: WSGIEnvironment) -> bytes:
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != _FORM:
        raise tokens.Denied(400, "invalid_request", f"the body must be {_FORM}")
    length = environ.get("CONTENT_LENGTH") or "0"
    form: bytes = environ["wsgi.input"].read(min(int(length), _LONGEST_FORM) if length.isdecimal() else 0)
    return form


def _path(environ: WSGIEnvironment) -> str:
    raw: str = environ.get("PATH_INFO", "")
    try:
        return raw.encode("latin-1").decode()  # PEP 3333 hands bytes over as Latin-1
    except UnicodeError:
        return raw  # httpx hands text over as text


def _refusal(status: int, path: str, title: str, detail: str, *headers: tuple[str, str]) -> _Answer:
    return _Answer(status, json.dumps({"errors": [{"path": path, "title": title, "detail": detail}], "warnings": []}), headers)


def _not_allowed(path: str, allowed: str) -> _Answer:
    return _refusal(405, path, "METHOD_NOT_ALLOWED", f"only {allowed} is allowed here", ("Allow", allowed))
