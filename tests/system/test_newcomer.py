"""A newcomer at a real terminal: from `pip install` of this project to the first order brought, by `init` and the commands it names."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

import pytest

from otto_import.otto.demo import DemoOtto, serve

if sys.platform == "win32":
    pytest.skip("Windows has no terminals of this kind", allow_module_level=True)

import pexpect

ROOT = Path(__file__).parents[2]
SECRET = "s3cret-of-the-seller"
PATIENCE = 30

# From Python 3.12 on a fork beside threads is warned about; here the child becomes another program at once.
pytestmark = pytest.mark.filterwarnings("ignore:.*forkpty.*:DeprecationWarning")


def surroundings(home: Path) -> dict[str, str]:
    """Give a bare environment with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR"}}
    return {**kept, "HOME": str(home), "PYTHONIOENCODING": "utf-8", "TERM": "dumb", "COLUMNS": "100", "NO_COLOR": "1"}


def at_terminal(program: Path, *arguments: str, folder: Path) -> pexpect.spawn[str]:
    """Start a command at a terminal of its own."""
    return pexpect.spawn(
        str(program), list(arguments), cwd=str(folder), env=surroundings(folder), encoding="utf-8", timeout=PATIENCE, dimensions=(40, 100)
    )


def ended(terminal: pexpect.spawn[str]) -> int | None:
    """Wait for the end and give the exit code."""
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the project into a fresh virtual environment; its dependencies are lent by this one, so that no network is needed."""
    home = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, timeout=PATIENCE)
    python = home / "bin" / "python"
    packages = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, timeout=PATIENCE, capture_output=True, text=True
    ).stdout.strip()
    (Path(packages) / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        str(ROOT),
    ]
    subprocess.run(install, check=True, timeout=60)
    assert (Path(packages) / "otto_import" / "setup" / "template.toml").is_file()
    return home / "bin" / "otto-import"


def test_from_pip_install_to_the_first_order(program: Path, tmp_path: Path) -> None:
    terminal = at_terminal(program, "init", folder=tmp_path)
    for question, answer in (
        ("Whose orders", ""),
        ("short name", ""),
        ("Which shop", "sqlite"),
        ("path", ""),
        ("announced", "y"),
        ("announced orders", "1"),
        ("processable orders", ""),
        ("cancelled orders", ""),
    ):
        terminal.expect(question)
        terminal.expect(":")
        terminal.sendline(answer)
    terminal.expect("What comes next:")
    rest = terminal.read()
    assert 0 == ended(terminal)
    commands = [line.split() for line in rest.splitlines() if line.strip()]
    assert [["sync", "--dry-run"], ["sync"]] == [command[1:-2] for command in commands[:2]]
    assert {"config.toml"} == {path.name for path in tmp_path.iterdir()}
    assert 0o600 == (tmp_path / "config.toml").stat().st_mode & 0o777

    check = at_terminal(program, "check", folder=tmp_path)
    check.expect("status.announced")
    assert 0 == ended(check)
    for command, said in zip(commands[:2], ("Dry run: .* to create", "[1-9][0-9]* created"), strict=True):
        run = at_terminal(program, *command[1:], folder=tmp_path)
        run.expect("ready to ship")
        run.expect(said)
        assert 0 == ended(run)
    again = at_terminal(program, "sync", "--config", "config.toml", folder=tmp_path)
    again.expect("Nothing to do")
    assert 0 == ended(again)


def test_a_secret_is_not_shown_while_it_is_typed_and_a_wrong_one_can_be_corrected(program: Path, tmp_path: Path) -> None:
    with serve(DemoOtto(lambda: datetime.now(UTC))) as base_url:
        terminal = at_terminal(program, "init", "--base-url", base_url, "--environment", "sandbox", folder=tmp_path)
        shown = ""
        for question, answer in (
            ("short name.*:", ""),
            ("Client id.*:", "app-1"),
            ("Place of the client secret.*:", "file"),
            ("the file.*:", "secret.txt"),
            ("written to secret.txt.*:", "wrong"),
            ("✗ credentials.*Correct your answers.*:", ""),
            ("Client id.*:", "app-1"),
            ("Place of the client secret.*:", ""),
            ("the file.*:", ""),
            ("written to secret.txt.*:", SECRET),
            ("✓ credentials.*first day.*:", "2026-01-01"),
            ("Which shop.*:", "sqlite"),
            ("path.*:", ""),
            ("announced orders too.*:", ""),
            ("processable orders.*:", ""),
            ("cancelled orders.*:", ""),
        ):
            terminal.expect(f"(?s){question}")
            shown += str(terminal.before) + str(terminal.after)
            if question.startswith("written"):
                terminal.waitnoecho()
            terminal.sendline(answer)
        terminal.expect("What comes next:")
        shown += str(terminal.before) + terminal.read()
        assert 0 == ended(terminal)
        assert SECRET not in shown
        assert SECRET == (tmp_path / "secret.txt").read_text(encoding="utf-8").strip()
        check = at_terminal(program, "check", folder=tmp_path)
        check.expect("✓ credentials")
        assert 0 == ended(check)


@pytest.mark.parametrize("question", ["Whose orders", "Which shop", "processable orders"])
def test_ctrl_c_writes_nothing_and_is_130(question: str, program: Path, tmp_path: Path) -> None:
    terminal = at_terminal(program, "init", folder=tmp_path)
    for asked in ("Whose orders", "short name", "Which shop", "path", "too, which", "processable orders"):
        terminal.expect(f"{asked}.*:")
        if asked == question:
            break
        terminal.sendline("sqlite" if asked == "Which shop" else "")
    terminal.sendintr()
    terminal.expect("stopped by Ctrl-C")
    assert 130 == ended(terminal)
    assert [] == list(tmp_path.iterdir())
