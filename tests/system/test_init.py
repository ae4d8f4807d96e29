"""`init`: every answer by option, or asked and proved; a config that passes `check`; nothing written where somebody leaves."""

from __future__ import annotations

import io
import json
import os
import shlex
import stat
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import typer

from otto_import.cli.asking import Nobody, Questions
from otto_import.cli.interview import Interview
from otto_import.otto.demo import DemoOtto, serve
from otto_import.setup import SecretAnswer, SecretPlace
from tests.somebody import TODAY, Somebody, interviewed
from tests.system_shop import Ended, in_process

SECRET = "s3cret-of-the-seller"
DEMO = ("init", "--non-interactive", "--environment", "demo", "--writer", "sqlite")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with nothing of ours in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("OTTO_CLIENT_SECRET", "OTTO_IMPORT_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def otto() -> Iterator[str]:
    """Serve a stand-in whose clock is the real one."""
    with serve(DemoOtto(lambda: datetime.now(UTC))) as base_url:
        yield base_url


def sandbox(otto: str, *options: str) -> tuple[str, ...]:
    """Give the options for OTTO's sandbox, played by the stand-in."""
    app = ("--environment", "sandbox", "--client-id", "app-1", "--start-date", "2026-01-01", "--base-url", otto)
    return ("init", "--non-interactive", *app, "--writer", "sqlite", *options)


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def written(run: Ended) -> list[str]:
    return [Path(path).name for path in run.lines[-1]["written"]]


# --- without questions --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("announced", ["--announced", "--no-announced"])
def test_a_config_made_for_the_demo_passes_check_and_brings_orders(announced: str, folder: Path) -> None:
    made = in_process(*DEMO, announced)
    assert (0, "") == (made.code, made.err)
    assert {"config.toml"} == {path.name for path in folder.iterdir()}
    assert 0 == in_process("check").code
    assert 0 == in_process("sync", "--json").code
    assert 0 == in_process("check").code
    assert (announced == "--announced") == tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))["import"]["announced"]


@pytest.mark.skipif(os.name != "posix", reason="rights of this kind exist on POSIX systems")
def test_what_it_writes_is_for_its_owner_alone(folder: Path, otto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, SECRET + "\n")
    before = os.umask(0o022)
    try:
        made = in_process(*sandbox(otto, "--secret-file", "secret.txt", "--secret-stdin", "--json", "--config", "deep/down/config.toml"))
    finally:
        os.umask(before)
    assert (0, ["config.toml", "secret.txt"]) == (made.code, written(made))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert {"deep": 0o700, "down": 0o700, "config.toml": 0o600, "secret.txt": 0o600} == modes
    assert SECRET not in made.out + made.err + (folder / "deep/down/config.toml").read_text(encoding="utf-8")
    assert 0 == in_process("check", "--config", "deep/down/config.toml").code


def test_the_last_words_are_the_next_three_commands_a_dry_run_first(folder: Path) -> None:
    config = "my config.toml"
    said = in_process(*DEMO, "--config", config).out.splitlines()
    commands = [shlex.split(line) for line in said[-3:]]
    assert ["sync", "--dry-run", "--config", config] == commands[0][1:]
    assert {"otto-import"} == {command[0] for command in commands}
    assert [["sync"], ["schedule", "--cron"]] == [command[1:-2] for command in commands[1:]]
    assert str(folder / config) in said[-6]


def test_programs_get_findings_and_a_summary(folder: Path) -> None:
    *findings, summary = in_process(*DEMO, "--json").lines
    assert {"finding"} == {line["type"] for line in findings}
    assert ("summary", "init", 0, str(folder / "config.toml")) == tuple(summary[key] for key in ("type", "command", "exit", "config"))
    assert summary["next"][0].startswith("otto-import sync --dry-run")


def test_a_config_that_is_there_is_never_written_over_unasked(folder: Path) -> None:
    config = folder / "config.toml"
    config.write_text("# mine", encoding="utf-8")
    refused = in_process(*DEMO)
    assert (2, "") == (refused.code, refused.out)
    assert "--force" in refused.err
    assert "# mine" == config.read_text(encoding="utf-8")
    assert 0 == in_process(*DEMO, "--force").code
    assert 0o600 == stat.S_IMODE(config.stat().st_mode)
    assert ["config.toml"] == [path.name for path in folder.iterdir()]


def test_the_config_stands_where_the_environment_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTTO_IMPORT_CONFIG", str(folder / "other.toml"))
    assert 0 == in_process(*DEMO).code
    assert ["other.toml"] == [path.name for path in folder.iterdir()]


