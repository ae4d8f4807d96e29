"""A keyring that asks somebody who is not there: the program gives it up, ends in order, and leaves the terminal as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect", reason="terminals are POSIX's")

ROOT = Path(__file__).parents[2]
ASKING = """
from otto_import.secrets.keyrings import from_keyring
try:
    from_keyring("otto/main", patience_seconds=0.5)
except ValueError as error:
    raise SystemExit(str(error)) from None
"""
ASKED = {
    "a question on standard input": "def get_password(service, user): return input('password: ')",
    "a password on standard input": "import getpass\ndef get_password(service, user): return getpass.getpass()",
    "another program": "import subprocess, sys\ndef get_password(*_): subprocess.run([sys.executable, '-c', 'import time; time.sleep(4)'])",
    "an import that waits": "import time\ntime.sleep(60)",
}


@pytest.fixture
def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Install a keyring for other processes; give the program that asks it and then ends."""

    def install(text: str) -> list[str]:
        (tmp_path / "keyring.py").write_text(text, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
        return [sys.executable, "-c", ASKING]

    return install


@pytest.mark.parametrize("text", ASKED.values(), ids=ASKED)
def test_the_program_ends_in_order_although_the_keyring_still_waits(asking: Callable[[str], list[str]], text: str) -> None:
    began = time.monotonic()
    with subprocess.Popen(asking(text), stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert 1 == process.wait(timeout=30)
        assert process.stderr
        said = process.stderr.readline() if "getpass" not in text else process.stderr.read()

    assert "the keyring gave no answer within 0 seconds" in said
    assert "Fatal" not in said
    assert time.monotonic() - began < 30


def test_a_terminal_on_which_a_password_was_asked_for_in_vain_shows_again_what_is_typed(asking: Callable[[str], list[str]]) -> None:
    program, *arguments = asking(ASKED["a password on standard input"])

    with pexpect.spawn(program, arguments, encoding="utf-8", timeout=30) as terminal:
        terminal.expect("Password: ")
        terminal.expect("the keyring gave no answer")
        terminal.expect(pexpect.EOF)
        assert terminal.getecho()
