"""The embedded shop: orders in one SQLite file that any program can read."""

from otto_import.writers.sqlite.plugin import plugin

__all__ = ["plugin"]
