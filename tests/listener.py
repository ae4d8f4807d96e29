"""A service on a real socket that listens to notices: it remembers what came, and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

KNOWN_OF_APPRISE = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""Before Python 3.13 apprise imports what is deprecated since 3.11."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold one request."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: str


@dataclass
class Listener:
    """Remember requests; answer with `status` and `body`, or, while `hangs`, not before the test is over."""

    url: str = ""
    status: int = 200
    body: bytes = b"OK"
    hangs: bool = False
    location: str = ""
    heard: list[Heard] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        """List what was asked, in its order."""
        return [f"{one.method} {one.path}" for one in self.heard]

    @property
    def address(self) -> str:
        """Give host and port alone."""
        return urlsplit(self.url).netloc


@contextmanager
def listening() -> Iterator[Listener]:
    """Open a listener on the loopback, and close it."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  – the standard library's own name
            """Say nothing."""

        def answer(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            listener.heard.append(Heard(self.command, address.path, parse_qs(address.query), body))
            if listener.hangs:
                listener.over.wait(30)
                return
            self.send_response(listener.status)
            if listener.location:
                self.send_header("Location", listener.location)
            self.send_header("Content-Length", str(len(listener.body)))
            self.end_headers()
            self.wfile.write(listener.body)

        do_GET = answer  # noqa: N815  – the standard library's own name
        do_POST = answer  # noqa: N815  – the same

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listener.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            listener.over.set()
            server.shutdown()
            thread.join()
