"""Marked secrets and a marked buyer go in; every command and every failure at its most talkative; nothing of them comes out but in the shop's own files."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import stamina

from otto_import.cli.boundary import run
from otto_import.cli.jobs import Wired
from otto_import.ledger.lock import RunLock
from tests.documents import options
from tests.hostile_otto import SECRET, TOKEN, HostileOtto, broken, hostile, installed, sound
from tests.listener import KNOWN_OF_APPRISE, Listener, listening
from tests.system_shop import STATUS, Ended, Place, in_process

pytestmark = KNOWN_OF_APPRISE

BUYER = {
    "firstName": "Quendolina",
    "lastName": "Zwitscherling",
    "street": "Kanarienvogelgasse",
    "addition": "Hinterhaus Zilpzalp",
    "city": "Piepshausen",
    "phoneNumber": "+4917099887766",
    "email": "zilpzalp.8842@customer.otto.market",
}
HOOK, KEY, PING, CHAT = "whsec_" + base64.b64encode(b"marked-secret-of-the-webhook").decode(), "ck_marked_key", "marked-ping-path", "marked-chat-path"
PATH = "marked-path-of-a-hook"
SECRETS = (SECRET, TOKEN, HOOK, HOOK.removeprefix("whsec_"), KEY, PING, CHAT, PATH)
ECHO = " ".join((*SECRETS, *BUYER.values()))
LOUD = (("-v", "-v"), ("-v", "-v", "--log-json"), ("-v", "-v", "--json"), ("-v", "-v", "--json", "--log-json"))


def found(said: str | bytes, *, but: tuple[str, ...] = ()) -> list[str]:
    """Give the marks in a text or file, as they are and as JSON, URLs and headers would write them."""
    text = said if isinstance(said, bytes) else said.encode(errors="surrogatepass")
    return [mark for mark in (*SECRETS, *BUYER.values()) if mark not in but and any(form in text for form in _forms(mark))]


def _forms(mark: str) -> set[bytes]:
    return {mark.encode(), json.dumps(mark)[1:-1].encode(), quote(mark, safe="").encode(), base64.b64encode(mark.encode()).rstrip(b"=")[:-2]}


def buyers_order(number: int, kind: str = "processable_freight") -> dict[str, Any]:
    """Give an order of the marked buyer."""
    order = sound(number, kind)
    for which in ("deliveryAddress", "invoiceAddress"):
        if which in order:
            order[which] = order[which] | BUYER
    return order


def orders() -> list[object]:
    """Give orders of the marked buyer, sound ones and broken ones of several kinds."""
    whole = [buyers_order(1), buyers_order(2, "processable_discount_fee"), buyers_order(3, "announced_prepayment"), buyers_order(4, "mixed_states")]
    ways = ((("deliveryAddress", "countryCode"), "Piepshausen"), (("deliveryAddress", "lastName"), ["Zwitscherling"]), (("deliveryAddress",), ECHO),
            (("positionItems", 0, "itemValueGrossPrice"), ECHO), (("orderDate",), ECHO), (("salesOrderId",), ECHO), (("orderNumber",), ECHO),
            (("payment", "paymentMethod"), {"of": ECHO}), (("initialDeliveryFees",), ECHO))  # fmt: skip
    return [*whole, *(broken(buyers_order(20 + number), where, how) for number, (where, how) in enumerate(ways)), ECHO, [ECHO]]


def calls(place: Place, otto: HostileOtto) -> Iterator[tuple[str, ...]]:
    """List every command, in an order in which each has something to say."""
    today = datetime.now(UTC).date()
    days = ("--from", str(today - timedelta(days=3)), "--to", str(today))
    pairs = place.folder / "pairs.csv"
    pairs.write_text("order_number,shop_ref\nsound1,1\nsound99,77\n", encoding="utf-8")
    pairs.chmod(0o600)
    yield from (("check",), ("sync", "--dry-run"), ("sync", "--metrics-file", str(place.folder / "run.prom")), ("sync", "--force"))
    yield from (("backfill", *days), ("retry",), ("retry", "sound1"), ("retry", "sound4", "--accept"), ("retry", "sound1", "--recreate"))
    yield from (
        ("explain", "sound1"),
        ("explain", "sound20"),
        ("explain", "nobody"),
        ("orders",),
        ("orders", "--csv", str(place.folder / "list.csv")),
    )
    yield from (("orders", "--csv", "-"), ("runs",), ("schedule", "--cron"), ("schedule", "--systemd"), ("reconcile", *days))
    yield from (("reconcile", *days, "--fix"), ("rebuild",), ("adopt", "--csv", str(pairs)), ("purge", "--older-than", "30d"), ("writers",))
    given = ("--environment", "sandbox", "--base-url", otto.url, "--client-id", "app-1", "--secret-env", "CANARY", "--start-date", "2026-01-01")
    yield ("init", "--non-interactive", *given, "--writer", "sqlite")


MEETING = (
    ("check",),
    ("sync", "--dry-run"),
    ("sync", "--force"),
    ("retry", "sound1"),
    ("explain", "sound1"),
    ("orders",),
    ("runs",),
    ("rebuild",),
    ("init",),
)
"""The commands that meet what fails, each another part of the program."""


def spoken(
    place: Place, otto: HostileOtto, manners: tuple[tuple[str, ...], ...], only: tuple[tuple[str, ...], ...] = ((),)
) -> Iterator[tuple[tuple[str, ...], Ended]]:
    """Run every command in each manner of speaking that it has."""
    for number, command in enumerate(calls(place, otto)):
        for manner in manners if command in only or command[:1] in only or () in only else ():
            fits = [
                option
                for option in manner
                if option in options()[command[0]] and not ("--csv" in command and command[0] == "orders" and option == "--json")
            ]
            config = place.folder / "made" / f"init{number}{manner.index(manner[-1])}{len(fits)}.toml" if command[0] == "init" else place.config
            yield command, in_process(*command, *fits, *(("--force",) if command[0] == "init" else ()), "--config", str(config))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Place, HostileOtto, Listener]]:
    """Set up a place whose secrets come from everywhere, that tells others what it does, under the laxest umask."""
    monkeypatch.setenv("CANARY", SECRET)
    (tmp_path / "secret.txt").write_text(CHAT, encoding="utf-8")
    (tmp_path / "secret.txt").chmod(0o600)
    before = os.umask(0)
    try:
        with listening() as chat, hostile(*orders()) as otto, stamina.set_testing(True, attempts=2):
            chat.body = ECHO.encode()
            notify = {"healthcheck_url": {"command": ["echo", f"{chat.url}/{PING}"]}, "urls": [f"json://{chat.address}/{CHAT}"]}
            place = installed(tmp_path / "home" / "place", otto, notify=notify, state={"path": "deep/down/ledger.db"}, buyer={"email": "masked"})
            place.configure(otto={"client_secret": {"env": "CANARY"}})
            place.ledger = place.folder / "deep/down/ledger.db"
            yield place, otto, chat
    finally:
        os.umask(before)


def check_files(place: Place) -> None:
    """Look through every file but the config, which was given the secrets, and the shop's own."""
    for path in place.folder.rglob("*"):
        if path.is_file() and path != place.config and not path.name.startswith(("shop.db", "out.jsonl")):
            assert [] == found(path.read_bytes(), but=(TOKEN,) if path.name.endswith(".token") else ()), path.name


