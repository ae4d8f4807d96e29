"""What a check finds, subject by subject, as values."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from otto_import.checks import Proof, exit_code
from otto_import.checks import ledger as ledger_checks
from otto_import.checks.otto import clock, reading, refused
from otto_import.checks.proof import bad, from_config, good, warning
from otto_import.checks.runs import last_run, waiting
from otto_import.checks.shop import away, shop
from otto_import.checks.statuses import described, fitting, named, statuses
from otto_import.checks.versions import Versions, versions
from otto_import.errors import ConfigError, CredentialsRefused, LedgerError, Problem, ServiceError, ShopUnavailable
from otto_import.ledger.base import RunRow, Standing
from otto_import.ledger.health import Health
from otto_import.ledger.identity import Identity
from otto_import.ledger.lock import Holder
from otto_import.otto.client import ListQuery, Page
from otto_import.plan import Finding, Grade, Role, ShopStatus
from otto_import.testing import MemoryWriter
from otto_import.writers.registry import Installed

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
OWNER = Identity("demo", "main", "sqlite", "abc")
HOLD = ShopStatus("on-hold", "On hold", takes_stock=True, means_paid=False, gives_stock_back=False, mails_buyer=False, makes_invoice=False)
PAID = ShopStatus("processing", "Being packed", takes_stock=True, means_paid=True, gives_stock_back=False, mails_buyer=False, makes_invoice=False)
GONE = ShopStatus("cancelled", "Cancelled", takes_stock=False, means_paid=False, gives_stock_back=True, mails_buyer=False, makes_invoice=False)
LISTED = (HOLD, PAID, GONE)
MAPPED = {Role.ANNOUNCED: "on-hold", Role.PROCESSABLE: "processing", Role.CANCELLED: "cancelled"}


def graded(proofs: Iterable[Proof]) -> list[tuple[str, str]]:
    return [(proof.finding.subject, proof.finding.grade.value) for proof in proofs]


def only(proofs: Iterable[Proof]) -> Finding:
    (proof,) = proofs
    return proof.finding


# --- exit codes ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "proofs"),
    [
        (0, []),
        (0, [good("a", "b"), warning("a", "b")]),
        (3, [good("a", "b"), bad("a", "b")]),
        (5, [bad("a", "b", away=True)]),
        (5, [bad("a", "b"), bad("a", "b", away=True), bad("a", "b")]),
    ],
)
def test_a_service_away_is_5_and_comes_before_3_and_warnings_do_not_count(expected: int, proofs: list[Proof]) -> None:
    assert expected == exit_code(proofs)


def test_every_problem_of_a_config_is_a_finding_with_its_remedy() -> None:
    error = ConfigError(
        "config.toml", [Problem("otto.acount", "unknown key; did you mean `account`?"), Problem("", "is a folder; name the file in it")]
    )
    assert [
        Finding(Grade.BAD, "otto.acount", "unknown key", "did you mean `account`?"),
        Finding(Grade.BAD, "config", "config.toml: is a folder", "name the file in it"),
    ] == [proof.finding for proof in from_config(error)]


# --- OTTO ---------------------------------------------------------------------------------------------------------------------------------------


class Lister:
    """Give one page or fail; remember what was asked."""

    def __init__(self, answer: Page | ServiceError) -> None:
        self.answer = answer
        self.asked: list[ListQuery] = []

    def pages(self, query: ListQuery) -> Generator[Page, None, None]:
        self.asked.append(query)
        if isinstance(self.answer, ServiceError):
            raise self.answer
        yield self.answer


def test_one_page_of_the_last_days_is_asked_for_and_handed_on() -> None:
    lister = Lister(Page((), NOW, timedelta(0)))
    met: list[object] = []
    assert [("credentials", "good"), ("orders", "good"), ("clock", "good")] == graded(reading(lister, NOW, met.append))
    assert ([128], [()]) == ([query.limit for query in lister.asked], met)


@pytest.mark.parametrize(
    ("expected", "skew", "said"),
    [
        (Grade.GOOD, timedelta(0), "0 s"),
        (Grade.GOOD, timedelta(seconds=-119), "119 s"),
        (Grade.WARNING, timedelta(minutes=2), "2 min 00 s ahead of"),
        (Grade.WARNING, timedelta(minutes=-3, seconds=-5), "3 min 05 s behind"),
        (Grade.WARNING, timedelta(minutes=6), "no unpaid order is cancelled"),
        (Grade.WARNING, None, "no Date"),
    ],
)
def test_clocks_two_minutes_apart_are_warned_about(expected: Grade, skew: timedelta | None, said: str) -> None:
    finding = clock(skew).finding
    assert expected is finding.grade
    assert said in finding.text
    assert (expected is Grade.WARNING) == bool(finding.remedy)


@pytest.mark.parametrize(
    ("subject", "error", "said"),
    [
        (
            "scope",
            CredentialsRefused("OTTO", "POST /oauth2/token, HTTP 400", "does not grant the scope 'orders'; add it: invalid_scope"),
            "invalid_scope",
        ),
        (
            "scope",
            CredentialsRefused("OTTO", "GET /v4/orders, HTTP 403", "does not let us read orders; the app needs the scope 'orders'"),
            "HTTP 403",
        ),
        (
            "credentials",
            CredentialsRefused("OTTO", "POST /oauth2/token, HTTP 401", "does not accept client_id and client_secret; check both"),
            "HTTP 401",
        ),
        ("OTTO", ServiceError("OTTO", "POST /oauth2/token", "cannot be reached; check the network and the address"), "cannot be reached"),
    ],
)
def test_a_refusal_is_explained_and_is_5(subject: str, error: ServiceError, said: str) -> None:
    proof = refused(error)
    assert (subject, 5) == (proof.finding.subject, exit_code([proof]))
    assert said in proof.finding.text
    assert proof.finding.remedy
    assert [proof] == list(reading(Lister(error), NOW))


def test_an_invalid_scope_is_told_apart_from_wrong_credentials() -> None:
    error = CredentialsRefused("OTTO", "POST /oauth2/token, HTTP 400", "does not grant the scope 'orders'; add it: invalid_scope")
    assert "give the app the scope `orders`" in refused(error).finding.remedy
    assert "the credentials are right" in refused(error).finding.remedy


# --- the shop -----------------------------------------------------------------------------------------------------------------------------------


class Shop(MemoryWriter):
    """Find what it is told to, or fail."""

    def __init__(self, found: Sequence[Finding] = (), error: Exception | None = None) -> None:
        super().__init__()
        self._found = found
        self._error = error

    def check(self) -> Iterable[Finding]:
        yield from self._found
        if self._error:
            raise self._error


def test_a_shop_that_does_not_tell_its_currency_is_told_so() -> None:
    assert [("memory", "good"), ("currency", "warning")] == graded(shop(Shop([Finding(Grade.GOOD, "memory", "there")])))


def test_a_shop_that_tells_its_currency_is_believed() -> None:
    assert [("currency", "bad")] == graded(shop(Shop([Finding(Grade.BAD, "currency", "the shop sells in CHF")])))


@pytest.mark.parametrize(
    ("code", "error"),
    [(5, ShopUnavailable("GET /orders", "is away; try later")), (3, ConfigError("config", [Problem("shop.url", "is no shop; look at it")]))],
)
def test_a_shop_that_cannot_be_asked_is_5_and_one_wrongly_set_up_3(code: int, error: Exception) -> None:
    proofs = list(shop(Shop([Finding(Grade.GOOD, "memory", "there")], error)))
    assert (code, 2) == (exit_code(proofs), len(proofs))
    assert proofs[-1].finding.remedy


def test_what_a_shop_finds_wrong_is_5() -> None:
    assert 5 == exit_code(shop(Shop([Finding(Grade.BAD, "rights", "may not write orders")])))
    assert 5 == exit_code([away(ShopUnavailable("GET /", "gave no answer"))])


# --- statuses -----------------------------------------------------------------------------------------------------------------------------------


def test_statuses_that_fit_are_one_good_line_each() -> None:
    assert [("status.announced", "good"), ("status.processable", "good"), ("status.cancelled", "good")] == graded(statuses(MAPPED, LISTED))
    said = [proof.finding.text for proof in statuses(MAPPED, LISTED)]
    assert '"on-hold" takes stock, does not mean paid, mails nobody and makes no invoice' == said[0]
    assert '"processing" (Being packed) means paid, mails nobody and makes no invoice' == said[1]


@pytest.mark.parametrize(
    ("role", "changes", "said"),
    [
        (Role.ANNOUNCED, {"takes_stock": False}, "takes no stock"),
        (Role.ANNOUNCED, {"means_paid": True}, "means paid"),
        (Role.PROCESSABLE, {"means_paid": False}, "does not mean paid"),
        (Role.CANCELLED, {"gives_stock_back": False}, "gives no stock back"),
        (Role.CANCELLED_BY_PARTNER, {"gives_stock_back": False}, "gives no stock back"),
        *((role, {"mails_buyer": True}, "mails the buyer") for role in Role),
        *((role, {"makes_invoice": True}, "makes an invoice") for role in Role),
    ],
)
def test_a_status_that_does_what_its_role_must_not_is_bad(role: Role, changes: dict[str, Any], said: str) -> None:
    fit = {Role.ANNOUNCED: HOLD, Role.PROCESSABLE: PAID, Role.CANCELLED: GONE, Role.CANCELLED_BY_PARTNER: GONE}.get(role, PAID)
    wrong = replace(fit, code="wrong", **changes)
    finding = next(iter(statuses({role: "wrong"}, [*LISTED, wrong]))).finding
    assert (f"status.{role}", Grade.BAD) == (finding.subject, finding.grade)
    assert said in finding.text
    assert fit.code in finding.remedy


@pytest.mark.parametrize("field", ["takes_stock", "means_paid", "mails_buyer", "makes_invoice"])
def test_what_the_shop_does_not_tell_is_said_and_harms_nothing(field: str) -> None:
    unsure: dict[str, Any] = {field: None}
    finding = next(iter(statuses(MAPPED, [replace(HOLD, **unsure), PAID, GONE]))).finding
    assert Grade.WARNING is finding.grade
    assert "does not say" in finding.text


def test_a_shop_that_tells_nothing_of_a_status_is_said_so() -> None:
    assert '"open": whether it gives stock back, mails the buyer or makes an invoice, the shop does not say' == (
        next(iter(statuses({Role.CANCELLED: "open"}, [ShopStatus("open", "Open")]))).finding.text
    )


def test_a_status_the_shop_lacks_is_bad_and_the_nearest_is_named() -> None:
    first, *_ = statuses({Role.PROCESSABLE: "Procesing"}, LISTED)
    assert Finding(Grade.BAD, "status.processable", 'the shop has no status "Procesing"', 'did you mean "processing"?') == first.finding
    other, *_ = statuses({Role.PROCESSABLE: "zzz"}, [ShopStatus(f"status {number}", "") for number in range(9)])
    assert other.finding.remedy.endswith("status 7 …")
    assert 3 == exit_code([first])


def test_a_missing_cancelled_is_warned_about() -> None:
    assert ("status.cancelled", "warning") == graded(statuses({Role.PROCESSABLE: "processing"}, LISTED))[-1]


def test_a_shop_without_a_list_of_statuses_is_told_so_once() -> None:
    assert [("status", "warning")] == graded(statuses(MAPPED, ()))


def test_those_that_fit_come_best_known_first() -> None:
    dark = ShopStatus("dark", "Dark")
    assert [PAID, dark] == fitting(Role.PROCESSABLE, [dark, HOLD, PAID, GONE])


def test_what_a_status_does_is_told_in_a_few_words() -> None:
    assert "takes no stock, does not mean paid, gives stock back" == described(GONE)
    assert "mails the buyer" == described(ShopStatus("x", "X", mails_buyer=True, makes_invoice=False))
    assert "the shop does not say what it does" == described(ShopStatus("x", "X"))
    assert ('"on-hold"', '"x" (Long)') == (named(HOLD), named(ShopStatus("x", "Long")))


# --- the ledger ---------------------------------------------------------------------------------------------------------------------------------


def health(**changes: Any) -> Health:
    sound = Health(place="ledger.db", size=70_000, complaints=(), write_ahead=True, owner=OWNER, standing=Standing(), runs=())
    return replace(sound, **changes)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (["good"], None),
        (["good"], health()),
        (["bad"], health(complaints=("row 5 missing from index orders_number",))),
        (["good", "warning"], health(write_ahead=False)),
    ],
)
def test_the_file_is_judged(expected: list[str], found: Health | None) -> None:
    assert [("ledger", grade) for grade in expected] == graded(ledger_checks.ledger(Path("ledger.db"), found))


@pytest.mark.parametrize(("expected", "size"), [("900 B", 900), ("68 KiB", 70_000), ("47.7 MiB", 50_000_000), ("4.7 GiB", 5_000_000_000)])
def test_sizes_are_told_in_the_unit_that_fits(expected: str, size: int) -> None:
    assert only(ledger_checks.ledger(Path("ledger.db"), health(size=size))).text.endswith(expected)


def test_a_ledger_of_another_account_is_bad_and_one_of_nobody_good() -> None:
    assert Grade.GOOD is ledger_checks.identity(health(), OWNER).finding.grade
    assert Grade.GOOD is ledger_checks.identity(health(owner=None), OWNER).finding.grade
    other = ledger_checks.identity(health(), replace(OWNER, account="other")).finding
    assert (Grade.BAD, "name another [state] path, or the former settings") == (other.grade, other.remedy)


def test_a_ledger_that_cannot_be_read_is_bad_with_its_remedy() -> None:
    proof = ledger_checks.refused(LedgerError("the ledger x is damaged; restore it from a backup"))
    assert Finding(Grade.BAD, "ledger", "the ledger x is damaged", "restore it from a backup") == proof.finding


def test_a_lock_that_is_held_is_told_with_the_process() -> None:
    assert [("lock", "good"), ("lock", "good"), ("lock", "warning")] == graded(
        [
            ledger_checks.lock(None),
            ledger_checks.lock_unknown(),
            ledger_checks.lock(Holder(4711)),
        ]
    )
    assert "4711" in ledger_checks.lock(Holder(4711)).finding.text


@pytest.mark.parametrize(
    ("expected", "kind", "allowed"), [(["good"], "ext4", False), ([], None, False), (["bad"], "nfs4", False), (["warning"], "nfs4", True)]
)
def test_a_network_drive_is_refused_unless_it_is_allowed(expected: list[str], kind: str | None, allowed: bool) -> None:
    assert [("file system", grade) for grade in expected] == graded(ledger_checks.file_system(kind, allow_network=allowed))


# --- runs and orders ----------------------------------------------------------------------------------------------------------------------------


def run(ago: timedelta, code: int | None = 0, command: str = "sync") -> RunRow:
    return RunRow(1, command, NOW - ago, NOW, None if code is None else NOW - ago, code)


@pytest.mark.parametrize(
    ("expected", "runs"),
    [
        ([("last run", "good")], []),
        ([("last good run", "good")], [run(timedelta(hours=3))]),
        ([("last good run", "warning")], [run(timedelta(days=3))]),
        ([("last run", "warning"), ("last good run", "good")], [run(timedelta(hours=1), 1), run(timedelta(hours=2))]),
        ([("last run", "warning"), ("last good run", "warning")], [run(timedelta(hours=1), 5)]),
        ([("last run", "warning"), ("last good run", "good")], [run(timedelta(hours=1), None), run(timedelta(hours=2))]),
        ([("last good run", "warning")], [run(timedelta(hours=1), 0, "backfill")]),
    ],
)
def test_the_last_run_and_the_last_good_one_are_judged(expected: list[tuple[str, str]], runs: list[RunRow]) -> None:
    assert expected == graded(last_run(runs, NOW, at_work=False))


def test_a_run_at_work_is_not_taken_for_one_cut_off() -> None:
    assert [("last good run", "good")] == graded(last_run([run(timedelta(0), None), run(timedelta(hours=1))], NOW, at_work=True))


@pytest.mark.parametrize(
    ("expected", "ago"),
    [
        ("less than a minute", timedelta(seconds=59)),
        ("59 min", timedelta(minutes=59)),
        ("3 h 5 min", timedelta(hours=3, minutes=5)),
        ("less than a minute", timedelta(hours=-1)),
    ],
)
def test_ages_are_told_in_words(expected: str, ago: timedelta) -> None:
    assert f"`sync` ended {expected} ago" == only(last_run([run(ago)], NOW, at_work=False)).text


def test_what_waits_is_counted_by_its_reason() -> None:
    assert [("waiting", "good")] == graded(waiting(Standing()))
    every = Standing(held=1, conflicts=2, failed=3, held_back=4, overdue=5, set_aside=6, in_doubt=7)
    found = [proof.finding for proof in waiting(every)]
    assert ["held", "conflicts", "failed", "guard", "overdue", "in doubt", "set aside"] == [finding.subject for finding in found]
    assert {Grade.WARNING} == {finding.grade for finding in found}
    assert all(finding.remedy for finding in found)
    assert "1 order held back until they can be decided" == found[0].text


# --- versions -----------------------------------------------------------------------------------------------------------------------------------


def test_versions_and_writers_are_named_and_a_writer_that_comes_twice_is_warned_about() -> None:
    writers = [Installed("lamp", "lamps", "1.0"), Installed("lamp", "other-lamps", "2.0"), Installed("sqlite", "otto-import", "0.1.0")]
    here, listed, twice = (proof.finding for proof in versions(Versions("0.1.0", "3.11.7", "3.40.1"), writers))
    assert "otto-import 0.1.0, Python 3.11.7, SQLite 3.40.1" == here.text
    assert "lamp (lamps 1.0), lamp (other-lamps 2.0), sqlite (otto-import 0.1.0)" == listed.text
    assert Grade.WARNING is twice.grade
