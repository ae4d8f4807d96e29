"""The embedded stand-in of OTTO: orders with lives of their own, over OTTO's wire, in process or on a real socket.

Nothing here is used by the importer but over HTTP. `lives` tells what can happen to an order, `schedule` which orders there are.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from otto_import.otto.demo.wsgi import DEFAULT_SIZE, DemoOtto

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["DEFAULT_CLOCK", "DEFAULT_SIZE", "DemoOtto", "serve"]

DEFAULT_CLOCK = datetime(2026, 6, 9, 12, tzinfo=UTC)


def serve(app: WSGIApplication, port: int = 0) -> AbstractContextManager[str]:
    """Serve the stand-in on the loopback as a context manager that gives the base URL; port 0 takes a free one."""
    from otto_import.otto.demo.server import listening

    return listening(app, port)
