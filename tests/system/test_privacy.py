"""What is private stays private: files, secrets, and who bought what."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from otto_import.otto.demo import DemoOtto, people, serve
from tests.system_shop import DAYS, Ended, Place, in_process
from tests.system_world import order_id

SECRET = "s3cret-of-the-seller"
MARKS = sorted(
    {name for _, name in people.FIRST}
    | {*people.LAST, *people.COMPANIES, *people.STREETS, *(city for _, city in people.PLACES), *filter(None, people.ADDITIONS)}
    | {"@customer.otto.market", "@shop.example", "+49406696", "Wareneingang"}
)
PERSONAL = [mark for mark in MARKS if len(mark) > 4]
"""Names, streets, places and addresses of the demo's people; shorter ones would turn up by chance among the bytes of a file."""


@contextmanager
def _open_to_all() -> Iterator[None]:
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def _found(said: bytes) -> list[str]:
    """Give the marks of persons in a text or file, also as JSON would escape them."""
    return [mark for mark in PERSONAL if mark.encode() in said or json.dumps(mark)[1:-1].encode() in said]


def _all_of(run: Ended) -> bytes:
    return (run.out + run.err).encode()


@pytest.mark.skipif(os.name != "posix", reason="rights of this kind exist on POSIX systems")
def test_every_file_the_program_makes_is_its_users_alone(tmp_path: Path) -> None:
    with _open_to_all():
        place = Place(tmp_path, state={"path": "deep/down/ledger.db"})
        with place.child("sync", now=DAYS[0]) as child:
            seen: set[tuple[str, int]] = set()
            while child.alive:
                seen |= set(_modes(tmp_path))
            seen |= set(_modes(tmp_path))
            assert 0 == child.ended().code
    assert {"ledger.db", "ledger.db.lock", "ledger.db.token", "shop.db"} <= {name for name, _ in seen}
    assert {0o600} == {mode for _, mode in seen}
    assert {0o700} == {stat.S_IMODE((tmp_path / folder).stat().st_mode) for folder in ("deep", "deep/down")}


@pytest.mark.skipif(os.name != "posix", reason="rights of this kind exist on POSIX systems")
def test_a_preview_that_comes_first_makes_the_folders_of_the_token_for_its_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with serve(DemoOtto(lambda: datetime.now(UTC))) as base_url:
            otto = {"environment": "sandbox", "client_id": "app-1", "client_secret": SECRET, "start_date": date(2026, 1, 1), "base_url": base_url}
            assert 0 == Place(tmp_path, otto=otto, state={"path": "deep/down/ledger.db"}).sync("--dry-run").code
    finally:
        os.umask(before)
    assert [0o700, 0o700, 0o600] == [stat.S_IMODE((tmp_path / path).stat().st_mode) for path in ("deep", "deep/down", "deep/down/ledger.db.token")]


def _modes(folder: Path) -> Iterator[tuple[str, int]]:
    for path in folder.rglob("*.db*"):
        with suppress(FileNotFoundError):  # side files come and go
            yield path.name, stat.S_IMODE(path.stat().st_mode)


def test_nobodys_name_or_address_leaves_for_terminal_log_or_ledger(tmp_path: Path) -> None:
    place = Place(tmp_path, buyer={"email": "masked"})
    for number, clock in enumerate(DAYS):
        if number == 2:
            place.merchant("UPDATE orders SET status = 'packing' WHERE sales_order_id IN (?, ?)", order_id("partly_sent"), order_id("freight"))
        for options in (("-vv",), ("--dry-run", "-vv", "--log-json")):
            assert [] == _found(_all_of(place.sync(*options, now=clock)))
    assert [] == _found(_all_of(place.run("retry", "-vv", now=DAYS[-1])))
    assert [] == _found(in_process("sync", "-v", "--config", str(place.config), "--now", DAYS[3].isoformat()).out.encode())
    assert [] == _found(b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*")))
    assert len(_found(place.shop.read_bytes())) > 15  # the shop is where they belong, and where this search finds them


def test_a_bug_or_a_refusal_tells_nothing_of_the_buyer(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    place.merchant("CREATE TRIGGER no BEFORE INSERT ON order_addresses BEGIN SELECT RAISE(ABORT, 'no'); END")
    run = place.sync("-vv", now=DAYS[1])
    assert run.summary["failed"] > 0
    place.merchant("DROP TABLE order_addresses")
    torn = place.sync("-vv", now=DAYS[1])
    assert torn.code in {1, 5}
    assert [] == _found(_all_of(run) + _all_of(torn) + place.ledger.read_bytes())


@pytest.mark.parametrize("options", [("-vv",), ("-vv", "--log-json"), ("-vv", "--dry-run")])
def test_secret_and_token_are_never_told_and_the_secret_never_kept(options: tuple[str, ...], tmp_path: Path) -> None:
    with serve(DemoOtto(lambda: datetime.now(UTC))) as base_url:
        otto = {"environment": "sandbox", "client_id": "app-1", "client_secret": SECRET, "start_date": date(2026, 1, 1), "base_url": base_url}
        place = Place(tmp_path, otto=otto)
        run = place.sync(*options)
    assert run.code in {0, 1}
    token = json.loads((tmp_path / "ledger.db.token").read_text(encoding="utf-8"))["token"]
    said = run.out + run.err
    assert SECRET not in said
    assert token not in said
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path != place.config)
    assert SECRET.encode() not in kept
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("*.db"))


def test_a_new_secret_does_not_use_the_token_of_the_old_one(tmp_path: Path) -> None:
    with serve(DemoOtto(lambda: datetime.now(UTC))) as base_url:
        otto = {"environment": "sandbox", "client_id": "app-1", "client_secret": SECRET, "start_date": date(2026, 1, 1), "base_url": base_url}
        place = Place(tmp_path, otto=otto)
        place.sync()
        place.configure(otto={"client_secret": "wrong"})
        assert 5 == place.sync().code
