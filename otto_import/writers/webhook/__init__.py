"""A signed POST an action to any address, for shops that nobody wrote a writer for."""

from otto_import.writers.webhook.plugin import plugin

__all__ = ["plugin"]
