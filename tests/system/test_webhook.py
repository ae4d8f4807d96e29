"""Whole lives of orders by webhook: who listens knows what the shop would, also the receiver that the documentation shows, whatever is cut off."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from standardwebhooks import Webhook

from otto_import.orders import CANCELLED
from otto_import.testing import WriterContract
from otto_import.writers.base import Writer
from tests.documents import ROOT, blocks
from tests.system_shop import DAYS, Ended, Place, in_process
from tests.system_world import ends, order_id, says
from tests.webhook_receiver import GIVING_BACK, SECRET, Fault, Receiver, serving
from tests.webhook_sender import open_webhook

OTHER_SECRET = "whsec_" + "QUJD" * 8
SHIFTY = "R\x1b[2J\x1b]0;mine\x07\u202e-1"


def installed(folder: Path, receiver: Receiver, *, looks_up: bool = True, **others: Any) -> Place:
    """Set the program up to send to a receiver."""
    table = {**receiver.settings, **(receiver.lookup if looks_up else {})}
    return Place(folder, shop={"writer": "webhook", "sqlite": None, "webhook": table}, **others)


def check_orders(receiver: Receiver, size: int = 36) -> None:
    """See that each order stands once, as OTTO's word demands: status, total to the cent, stock."""
    told = says(DAYS[-1], size)
    found = {order.said["sales_order_id"]: order for order in receiver.orders.values()}
    assert len(receiver.orders) == len(found)
    living = [one for one in found if told[one].state not in CANCELLED]
    assert {one: told[one].total for one in living} == {one: Decimal(found[one].said["total"]) for one in living}
    units = {one: 0 if order.status in GIVING_BACK else len(told[one].living) for one, order in found.items()}
    assert units == {one: sum(order.stock.values()) for one, order in found.items()}


@pytest.mark.parametrize("looks_up", [True, False])
def test_who_listens_knows_where_every_order_ended(looks_up: bool, tmp_path: Path) -> None:
    with serving(Receiver()) as receiver:
        place = installed(tmp_path, receiver, looks_up=looks_up)
        for clock in DAYS:
            run = place.done("--strict", now=clock)
            assert {"held": 0, "conflicts": 0, "failed": 0, "in_doubt": 0}.items() <= run.summary.items()
        again = place.done("--strict", now=DAYS[-1]).summary
    assert {"otto": 1, "shop": 0} == again["requests"]
    assert ends() == {order.said["sales_order_id"]: order.status for order in receiver.orders.values()}
    check_orders(receiver)
    assert ([], looks_up) == (receiver.wrong, bool(receiver.looked))


def test_what_is_cut_off_is_sent_again_by_later_runs_and_nothing_stands_twice(tmp_path: Path) -> None:
    with serving(Receiver()) as receiver:
        place = installed(tmp_path, receiver, looks_up=False)
        for clock in DAYS:
            receiver.faults = [Fault(), Fault(done=True), Fault(500, done=True), Fault(400, body=b"")] if clock == DAYS[0] else []
            place.sync(now=clock)
        place.run("retry", now=DAYS[-1])
        place.done("--strict", now=DAYS[-1])
    assert ends() == {order.said["sales_order_id"]: order.status for order in receiver.orders.values()}
    check_orders(receiver)
    assert [] == receiver.wrong
    assert len(receiver.attempts) > len(receiver.events)


def test_a_preview_shows_what_the_run_then_sends(tmp_path: Path) -> None:
    with serving(Receiver()) as receiver:
        place = installed(tmp_path, receiver)
        for clock in DAYS[:3]:
            before = len(receiver.attempts)
            plan = place.done("--dry-run", now=clock)
            assert before == len(receiver.attempts)
            deed = place.done(now=clock)
            shown, done = ({(line["sales_order_id"], line["action"], line["shop_status"]) for line in run.orders} for run in (plan, deed))
            assert shown == done


@pytest.mark.parametrize("looks_up", [True, False])
def test_what_otto_cancels_stays_where_the_merchant_put_it(looks_up: bool, tmp_path: Path) -> None:
    one = order_id("cancelled_after_payment", "06-08")  # payable on the first day, cancelled by OTTO on the third
    with serving(Receiver()) as receiver:
        place = installed(tmp_path, receiver, looks_up=looks_up)
        place.done(now=DAYS[0])
        (order,) = [order for order in receiver.orders.values() if order.said["sales_order_id"] == one]
        order.status = "packing"
        run = place.sync(now=DAYS[2])
    assert (1, "packing", "processing") == (run.code, order.status, order.set_status)
    told = run.told(one)
    assert ("conflict", True) == (told["action"], told["new"])
    assert "packing" in told["reason"]


