"""Where the next page is: found twice, quickly in the bytes and properly in the parsed answer (otto-api.md 2.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

_DEFAULT_PORTS = {"https": 443, "http": 80}
_LONGEST_CURSOR = 8192


class BadLink(Exception):
    """Say why a link to the next page cannot be followed; nothing of it is told."""

    def __init__(self, *, because: str) -> None:
        super().__init__(because)


def next_cursor(document: Mapping[str, Any], base_url: str) -> str | None:
    """Give the cursor of the next page, None on the last; `BadLink` for one that leads elsewhere or nowhere.

    The link is searched by its `rel`, never by its place.
    """
    links = document.get("links")
    if links is None:
        return None
    if not isinstance(links, list):
        raise BadLink(because="gave links that are no list")
    for link in links:
        if isinstance(link, dict) and link.get("rel") == "next":
            return _cursor(link.get("href"), base_url)
    return None


def glimpse_cursor(body: bytes, base_url: str) -> str | None:
    """Find the next page's cursor in the bytes without parsing them; None when in doubt. A guess: compare it with the parsed answer."""
    place = body.rfind(b'"next"')
    start, end = body.rfind(b"{", 0, place), body.find(b"}", place)
    if place < 0 or start < 0 or end < 0:
        return None
    try:
        return next_cursor({"links": [json.loads(body[start : end + 1])]}, base_url)
    except (ValueError, RecursionError, BadLink):
        return None


def _cursor(href: object, base_url: str) -> str:
    if not isinstance(href, str):
        raise BadLink(because="gave a link to the next page without an address")
    try:
        target = urlsplit(urljoin(f"{base_url}/", href))
        if _origin(target) != _origin(urlsplit(base_url)):
            raise BadLink(because="gave a link to the next page that leads to another host; it is not followed")
    except ValueError as error:
        raise BadLink(because="gave a link to the next page that is no address") from error
    for part in target.query.split("&"):
        name, _, value = part.partition("=")
        if name == "nextcursor" and value:
            cursor = unquote(value)  # not unquote_plus: a bare plus belongs to the cursor's base64
            if len(cursor) > _LONGEST_CURSOR or not cursor.isprintable():  # it could not be sent: too long for any URL, or half a character
                raise BadLink(because="gave a link to the next page with a cursor that cannot be one")
            return cursor
    raise BadLink(because="gave a link to the next page without a cursor")


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _DEFAULT_PORTS.get(url.scheme)
