"""`init` and `check` with a shop that wants credentials, lists its own statuses, and may be away."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from otto_import.errors import ConfigError
from otto_import.setup import SecretAnswer, SecretPlace
from otto_import.setup.saving import save_private
from tests.far_shop import KEY, offer
from tests.somebody import Somebody, interviewed
from tests.system_shop import Ended, Place, in_process

PLACE = ("init", "--non-interactive", "--environment", "demo", "--writer", "far", "--json")
FITTING = ("--status", "processable=21", "--status", "cancelled=90")


@pytest.fixture(autouse=True)
def far(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with the shop's writer installed and its key in the environment."""
    shelf = tmp_path_factory.mktemp("shelf")
    offer(shelf)
    monkeypatch.syspath_prepend(shelf)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAR_KEY", KEY)
    return tmp_path


def graded(run: Ended) -> dict[str, str]:
    return {line["subject"]: line["grade"] for line in run.lines if line["type"] == "finding"}


def test_every_setting_of_the_shop_can_be_given_by_option(far: Path) -> None:
    settings = ("--set", "url=shop.example", "--set", 'key={ env = "FAR_KEY" }', "--set", "size=large", "--set", "careful=no")
    run = in_process(*PLACE, *settings, *FITTING)
    assert (0, "") == (run.code, run.err)
    tables = tomllib.loads((far / "config.toml").read_text(encoding="utf-8"))
    assert {"url": "shop.example", "key": {"env": "FAR_KEY"}, "size": "large", "careful": False} == tables["shop"]["far"]
    checked = in_process("check", "--json")
    assert (0, "good", "warning") == (checked.code, graded(checked)["currency"], graded(checked)["status.cancelled"])
    assert 1 == checked.lines[-1]["requests"]["shop"]


@pytest.mark.parametrize(
    ("said", "options"),
    [("--set url", ()), ("--set key", ("--set", "url=x")), ("command line", ("--set", "url=x", "--set", f"key={KEY}"))],
)
def test_a_setting_that_is_missing_or_a_secret_in_clear_is_2(said: str, options: tuple[str, ...], far: Path) -> None:
    run = in_process(*PLACE, *options, *FITTING)
    assert 2 == run.code
    assert said in " ".join(run.err.split())
    assert KEY not in run.err
    assert [] == list(far.iterdir())


def test_a_person_is_asked_for_the_shops_settings_and_its_secret_until_the_shop_agrees(far: Path) -> None:
    wrong = ["n", "shop.example", "file", "", "not the key", "y"]
    right = ["y", "shop.example", "env", "", "1234", "large", "no"]
    person = Somebody("", "", "far", *wrong, *right, "y", "10", "21", "90")
    answers, proofs = interviewed(person, far)
    key = SecretAnswer(SecretPlace.ENV, "FAR_KEY")
    assert {"url": "shop.example", "key": key, "pin": "1234", "size": "large", "careful": False} == answers.settings
    assert {"announced": "10", "processable": "21", "cancelled": "90"} == answers.status
    assert "The address of the shop." in person.told
    assert ["shop"] == [proof.finding.subject for proof in proofs if proof.bad]
    assert ["10", "21", "90"] == person.offered[-3:]
    assert [] == list(far.iterdir())


def test_a_secret_that_was_typed_is_not_kept_but_in_its_file(far: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAR_KEY")
    person = Somebody("", "", "far", "n", "shop.example", "file", "", KEY, "", "", "")
    answers, _ = interviewed(person, far)
    assert SecretAnswer(SecretPlace.FILE, "far-key.txt", KEY, fresh=True) == answers.settings["key"]


def test_a_status_that_the_shop_lacks_or_does_not_take_is_asked_for_again(far: Path) -> None:
    person = Somebody("", "", "far", "n", "shop.example", "env", "", "", "nothing", "22", "n", "20", "90", "y", "21", "90")
    answers, proofs = interviewed(person, far)
    assert {"processable": "21", "cancelled": "90"} == answers.status
    assert ["status.processable"] == [proof.finding.subject for proof in proofs if proof.bad]
    assert "a status of this shop is its number" in person.told


@pytest.mark.parametrize(
    ("code", "subject", "url"),
    [(5, "shop", "away"), (3, "shop.far.url", "elsewhere"), (3, "shop.far.url", "impossible"), (5, "shop", "mute")],
)
def test_a_shop_that_is_away_or_none_is_told_by_both_commands(code: int, subject: str, url: str, far: Path) -> None:
    options = ("--set", f"url={url}", "--set", 'key={ env = "FAR_KEY" }', *FITTING)
    refused = in_process(*PLACE, *options)
    assert (code, "bad") == (refused.code, graded(refused)[subject])
    assert [] == list(far.iterdir())
    assert 0 == in_process(*PLACE, "--no-check", *options).code
    checked = in_process("check", "--json")
    assert (code, "bad") == (checked.code, graded(checked)[subject])
    assert "ledger" in graded(checked)


def test_a_status_the_shop_lacks_is_told_with_the_nearest_one(far: Path) -> None:
    place = Place(far, status={"processable": "210", "sent": None, "returned": None, "cancelled_by_partner": None})
    place.configure(shop={"writer": "far", "far": {"url": "shop.example", "key": {"env": "FAR_KEY"}}}, status={"announced": "10", "cancelled": "90"})
    run = place.run("check")
    assert (3, "bad") == (run.code, graded(run)["status.processable"])
    assert 'did you mean "21"?' in run.out.replace('\\"', '"')


def test_a_file_that_cannot_be_written_leaves_nothing_behind(far: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        save_private(far / ("x" * 250), "text", replace=False)
    assert [] == list(far.iterdir())


def test_a_file_that_came_in_between_is_left_alone(far: Path) -> None:
    (far / "config.toml").write_text("# mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="is there already"):
        save_private(far / "config.toml", "text", replace=False)
    assert "# mine" == (far / "config.toml").read_text(encoding="utf-8")
