"""The use cases: sync, backfill, retry; the order of the steps."""