def check_modes(place: Place) -> None:
    """See that everything that was made is its user's alone, but for the metrics, which another user's program reads."""
    made = [path for path in place.folder.rglob("*") if path.name != "pairs.csv"]
    assert {} == {path.name: oct(mode) for path in made if path.is_file() and (mode := stat.S_IMODE(path.stat().st_mode)) != _right(path)}
    assert {0o700} == {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()}


def _right(path: Path) -> int:
    return 0o644 if path.suffix == ".prom" else 0o600


def test_no_command_tells_of_a_secret_or_a_buyer_or_keeps_them(world: tuple[Place, HostileOtto, Listener]) -> None:
    place, otto, chat = world
    tried = set()
    for command, ended in spoken(place, otto, LOUD[:1] + LOUD[-1:]):
        tried.add(command[0])
        assert [] == found(ended.out + ended.err), command
        assert "Traceback" not in ended.err, ended.err
        check_files(place)
    assert tried == options().keys() - {""}
    check_files(place)
    check_modes(place)
    assert set(BUYER.values()) - {""} <= set(found(place.shop.read_bytes())), "the shop is where they belong, and where this search finds them"
    heard = "".join(one.body for one in chat.heard)
    assert chat.heard
    assert [] == found(heard)


def test_the_side_files_of_the_ledger_hold_nothing_either(world: tuple[Place, HostileOtto, Listener]) -> None:
    place, _, _ = world
    place.sync()
    with closing(sqlite3.connect(place.ledger, isolation_level=None)) as reader:  # as long as somebody reads, they stay
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchall()
        place.sync("--force")
        assert place.ledger.with_name("ledger.db-wal").stat().st_size
        check_files(place)
        check_modes(place)


