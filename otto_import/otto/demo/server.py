"""A real socket for the stand-in, on the loopback: HTTP/1.1 with keep-alive, one thread a connection."""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_HOST = "127.0.0.1"
_LONGEST_BODY = 1 << 20


class _Server(ThreadingMixIn, TCPServer):
    """Accept connections and remember the open ones, so that leaving does not wait for clients that keep theirs."""

    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int, app: WSGIApplication) -> None:
        self.app = app
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((_HOST, port), _Connection)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:  # noqa: ANN401  – socketserver's
        if isinstance(request, socket.socket):
            with self._lock:
                self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            with self._lock:
                self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that are still open."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Connection(BaseHTTPRequestHandler):
    """Carry the requests of one connection to the application and its answers back."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 1 << 16
    server: _Server

    def handle(self) -> None:
        """Answer until the client or `hang_up` ends the connection."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  – http.server's name
        """Say nothing: the answer tells the client all there is."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  – http.server looks for do_GET, do_POST …
        """Give every method to the application, which knows which ones it allows."""
        if name.startswith("do_"):
            return self._call
        raise AttributeError(name)

    def _call(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdecimal() or int(length) > _LONGEST_BODY:
            self.send_error(411, "a body needs its length, of at most 1 MiB")
            return
        answer = bytearray()

        def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:  # noqa: ANN401  – PEP 3333's write callable
            lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
            answer.extend("\r\n".join(lines).encode("latin-1"))
            return answer.extend

        for part in self.server.app(self._environ(self.rfile.read(int(length))), start_response):
            answer.extend(part)
        self.wfile.write(answer)  # head and body in one packet train

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": _HOST,
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        own = {"Content-Type", "Content-Length"}
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items() if name.title() not in own}
        return environ


@contextmanager
def listening(app: WSGIApplication, port: int) -> Iterator[str]:
    """Serve until the block ends and give the base URL; port 0 takes a free one."""
    with _Server(port, app) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="demo-otto")
        thread.start()
        try:
            yield f"http://{_HOST}:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.hang_up()
