"""`otto-import writers` lists what is installed, and loads nothing for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from otto_import import __version__
from otto_import.cli.boundary import run

OURS = ("jsonl", "prestashop", "shopware6", "sqlite", "webhook", "woocommerce")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a writer that cannot be loaded, and nothing of which may be."""
    folder = tmp_path / "acme_writer-1.2.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-writer\nVersion: 1.2\n")
    (folder / "entry_points.txt").write_text("[otto_import.writers]\nacme = a_module_that_is_not_there:plugin\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("shelf")
def test_writers_are_listed_with_package_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["writers"])
    heading, *rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["writer", "package", "version"] == heading
    assert [["acme", "acme-writer", "1.2"], *([name, "otto-import", __version__] for name in OURS)] == rows


@pytest.mark.usefixtures("shelf")
def test_columns_stand_one_below_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    run(["writers"])
    lines = capsys.readouterr().out.splitlines()
    assert 1 == len({line.index(word) for line, word in zip(lines, ("package", "acme-writer", *["otto-import"] * len(OURS)), strict=True)})


@pytest.mark.usefixtures("shelf")
def test_json_is_one_object_a_writer_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["writers", "--json", "--config", "not-there.toml", "--log-json"])
    captured = capsys.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert {"type": "writer", "name": "acme", "distribution": "acme-writer", "version": "1.2"} == lines[0]
    assert {"type": "summary", "command": "writers", "writers": 1 + len(OURS), "exit": 0} == lines[-1]
    assert (2 + len(OURS), "") == (len(lines), captured.err)


@pytest.mark.usefixtures("shelf")
def test_quiet_leaves_out_the_heading(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["writers", "--quiet"])
    assert ["acme", *OURS] == [line.split()[0] for line in capsys.readouterr().out.splitlines()]


def test_quiet_and_verbose_cannot_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["writers", "-q", "-v"])
    assert "cannot go together" in capsys.readouterr().err


def test_no_room_is_entered_but_the_registry(tmp_path: Path) -> None:
    code = "import sys; from otto_import.cli.boundary import run; run(['writers']); print(*sys.modules, file=sys.stderr)"
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True, timeout=60)
    modules = set(shown.stderr.split())
    assert {"cli", "errors", "report", "writers"} == {name.split(".")[1] for name in modules if name.startswith("otto_import.")}
    assert {"otto_import.writers.base", "otto_import.writers.registry"} == {name for name in modules if name.startswith("otto_import.writers.")}
    assert not {"httpx", "sqlite3", "rich.table", "tomllib"} & modules
