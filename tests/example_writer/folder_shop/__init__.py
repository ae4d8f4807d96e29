"""A shop that is a folder, with a JSON file an order: small, but all that a writer for otto-import must be."""

from .plugin import plugin

__all__ = ["plugin"]
