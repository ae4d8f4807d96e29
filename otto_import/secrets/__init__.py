"""Secrets: a type for settings, and the places secrets are fetched from."""

from otto_import.secrets.secret import SHAPE, Secret

__all__ = ["SHAPE", "Secret"]
