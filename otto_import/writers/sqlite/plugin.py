"""The embedded shop's entry point."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, field_validator

from otto_import.writers.base import WriterContext
from otto_import.writers.sqlite.statuses import canonical
from otto_import.writers.sqlite.writer import SqliteWriter


class SqliteSettings(BaseModel):
    """Hold the table `[shop.sqlite]`; a relative path counts from the config file's folder."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    path: Path

    @field_validator("path")
    @classmethod
    def _names_a_file(cls, path: Path) -> Path:
        if not path.name:
            text = "name a file, such as shop.db"
            raise ValueError(text)
        return path


class SqlitePlugin:
    """Open the embedded shop."""

    settings: type[BaseModel] = SqliteSettings

    def status(self, value: object) -> str:
        """Give a status from the config unchanged; ValueError with one sentence if it cannot be one."""
        return canonical(value)

    def open(self, settings: SqliteSettings, context: WriterContext) -> SqliteWriter:
        """Make the writer; touches no file."""
        return SqliteWriter(context.folder / settings.path, context)


plugin: Final = SqlitePlugin()
