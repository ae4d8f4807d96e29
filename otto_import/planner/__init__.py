"""Decide: pure functions from what OTTO, the ledger and the shop say to a plan."""