def test_every_option_ends_in_the_config(folder: Path, otto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMPS", SECRET)
    extra = ("--account", "lamps", "--secret-env", "LAMPS", "--set", "path=lamps.db", "--announced")
    roles = ("--status", "announced=waiting", "--status", "processable=to pack", "--status", "cancelled=gone", "--status", "sent=completed")
    assert 0 == in_process(*sandbox(otto, *extra, *roles, "--no-check")).code
    tables = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    expected = {
        "environment": "sandbox",
        "account": "lamps",
        "client_id": "app-1",
        "client_secret": {"env": "LAMPS"},
        "base_url": otto,
        "start_date": date(2026, 1, 1),
    }
    assert expected.items() <= tables["otto"].items()
    assert {"announced": "waiting", "processable": "to pack", "cancelled": "gone", "sent": "completed"} == tables["status"]
    assert {"writer": "sqlite", "concurrency": 4, "sqlite": {"path": "lamps.db"}} == tables["shop"]


@pytest.mark.parametrize(
    ("expected", "options"),
    [
        (SecretAnswer(SecretPlace.COMMAND, ("echo", "my secret")), ("secret-command", "echo 'my secret'")),
        (SecretAnswer(SecretPlace.KEYRING, "otto-import/main"), ("secret-keyring", "otto-import/main")),
        (SecretAnswer(SecretPlace.ENV, "LAMPS", SECRET), ("secret-env", "LAMPS")),
        (SecretAnswer(SecretPlace.FILE, "s.txt", SECRET, fresh=True), ("secret-file", "s.txt")),
    ],
)
def test_each_place_of_a_secret_has_an_option(expected: SecretAnswer, options: tuple[str, str], folder: Path) -> None:
    given = {"environment": "production", "client-id": "app-1", "start-date": "2026-01-01", "writer": "sqlite", options[0]: options[1]}
    interview = Interview(Questions(given, Nobody(SECRET)), folder / "config.toml", lambda _proof: None, today=TODAY, proved=False)
    assert expected == interview.answers().secret


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("--environment", ("init", "--non-interactive")),
        ("--writer", ("init", "--non-interactive", "--environment", "demo")),
        ("--client-id", ("init", "--non-interactive", "--environment", "sandbox")),
        ("--environment", ("init", "--non-interactive", "--environment", "moon")),
        ("--account", (*DEMO, "--account", "main account")),
        ("--start-date", (*DEMO, "--start-date", "yesterday")),
        ("path", (*DEMO, "--set", "pfad=shop.db")),
        ("KEY=VALUE", (*DEMO, "--set", "path")),
        ("cancelled", (*DEMO, "--status", "canceled=x")),
        ("--non-interactive", ("init", "--json")),
        ("--non-interactive", ("init", "--secret-stdin")),
        ("one place", (*DEMO, "--secret-env", "A", "--secret-file", "b")),
        ("--verbose", (*DEMO, "-q", "-v")),
        ("folder", (*DEMO, "--config", ".")),
    ],
)
def test_what_is_missing_or_wrong_is_2_and_named_and_nothing_is_written(said: str, options: tuple[str, ...], folder: Path) -> None:
    run = in_process(*options)
    assert 2 == run.code
    assert said in " ".join(run.err.split())
    assert [] == list(folder.iterdir())


