"""`check` from the command line: what it finds, how it ends, and that it leaves everything as it was."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otto_import.ledger.lock import RunLock
from otto_import.otto.demo import DemoOtto, serve
from tests.listener import KNOWN_OF_APPRISE, listening
from tests.system_shop import DAYS, Ended, Place, in_process

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SECRET = "s3cret-of-the-seller"


def found(run: Ended) -> dict[str, str]:
    """Give the worst grade of each subject; the summary must be the last line and count them all."""
    *findings, summary = run.lines
    assert {"finding"} == {line["type"] for line in findings}
    assert ("summary", "check", run.code) == (summary["type"], summary["command"], summary["exit"])
    grades = [line["grade"] for line in findings]
    assert [grades.count(grade) for grade in ("good", "warning", "bad")] == [summary[key] for key in ("good", "warnings", "bad")]
    worst = {"good": 0, "warning": 1, "bad": 2}
    subjects: dict[str, str] = {}
    for line in findings:
        subjects[line["subject"]] = max(subjects.get(line["subject"], "good"), line["grade"], key=worst.__getitem__)
    return subjects


def told(run: Ended, subject: str) -> str:
    """Give what was said about a subject, remedies included."""
    return "\n".join(f"{line['text']} – {line['remedy']}" for line in run.lines if line.get("subject") == subject)


def live(folder: Path, base_url: str, **changes: Any) -> Place:
    """Make a config for OTTO's sandbox, played by a server of this machine."""
    otto = {"environment": "sandbox", "client_id": "app-1", "client_secret": SECRET, "start_date": date(2026, 1, 1), "base_url": base_url}
    return Place(folder, otto={**otto, **changes})


def now() -> datetime:
    return datetime.now(UTC)


# --- all is well --------------------------------------------------------------------------------------------------------------------------------


def test_before_the_first_run_all_is_well_and_nothing_is_left_but_the_token(tmp_path: Path) -> None:
    place = Place(tmp_path)
    run = place.run("check")
    assert (0, "") == (run.code, run.err)
    assert not [subject for subject, grade in found(run).items() if grade != "good" and subject != "currency"]
    assert {"config.toml", "ledger.db.token"} == {path.name for path in tmp_path.iterdir()}
    assert {"otto": 2, "shop": 0} == run.lines[-1]["requests"]


