"""A run with nothing to do costs one request to OTTO and none to the shop, whoever runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from otto_import.otto.demo import DemoOtto, serve
from tests.system_shop import DAYS, START, Place, in_process

ONE = {"otto": 1, "shop": 0}


def test_the_second_run_makes_one_request(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert 2 == place.done().summary["requests"]["otto"]  # the token, and the list
    assert ONE == place.done().summary["requests"]


def test_a_run_in_another_process_uses_the_same_token(tmp_path: Path) -> None:
    with serve(DemoOtto(lambda: START)) as base_url:
        place = Place(tmp_path, otto={"base_url": base_url})
        for expected in ({"otto": 2}, ONE, ONE):
            with place.child("sync") as child:
                assert expected.items() <= child.ended().summary["requests"].items()


def test_a_token_that_others_could_have_read_is_not_used(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done()
    (tmp_path / "ledger.db.token").chmod(0o644)
    assert 2 == place.done().summary["requests"]["otto"]
    assert 0o600 == (tmp_path / "ledger.db.token").stat().st_mode & 0o777


@pytest.mark.parametrize("day", [1, 4, 14])
def test_idle_stays_idle_through_the_days(day: int, tmp_path: Path) -> None:
    place = Place(tmp_path)
    for clock in DAYS[: day + 1]:
        place.done(now=clock)
    assert ONE == place.done(now=DAYS[day]).summary["requests"]


def test_an_idle_run_changes_nothing_in_the_shops_file(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done()
    before = place.files()["shop.db"]
    place.done()
    assert before == place.files()["shop.db"]


def test_an_idle_run_says_so_to_people(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done()
    assert in_process("sync", "-c", str(place.config)).out.startswith("Nothing to do: the shop is up to date")


def test_a_run_with_a_link_as_ledger_keeps_one_lock_and_one_token(tmp_path: Path) -> None:
    place = Place(tmp_path / "here", state={"path": "link.db"})
    (tmp_path / "there").mkdir()
    (tmp_path / "here" / "link.db").symlink_to(tmp_path / "there" / "ledger.db")
    place.done()
    assert ONE == place.done().summary["requests"]
