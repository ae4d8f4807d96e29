"""Bring orders from OTTO Market into a shop."""

__version__ = "0.1.0"
