"""Being heard: what a whole run tells others, over real sockets, and that nothing of it fails a run or gives a secret away."""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from otto_import.cli.boundary import run as run_command
from otto_import.cli.jobs import Wired
from otto_import.config import Config
from otto_import.ledger.lock import RunLock
from otto_import.outcome import ActionName, Crash, Result, Summary
from otto_import.sync.options import Emit, RunOptions, Stop
from tests.jobs import line
from tests.listener import KNOWN_OF_APPRISE, Listener, listening
from tests.metrics_read import metrics
from tests.system_shop import DAYS, START, Place

pytestmark = KNOWN_OF_APPRISE

SECRET = "s3cret-of-the-notice"


@pytest.fixture
def check() -> Iterator[Listener]:
    with listening() as opened:
        yield opened


@pytest.fixture
def chat() -> Iterator[Listener]:
    with listening() as opened:
        yield opened


def heard_place(folder: Path, check: Listener, chat: Listener, notify: Mapping[str, Any] | None = None, **tables: Mapping[str, Any]) -> Place:
    wishes = {"healthcheck_url": f"{check.url}/{SECRET}", "urls": [f"json://{chat.address}/{SECRET}"], **(notify or {})}
    return Place(folder, notify=wishes, **tables)


def titles(chat: Listener) -> list[str]:
    """List the titles of the messages without what stands before them in all."""
    return [json.loads(one.body)["title"].removeprefix("otto-import, demo:main: ") for one in chat.heard]


def told(chat: Listener) -> str:
    return "\n".join(json.loads(one.body)["message"] for one in chat.heard)


def _break(place: Place) -> bytes:
    content = place.ledger.read_bytes()
    place.ledger.write_bytes(b"rubbish" * 100)
    return content


# --- the health check ---------------------------------------------------------------------------------------------------------------------------


def test_a_calm_run_pings_its_beginning_and_its_end_and_writes_to_nobody(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat)
    ended = place.done(now=START)
    assert ([f"GET /{SECRET}/start", f"POST /{SECRET}"], []) == (check.paths, chat.heard)
    assert ended.summary == json.loads(check.heard[1].body)
    assert check.heard[0].query == check.heard[1].query
    place.done(now=START)
    assert 2 == len({one.query["rid"][0] for one in check.heard})


def test_a_run_that_needs_a_person_came_to_its_end_all_the_same(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat)
    place.done(now=START)
    place.merchant("UPDATE orders SET status = 'moved'")
    assert 1 == place.sync(now=DAYS[3]).code
    assert f"POST /{SECRET}" == check.paths[-1]


def test_previews_and_commands_by_hand_are_told_to_nobody(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat, {"silence_hours": 1})
    assert 0 == place.sync("--dry-run", "--metrics-file", str(tmp_path / "m.prom"), now=START).code
    assert 0 == place.run("orders").code
    assert {"config.toml"} == {path.name for path in tmp_path.iterdir()} - {"ledger.db.token"}
    assert ([], []) == (check.heard, chat.heard)


def test_the_health_check_watches_sync_alone_but_messages_come_from_backfill_too(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat)
    place.done(now=START)
    pings = len(check.heard)
    content = _break(place)
    assert 3 == place.run("backfill", "--from", "2026-06-01", "--to", "2026-06-02", now=START).code
    assert 3 == place.run("retry", now=START).code
    place.ledger.write_bytes(content)
    assert (["backfill failed"], pings) == (titles(chat), len(check.heard))


def test_a_run_that_meets_another_is_told_to_nobody(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat)
    with RunLock(place.ledger, 0):
        assert 6 == place.sync("--wait", "0", now=START).code
    assert ([], []) == (check.heard, chat.heard)


# --- messages -----------------------------------------------------------------------------------------------------------------------------------


def test_a_failure_is_told_once_a_night_and_once_when_it_is_over(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat)
    place.done(now=START)
    content = _break(place)
    assert [3, 3, 3] == [place.sync(now=START).code for _ in range(3)]
    assert ["sync failed"] == titles(chat)
    assert [f"GET /{SECRET}/start", f"POST /{SECRET}/fail"] * 3 == check.paths[2:]
    body = json.loads(check.heard[-1].body)
    assert ("summary", "sync", 3) == (body["type"], body["command"], body["exit"])
    place.ledger.write_bytes(content)
    place.done(now=START)
    place.done(now=START)
    assert ["sync failed", "well again"] == titles(chat)


