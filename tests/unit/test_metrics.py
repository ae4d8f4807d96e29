"""The metrics are what Prometheus reads, and what `docs/metrics.md` lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from otto_import.metrics import Ended, text
from otto_import.outcome import Summary
from tests.documents import table, ticked

DOCUMENT = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
CLOCK = datetime(2026, 6, 9, 12, tzinfo=UTC)
SUMMARY = Summary(
    command="sync",
    dry_run=False,
    created=3,
    updated=2,
    adopted=1,
    skipped=214,
    held=4,
    conflicts=5,
    failed=6,
    in_doubt=7,
    overdue=8,
    set_aside=10,
    set_aside_paid=9,
    cancellations_held_back=11,
    watermark=CLOCK - timedelta(minutes=90),
    otto_requests=12,
    shop_requests=13,
    seconds=1.25,
    exit=4,
    orders=220,
)


def ended(summary: Summary = SUMMARY, account: str = "main", *, standing: bool = True) -> Ended:
    return Ended(at=CLOCK + timedelta(days=1), clock=CLOCK, summary=summary, account=account, environment="production", standing=standing)


def samples(written: str) -> dict[tuple[str, str], float]:
    """Read every sample, named by its metric and its own label."""
    found = {}
    for family in text_string_to_metric_families(written):
        assert ("gauge", True) == (family.type, bool(family.documentation))
        for sample in family.samples:
            found[sample.name.removeprefix("otto_import_"), own(sample.labels)] = sample.value
    return found


def own(labels: Mapping[str, str]) -> str:
    return "".join(value for key, value in labels.items() if key not in {"account", "environment", "command"})


def test_a_run_is_written_as_prometheus_reads_it() -> None:
    assert samples(text(ended())) == {
        ("last_run_timestamp_seconds", ""): (CLOCK + timedelta(days=1)).timestamp(),
        ("last_run_duration_seconds", ""): 1.25,
        ("last_run_exit_code", ""): 4,
        ("last_run_orders_seen", ""): 220,
        ("last_run_orders", "create"): 3,
        ("last_run_orders", "update"): 2,
        ("last_run_orders", "adopt"): 1,
        ("last_run_orders", "skip"): 214,
        ("last_run_requests", "otto"): 12,
        ("last_run_requests", "shop"): 13,
        ("watermark_timestamp_seconds", ""): (CLOCK - timedelta(minutes=90)).timestamp(),
        ("watermark_age_seconds", ""): 5400,
        ("orders_pending", "hold"): 4,
        ("orders_pending", "conflict"): 5,
        ("orders_pending", "failed"): 6,
        ("orders_pending", "in_doubt"): 7,
        ("orders_pending", "held_back"): 11,
        ("cancellations_held_back", ""): 11,
        ("orders_overdue", ""): 8,
        ("orders_set_aside", ""): 10,
        ("orders_set_aside_paid", ""): 9,
    }


def test_what_is_not_known_is_left_out_rather_than_called_zero() -> None:
    assert {name for name, _ in samples(text(ended(standing=False))) if not name.startswith("last_run_")} == set()
    assert not [name for name, _ in samples(text(ended(Summary(command="sync", dry_run=False)))) if "watermark" in name]


def test_the_document_lists_every_metric_and_no_other() -> None:
    listed = [(ticked(row[0])[0], "".join(ticked(row[1]))) for row in table(DOCUMENT, "| metric |")]
    families = list(text_string_to_metric_families(text(ended())))
    labels = {
        family.name: "".join(key for key in family.samples[0].labels if key not in {"account", "environment", "command"}) for family in families
    }
    assert labels == dict(listed)
    assert len(listed) == len(labels)


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])))
def test_whatever_an_account_is_called_its_label_comes_back_and_no_line_is_broken(account: str) -> None:
    written = text(ended(account=account))
    for family in text_string_to_metric_families(written):
        assert {account} == {sample.labels["account"] for sample in family.samples}


def test_the_text_ends_with_a_line_break_and_each_family_has_its_help_and_type_first() -> None:
    lines = text(ended()).split("\n")
    assert "" == lines.pop()
    helps = [line.split()[2] for line in lines if line.startswith("# HELP ")]
    types = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert helps == types
    assert len(set(helps)) == len(helps)