def _wrong_secret(place: Place, otto: HostileOtto) -> None:
    otto.token_status, otto.answer = 401, json.dumps({"error": "invalid_client", "error_description": ECHO}).encode()


def _refusal(place: Place, otto: HostileOtto) -> None:
    otto.status, otto.answer = 400, json.dumps({"errors": [{"title": ECHO, "detail": ECHO, "logref": ECHO}], "error": ECHO}).encode()


def _trouble(place: Place, otto: HostileOtto) -> None:
    otto.status, otto.answer = 500, f"<html>{ECHO}".encode()


def _not_json(place: Place, otto: HostileOtto) -> None:
    otto.answer = f'{{"resources": [{{"lastName": "{ECHO}"}}, }}'.encode()


def _other_shape(place: Place, otto: HostileOtto) -> None:
    otto.answer = json.dumps({"resources": {ECHO: ECHO}, "links": ECHO}).encode()


def _bad_link(place: Place, otto: HostileOtto) -> None:
    otto.answer = json.dumps({"resources": [], "links": [{"rel": "next", "href": f"https://{quote(ECHO)}/?nextcursor={quote(ECHO)}"}]}).encode()


def _elsewhere(place: Place, otto: HostileOtto) -> None:
    otto.status, otto.answer, otto.headers = 302, ECHO.encode(), {"Location": f"http://127.0.0.1:1/{quote(ECHO)}"}


def _nobody(place: Place, otto: HostileOtto) -> None:
    place.configure(otto={"base_url": "http://127.0.0.1:1"})


def _rubbish(place: Place, otto: HostileOtto) -> None:
    place.ledger.write_bytes(b"rubbish" * 1000)


def _shop_refuses(place: Place, otto: HostileOtto) -> None:
    place.merchant(f"CREATE TRIGGER no BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, '{ECHO}'); END")
    otto.orders.append(buyers_order(70))


def _shop_is_no_shop(place: Place, otto: HostileOtto) -> None:
    place.merchant("ALTER TABLE order_addresses RENAME TO gone")
    otto.orders.append(buyers_order(71))


FAILURES = (
    _wrong_secret,
    _refusal,
    _trouble,
    _not_json,
    _other_shape,
    _bad_link,
    _elsewhere,
    _nobody,
    _rubbish,
    _shop_refuses,
    _shop_is_no_shop,
)


@pytest.mark.parametrize("fail", FAILURES, ids=lambda failure: failure.__name__.strip("_"))
def test_no_failure_tells_of_them_either(fail: Callable[[Place, HostileOtto], None], world: tuple[Place, HostileOtto, Listener]) -> None:
    place, otto, chat = world
    place.sync()
    fail(place, otto)
    for command, ended in spoken(place, otto, LOUD[1:2] if fail in FAILURES[::2] else LOUD[:1], MEETING):
        assert [] == found(ended.out + ended.err), command
        assert "Traceback" not in ended.err, ended.err
        if fail is not _nobody and command[0] == "sync" and place.ledger.with_name("ledger.db.token").exists():
            place.ledger.with_name("ledger.db.token").unlink()  # so that a token is asked for again
    check_files(place)
    check_modes(place)
    assert [] == found("".join(one.body for one in chat.heard))