def test_after_a_run_every_subject_is_there_and_ledger_and_shop_are_as_they_were(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    before = place.files()
    run = place.run("check")
    assert before == place.files()
    assert 0 == run.code
    assert {
        "versions",
        "writers",
        "config",
        "account",
        "credentials",
        "orders",
        "clock",
        "embedded shop",
        *(f"status.{role}" for role in ("announced", "processable", "cancelled", "cancelled_by_partner", "sent", "returned")),
        "files",
        "lock",
        "ledger",
        "identity",
        "last good run",
        "waiting",
    } <= found(run).keys()


def test_people_get_one_line_a_finding_and_quiet_ones_what_is_wrong_alone(tmp_path: Path, stable_terminal: None) -> None:
    place = Place(tmp_path, status={"cancelled": None}, imports={"announced": False})
    loud = in_process("check", "--config", str(place.config))
    assert 0 == loud.code
    assert {"✓", "!"} == {line[0] for line in loud.out.splitlines()[:-1]}
    assert "! status.cancelled: not named" in loud.out
    quiet = in_process("check", "--quiet", "--config", str(place.config)).out.splitlines()
    assert {"!"} == {line[0] for line in quiet[:-1]}


# --- 3: ours ------------------------------------------------------------------------------------------------------------------------------------


def test_every_problem_of_the_config_is_a_finding_and_3(tmp_path: Path) -> None:
    run = Place(tmp_path, otto={"acount": "main"}, status={"processable": None}).run("check")
    assert 3 == run.code
    assert {"otto.acount": "bad", "status.processable": "bad"} == {key: grade for key, grade in found(run).items() if grade == "bad"}
    assert "did you mean `account`?" in told(run, "otto.acount")


def test_a_missing_config_is_a_finding_and_3(tmp_path: Path) -> None:
    run = in_process("check", "--json", "--config", str(tmp_path / "none.toml"))
    assert (3, "bad") == (run.code, found(run)["config"])
    assert "none.toml" in told(run, "config")


def test_a_secret_that_cannot_be_fetched_is_3_and_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    run = live(tmp_path, "http://127.0.0.1:9", client_secret={"file": "nowhere.txt"}).run("check")
    assert (3, "bad") == (run.code, found(run)["otto.client_secret"])
    assert "put the secret there" in told(run, "otto.client_secret")
    assert {"embedded shop", "ledger"} <= found(run).keys()


@pytest.mark.parametrize(
    ("role", "status", "said"),
    [
        ("announced", "completed", "means paid"),
        ("processable", "on-hold", "does not mean paid"),
        ("cancelled", "refunded", "gives no stock back"),
        ("announced", "cancelled", "takes no stock"),
    ],
)
def test_a_status_that_does_not_fit_its_role_is_3(role: str, status: str, said: str, tmp_path: Path) -> None:
    run = Place(tmp_path, status={role: status}).run("check")
    assert (3, "bad") == (run.code, found(run)[f"status.{role}"])
    assert said in told(run, f"status.{role}")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda place: place.configure(otto={"account": "other"}),
        lambda place: place.configure(shop={"sqlite": {"path": "other.db"}}),
        lambda place: place.shop.unlink(),
    ],
    ids=["account", "shop", "shop gone"],
)
def test_a_ledger_that_belongs_elsewhere_is_3(spoil: Callable[[Place], None], tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    spoil(place)
    run = place.run("check")
    assert (3, "bad") == (run.code, found(run)["identity"])


def test_a_damaged_ledger_is_3(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    place.ledger.write_bytes(b"no database at all" * 100)
    run = place.run("check")
    assert (3, "bad") == (run.code, found(run)["ledger"])


# --- 5: OTTO and the shop -----------------------------------------------------------------------------------------------------------------------


def spoilt(path: str, status: str, body: dict[str, str]) -> WSGIApplication:
    """Make an OTTO that answers one path by an error."""
    demo = DemoOtto(now)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != path:
            return demo(environ, start_response)
        content = json.dumps(body).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    return answer


def test_good_credentials_are_proved_at_the_wire(tmp_path: Path) -> None:
    with serve(DemoOtto(now)) as base_url:
        run = live(tmp_path, base_url).run("check")
    assert 0 == run.code
    assert {"good"} == {found(run)[subject] for subject in ("credentials", "orders", "clock")}
    assert SECRET not in run.out + run.err


def test_a_wrong_secret_is_5_and_stays_unsaid(tmp_path: Path) -> None:
    with serve(DemoOtto(now)) as base_url:
        run = live(tmp_path, base_url, client_id="unknown").run("check")
    assert (5, "bad") == (run.code, found(run)["credentials"])
    assert SECRET not in run.out + run.err


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [("/oauth2/token", "400 Bad Request", {"error": "invalid_scope"}), ("/v4/orders", "403 Forbidden", {"error": "insufficient_scope"})],
)
def test_a_scope_that_is_not_granted_is_explained(path: str, status: str, body: dict[str, str], tmp_path: Path) -> None:
    with serve(spoilt(path, status, body)) as base_url:
        run = live(tmp_path, base_url).run("check")
    assert (5, "bad") == (run.code, found(run)["scope"])
    assert "give the app the scope `orders`" in told(run, "scope")
    assert path in told(run, "scope")


def test_an_otto_that_does_not_answer_properly_is_5_before_3(tmp_path: Path) -> None:
    with serve(spoilt("/v4/orders", "404 Not Found", {})) as base_url:
        place = live(tmp_path, base_url)
        place.configure(status={"announced": "completed"})
        run = place.run("check")
    assert (5, "bad", "bad") == (run.code, found(run)["OTTO"], found(run)["status.announced"])


def test_a_clock_that_is_off_is_warned_about(tmp_path: Path) -> None:
    with serve(DemoOtto(lambda: now() - timedelta(minutes=10))) as base_url:
        run = live(tmp_path, base_url).run("check")
    assert (0, "warning") == (run.code, found(run)["clock"])
    assert re.search("10 min 0[0-9] s ahead of OTTO's", told(run, "clock"))


def test_a_shop_that_cannot_be_used_is_5(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.shop.write_text("Rechnungen 2025", encoding="utf-8")
    run = place.run("check")
    assert (5, "bad") == (run.code, found(run)["embedded shop"])
    assert not [subject for subject in found(run) if subject.startswith("status.")]


# --- what is worth knowing ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone lists its locks")
def test_a_run_at_work_is_seen_and_not_disturbed(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    with RunLock(place.ledger, wait=0):
        run = place.run("check")
        assert (0, "warning") == (run.code, found(run)["lock"])
        assert f"process {os.getpid()}, since " in told(run, "lock")
    assert "good" == found(place.run("check"))["lock"]


def test_orders_that_wait_are_counted(tmp_path: Path) -> None:
    place = Place(tmp_path, imports={"after_deadline": "wait"})
    for clock in DAYS[:4]:
        place.sync(now=clock)
    overdue = place.sync("--dry-run", now=DAYS[3]).summary["overdue"]
    run = place.run("check")
    assert (0, "warning") == (run.code, found(run)["overdue"])
    assert told(run, "overdue").startswith(f"{overdue} order")
    assert overdue


def test_an_import_that_is_switched_off_is_warned_about(tmp_path: Path) -> None:
    assert "warning" == found(Place(tmp_path, imports={"enabled": False}).run("check"))["import"]


@pytest.mark.skipif(os.name != "posix", reason="rights of this kind exist on POSIX systems")
def test_rights_that_are_too_wide_are_warned_about_with_the_remedy(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    place.config.chmod(0o622)
    place.ledger.chmod(0o644)
    run = place.run("check")
    assert (0, "warning", "warning") == (run.code, found(run)["config"], found(run)["files"])
    assert "chmod go-w" in told(run, "config")
    assert f"chmod 600 {place.ledger}" in told(run, "files")


@contextmanager
def _unwritable(path: Path) -> Iterator[None]:
    path.chmod(0o500)
    try:
        yield
    finally:
        path.chmod(0o700)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom rights stop")
def test_a_folder_that_may_not_be_written_is_3(tmp_path: Path) -> None:
    place = Place(tmp_path, state={"path": "state/ledger.db"})
    (tmp_path / "state").mkdir()
    with _unwritable(tmp_path / "state"):
        run = place.run("check")
    assert (3, "bad") == (run.code, found(run)["files"])


def test_quiet_and_verbose_exclude_each_other(tmp_path: Path) -> None:
    assert 2 == in_process("check", "-q", "-v", "--config", str(tmp_path / "none.toml")).code


# --- who is told --------------------------------------------------------------------------------------------------------------------------------


def test_without_notices_one_line_says_that_nobody_is_told(tmp_path: Path) -> None:
    assert "nobody is told of failures" in told(Place(tmp_path).run("check"), "notify")


@KNOWN_OF_APPRISE
def test_the_addresses_of_notices_are_looked_at_and_nobody_is_told_anything(tmp_path: Path) -> None:
    with listening() as service:
        notify = {"healthcheck_url": f"{service.url}/{SECRET}", "urls": [f"json://{service.address}/{SECRET}", "mailto://anna:word@example.org"]}
        run = Place(tmp_path, notify=notify).run("check")
        assert [] == service.heard
    assert 0 == run.code
    assert {"good"} == {grade for subject, grade in found(run).items() if subject.startswith("notify")}
    assert {"notify.healthcheck_url", "notify.urls.0", "notify.urls.1"} <= found(run).keys()
    assert "" == run.err
    assert not [part for part in (SECRET, "anna", "word", service.address) if part in run.out]


@KNOWN_OF_APPRISE
@pytest.mark.parametrize(
    ("notify", "subject", "said"),
    [
        ({"healthcheck_url": {"env": "NO_SUCH_VARIABLE"}}, "notify.healthcheck_url", "the environment variable NO_SUCH_VARIABLE is not set"),
        ({"healthcheck_url": {"env": "PLAIN"}}, "notify.healthcheck_url", "must begin with https://"),
        ({"healthcheck_url": {"env": "WORDS"}}, "notify.healthcheck_url", "must be an address without"),
        ({"urls": ["json://127.0.0.1", {"file": "nowhere.txt"}]}, "notify.urls.1", "there is no file"),
        ({"urls": [{"env": "WORDS"}]}, "notify.urls.0", "it is no address that apprise knows"),
        ({"urls": [{"env": "ODD"}]}, "notify.urls.0", "it is no address that apprise knows"),
    ],
)
def test_an_address_that_cannot_be_used_is_a_warning_for_runs_go_on_without_it(
    notify: dict[str, Any], subject: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAIN", f"http://192.0.2.1/{SECRET}")
    monkeypatch.setenv("WORDS", f"{SECRET} and more")
    monkeypatch.setenv("ODD", f"nobody-knows-this://{SECRET}")
    place = Place(tmp_path, notify=notify)
    for manner in ((), ("-vv",), ("-vv", "--log-json")):
        run = place.run("check", *manner)
        assert (0, "warning") == (run.code, found(run)[subject])
        assert said in told(run, subject)
        assert "the runs go on without it" in told(run, subject)
        assert SECRET not in run.out + run.err


def test_addresses_without_apprise_are_3_as_they_are_for_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    run = Place(tmp_path, notify={"urls": [f"json://127.0.0.1/{SECRET}"]}).run("check")
    assert (3, "bad") == (run.code, found(run)["notify.urls"])
    assert "pip install 'otto-import[notify]'" in told(run, "notify.urls")
