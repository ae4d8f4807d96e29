"""An event stream for programs: one JSON object a line, only ever appended to."""

from otto_import.writers.jsonl.plugin import plugin

__all__ = ["plugin"]
