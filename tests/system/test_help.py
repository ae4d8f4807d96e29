"""What `--help` and `--version` say, and that they are quick by importing little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from otto_import import __version__
from otto_import.cli.boundary import run
from tests.jobs import ScriptedJobs

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "",
    "init",
    "check",
    "sync",
    "backfill",
    "retry",
    "explain",
    "orders",
    "runs",
    "schedule",
    "reconcile",
    "rebuild",
    "adopt",
    "purge",
    "writers",
)


@pytest.mark.usefixtures("stable_terminal")
@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, snapshot: SnapshotAssertion, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert "Example" in text
    assert snapshot == "\n".join(line.rstrip() for line in text.splitlines())


@pytest.mark.usefixtures("stable_terminal")
def test_the_help_lists_these_commands_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--help"])
    commands = capsys.readouterr().out.partition("Commands")[2]
    listed = [words[1] for line in commands.splitlines() if (words := line.split())[:1] == ["│"] and not line.startswith("│  ")]
    assert listed == [
        "init",
        "check",
        "sync",
        "backfill",
        "retry",
        "explain",
        "orders",
        "runs",
        "schedule",
        "reconcile",
        "rebuild",
        "adopt",
        "purge",
        "writers",
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_can_be_shown_where_there_is_ascii_alone(command: str) -> None:
    shown = _python("-m", "otto_import", *command.split(), "--help", encoding="ascii")
    assert shown.returncode == 0
    assert shown.stdout.isascii()


def test_the_version_is_printed_without_importing_anything_heavy() -> None:
    shown = _python("-X", "importtime", "-m", "otto_import", "--version")
    assert shown.stdout == f"otto-import {__version__}\n"
    assert not {"typer", "rich", "pydantic", "httpx"} & _imported(shown.stderr)


def test_the_version_is_known_to_the_tree_of_commands_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"], ScriptedJobs()) == 0
    assert capsys.readouterr().out == f"otto-import {__version__}\n"


def test_the_help_of_all_commands_needs_none_of_our_rooms_but_the_command_line() -> None:
    shown = _python("-X", "importtime", "-m", "otto_import", "--help")
    ours = {name.split(".")[1] for name in _imported(shown.stderr) if name.startswith("otto_import.")}
    assert ours <= {"__main__", "cli", "errors", "report"}
    assert not {"pydantic", "httpx", "sqlite3", "rich.progress"} & _imported(shown.stderr)


@pytest.mark.parametrize("arguments", [*([*command.split(), "--help"] for command in COMMANDS), ["--version"], ["writers"], ["writers", "--json"]])
def test_nothing_heavy_is_loaded_where_nothing_is_done(arguments: list[str]) -> None:
    loaded = f"from otto_import.cli.boundary import run; run({arguments}); import sys; print(*sys.modules, file=sys.stderr)"
    shown = _python("-c", loaded)
    modules = set(shown.stderr.split())
    assert "otto_import.cli.app" in modules
    assert not {"httpx", "sqlite3", "stamina", "rich.progress"} & modules
    # Typer itself loads pydantic to read the arguments of a command; ours stays away with the rooms that need it.
    assert not {f"otto_import.{room}" for room in ("config", "http", "ledger", "otto", "sync", "wiring", "database")} & modules


def _python(*arguments: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONIOENCODING": encoding, "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60)


def _imported(times: str) -> set[str]:
    return {line.rpartition("|")[2].strip() for line in times.splitlines() if line.startswith("import time:")}
