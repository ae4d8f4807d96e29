"""What a schedule says of this machine."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from otto_import.cli.machine import this_machine


def test_the_program_is_this_installation_by_an_absolute_path() -> None:
    program = this_machine().program
    assert all(Path(word).is_absolute() for word in program[:1])
    assert os.access(program[0], os.X_OK)


def test_without_the_command_the_interpreter_runs_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter = tmp_path / "python"
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(interpreter))
    assert (str(interpreter), "-m", "otto_import") == this_machine().program


@pytest.mark.skipif(sys.platform == "win32", reason="there are no numbers of users")
def test_the_user_is_the_one_who_runs_it() -> None:
    assert (Path.home().owner(), os.geteuid()) == (this_machine().user, this_machine().user_id)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no numbers of users")
def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_001)
    assert ("4000000001", 4_000_000_001) == (this_machine().user, this_machine().user_id)


def test_timeout_is_named_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = shutil.which("timeout")
    assert (found or "") == this_machine().timeout
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "" == this_machine().timeout
