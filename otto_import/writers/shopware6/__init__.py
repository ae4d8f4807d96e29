"""Shopware 6: orders through the Admin API, moved by its own state machines."""

from otto_import.writers.shopware6.plugin import plugin

__all__ = ["plugin"]
