"""The answers, and the tables of a config they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class SecretPlace(StrEnum):
    """Name where a secret can live; the same words as in the config."""

    ENV = "env"
    FILE = "file"
    COMMAND = "command"
    KEYRING = "keyring"


@dataclass(frozen=True, slots=True)
class SecretAnswer:
    """Say where a secret lives: the variable, the path, the program with its arguments, or service/user.

    `typed` is the secret itself where somebody gave it: it serves the proof, and is what `init` writes into a file that is not there yet (`fresh`).
    """

    place: SecretPlace
    where: str | tuple[str, ...]
    typed: str | None = field(default=None, repr=False)
    fresh: bool = False

    def source(self) -> dict[str, str | list[str]]:
        """Give the table that names the place in the config."""
        return {self.place.value: self.where if isinstance(self.where, str) else list(self.where)}

    def proof(self) -> str | dict[str, str | list[str]]:
        """Give the secret itself if it was typed, else the table that names its place."""
        return self.source() if self.typed is None else self.typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Hold all answers. `settings` is the writer's own table, secrets in it as `SecretAnswer`; `status` maps roles to values for `[status]`.

    `start_date` None leaves the template's, which only the demo may do.
    """

    environment: str
    writer: str
    settings: Mapping[str, Any]
    status: Mapping[str, Any]
    account: str = "main"
    client_id: str | None = None
    secret: SecretAnswer | None = None
    base_url: str | None = None
    start_date: date | None = None
    announced: bool = False

    def changes(self) -> dict[tuple[str, str], Any]:
        """Give what the answers say of the template's lines, by table and key; None switches a line off."""
        said: dict[tuple[str, str], Any] = {
            ("otto", "environment"): self.environment,
            ("otto", "account"): self.account,
            ("otto", "client_id"): self.client_id,
            ("otto", "client_secret"): self.secret and self.secret.source(),
            ("import", "announced"): self.announced,
            ("shop", "writer"): self.writer,
        }
        said |= {("status", role): self.status.get(role) for role in ("announced", "processable", "cancelled")}
        said |= {("status", role): value for role, value in self.status.items()}
        if self.base_url is not None:
            said["otto", "base_url"] = self.base_url
        if self.start_date is not None:
            said["otto", "start_date"] = self.start_date
        return said

    def secrets(self) -> Iterator[SecretAnswer]:
        """List the secrets, OTTO's and the shop's."""
        if self.secret is not None:
            yield self.secret
        yield from (value for value in self.settings.values() if isinstance(value, SecretAnswer))


def proof_table(table: Mapping[str, Any]) -> dict[str, Any]:
    """Give a table for a proof, in which a typed secret stands in clear."""
    return {key: value.proof() if isinstance(value, SecretAnswer) else value for key, value in table.items()}
