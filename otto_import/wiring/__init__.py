"""Build what a command needs from the config; the only room that sees all others."""

from otto_import.wiring.jobs import backfill, clock, load, retry, sync

__all__ = ["backfill", "clock", "load", "retry", "sync"]
