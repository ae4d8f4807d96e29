"""Serve the demo on a real socket from a process of its own, each page rendered once and kept: the pages of `against_bare_loop`.

Prints its base URL and serves until its standard input ends. `GET /kept` tells how many pages are kept and with which queries walks began.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from otto_import.otto.demo import DemoOtto, serve

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_LIST, _KEPT = "/v4/orders", "/kept"
_JSON = ("Content-Type", "application/json")


class KeptPages:
    """Answer lists from memory once they were asked for, `latency` seconds after the question; all else is the demo's to answer at once."""

    def __init__(self, demo: DemoOtto, latency: float) -> None:
        self._demo = demo
        self._latency = latency
        self._pages: dict[tuple[tuple[str, str], ...], tuple[str, list[tuple[str, str]], list[bytes]]] = {}
        self._starts: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        if path == _KEPT:
            body = json.dumps({"pages": len(self._pages), "starts": self._starts}).encode()
            start_response("200 OK", [_JSON, ("Content-Length", str(len(body)))])
            return [body]
        if path != _LIST:
            return self._demo(environ, start_response)
        key = tuple(parse_qsl(query))
        if key not in self._pages:
            self._render(key, query, environ)
        elif self._latency:
            time.sleep(self._latency)
        status, headers, parts = self._pages[key]
        start_response(status, headers)
        return parts

    def _render(self, key: tuple[tuple[str, str], ...], query: str, environ: WSGIEnvironment) -> None:
        heads: list[tuple[str, list[tuple[str, str]]]] = []

        def take_head(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
            heads.append((status, headers))
            return bytes

        parts = list(self._demo(environ, take_head))
        status, headers = heads[0]
        self._pages[key] = (status, headers, parts)
        if not any(name == "nextcursor" for name, _ in key):
            self._starts.append(query)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description="Serve kept pages of demo orders.")
    parser.add_argument("--orders", type=int, required=True)
    parser.add_argument("--now", type=datetime.fromisoformat, required=True)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--core", type=int, default=None)
    given = parser.parse_args()
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    with serve(KeptPages(DemoOtto(lambda: given.now, size=given.orders), given.latency)) as base_url:
        sys.stdout.write(f"{base_url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
