"""Build what a command needs from the config; the only room that sees all others."""

from otto_import.wiring.jobs import backfill, clock, load, retry, sync
from otto_import.wiring.looking import explain, orders, runs, scheduled

__all__ = ["backfill", "clock", "explain", "load", "orders", "retry", "runs", "scheduled", "sync"]
