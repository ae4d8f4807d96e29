"""Metrics as Prometheus reads them, for the tests of whole runs."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families


def metrics(path: Path) -> dict[str, float]:
    """Read the metrics, those with a label of their own by its value."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(path.read_text(encoding="utf-8")):
        for sample in family.samples:
            own = [value for key, value in sample.labels.items() if key not in {"account", "environment", "command"}]
            found[".".join([sample.name.removeprefix("otto_import_"), *own])] = sample.value
    return found


def labels(path: Path) -> set[tuple[str, ...]]:
    """Give account, environment and command of all samples."""
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    return {(s.labels["account"], s.labels["environment"], s.labels["command"]) for family in families for s in family.samples}
