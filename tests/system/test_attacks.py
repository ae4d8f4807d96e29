"""What the program promises, attacked from the command line: the guard, the identity of a ledger, and that nothing moves backwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_otto import HostileOtto, hostile, installed, sound
from tests.system_shop import DAYS, Ended, Place

FEW = 3


@pytest.fixture
def otto() -> Iterator[HostileOtto]:
    with hostile(*(sound(number) for number in range(1, 11))) as opened:
        yield opened


def say(otto: HostileOtto, state: str, *numbers: int) -> None:
    """Let OTTO give orders another state, changed just now."""
    for number in numbers:
        order: Any = otto.orders[number - 1]
        order["lastModifiedDate"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        for item in order["positionItems"]:
            item["fulfillmentStatus"] = state


def guarded(folder: Path, otto: HostileOtto, **tables: Any) -> Place:
    place = installed(folder, otto, limits={"max_cancellations": FEW}, **tables)
    assert 10 == place.sync().summary["created"]
    return place


def cancelled(place: Place) -> int:
    return sum(status == "cancelled" for status in place.statuses().values())


def held_back(run: Ended) -> int:
    found: int = run.summary["cancellations_held_back"]
    return found


# --- the guard ----------------------------------------------------------------------------------------------------------------------------------


def test_cancellations_that_trickle_in_run_by_run_add_up_once_some_are_held_back(otto: HostileOtto, tmp_path: Path) -> None:
    place = guarded(tmp_path, otto)
    say(otto, "CANCELLED_BY_MARKETPLACE", *range(1, 5))
    assert (4, 4) == ((run := place.sync()).code, held_back(run))
    for number in (5, 6, 7):  # one at a time each would be few enough
        say(otto, "CANCELLED_BY_MARKETPLACE", number)
        assert (4, number) == ((run := place.sync()).code, held_back(run))
    assert 0 == cancelled(place)


@pytest.mark.parametrize(
    "command",
    [("retry",), ("backfill", "--from", "{yesterday}", "--to", "{today}"), ("reconcile", "--from", "{yesterday}", "--to", "{today}", "--fix")],
)
def test_no_other_command_is_a_way_round_the_guard(command: tuple[str, ...], otto: HostileOtto, tmp_path: Path) -> None:
    place = guarded(tmp_path, otto)
    say(otto, "CANCELLED_BY_MARKETPLACE", *range(1, 6))
    today = datetime.now(UTC).date()
    days = {"yesterday": str(today - timedelta(days=2)), "today": str(today + timedelta(days=1))}
    place.run(*(word.format(**days) for word in command))  # a retry has nothing to do yet
    assert (4, 0) == (place.sync().code, cancelled(place))
    assert (4, 0) == (place.run(*(word.format(**days) for word in command)).code, cancelled(place))


def test_retry_by_name_carries_out_no_more_than_was_named_and_the_rest_still_waits(otto: HostileOtto, tmp_path: Path) -> None:
    place = guarded(tmp_path, otto)
    say(otto, "CANCELLED_BY_MARKETPLACE", *range(1, 8))
    place.sync()
    assert (4, 6) == ((run := place.run("retry", "sound1")).code, held_back(run))
    assert (4, 6) == ((run := place.run("retry", *(f"sound{number}" for number in range(2, 8)))).code, held_back(run))
    assert 1 == cancelled(place), "six named at once are as many as six that were not"


def test_a_lost_ledger_is_no_way_round_the_guard(otto: HostileOtto, tmp_path: Path) -> None:
    place = guarded(tmp_path, otto)
    say(otto, "CANCELLED_BY_MARKETPLACE", *range(1, 6))
    place.sync()
    place.ledger.unlink()
    assert (4, 0) == (place.sync().code, cancelled(place))


def test_two_accounts_on_one_shop_each_have_their_own_guard_and_neither_touches_the_others_orders(otto: HostileOtto, tmp_path: Path) -> None:
    with hostile(*(sound(number) for number in range(1, 11))) as other:
        first = guarded(tmp_path / "one", otto)
        second = installed(tmp_path / "two", other, limits={"max_cancellations": FEW}, shop={"sqlite": {"path": str(first.shop)}})
        second.configure(otto={"account": "second"})
        assert 10 == second.sync().summary["created"]
        say(other, "CANCELLED_BY_MARKETPLACE", *range(1, 6))
        assert (0, 4) == (first.sync().code, second.sync().code)
        say(other, "PROCESSABLE", *range(1, 6))
        say(otto, "CANCELLED_BY_MARKETPLACE", 1, 2)
        assert (0, 0) == (first.sync().code, second.sync().code)
    found: dict[str, str] = dict(first.asked("SELECT otto_key, status FROM orders"))
    assert 20 == len(found)
    assert {"sandbox:main"} == {key.rpartition(":")[0] for key, status in found.items() if status == "cancelled"}


# --- the identity -------------------------------------------------------------------------------------------------------------------------------


def _other_account(place: Place) -> None:
    place.configure(otto={"account": "other"})


def _other_shop(place: Place) -> None:
    place.configure(shop={"sqlite": {"path": "other.db"}})
    (place.folder / "shop.db").rename(place.folder / "kept.db")
    Place(place.folder / "elsewhere").done(now=DAYS[0])
    shutil.copy(place.folder / "elsewhere" / "shop.db", place.folder / "other.db")


def _other_environment(place: Place) -> None:
    place.configure(otto={"environment": "production"})


def _other_writer(place: Place) -> None:
    place.configure(shop={"writer": "jsonl", "sqlite": None, "jsonl": {"path": "out.jsonl"}})


@pytest.mark.parametrize("change", [_other_account, _other_shop, _other_environment, _other_writer], ids=lambda one: one.__name__.strip("_"))
@pytest.mark.parametrize("command", [("sync",), ("sync", "--dry-run"), ("sync", "--force"), ("retry",), ("rebuild",)])
def test_a_ledger_that_belongs_elsewhere_is_refused_by_every_command(
    change: Any, command: tuple[str, ...], otto: HostileOtto, tmp_path: Path
) -> None:
    place = guarded(tmp_path, otto)
    change(place)
    before = {name: content for name, (content, _, _) in place.files().items() if name in {"ledger.db", "shop.db", "other.db", "out.jsonl"}}
    run = place.run(*command)
    assert 3 == run.code, run.out + run.err
    assert "this ledger belongs to" in run.err + run.out
    after = {name: content for name, (content, _, _) in place.files().items() if name in {"ledger.db", "shop.db", "other.db", "out.jsonl"}}
    assert before == after


def test_a_ledger_copied_in_from_another_account_writes_nothing_into_its_shop(otto: HostileOtto, tmp_path: Path) -> None:
    with hostile(*(sound(number) for number in range(1, 4))) as other:
        one, two = guarded(tmp_path / "one", otto), installed(tmp_path / "two", other)
        two.configure(otto={"account": "second"})
        two.sync()
        shutil.copy(one.ledger, two.ledger)
        before = two.shop.read_bytes()
        run = two.sync("--force")
        assert (3, before) == (run.code, two.shop.read_bytes())


# --- forward only -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("back", ["PROCESSABLE", "ANNOUNCED"])
@pytest.mark.parametrize("command", [("sync",), ("sync", "--force"), ("retry", "sound1"), ("retry", "--force"), ("retry", "sound1", "--accept")])
def test_otto_going_backwards_moves_nothing_in_the_shop(command: tuple[str, ...], back: str, otto: HostileOtto, tmp_path: Path) -> None:
    place = guarded(tmp_path, otto)
    say(otto, "SENT", 1)
    place.sync()
    say(otto, back, 1)
    for _ in range(2):
        assert place.run(*command).code in {0, 1}
        assert "completed" == place.status("00000000-0a0a-4b4b-8c8c-000000000001")


@pytest.mark.parametrize("word", ["SENT", "RETURNED", "PROCESSABLE", "ANNOUNCED"])
def test_what_was_cancelled_is_never_brought_back_by_a_word_of_otto(word: str, otto: HostileOtto, tmp_path: Path) -> None:
    place = guarded(tmp_path, otto)
    say(otto, "CANCELLED_BY_MARKETPLACE", 1)
    place.sync()
    assert "cancelled" == place.status("00000000-0a0a-4b4b-8c8c-000000000001")
    say(otto, word, 1)
    for options in ((), ("--force",)):
        place.sync(*options)
        assert "cancelled" == place.status("00000000-0a0a-4b4b-8c8c-000000000001")
