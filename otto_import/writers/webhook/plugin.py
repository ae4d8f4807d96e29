"""The webhook's settings and entry point."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from otto_import.secrets import Secret
from otto_import.writers.base import WriterContext
from otto_import.writers.web.settings import safe_url
from otto_import.writers.webhook.answers import word
from otto_import.writers.webhook.writer import WebhookWriter


class WebhookSettings(BaseModel):
    """Hold the table `[shop.webhook]`; a slash at the end of an address is part of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    url: str = Field(repr=False, description="Where events are sent by POST, https://… (plain http:// on this machine only).")
    secret: Secret = Field(description="What events are signed with: whsec_ and base64, or any text of at least 24 bytes.")
    lookup_url: str | None = Field(default=None, repr=False, description="Where orders can be looked up by GET; left out: nothing is looked up.")
    authorization: Secret | None = Field(default=None, description='A header Authorization for both addresses, such as "Bearer …".')
    statuses: tuple[str, ...] = Field(default=(), description="The statuses that the receiver knows; left out: any is taken.")
    max_requests_per_second: float = Field(default=0.0, ge=0, le=1000, description="0 = no limit of our own.")

    @field_validator("url", "lookup_url")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        if url is None:
            return None
        safe_url(url.strip())
        if urlsplit(url.strip()).path.startswith("//"):
            text = "has two slashes before its path; write one"
            raise ValueError(text)
        return url.strip()

    @field_validator("statuses")
    @classmethod
    def _are_words(cls, statuses: tuple[str, ...]) -> tuple[str, ...]:
        if any(word(status) != status for status in statuses) or len(set(statuses)) < len(statuses):
            text = "must be texts of one line, each another"
            raise ValueError(text)
        return statuses


class WebhookPlugin:
    """Open the webhook."""

    settings: type[BaseModel] = WebhookSettings

    def status(self, value: object) -> str:
        """Give a status from the config unchanged: its meaning is the receiver's affair; ValueError with one sentence if it is no text of one line."""
        if isinstance(value, str) and word(value) == value:
            return value
        text = "a status of the webhook is any text of one line, of up to 200 characters"
        raise ValueError(text)

    def open(self, settings: WebhookSettings, context: WriterContext) -> WebhookWriter:
        """Make the writer; asks nobody and fetches no secret."""
        return WebhookWriter(settings, context)


plugin: Final = WebhookPlugin()