@pytest.mark.parametrize(
    ("code", "options"), [(5, ("--client-id", "unknown")), (3, ("--status", "processable=on-hold")), (3, ("--secret-command", "no-such-program"))]
)
def test_an_answer_that_is_refused_writes_nothing(
    code: int, options: tuple[str, ...], folder: Path, otto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTTO_CLIENT_SECRET", SECRET)
    place = () if "--secret-command" in options else ("--secret-env", "OTTO_CLIENT_SECRET")
    run = in_process(*sandbox(otto, *place, "--json", *options))
    assert (code, code, []) == (run.code, run.lines[-1]["exit"], run.lines[-1]["written"])
    assert "nothing was written" in run.err
    assert [] == list(folder.iterdir())
    assert 0 == in_process(*sandbox(otto, *place, "--no-check", *options)).code


def test_a_file_that_holds_the_secret_already_is_used_and_left_alone(folder: Path, otto: str) -> None:
    secret = folder / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    secret.chmod(0o600)
    made = in_process(*sandbox(otto, "--secret-file", "secret.txt", "--json"))
    assert (0, ["config.toml"]) == (made.code, written(made))
    assert SECRET == secret.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(folder: Path) -> None:
    (folder / "occupied").touch()
    run = in_process(*DEMO, "--no-check", "--config", "occupied/config.toml")
    assert 3 == run.code
    assert "cannot be written" in run.err
    assert "Traceback" not in run.err


# --- with questions -----------------------------------------------------------------------------------------------------------------------------


def test_the_demo_asks_little_and_offers_an_answer_to_everything(folder: Path) -> None:
    person = Somebody(*[""] * 7)
    answers, proofs = interviewed(person, folder)
    assert ("demo", "main", "sqlite", {"path": "shop.db"}, False) == (
        answers.environment,
        answers.account,
        answers.writer,
        answers.settings,
        answers.announced,
    )
    assert {"processable": "processing", "cancelled": "cancelled"} == answers.status
    assert not [proof for proof in proofs if proof.bad]
    assert {"credentials", "embedded shop", "status.processable"} <= {proof.finding.subject for proof in proofs}


def test_credentials_that_otto_refuses_can_be_corrected(folder: Path, otto: str) -> None:
    wrong = ["unknown", "env", "", "wrong", "y"]
    right = ["app-1", "file", "key.txt", SECRET]
    person = Somebody("sandbox", "", *wrong, *right, "2026-05-04", "", "", "", "", "")
    answers, proofs = interviewed(person, folder, **{"base-url": otto})
    assert ("app-1", SecretAnswer(SecretPlace.FILE, "key.txt", SECRET, fresh=True), date(2026, 5, 4)) == (
        answers.client_id,
        answers.secret,
        answers.start_date,
    )
    assert [True] == [proof.away for proof in proofs if proof.bad]
    assert [] == list(folder.iterdir())


def test_a_secret_that_cannot_be_one_is_refused_before_otto_is_asked(folder: Path, otto: str) -> None:
    person = Somebody("sandbox", "", "app-1", "file", "", "s3cret\a", "y", "app-1", "file", "", SECRET, *[""] * 6)
    _, proofs = interviewed(person, folder, **{"base-url": otto})
    assert ["otto.client_secret"] == [proof.finding.subject for proof in proofs if proof.bad]


def test_a_person_may_insist_on_an_answer_that_was_refused(folder: Path, otto: str) -> None:
    person = Somebody("sandbox", "", "unknown", "env", "", "", "n", "", "", "", "", "", "")
    assert "unknown" == interviewed(person, folder, **{"base-url": otto})[0].client_id
    assert TODAY.isoformat() in person.offered


def test_a_shop_that_cannot_be_used_can_be_corrected(folder: Path) -> None:
    (folder / "photos.db").write_text("no shop", encoding="utf-8")
    person = Somebody("", "", "", "photos.db", "", "shop.db", "", "", "")
    assert {"path": "shop.db"} == interviewed(person, folder)[0].settings


def test_statuses_are_offered_with_what_they_do_and_taken_by_number_or_name(folder: Path) -> None:
    person = Somebody("", "", "", "", "y", "1", "completed", "4")
    answers, _ = interviewed(person, folder)
    assert {"announced": "on-hold", "processable": "completed", "cancelled": "cancelled"} == answers.status
    assert "   1  on-hold     takes stock, does not mean paid" in person.told
    assert ["on-hold", "processing", "cancelled"] == person.offered[-3:]


def test_a_status_that_does_not_fit_can_be_corrected(folder: Path) -> None:
    person = Somebody("", "", "", "", "y", "3", "", "", "", "1", "", "")
    answers, proofs = interviewed(person, folder)
    assert "on-hold" == answers.status["announced"]
    assert ["status.announced"] == [proof.finding.subject for proof in proofs if proof.bad]


def test_a_slip_in_a_status_is_asked_about(folder: Path) -> None:
    person = Somebody("", "", "", "", "", "procesing", "n", "to pack", "y", "")
    assert "to pack" == interviewed(person, folder)[0].status["processable"]


def test_an_answer_that_cannot_be_read_is_asked_for_again(folder: Path) -> None:
    person = Somebody("moon", "demo", "main account", "main", "", "", "maybe", "n", "#!", "", "")
    interviewed(person, folder)
    assert 4 == len([text for text in person.told if "must" in text or "is a text" in text])


def test_a_question_whose_answer_was_given_is_not_asked(folder: Path) -> None:
    person = Somebody("", "", "")
    given = {"environment": "demo", "writer": "sqlite", "set path": "x.db", "announced": "n"}
    assert {"path": "x.db"} == interviewed(person, folder, **given)[0].settings


@pytest.mark.parametrize("at", range(7))
def test_leaving_at_any_question_writes_nothing(at: int, folder: Path) -> None:
    with pytest.raises(typer.Abort):
        interviewed(Somebody(*[""] * at, typer.Abort), folder)
    assert [] == list(folder.iterdir())


def test_answers_that_end_before_the_questions_are_2(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, "demo\n")
    run = in_process("init")
    assert 2 == run.code
    assert "--non-interactive" in run.err
    assert [] == list(folder.iterdir())


def test_with_log_json_a_refusal_is_an_object_too(folder: Path, otto: str) -> None:
    run = in_process(*sandbox(otto, "--secret-env", "NOT_SET", "--log-json"))
    assert 3 == run.code
    assert "error" == json.loads(run.err.splitlines()[-1])["level"]
