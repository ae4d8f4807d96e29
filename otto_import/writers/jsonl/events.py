"""An event as a line of the stream, and the stream's first line. The shape of both is `event.schema.json`, beside this file."""

from __future__ import annotations

from otto_import.writers.events import SCHEMA, Event, compact, told

__all__ = ["SCHEMA", "Event", "header", "told"]


def header(stream_id: str) -> bytes:
    """Write a stream's first line."""
    return f"{compact({'type': 'stream', 'schema': SCHEMA, 'stream_id': stream_id})}\n".encode()
