from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from otto_import.errors import ConfigError
from otto_import.secrets import Secret, keyrings, sources

MARKER = "hunter2-Zz9"
on_posix = pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")


def fetch(folder: Path, **source: Any) -> str:
    secret = Secret(source)
    secret.bind("otto.client_secret", folder / "config.toml")
    return secret.get({})


def refusal(folder: Path, **source: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        fetch(folder, **source)
    (problem,) = caught.value.problems
    assert (str(folder / "config.toml"), "otto.client_secret") == (caught.value.where, problem.key)
    assert MARKER not in str(caught.value)
    return problem.text


@pytest.fixture
def secret_file(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "secret.txt"
        path.write_bytes(content)
        path.chmod(0o600)
        return path

    return write


@pytest.mark.parametrize("content", ["s3crèt", "s3crèt\n", "s3crèt\r\n"])
def test_a_file_counts_from_the_configs_folder_and_may_end_with_a_line_break(
    tmp_path: Path, secret_file: Callable[[bytes], Path], content: str
) -> None:
    secret_file(content.encode())

    assert "s3crèt" == fetch(tmp_path, file="secret.txt")


def test_a_file_may_be_named_in_full(tmp_path: Path, secret_file: Callable[[bytes], Path]) -> None:
    path = secret_file(b"s3cret\n")

    assert "s3cret" == fetch(tmp_path / "elsewhere", file=str(path))


@on_posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path, secret_file: Callable[[bytes], Path], mode: int) -> None:
    path = secret_file(MARKER.encode())
    path.chmod(mode)

    assert f"{path} can be read by others; run: chmod 600 {path}" == refusal(tmp_path, file="secret.txt")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty; put the secret there"),
        (b"\n", "is empty; put the secret there"),
        (b"\xff" + MARKER.encode(), "is not UTF-8 text"),
        (MARKER.encode() * 7000, "is too large for a secret; name the file that holds nothing but the secret"),
    ],
)
def test_a_file_that_holds_no_secret_is_named(tmp_path: Path, secret_file: Callable[[bytes], Path], content: bytes, text: str) -> None:
    path = secret_file(content)

    assert f"{path} {text}" == refusal(tmp_path, file="secret.txt")


def test_a_file_of_several_lines_is_no_secret(tmp_path: Path, secret_file: Callable[[bytes], Path]) -> None:
    secret_file(f"{MARKER}\n\n".encode())

    assert "holds a line break or another control character; a secret is one line of text" == refusal(tmp_path, file="secret.txt")


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    assert f"there is no file {tmp_path / 'none'}; put the secret there" == refusal(tmp_path, file="none")
    assert f"{tmp_path} is no file; name the file that holds the secret" == refusal(tmp_path, file=str(tmp_path))


def test_a_file_beneath_a_file_cannot_be_read(tmp_path: Path, secret_file: Callable[[bytes], Path]) -> None:
    secret_file(b"s3cret")

    assert refusal(tmp_path, file="secret.txt/deeper").endswith("cannot be read (NotADirectoryError); check its path and its owner")


def test_a_programs_answer_is_the_secret_and_no_shell_looks_at_its_arguments(tmp_path: Path) -> None:
    program = "import sys; print(sys.argv[1])"

    assert "$HOME; echo *" == fetch(tmp_path, command=[sys.executable, "-c", program, "$HOME; echo *"])


def test_a_program_runs_in_the_configs_folder_and_gets_no_input(tmp_path: Path) -> None:
    program = "import os, sys; print(os.getcwd(), len(sys.stdin.read()))"

    assert f"{tmp_path.resolve()} 0" == fetch(tmp_path, command=[sys.executable, "-c", program])


def test_a_program_that_fails_is_named_and_its_output_is_not_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program = f"import sys; print('{MARKER}'); print('{MARKER}', file=sys.stderr); sys.exit(3)"

    text = refusal(tmp_path, command=[sys.executable, "-c", program])

    assert f"the program {sys.executable} ended with exit code 3; run it by hand to see why" == text
    assert ("", "") == capfd.readouterr()


def test_a_program_that_does_not_exist_or_cannot_run_is_named(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("no program")

    assert "there is no program no-such-program; install it, or name it with its full path" == refusal(tmp_path, command=["no-such-program"])
    assert refusal(tmp_path, command=[str(plain)]).endswith("is it executable?")


def test_a_silent_program_gives_no_secret(tmp_path: Path) -> None:
    text = refusal(tmp_path, command=[sys.executable, "-c", "pass"])

    assert f"the answer of the program {sys.executable} is empty; put the secret there" == text


def test_a_program_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    program = f"import time; print('{MARKER}', flush=True); time.sleep(60)"
    began = time.monotonic()

    with pytest.raises(ValueError, match="gave no answer within 0 seconds; it must not ask for anything") as caught:
        sources.from_command([sys.executable, "-c", program], tmp_path, patience_seconds=0.4)

    assert time.monotonic() - began < 30
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


class FakeKeyringError(Exception):
    pass


def install_keyring(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, str], str | None]) -> None:
    package, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    package.__dict__["get_password"] = answer
    errors.__dict__["KeyringError"] = FakeKeyringError
    monkeypatch.setitem(sys.modules, "keyring", package)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_the_keyring_is_asked_for_service_and_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_keyring(monkeypatch, lambda service, user: f"{service}|{user}")

    assert "https://otto.market|main" == fetch(tmp_path, keyring="https://otto.market/main")


def test_a_keyring_without_the_entry_says_how_to_make_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_keyring(monkeypatch, lambda service, user: None)

    assert "the keyring has nothing under otto/main; run: keyring set otto main" == refusal(tmp_path, keyring="otto/main")


def test_a_locked_keyring_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(service: str, user: str) -> str:
        raise FakeKeyringError(MARKER)

    install_keyring(monkeypatch, locked)

    expected = "the keyring cannot be asked (FakeKeyringError); unlock it, or use { env = … } or { file = … }"
    assert expected == refusal(tmp_path, keyring="otto/main")


def test_a_keyring_that_ends_the_thread_it_is_asked_on_is_a_sentence_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ending(service: str, user: str) -> str:
        sys.exit(MARKER)

    install_keyring(monkeypatch, ending)

    assert refusal(tmp_path, keyring="otto/main").startswith("the keyring cannot be asked (SystemExit); unlock it")


def test_a_keyring_that_waits_for_somebody_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = threading.Event()
    install_keyring(monkeypatch, lambda service, user: MARKER if somebody.wait(60) else None)
    began = time.monotonic()

    try:
        with pytest.raises(ValueError, match="the keyring gave no answer within 0 seconds; it must not ask for anything: unlock it before") as caught:
            keyrings.from_keyring("otto/main", patience_seconds=0.2)
    finally:
        somebody.set()

    assert time.monotonic() - began < 30
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


def test_a_keyring_that_takes_its_time_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(service: str, user: str) -> str:
        time.sleep(0.3)
        return "s3cret"

    install_keyring(monkeypatch, slow)

    assert "s3cret" == keyrings.from_keyring("otto/main", patience_seconds=30)


def test_a_missing_keyring_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    assert "the package keyring is not installed; run: pip install 'otto-import[keyring]'" == refusal(tmp_path, keyring="otto/main")


def test_without_an_environment_given_the_processs_own_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTTO_CLIENT_SECRET", "s3cret")

    assert "s3cret" == Secret({"env": "OTTO_CLIENT_SECRET"}).get()