def test_who_holds_the_lock_is_told_without_them(world: tuple[Place, HostileOtto, Listener]) -> None:
    place, _, _ = world
    place.sync()
    with RunLock(place.ledger, 0):
        for command in ("sync", "retry", "rebuild"):
            ended = in_process(command, "-v", "-v", "--wait", "0", "--config", str(place.config))
            assert (6, []) == (ended.code, found(ended.out + ended.err))
    check_files(place)


class Buggy(Wired):
    """Have a bug that a buyer's words set off, in the midst of a run."""

    def sync(self, *arguments: Any) -> Any:
        try:
            return int(ECHO)
        except ValueError as error:
            raise KeyError(ECHO) from error


@pytest.mark.parametrize("manner", LOUD)
def test_a_bug_tells_where_it_struck_and_not_on_what(manner: tuple[str, ...], world: tuple[Place, HostileOtto, Listener]) -> None:
    place, _, chat = world
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["sync", *manner, "--config", str(place.config)], Buggy())
    assert (1, []) == (code, found(out.getvalue() + err.getvalue()))
    assert "KeyError" in err.getvalue()
    assert [] == found("".join(one.body for one in chat.heard))


SHOPS: dict[str, dict[str, Any]] = {
    "webhook": {"secret": HOOK, "authorization": f"Bearer {KEY}"},
    "woocommerce": {"consumer_key": KEY, "consumer_secret": f"cs_{KEY}"},
    "prestashop": {"key": KEY},
    "shopware6": {"client_id": "SWIAABCDEFGHIJKLMNOP", "client_secret": KEY, "sales_channel": "OTTO"},
}
ANSWERS = ((200, ECHO), (200, json.dumps({ECHO: ECHO})), (400, json.dumps({"code": ECHO, "message": ECHO})), (401, ECHO), (500, ECHO), (302, ECHO))


@contextmanager
def far_shop(place: Place, name: str) -> Iterator[Listener]:
    """Put a shop in place that answers with everything it was ever told."""
    with listening() as shop:
        shop.location = f"http://127.0.0.1:1/{quote(ECHO)}"
        addresses = {"url": f"{shop.url}/{PATH}", "lookup_url": f"{shop.url}/{PATH}/orders"} if name == "webhook" else {"url": f"{shop.url}/"}
        table = {**SHOPS[name], **addresses}
        place.configure(shop={"writer": name, "sqlite": None, name: table})
        yield shop


@pytest.mark.parametrize("name", SHOPS)
def test_a_shop_that_answers_with_all_it_knows_is_not_repeated(name: str, world: tuple[Place, HostileOtto, Listener]) -> None:
    place, _, chat = world
    if name == "prestashop":
        place.configure(status={role: str(number) for number, role in enumerate(STATUS, 1)})
    else:
        place.configure(status={"announced": "pending", "cancelled_by_partner": "cancelled"})
    with far_shop(place, name) as shop:
        for status, body in ANSWERS:
            shop.status, shop.body = status, body.encode()
            for command in (
                ("check",),
                ("sync",),
                ("sync", "--dry-run"),
                ("explain", "sound1"),
                ("reconcile", "--from", "2026-01-01", "--to", "2026-01-02"),
            ):
                ended = in_process(*command, "-v", "-v", "--config", str(place.config))
                assert [] == found(ended.out + ended.err), (status, command)
                assert "Traceback" not in ended.err, ended.err
                assert 3 != ended.code, ended.err
        assert shop.heard
    check_files(place)
    assert [] == found("".join(one.body for one in chat.heard))
