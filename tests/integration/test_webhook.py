"""The webhook over a real socket: what it sends, what it makes of every answer, and that nothing is lost or doubled whatever breaks."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from otto_import.errors import ConfigError, CredentialsRefused, OttoImportError, ShopUnavailable
from otto_import.orders import ItemState
from otto_import.plan import Changed, Done, Grade, InDoubt, NotBegun, OrderKey, Outcome, Refused, Role, ShopOrder, ShopStatus, Writable
from otto_import.testing import samples
from otto_import.testing.basis import wrote
from otto_import.writers.webhook.writer import WebhookWriter
from tests.webhook_receiver import SECRET, Fault, Receiver, serving
from tests.webhook_sender import IMPATIENT, ROLES, open_webhook

ORDER = samples.order()
KEY = samples.key(ORDER)
CREATE = samples.create(ORDER, "processing")
CUT_BEFORE, CUT_AFTER = Fault(), Fault(done=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as listening:
        yield listening
    assert [] == listening.wrong


@pytest.fixture
def open_(receiver: Receiver, tmp_path: Path) -> Iterator[Callable[..., WebhookWriter]]:
    """Open as many writers as a test wants; all are closed after it."""
    opened: list[WebhookWriter] = []

    def opening(**options: Any) -> WebhookWriter:
        opened.append(open_webhook(receiver, tmp_path, **options))
        return opened[-1]

    yield opening
    for writer in opened:
        writer.close()


Open = Callable[..., WebhookWriter]


def outcome(writer: WebhookWriter, action: Writable = CREATE) -> Outcome:
    (found,) = writer.write([action])
    return found


def answering(number: int, /, **said: object) -> Fault:
    return Fault(number, body=json.dumps(said).encode())


# --- what is sent -------------------------------------------------------------------------------------------------------------------------------


def test_an_action_is_one_signed_post_to_the_address_as_it_was_written(receiver: Receiver, open_: Open) -> None:
    writer = open_(looks_up=False)
    assert Done(KEY, "R-1", "processing", Decimal("65.92")) == outcome(writer)
    (event,) = receiver.events
    assert ("order.created", KEY, 1) == (event["type"], event["otto_key"], writer.requests)
    assert [event["event_id"]] == [name for name, _ in receiver.attempts]


def test_the_same_event_has_the_same_id_whenever_it_is_sent(receiver: Receiver, open_: Open) -> None:
    outcome(open_())
    outcome(open_(now=lambda: samples.PAID))
    assert (2, 1, 1) == (len(receiver.attempts), len({name for name, _ in receiver.attempts}), len(receiver.orders))


def test_an_update_with_a_look_up_costs_two_requests_and_a_page_of_keys_three(receiver: Receiver, open_: Open) -> None:
    writer = open_()
    ref = wrote(writer, CREATE).ref
    wrote(writer, samples.update(ORDER, ref, "processing", "completed"))
    assert 3 == writer.requests
    writer.find([OrderKey(f"contract:{number}") for number in range(128)])
    assert 6 == writer.requests


def test_what_cannot_be_asked_for_is_nowhere(receiver: Receiver, open_: Open) -> None:
    writer = open_()
    odd = ["", "x" * 501, "K\ud83d", "a\x00b"]
    assert ({}, {}) == (writer.find([OrderKey(each) for each in odd]), writer.read(odd))
    assert [] == receiver.looked


def test_long_keys_are_parted_into_queries_that_servers_take(receiver: Receiver, open_: Open) -> None:
    keys = [OrderKey(f"{number:03}:" + "ü" * 90) for number in range(50)]
    open_().find(keys)
    assert all(len(query) < 6100 for query in receiver.looked)
    assert 50 == sum(query.count("key=") for query in receiver.looked)


def test_four_orders_are_on_their_way_at_once_and_no_more(receiver: Receiver, open_: Open) -> None:
    meeting = threading.Barrier(4)
    receiver.arrived = lambda: meeting.wait(timeout=20)
    actions = [samples.create(samples.order(number), "processing") for number in range(1, 13)]
    outcomes = list(open_(looks_up=False, concurrency=4).write(actions))
    assert ([Done] * 12, 4, 12) == ([type(each) for each in outcomes], receiver.most_at_once, len(receiver.orders))


def test_a_preview_sends_nothing_and_may_look(receiver: Receiver, open_: Open) -> None:
    wrote(open_(), CREATE)
    writer = open_(read_only=True)
    assert ["R-1"] == [hit.ref for hit in writer.find([KEY])[KEY]]
    with pytest.raises(RuntimeError, match="preview"):
        list(writer.write([CREATE]))
    assert [] == list(writer.write([]))
    assert 1 == len(receiver.attempts)


def test_what_cannot_be_an_event_is_refused_without_harm_to_the_others(receiver: Receiver, open_: Open) -> None:
    broken = samples.create(samples.order(2), "processing", delivery=replace(samples.ADDRESS, city="K\ud83d"))
    mute = samples.create(samples.order(3), None)
    outcomes = list(open_(looks_up=False).write([broken, mute, CREATE]))
    assert {Refused(broken.key, "unwritable_text"), Refused(mute.key, "no_status")} < set(outcomes)
    assert [KEY] == list(receiver.orders)


def test_goods_that_left_long_ago_are_told_as_such(receiver: Receiver, open_: Open) -> None:
    wrote(open_(), samples.create(samples.order(state=ItemState.SENT), "completed", spares_stock=True))
    assert receiver.events[0]["spares_stock"] is True


# --- what is answered ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(200, body=b""), Done(KEY, KEY, "processing", Decimal("65.92"))),
        (Fault(204, body=b""), Done(KEY, KEY, "processing", Decimal("65.92"))),
        (Fault(200, body=b"<html>thank you</html>"), Done(KEY, KEY, "processing", Decimal("65.92"))),
        (answering(202, status="ok"), Done(KEY, KEY, "processing", Decimal("65.92"))),
        (answering(200, reference="12"), Done(KEY, "12", "processing", Decimal("65.92"))),
        (answering(201, reference=12, status="held", total=65.93), Done(KEY, "12", "held", Decimal("65.93"))),
        (answering(409, reference="12"), Done(KEY, "12", "processing")),
        (answering(409, reference="12", status="processing", total="65.92"), Done(KEY, "12", "processing", Decimal("65.92"))),
        (Fault(409, body=b""), Done(KEY, KEY, "processing")),
        (
            answering(409, reference="12", status="held", total="1.00"),
            Changed(KEY, ShopOrder(ref="12", key=KEY, status="held", total=Decimal("1.00"))),
        ),
        (Fault(400, body=b""), Refused(KEY, "http_400")),
        (answering(422, code="out_of_stock", message="Zoë wants too much"), Refused(KEY, "http_422 out_of_stock")),
        (answering(422, code="Zoë wants too much"), Refused(KEY, "http_422")),
        (answering(410, reference="12"), Refused(KEY, "http_410")),
        (answering(404), Refused(KEY, "http_404")),
    ],
)
def test_each_answer_to_a_new_order_has_its_meaning(fault: Fault, expected: Outcome, receiver: Receiver, open_: Open) -> None:
    receiver.faults = [fault]
    assert expected == outcome(open_(looks_up=False))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(200, body=b""), Done(KEY, "R-1", "completed")),
        (answering(200, reference="R-1", total="65.92"), Done(KEY, "R-1", "completed", Decimal("65.92"))),
        (answering(409, reference="R-1", status="held"), Changed(KEY, ShopOrder(ref="R-1", key=KEY, status="held"))),
        (answering(409, reference="R-1", status="completed"), Changed(KEY, ShopOrder(ref="R-1", key=KEY, status="completed"))),
        (answering(409, reference="R-1"), Refused(KEY, "http_409")),
        (answering(409, status="error", code="locked"), Refused(KEY, "http_409 locked")),
        (answering(404), Refused(KEY, "http_404")),
    ],
)
@pytest.mark.parametrize("looks_up", [True, False])
def test_each_answer_to_an_update_has_its_meaning(fault: Fault, expected: Outcome, looks_up: bool, receiver: Receiver, open_: Open) -> None:
    writer = open_(looks_up=looks_up)
    ref = wrote(writer, CREATE).ref
    receiver.faults = [fault]
    assert expected == outcome(writer, samples.update(ORDER, ref, "processing", "completed"))


def test_a_new_order_that_was_there_before_is_looked_up_if_its_answer_does_not_tell(receiver: Receiver, open_: Open) -> None:
    writer = open_()
    wrote(writer, CREATE)
    receiver.faults = [Fault(409, body=b"")]
    assert Done(KEY, "R-1", "processing", Decimal("65.92")) == outcome(writer)
    receiver.move("R-1", "held")
    receiver.faults = [answering(409, reference="R-1")]
    found = outcome(writer)
    assert isinstance(found, Changed)
    assert ("R-1", "held") == (found.found and found.found.ref, found.found and found.found.status)


def test_two_orders_under_one_key_are_left_in_doubt_for_the_next_run_to_tell(receiver: Receiver, open_: Open) -> None:
    writer = open_()
    entries = [{"key": KEY, "reference": ref, "status": "processing"} for ref in ("7", "8", "8")]
    receiver.faults, receiver.blind = [Fault(409, body=b"")], [answering(200, orders=entries)] * 2
    assert InDoubt(KEY, "twice") == outcome(writer)
    assert ["7", "8"] == [hit.ref for hit in writer.find([KEY])[KEY]]


def test_a_total_that_the_receiver_adds_up_otherwise_is_told(receiver: Receiver, open_: Open) -> None:
    receiver.faults = [answering(200, reference="12", total="65.91")]
    assert Decimal("65.91") == wrote(open_(looks_up=False), CREATE).total


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_is_sent_elsewhere(status: int, receiver: Receiver, open_: Open) -> None:
    receiver.faults = [Fault(status, body=b"", headers={"Location": f"{receiver.url}/stolen"})] * 9
    with pytest.raises(ShopUnavailable, match="sends us elsewhere"):
        list(open_(looks_up=False).write([CREATE]))
    assert 3 == len(receiver.attempts)


@pytest.mark.parametrize("secret", ["another secret of the merchant's", "whsec_" + "QUJD" * 8])
def test_a_secret_that_is_not_the_receivers_ends_the_run(secret: str, receiver: Receiver, open_: Open) -> None:
    writer = open_(looks_up=False, table={"secret": secret})
    outcomes: list[Outcome] = []
    with pytest.raises(CredentialsRefused, match=r"does not accept the credentials: bad_signature \(POST http://127.0.0.1:\d+/…, HTTP 401\)"):
        outcomes.extend(writer.write([samples.create(samples.order(number), "processing") for number in range(1, 9)]))
    assert {} == receiver.orders


def test_a_text_of_the_merchants_own_signs_as_well(tmp_path: Path) -> None:
    text = "äußerst geheimer Text des Händlers"
    with serving(Receiver(text.encode())) as receiver, closing(open_webhook(receiver, tmp_path, table={"secret": text})) as writer:
        assert "R-1" == wrote(writer, CREATE).ref


def test_the_authorization_goes_to_both_addresses(receiver: Receiver, open_: Open) -> None:
    receiver.authorization = "Bearer 4711"
    writer = open_(table={"authorization": "Bearer 4711"})
    ref = wrote(writer, CREATE).ref
    assert [ref] == list(writer.read([ref]))
    with pytest.raises(CredentialsRefused, match="bad_authorization"):
        open_().read([ref])


# --- trying again -------------------------------------------------------------------------------------------------------------------------------

PASSING = [CUT_BEFORE, CUT_AFTER, *(Fault(status, done=done) for status in (408, 425, 429, 500, 502, 503, 504) for done in (False, True))]


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_what_may_pass_is_tried_again_under_the_same_id(fault: Fault, receiver: Receiver, open_: Open) -> None:
    receiver.faults = [fault, fault]
    assert Done(KEY, "R-1", "processing", Decimal("65.92")) == outcome(open_())
    assert (3, 1) == (len(receiver.attempts), len({name for name, _ in receiver.attempts}))
    assert (1, 1) == (len(receiver.orders), len(receiver.events))


def test_each_attempt_is_signed_anew_with_its_own_time(receiver: Receiver, open_: Open) -> None:
    receiver.faults = [Fault(503), Fault(503)]
    began = time.time()
    moments = iter([began - 290, began - 90, began])
    assert isinstance(outcome(open_(looks_up=False, clock=lambda: next(moments))), Done)
    stamps = [int(stamp) for _, stamp in receiver.attempts]
    assert [200, 90] == [later - earlier for earlier, later in pairwise(stamps)]


def test_a_look_up_that_is_asked_again_is_signed_anew(receiver: Receiver, open_: Open) -> None:
    receiver.blind = [Fault(503)]
    moments = iter([time.time() - 290, time.time()])
    names = iter(["lookup-1", "lookup-2"])
    assert {} == open_(clock=lambda: next(moments), new_id=lambda: next(names)).find([KEY])
    assert (2, None, None) == (len(receiver.looked), next(moments, None), next(names, None))


@pytest.mark.parametrize("fault", [CUT_BEFORE, CUT_AFTER, Fault(500), Fault(500, done=True)], ids=str)
@pytest.mark.parametrize("looks_up", [True, False])
def test_doubt_about_a_new_order_ends_in_one_order(fault: Fault, looks_up: bool, receiver: Receiver, open_: Open) -> None:
    receiver.faults = [fault]
    assert InDoubt(KEY, "no_answer" if fault.status is None else "http_500") == outcome(open_(looks_up=looks_up, patience=IMPATIENT))
    writer = open_(looks_up=looks_up)
    hits = writer.find([KEY]).get(KEY, ())
    assert (looks_up and fault.done) is bool(hits)
    assert "R-1" == (hits[0].ref if hits else wrote(writer, CREATE).ref)
    assert (1, {"SKU-1-lamp": 2, "SKU-1-book": 1}) == (len(receiver.orders), receiver.look("R-1").stock)


@pytest.mark.parametrize("fault", [CUT_BEFORE, CUT_AFTER, Fault(500), Fault(500, done=True)], ids=str)
def test_doubt_about_a_change_is_answered_by_sending_again(fault: Fault, receiver: Receiver, open_: Open) -> None:
    ref = wrote(open_(), CREATE).ref
    left = samples.without(ORDER, "order-1-1", "order-1-2")
    change = samples.update(ORDER, ref, "processing", "completed", left=left, note="a part was cancelled")
    receiver.faults = [fault]
    assert isinstance(outcome(open_(looks_up=False, patience=IMPATIENT), change), InDoubt)
    assert Done(KEY, ref, "completed", Decimal("25.94")) == outcome(open_(looks_up=False), change)
    assert (2, {"SKU-1-lamp": 1}, "a part was cancelled") == (len(receiver.events), receiver.look(ref).stock, receiver.look(ref).note)


def test_a_change_that_came_after_doubt_is_no_quarrel_with_the_merchant(receiver: Receiver, open_: Open) -> None:
    writer = open_(looks_up=False)
    ref = wrote(writer, samples.create(samples.order(state=ItemState.ANNOUNCED), "on-hold")).ref
    receiver.faults = [CUT_AFTER]
    assert isinstance(outcome(open_(looks_up=False, patience=IMPATIENT), samples.payment(ORDER, ref, "on-hold", "processing")), InDoubt)
    assert "completed" == wrote(writer, samples.payment(ORDER, ref, "on-hold", "completed")).status
    receiver.move(ref, "held")
    assert isinstance(outcome(writer, samples.update(ORDER, ref, "completed", "cancelled")), Changed)
    assert "held" == receiver.orders[KEY].status


def test_a_receiver_that_fails_order_after_order_ends_the_run(receiver: Receiver, open_: Open) -> None:
    receiver.refusing = lambda _: Fault(500)
    outcomes: list[Outcome] = []
    with pytest.raises(ShopUnavailable, match="5 writes in a row"):
        outcomes.extend(
            open_(looks_up=False, patience=IMPATIENT).write([samples.create(samples.order(number), "processing") for number in range(1, 21)])
        )
    assert len(receiver.attempts) < 12


def test_a_receiver_that_wants_us_slower_than_we_can_wait_ends_the_run(receiver: Receiver, open_: Open) -> None:
    receiver.refusing = lambda _: Fault(429, headers={"Retry-After": "3600"})
    with pytest.raises(ShopUnavailable, match="asks us to slow down"):
        list(open_(looks_up=False, patience=IMPATIENT).write([CREATE]))


def test_a_receiver_that_nobody_answers_for_is_away(open_: Open) -> None:
    writer = open_(looks_up=False, patience=IMPATIENT, table={"url": "http://127.0.0.1:9/otto"})
    outcomes: list[Outcome] = []
    with pytest.raises(ShopUnavailable, match="cannot be reached") as away:
        outcomes.extend(writer.write([CREATE]))
    assert not away.value.unsent
    assert [InDoubt(KEY, "shop away")] == outcomes


def test_one_order_that_the_receiver_cannot_bear_spoils_no_other(receiver: Receiver, open_: Open) -> None:
    receiver.refusing = lambda event: answering(422, code="no") if event["order_number"] == "bk0003" else None
    outcomes = list(open_(looks_up=False).write([samples.create(samples.order(number), "processing") for number in range(1, 7)]))
    assert (5, [Refused(OrderKey("contract:5f1c-3"), "http_422 no")]) == (
        len(receiver.orders),
        [each for each in outcomes if isinstance(each, Refused)],
    )


def test_after_a_stop_what_is_under_way_is_finished_and_nothing_more_begun(receiver: Receiver, open_: Open) -> None:
    asked = iter([False, False, True])
    outcomes = list(open_().write([samples.create(samples.order(number), "processing") for number in range(1, 9)], lambda: next(asked)))
    assert {Done: 2, NotBegun: 6} == {kind: sum(isinstance(each, kind) for each in outcomes) for kind in (Done, NotBegun)}
    assert 2 == len(receiver.orders)


# --- looking up ---------------------------------------------------------------------------------------------------------------------------------


def test_a_receiver_that_answers_everything_misleads_nobody(receiver: Receiver, open_: Open) -> None:
    writer = open_()
    refs = [wrote(writer, samples.create(samples.order(number), "processing")).ref for number in range(1, 6)]
    receiver.filters = False
    keys = [samples.key(samples.order(number)) for number in (2, 9)]
    assert {keys[0]: [refs[1]]} == {key: [hit.ref for hit in hits] for key, hits in writer.find(keys).items()}
    assert [refs[2]] == list(writer.read([refs[2], "R-9", "nobody:5f1c-1"]))
    assert [Grade.GOOD, Grade.GOOD, Grade.WARNING] == [finding.grade for finding in writer.check()]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"orders": {}}', b'"ok"', b"null"])
def test_an_answer_that_is_no_answer_is_never_taken_for_nothing_found(body: bytes, receiver: Receiver, open_: Open) -> None:
    receiver.blind = [Fault(200, body=body)] * 6
    with pytest.raises(ShopUnavailable, match="something else than"):
        open_().find([KEY])
    assert Grade.BAD in {finding.grade for finding in open_().check()}


def test_a_look_up_that_is_no_json_is_asked_for_again(receiver: Receiver, open_: Open) -> None:
    receiver.blind = [Fault(200, body=b"<html>one moment</html>"), Fault(500), CUT_BEFORE]
    assert {} == open_().find([KEY])
    assert 4 == len(receiver.looked)


@pytest.mark.parametrize("fault", [Fault(404, body=b""), Fault(403, body=b""), Fault(302, body=b"", headers={"Location": "/"}), Fault(401, body=b"")])
def test_a_look_up_that_is_refused_ends_the_run_before_anything_is_written(fault: Fault, receiver: Receiver, open_: Open) -> None:
    writer = open_()
    ref = wrote(writer, CREATE).ref
    receiver.blind = [fault] * 3
    with pytest.raises(OttoImportError, match=rf"GET http://127.0.0.1:\d+/…, HTTP {fault.status}"):
        list(writer.write([samples.update(ORDER, ref, "processing", "cancelled")]))
    assert "processing" == receiver.orders[KEY].status


def test_orders_without_a_reference_go_by_their_keys(receiver: Receiver, open_: Open) -> None:
    receiver.numbered = False
    writer = open_()
    assert KEY == wrote(writer, CREATE).ref
    assert [KEY, KEY] == [writer.read([KEY])[KEY].ref, writer.find([KEY])[KEY][0].ref]
    assert "completed" == wrote(writer, samples.update(ORDER, KEY, "processing", "completed")).status
    receiver.delete(KEY)
    assert ({}, Changed(KEY, None)) == (writer.read([KEY]), outcome(writer, samples.update(ORDER, KEY, "completed", "cancelled")))


def test_entries_that_are_no_orders_are_passed_over(receiver: Receiver, open_: Open) -> None:
    entries = [None, "R-1", {}, {"status": "open"}, {"key": [KEY], "reference": "R-1"}, {"key": KEY.upper(), "reference": "R-1", "status": "open"}]
    receiver.blind = [answering(200, orders=entries)]
    assert {} == open_().find([KEY])


def test_answers_of_any_size_are_survived(receiver: Receiver, open_: Open) -> None:
    huge = json.dumps({"reference": "12", "rest": "x" * (17 << 20)}).encode()
    receiver.faults = [Fault(200, done=True, body=huge)]
    writer = open_()
    assert InDoubt(KEY, "no_answer") == outcome(writer)
    receiver.blind = [Fault(200, body=huge)]
    with pytest.raises(ShopUnavailable, match="more than 16384 KiB"):
        writer.find([KEY])
    receiver.faults = [Fault(200, done=True, body=json.dumps({"reference": "x" * 100_000}).encode())]
    assert KEY == wrote(writer, CREATE).ref


@pytest.mark.parametrize("text", ["\x1b]0;pwned\x07", "R-1\r\nR-2", "\u202e1-R", "a\x00b", "x" * 201])
def test_hostile_references_are_not_taken(text: str, receiver: Receiver, open_: Open) -> None:
    receiver.faults = [answering(200, reference=text, status=text), answering(409, reference=text, status=text), answering(422, code=text)]
    writer = open_(looks_up=False)
    assert [KEY, KEY] == [wrote(writer, CREATE).ref for _ in range(2)]
    assert Refused(KEY, "http_422") == outcome(writer)
    receiver.blind = [answering(200, orders=[{"key": KEY, "reference": text, "status": text, "set_status": text}])]
    (hit,) = open_().find([KEY])[KEY]
    assert (KEY, None, True) == (hit.ref, hit.set_status, hit.status.isprintable())


def test_other_hosts_for_events_and_look_ups_are_counted_together(receiver: Receiver, open_: Open) -> None:
    with serving(Receiver()) as other:
        writer = open_(table={"lookup_url": f"{other.url}/otto/orders"})
        assert {} == writer.find([KEY])
        wrote(writer, CREATE)
    assert (2, 1, 1) == (writer.requests, len(other.looked), len(receiver.attempts))


# --- what it says of itself ---------------------------------------------------------------------------------------------------------------------


def test_it_is_named_by_its_address_and_asks_nobody_before_it_must(receiver: Receiver, open_: Open) -> None:
    ways = {looks_up: open_(looks_up=looks_up) for looks_up in (True, False)}
    (name,) = {writer.identity for writer in ways.values()}
    assert re.fullmatch(rf"{receiver.url}/… \([0-9a-f]{{16}}\)", name)
    assert len({name, open_(table={"url": f"{receiver.url}/otto/events"}).identity, open_(table={"url": receiver.url}).identity}) == 3
    assert ((True, 120), (False, 0)) == tuple((ways[looks].can_find, ways[looks].settle_seconds) for looks in (True, False))
    assert [0, 0] == [writer.requests for writer in ways.values()]


def test_statuses_are_those_of_the_config_and_nothing_is_known_of_what_they_do(open_: Open) -> None:
    assert [ShopStatus("a", "a"), ShopStatus("b", "b")] == open_(table={"statuses": ["a", "b"]}).statuses()
    assert [] == open_(looks_up=False).statuses()


def test_a_check_asks_for_nothing_and_sends_nothing(receiver: Receiver, open_: Open) -> None:
    found = {finding.subject: finding for finding in open_().check()}
    assert {"webhook", "currency", "look-up"} == found.keys()
    assert {Grade.GOOD} == {finding.grade for finding in found.values()}
    assert ("EUR" in found["currency"].text, [""], []) == (True, receiver.looked, receiver.attempts)


def test_a_check_without_a_look_up_says_that_nothing_can_be_proven(receiver: Receiver, open_: Open) -> None:
    found = {finding.subject: finding for finding in open_(looks_up=False, roles={**ROLES, Role.SENT: "processing"}).check()}
    assert "nothing can be proven without sending" in found["look-up"].text
    assert Grade.WARNING is found["look-up"].grade
    assert '"processing" stands for processable and sent' in found["webhook"].text
    assert ([], []) == (receiver.looked, receiver.attempts)


@pytest.mark.parametrize("table", [{"secret": "too short"}, {"authorization": "Bearer ä"}, {"secret": {"env": "A_VARIABLE_THAT_IS_NOT_SET"}}])
def test_a_secret_that_cannot_be_used_is_told_before_anything_is_sent(table: dict[str, Any], receiver: Receiver, open_: Open) -> None:
    writer = open_(table=table)
    with pytest.raises(ConfigError):
        list(writer.check())
    with pytest.raises(ConfigError):
        list(writer.write([CREATE]))
    assert ([], []) == (receiver.looked, receiver.attempts)


def test_a_program_that_asks_a_person_for_the_secret_is_run_once(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    text = "a text that a person typed in"
    program = f"import time; open({str(asked)!r}, 'a').write('x'); time.sleep(0.1); print({text!r})"
    table = {"secret": {"command": [sys.executable, "-S", "-c", program]}}
    with serving(Receiver(text.encode())) as receiver, closing(open_webhook(receiver, tmp_path, looks_up=False, table=table)) as writer:
        assert [Done] * 4 == [type(each) for each in writer.write([samples.create(samples.order(number), "processing") for number in range(4)])]
    assert "x" == asked.read_text(encoding="utf-8")


def test_secrets_and_buyers_stand_in_no_error_no_log_and_no_name(receiver: Receiver, open_: Open, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    table = {"authorization": "Bearer hunter2-hunter2"}
    told: list[str] = []
    receiver.authorization = table["authorization"]
    receiver.refusing = lambda _: Fault(503, headers={"Warning": "x"})
    writer = open_(table=table, patience=IMPATIENT)
    told += [repr(writer), repr(writer._settings), repr(list(writer.write([CREATE])))]
    receiver.refusing = lambda _: Fault(302, headers={"Location": "https://elsewhere.example"})
    with pytest.raises(ShopUnavailable) as away:
        list(writer.write([CREATE]))
    receiver.authorization = None
    with pytest.raises(CredentialsRefused) as refused:
        writer.find([KEY])
    for error in (away.value, refused.value):
        told += traceback.format_exception(error)
    said = "\n".join([*told, *logged(caplog)])
    assert f"POST {receiver.url}/…" in said
    key = Webhook(SECRET)._whsecret
    for secret in ("hunter2", SECRET, SECRET.removeprefix("whsec_"), repr(key), "D'Àrtagnan", "Gänsemarkt"):
        assert secret not in said


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Give what our own loggers said; those of the HTTP library are silenced by the program."""
    ours = [record for record in caplog.records if record.name.startswith("otto_import")]
    return [text for record in ours for text in (record.getMessage(), repr(vars(record)))]


