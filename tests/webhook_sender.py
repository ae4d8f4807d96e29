"""How tests open the webhook: on a receiver of theirs, with waits too short to be noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from otto_import.http import RetryRules
from otto_import.plan import Role
from otto_import.writers.base import WriterContext
from otto_import.writers.webhook.plugin import WebhookSettings
from otto_import.writers.webhook.writer import WebhookWriter
from tests.webhook_receiver import Receiver

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
ROLES = {Role.ANNOUNCED: "on-hold", Role.PROCESSABLE: "processing", Role.SENT: "completed", Role.CANCELLED: "cancelled"}
PATIENT = RetryRules(total=5.0, longest_wait=0.02, first_wait=0.01, jitter=0.0)
IMPATIENT = RetryRules(total=10.0, longest_wait=60.0, first_wait=60.0, jitter=0.0)
"""Time for one attempt."""


def open_webhook(
    receiver: Receiver, folder: Path, *, looks_up: bool = True, patience: RetryRules = PATIENT, table: dict[str, Any] | None = None, **others: Any
) -> WebhookWriter:
    """Open it; `table` adds to its settings, the others are the writer's own arguments or parts of its context."""
    settings = WebhookSettings.model_validate({**receiver.settings, **(receiver.lookup if looks_up else {}), **(table or {})})
    own = {name: others.pop(name) for name in ("clock", "new_id") if name in others}
    return WebhookWriter(settings, replace(WriterContext(folder=folder, roles=ROLES, now=lambda: NOW), **others), patience=patience, **own)