def test_an_otto_that_is_away_is_told(tmp_path: Path, check: Listener, chat: Listener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    otto = {"environment": "sandbox", "client_id": "a", "client_secret": "b", "start_date": date(2026, 1, 1), "base_url": f"http://127.0.0.1:{port}"}
    place = heard_place(tmp_path, check, chat, {"on": ["silence"]}, otto={**otto})
    place.configure(notify={"on": ["failure"]})
    jobs = Away()
    assert 5 == run_command(place.arguments("sync"), jobs)
    assert [f"GET /{SECRET}/start", f"POST /{SECRET}/fail"] == check.paths
    assert "sync failed with exit code 5: OTTO: cannot be reached" in told(chat)


class Away(Wired):
    """End as a run whose OTTO is away."""

    def sync(self, config: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        options.begun()
        return Summary(command="sync", dry_run=False, exit=5, error="OTTO: cannot be reached (GET /v4/orders)")


def test_new_conflicts_are_told_once_each(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat, {"on": ["conflict"]})
    place.done(now=START)
    place.merchant("UPDATE orders SET status = 'moved'")
    orders = [one for day in DAYS[1:6] for _ in range(2) for one in place.sync(now=day).orders]
    new = [f"- {one['order_number']}: {one['error'] or one['reason']}" for one in orders if one["new"] and one["action"] != "hold"]
    assert sorted(new) == sorted(each for each in told(chat).splitlines() if each.startswith("- "))
    assert new


def test_paid_orders_set_aside_are_told_once_each(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat, {"on": ["set_aside"]}, limits={"give_up_after": 1})
    place.done(now=START)
    place.merchant("UPDATE orders SET status = 'moved' WHERE status = 'on-hold'")
    aside: set[str] = set()
    for day in DAYS[1:5]:
        for _ in range(2):
            place.sync(now=day)
            question = "SELECT order_number FROM orders WHERE pending_kind IS NOT NULL AND pending_next IS NULL AND pending_paid = 1"
            aside |= {number for (number,) in place.asked(question, file=place.ledger)}
    named = [each.removeprefix("- ").partition(":")[0] for each in told(chat).splitlines() if each.startswith("- ")]
    assert sorted(aside) == sorted(named)
    assert aside


def test_a_late_payment_is_told(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat, {"on": ["late_payment"]})
    late = [one["order_number"] for day in DAYS[:4] for one in place.done(now=day).orders if "late payment" in one["notices"]]
    assert len(late) == len([each for each in told(chat).splitlines() if each.startswith("- ")])
    assert all(f"- {number}: " in told(chat) for number in late)
    assert late


def test_nothing_of_a_buyer_is_told(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat, limits={"give_up_after": 1})
    place.done(now=START)
    place.merchant("UPDATE orders SET status = 'moved'")
    for day in DAYS[1:8]:
        place.sync(now=day)
    sent = "\n".join(one.body for one in (*chat.heard, *check.heard)) + Path(f"{place.ledger}.told").read_text(encoding="utf-8")
    people = {str(part) for row in place.asked("SELECT first_name, last_name, street, city, zip_code FROM order_addresses") for part in row if part}
    assert len(people) > 10
    assert [] == [part for part in people if len(part) > 3 and part in sent]
    assert chat.heard


def test_silence_is_told_once_and_not_in_the_quiet_hours(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat, {"silence_hours": 24, "quiet_from": "22:00", "quiet_to": "07:00"})
    place.configure(otto={"demo_orders": 1})
    far = START + timedelta(days=20)
    place.sync(now=START)
    night = far.replace(hour=21)
    for now in (night, night + timedelta(hours=7), night + timedelta(hours=9), night + timedelta(hours=10), night + timedelta(days=1)):
        place.sync(now=now)
    assert 1 == len([title for title in titles(chat) if "no order for" in title])


def test_what_was_told_lies_beside_the_ledger_for_its_owner_alone(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat, {"silence_hours": 24})
    place.done(now=START)
    kept = Path(f"{place.ledger}.told")
    assert os.name != "posix" or 0o600 == stat.S_IMODE(kept.stat().st_mode)
    before = kept.stat().st_mtime_ns
    place.done(now=START)
    assert before == kept.stat().st_mtime_ns


def test_what_cannot_be_kept_is_told_each_time_with_a_warning(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat)
    place.done(now=START)
    Path(f"{place.ledger}.told").mkdir()
    _break(place)
    runs = [place.sync(now=START) for _ in range(2)]
    assert ["sync failed"] * 2 == titles(chat)
    assert all("cannot be kept" in ended.err for ended in runs)


def test_whoever_pressed_ctrl_c_does_not_wait_and_the_next_run_tells(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat)
    assert 130 == run_command(place.arguments("sync"), Interrupted())
    assert ([f"GET /{SECRET}/start"], []) == (check.paths, chat.heard)
    place.done(now=START)
    assert ["from an earlier run"] == titles(chat)
    assert "- cbn4kqmhyn: paid, but the shop says refunded" in told(chat)


class Interrupted(Wired):
    """Meet a conflict, then end as after Ctrl-C."""

    def sync(self, config: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        options.begun()
        time.sleep(0.3)  # the ping of the beginning is on its way, and nobody waits for it
        config.ledger_path.parent.mkdir(exist_ok=True)
        emit([line(action=ActionName.CONFLICT, result=Result.NONE, reason="paid, but the shop says refunded", new=True)])
        return Summary(command="sync", dry_run=False, exit=130, error="stopped by Ctrl-C")


@pytest.mark.parametrize("midway", [False, True], ids=["before there is a summary", "midway"])
def test_a_bug_is_told_without_its_text(midway: bool, tmp_path: Path, check: Listener, chat: Listener, capsys: pytest.CaptureFixture[str]) -> None:
    place = heard_place(tmp_path, check, chat)
    assert 1 == run_command(place.arguments("sync", "--metrics-file", str(tmp_path / "m.prom")), Buggy(midway=midway))
    assert ("summary", 1) == ((body := json.loads(check.heard[-1].body))["type"], body["exit"])
    assert f"POST /{SECRET}/fail" == check.paths[-1]
    assert "sync failed with exit code 1: a bug in otto-import ended the run" in told(chat)
    assert "Anna" not in told(chat) + check.heard[-1].body
    assert 1 == metrics(tmp_path / "m.prom")["last_run_exit_code"]
    assert "ZeroDivisionError" in capsys.readouterr().err


class Buggy(Wired):
    """Break in the middle of a run: `midway` with the summary of what was done until then."""

    def __init__(self, *, midway: bool) -> None:
        self._midway = midway

    def sync(self, config: Config, options: RunOptions, emit: Emit, stop: Stop) -> Summary:
        options.begun()
        try:
            raise ZeroDivisionError("Anna")  # noqa: EM101, TRY301  – what a bug may carry
        except ZeroDivisionError as bug:
            if self._midway:
                raise Crash(Summary(command="sync", dry_run=False, created=3, exit=1)) from bug
            raise


# --- notices that fail --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noisy", [(), ("-vv",), ("-vv", "--log-json")], ids=["plain", "talkative", "json"])
def test_notices_that_are_refused_leave_a_warning_each_and_fail_nothing(
    noisy: tuple[str, ...], tmp_path: Path, check: Listener, chat: Listener
) -> None:
    check.status = chat.status = 500
    place = heard_place(tmp_path, check, chat, {"silence_hours": 1}, otto={"demo_orders": 1})
    ended = place.sync(*noisy, now=START + timedelta(days=20))
    ended = place.sync(*noisy, now=START + timedelta(days=30))
    assert (0, 0) == (ended.code, ended.summary["exit"])
    assert 2 == ended.err.count("did not arrive")
    assert "the notice to the health check did not arrive" in ended.err
    assert "the notice to notify.urls.0 did not arrive" in ended.err
    assert SECRET not in ended.err + ended.out
    chat.status = 200
    place.sync(now=START + timedelta(days=30))
    assert "N" + "o order for" in told(chat)


def test_services_that_hang_hold_neither_the_run_nor_the_end_of_the_program(tmp_path: Path, check: Listener, chat: Listener) -> None:
    place = heard_place(tmp_path, check, chat)
    place.done(now=START)
    _break(place)
    check.hangs = chat.hangs = True
    began = time.monotonic()
    with place.child("sync", now=START) as child:
        ended = child.ended()
    assert 14 > time.monotonic() - began
    assert 3 == ended.code
    assert 2 == ended.err.count("did not arrive")
    assert SECRET not in ended.err + ended.out


def test_where_apprise_is_missing_the_remedy_is_named_before_the_run(
    tmp_path: Path, check: Listener, chat: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    place = heard_place(tmp_path, check, chat)
    ended = place.sync(now=START)
    assert (3, "", []) == (ended.code, ended.out, chat.heard)
    assert "notify.urls: needs the package apprise, which is not installed; run: pip install 'otto-import[notify]'" in ended.err
    assert [f"POST /{SECRET}/fail"] == check.paths
    assert 0 == place.sync("--dry-run", now=START).code


def test_an_address_kept_elsewhere_that_is_not_there_is_a_warning_with_its_key(tmp_path: Path, chat: Listener, check: Listener) -> None:
    place = heard_place(tmp_path, check, chat, {"healthcheck_url": {"env": "NO_SUCH_VARIABLE"}})
    ended = place.sync(now=START)
    assert 0 == ended.code
    assert 1 == ended.err.count("notify.healthcheck_url: the environment variable NO_SUCH_VARIABLE is not set")


def test_an_address_kept_elsewhere_is_held_to_the_same_rules(
    tmp_path: Path, chat: Listener, check: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECK", f"http://192.0.2.1/{SECRET}")
    ended = heard_place(tmp_path, check, chat, {"healthcheck_url": {"env": "CHECK"}}).sync(now=START)
    assert 0 == ended.code
    assert "notify.healthcheck_url: must begin with https://" in ended.err
    assert SECRET not in ended.err


@pytest.mark.parametrize(
    ("notify", "said"),
    [
        ({"healthcheck_url": f"http://example.org/{SECRET}"}, "notify.healthcheck_url: must begin with https://"),
        ({"healthcheck_url": f"https://user:{SECRET}@example.org/"}, "notify.healthcheck_url: must be an address without user name"),
        ({"healthcheck_url": f"https://example.org/{SECRET}#x"}, "notify.healthcheck_url: must be an address without"),
        ({"urls": SECRET}, "notify.urls: must be a list"),
        ({"urls": [3]}, "notify.urls.0: must be text in quotes"),
        ({"on": ["conflicts"]}, 'did you mean "conflict"?'),
        ({"silence_hour": 3}, "did you mean `silence_hours`?"),
        ({"silence_hours": 0}, "must be 1 or more"),
        ({"quiet_from": "22:00"}, "quiet_from and quiet_to go together"),
        ({"quiet_from": "22:00", "quiet_to": "22:00"}, "go together and differ"),
        ({"quiet_from": "24:00", "quiet_to": "7"}, 'notify.quiet_from: must be a time of day such as "22:00"'),
    ],
)
def test_wrong_wishes_are_named_and_no_address_is_shown(notify: dict[str, Any], said: str, tmp_path: Path) -> None:
    ended = Place(tmp_path, notify=notify).sync(now=START)
    assert 3 == ended.code
    assert said in ended.err
    assert SECRET not in ended.err


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
@pytest.mark.parametrize("notify", [{"healthcheck_url": f"https://example.org/{SECRET}"}, {"urls": [{"env": "X"}, f"json://{SECRET}"]}])
def test_an_address_in_clear_in_a_file_that_others_can_read_is_refused(notify: dict[str, Any], tmp_path: Path) -> None:
    place = Place(tmp_path, notify=notify)
    place.config.chmod(0o644)
    ended = place.sync(now=START)
    assert 3 == ended.code
    assert "is a secret in clear" in ended.err
    assert SECRET not in ended.err


def test_a_schedule_names_the_variables_that_notices_need(tmp_path: Path) -> None:
    place = Place(tmp_path, notify={"healthcheck_url": {"env": "CHECK_URL"}, "urls": [{"env": "CHAT_URL"}]})
    ended = place.run("schedule", "--systemd")
    assert "CHAT_URL" in ended.out
    assert "CHECK_URL" in ended.out