@pytest.mark.usefixtures("stable_terminal")
def test_nothing_that_a_receiver_says_moves_the_terminal(tmp_path: Path) -> None:
    def sync(day: int) -> Ended:
        return in_process("sync", "--config", str(place.config), "-v", "--now", DAYS[day].isoformat())

    with serving(Receiver()) as receiver:
        place = installed(tmp_path, receiver)
        said = json.dumps({"reference": "7", "status": SHIFTY, "code": SHIFTY, "total": SHIFTY}).encode()
        answers = cycle([Fault(200, body=said), Fault(409, body=said), Fault(422, body=said), Fault(200, body=said.replace(b'"7"', b'"\\u001b7"'))])
        receiver.refusing = lambda _: next(answers)
        printed = [sync(0), sync(1)]
        entries = [{"key": key, "reference": SHIFTY, "status": SHIFTY} for key in receiver.heard]
        receiver.blind = [Fault(200, body=json.dumps({"orders": entries}).encode()) for _ in range(60)]
        printed += [sync(2), *(in_process(command, "--config", str(place.config)) for command in ("orders", "check"))]
    assert [] != entries
    for run in printed:
        assert run.out
        assert set() == {sign for sign in run.out + run.err if not sign.isprintable()} - {"\n"}


# --- the receiver of the documentation ----------------------------------------------------------------------------------------------------------


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  – the library's name
        """Say nothing."""


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Documented(Receiver):
    """Give the address of the documented receiver where tests want one of their own."""

    def __init__(self, shown: dict[str, Any]) -> None:
        super().__init__()
        self.shown = shown


@contextmanager
def documented() -> Iterator[Documented]:
    """Run the receiver that the document shows, word for word, on a port of its own."""
    shown: dict[str, Any] = {"__name__": "receiver"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTTO_WEBHOOK_SECRET", SECRET)
        (code,) = blocks("python", (ROOT / "docs" / "webhook.md").read_text(encoding="utf-8"))
        exec(compile(code, "docs/webhook.md", "exec"), shown)
    receiver = Documented(shown)
    with make_server("127.0.0.1", 0, shown["app"], Threaded, Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


class TestDocumentedReceiver(WriterContract):
    looks_up = True

    @pytest.fixture(autouse=True)
    def receiver(self, tmp_path: Path) -> Iterator[None]:
        with documented() as self._receiver:
            self._folder = tmp_path
            yield

    @property
    def _orders(self) -> dict[str, Any]:
        orders: dict[str, Any] = self._receiver.shown["ORDERS"]
        return orders

    def writer(self) -> Writer:
        return open_webhook(self._receiver, self._folder, looks_up=self.looks_up)

    def move(self, ref: str, status: str) -> None:
        next(order for order in self._orders.values() if order["reference"] == ref)["status"] = status

    def delete(self, ref: str) -> None:
        del self._orders[next(key for key, order in self._orders.items() if order["reference"] == ref)]

    def traces(self) -> object:
        return {key: dict(order) for key, order in self._orders.items()}


def test_the_documented_receiver_lives_through_the_demo(tmp_path: Path) -> None:
    with documented() as receiver:
        place = installed(tmp_path, receiver)
        for clock in DAYS:
            place.done("--strict", now=clock)
        checked = place.run("check")
    orders = {key.rpartition(":")[2]: order for key, order in receiver.shown["ORDERS"].items()}
    assert ends() == {one: order["status"] for one, order in orders.items()}
    assert {"webhook", "look-up", "currency"} <= {line["subject"] for line in checked.lines if line.get("grade") == "good"}


@pytest.mark.parametrize(
    ("believed", "age", "secret", "name"),
    [
        (True, 0, SECRET, "5f1c"),
        (False, 400, SECRET, "5f1c"),
        (False, -400, SECRET, "5f1c"),
        (False, 0, OTHER_SECRET, "5f1c"),
        (False, 0, SECRET, "5f1d"),
    ],
)
def test_the_documented_receiver_believes_whom_the_specification_believes(believed: bool, age: int, secret: str, name: str) -> None:
    body = '{"city":"Köln"}'
    then = datetime.now(UTC) - timedelta(seconds=age)
    signature = f"v1a,other {Webhook(secret).sign('5f1c', then, body)}"
    with documented() as receiver:
        genuine = receiver.shown["genuine"]
    stamp = str(int(then.timestamp()))
    assert believed is genuine({"HTTP_WEBHOOK_ID": name, "HTTP_WEBHOOK_TIMESTAMP": stamp, "HTTP_WEBHOOK_SIGNATURE": signature}, body.encode())
    assert not genuine({"HTTP_WEBHOOK_TIMESTAMP": stamp}, body.encode())
