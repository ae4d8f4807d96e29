from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from otto_import.config import Config, compose
from otto_import.config.find import Document, parse
from otto_import.config.models import ROLES, TABLES, ShopChoice
from otto_import.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
GOING_LIVE = "\n# Going live\n"
EVERY_TABLE: dict[str, type[BaseModel]] = {**TABLES, "shop": ShopChoice}


class ShopFile(BaseModel):
    """Hold what a writer for a file asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    path: str


class FileShop:
    """Stand for the writer of the example."""

    settings: type[BaseModel] = ShopFile

    def status(self, value: object) -> str:
        """Take every status."""
        return str(value)


def judge(text: str, *, exposed: bool = True) -> Config:
    return compose(Document(EXAMPLE, parse(text.encode(), "example"), exposed), lambda _name: FileShop())


def settings_in(text: str) -> Iterator[tuple[str, str, bool]]:
    """List table, key and whether it is switched on, for each line that is a setting, commented out or not."""
    table = ""
    for line in text.partition(GOING_LIVE)[0].splitlines():
        if heading := re.fullmatch(r"\[([a-z.]+)\]", line):
            table = heading[1]
        elif setting := re.fullmatch(r"(# )?([a-z_]+) = .+", line):
            yield table, setting[2], setting[1] is None


def uncommented() -> str:
    return re.sub(r"(?m)^# ([a-z_]+ = )", r"\1", TEXT.partition(GOING_LIVE)[0])


def test_the_example_runs_in_the_demo_as_it_is_even_where_others_can_read_it() -> None:
    config = judge(TEXT)

    assert ("demo", "sqlite") == (config.otto.environment, config.shop.writer)
    assert (EXAMPLE.parent / "ledger.db", {"path": "shop.db"}) == (config.ledger_path, config.shop.settings.model_dump())
    assert {"announced": "on-hold", "processable": "processing", "cancelled": "cancelled"} == config.status


def test_the_example_shows_every_setting_once() -> None:
    shown = [(table, key) for table, key, _ in settings_in(TEXT)]

    every = {(name, field.alias or key) for name, model in EVERY_TABLE.items() for key, field in model.model_fields.items()}
    every |= {("status", role) for role in ROLES} | {("shop.sqlite", "path")}
    assert sorted(every) == sorted(shown)


def test_the_example_shows_the_defaults() -> None:
    tables = parse(TEXT.encode(), "example")
    shown: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for name, model in EVERY_TABLE.items():
        for key, field in model.model_fields.items():
            if key in tables[name] and not field.is_required() and field.default is not None:
                shown[f"{name}.{key}"], defaults[f"{name}.{key}"] = (
                    tables[name][key],
                    list(field.default) if isinstance(field.default, tuple) else field.default,
                )

    assert defaults == shown
    assert len(defaults) > 12


def test_what_is_commented_out_is_valid_as_well() -> None:
    config = judge(uncommented())

    assert (4.0, "https://api.otto.market", "…") == (config.otto.max_requests_per_second, config.base_url, config.otto.client_id)
    assert set(ROLES) == config.status.keys()


def test_the_example_goes_live_by_changing_the_environment_and_the_client_id_alone() -> None:
    live = TEXT.replace('environment = "demo"', 'environment = "production"')

    with pytest.raises(ConfigError) as caught:
        judge(live)
    assert ["otto.client_id"] == [problem.key for problem in caught.value.problems]
    assert "main" == judge(live.replace('# client_id = "…"', 'client_id = "app-1"')).prefix


def test_each_line_of_the_example_fits_a_terminal() -> None:
    assert max(map(len, TEXT.splitlines())) <= 95
