"""A run as metrics, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). Pure.

Names and labels are a promise, as those of the JSON lines are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otto_import.outcome import Summary

_PREFIX = "otto_import_"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Hold a run that is over: when by the real clock, its own clock, and whether the summary's counts of what stands are known."""

    at: datetime
    clock: datetime
    summary: Summary
    account: str = ""
    environment: str = ""
    standing: bool = True


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    help: str
    samples: tuple[tuple[_Labels, float], ...]


def text(run: Ended) -> str:
    """Write the metrics of a run, each a gauge with its HELP and TYPE; every sample has the labels account, environment and command."""
    common = {"account": run.account, "environment": run.environment, "command": run.summary.command}
    families = [*_about_the_run(run), *(_about_what_stands(run) if run.standing else ())]
    return "".join(line for family in families for line in _lines(family, common))


def _about_the_run(run: Ended) -> Iterator[_Family]:
    summary = run.summary
    yield _single("last_run_timestamp_seconds", "When the last run ended, in seconds since 1970.", run.at.timestamp())
    yield _single("last_run_duration_seconds", "How long the last run took.", summary.seconds)
    yield _single("last_run_exit_code", "How the last run ended: 0 is well, see the documentation for others.", summary.exit)
    yield _single("last_run_orders_seen", "How many orders the last run looked at.", summary.orders)
    deeds = {"create": summary.created, "update": summary.updated, "adopt": summary.adopted, "skip": summary.skipped}
    yield _by("last_run_orders", "What the last run did with orders.", "action", deeds)
    asked = {"otto": summary.otto_requests, "shop": summary.shop_requests}
    yield _by("last_run_requests", "How many requests the last run sent.", "service", asked)


def _about_what_stands(run: Ended) -> Iterator[_Family]:
    summary = run.summary
    if summary.watermark is not None:
        yield _single("watermark_timestamp_seconds", "Up to when OTTO was read completely, in seconds since 1970.", summary.watermark.timestamp())
        yield _single(
            "watermark_age_seconds", "How long before the beginning of the last run that was.", (run.clock - summary.watermark).total_seconds()
        )
    kinds = {"hold": summary.held, "conflict": summary.conflicts, "failed": summary.failed, "in_doubt": summary.in_doubt}
    yield _by("orders_pending", "How many orders wait, by why.", "kind", {**kinds, "held_back": summary.cancellations_held_back})
    yield _single("cancellations_held_back", "How many cancellations the guard holds back.", summary.cancellations_held_back)
    yield _single("orders_overdue", "How many announced orders are unpaid past the deadline and left alone.", summary.overdue)
    yield _single("orders_set_aside", "How many orders are set aside after too many looks.", summary.set_aside)
    yield _single("orders_set_aside_paid", "How many of those set aside are paid.", summary.set_aside_paid)


def _single(name: str, explained: str, value: float) -> _Family:
    return _Family(name, explained, (({}, value),))


def _by(name: str, explained: str, label: str, values: Mapping[str, int]) -> _Family:
    return _Family(name, explained, tuple(({label: key}, value) for key, value in values.items()))


def _lines(family: _Family, common: _Labels) -> Iterator[str]:
    name = _PREFIX + family.name
    yield f"# HELP {name} {family.help}\n"
    yield f"# TYPE {name} gauge\n"
    for labels, value in family.samples:
        pairs = ",".join(f'{key}="{each.translate(_ESCAPES)}"' for key, each in {**common, **labels}.items())
        yield f"{name}{{{pairs}}} {value!r}\n"
