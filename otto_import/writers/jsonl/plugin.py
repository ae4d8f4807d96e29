"""The event stream's entry point."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, field_validator

from otto_import.writers.base import WriterContext
from otto_import.writers.jsonl.writer import JsonlWriter


class JsonlSettings(BaseModel):
    """Hold the table `[shop.jsonl]`; a relative path counts from the config file's folder."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    path: Path

    @field_validator("path")
    @classmethod
    def _names_a_file(cls, path: Path) -> Path:
        if not path.name:
            text = "name a file, such as orders.jsonl"
            raise ValueError(text)
        return path


class JsonlPlugin:
    """Open the event stream."""

    settings: type[BaseModel] = JsonlSettings

    def status(self, value: object) -> str:
        """Give a status from the config unchanged: its meaning is the reader's affair; ValueError with one sentence if it is no text of one line."""
        if isinstance(value, str) and value.strip() and value.isprintable():
            return value
        text = "a status of the event stream is any text of one line"
        raise ValueError(text)

    def open(self, settings: JsonlSettings, context: WriterContext) -> JsonlWriter:
        """Make the writer; touches no file."""
        return JsonlWriter(context.folder / settings.path, context)


plugin: Final = JsonlPlugin()