def test_the_paths_of_its_addresses_may_be_secrets_and_stand_nowhere(receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    receiver.event_path, receiver.lookup_path = "/hooks/marked-event-path", "/marked-lookup-path/a/b"
    answers = (
        Fault(503), Fault(302, headers={"Location": f"{receiver.url}/marked-event-path"}), Fault(401), Fault(403), Fault(404), Fault(),
        Fault(200, body=b"<html>"), Fault(200, body=b"[]"), Fault(200, body=b"{}", headers={"Deprecation": "true", "Warning": "299 - old"}),
    )  # fmt: skip
    for fault in answers:
        with closing(open_webhook(receiver, tmp_path, patience=IMPATIENT)) as writer:
            told += [repr(writer), repr(writer._settings), writer.identity]
            for deed in (lambda: list(writer.write([CREATE])), lambda: writer.find([KEY]), lambda: list(writer.check())):
                receiver.faults, receiver.blind = [fault] * 5, [fault] * 5
                try:
                    told.append(repr(deed()))
                except OttoImportError as error:
                    told += traceback.format_exception(error)
    said = "\n".join([*told, *logged(caplog)])
    assert f"POST {receiver.url}/…" in said
    assert f"GET {receiver.url}/…" in said
    assert f"events go to {receiver.url}/…, signed" in said
    assert "marked" not in said
