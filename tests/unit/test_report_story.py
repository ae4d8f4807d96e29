"""A story for people and for programs: each paragraph only where there is something to say."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from otto_import.ledger.base import Event, EventKind
from otto_import.orders import ItemState, Order
from otto_import.outcome import ActionName, OrderLine, Result
from otto_import.plan import Intention, IntentionKind, Known, OrderKey, Pending, PendingKind, Reason, ShopOrder, Stage
from otto_import.report.jsonlines import json_text
from otto_import.report.sheet import Sheet
from otto_import.report.story import show_story
from otto_import.report.storyfields import story_fields
from otto_import.story import Heard, Story, tell
from otto_import.story.ahead import ahead_of
from tests.build import NOW, key, known, order, policy, reading, shop_order
from tests.jobs import line

pytestmark = pytest.mark.usefixtures("stable_terminal")

PENDING = Pending(kind=PendingKind.CONFLICT, reason=Reason("moved", "paid, but the shop says packed"), attempts=3, since=NOW, next_at=NOW)
DOUBT = Intention(kind=IntentionKind.CREATE, stage=Stage.PROCESSABLE, status="processing", expected=None, at=NOW)
A, P, CP = ItemState.ANNOUNCED, ItemState.PROCESSABLE, ItemState.CANCELLED_BY_PARTNER


def story(of: Order | None = None, remembered: Known | None = None, found: tuple[ShopOrder, ...] | None = None, **over: Any) -> Story:
    heard = Heard(
        now=NOW, wall=NOW, reading=reading(of) if of else None, found=found, **{"otto_silence": "not asked", "shop_silence": "away", **over}
    )
    return tell(key(), remembered, (Event(NOW, EventKind.OTTO, "PROCESSABLE", "OTTO says PROCESSABLE"),), heard, policy())


def shown(told: Story) -> str:
    out = io.StringIO()
    show_story(told, out, columns=None)
    return out.getvalue()


def test_what_waits_is_told_with_its_tries_and_its_next_look() -> None:
    text = shown(story(order(), known(Stage.PROCESSABLE, pending=PENDING, intention=DOUBT, overdue=True, accepted="x")))
    assert "in conflict      paid, but the shop says packed (since 2026-06-09 14:00 CEST, looked at 3 times)" in text
    assert "looked at again  by the first run from 2026-06-09 14:00 CEST on, or now by `otto-import retry`" in text
    assert "in doubt         a write begun 2026-06-09 14:00 CEST (create to processing) noted no end" in text
    assert "overdue, taken as it is, by your word" in text


def test_a_cancellation_held_back_names_no_time() -> None:
    text = shown(story(order(), known(Stage.PROCESSABLE, pending=replace(PENDING, kind=PendingKind.HELD_BACK, attempts=1))))
    assert "held back by the guard  paid, but the shop says packed (since 2026-06-09 14:00 CEST)" in text
    assert "looked at again" not in text


def test_where_nothing_waits_there_is_no_such_paragraph() -> None:
    assert "What waits" not in shown(story(order(), known(Stage.PROCESSABLE)))


def test_of_an_order_the_ledger_does_not_know_that_is_said() -> None:
    text = shown(story(order()))
    assert "Order number1 (otto-1): unknown to the ledger" in text
    assert "ledger  nothing is remembered of it" in text


def test_without_otto_the_items_are_those_last_written_and_the_rule_is_the_remembered_one() -> None:
    text = shown(story(None, known(Stage.ANNOUNCED, otto_state=A, placed_at=None)))
    assert "as last written  1-0" in text
    assert "OTTO says  ANNOUNCED, import on, before the deadline (as the ledger remembers)" in text
    assert "the buyer ordered" not in text


def test_without_any_word_of_otto_there_is_no_rule() -> None:
    assert "The rule" not in shown(story(None, known(Stage.NEVER, items=())))


def test_an_item_tells_since_when_and_why() -> None:
    of = order(CP)
    item = replace(of.items[0], cancelled_at=NOW, cancellation_reason="OUT_OF_STOCK", ship_by=NOW + timedelta(days=1))
    text = shown(story(replace(of, items=(item,))))
    assert "CANCELLED_BY_PARTNER  SKU-1 Kühlschrank, 19.99 EUR, since 2026-06-09 14:00 CEST, OUT_OF_STOCK" in text
    assert "ship by" not in text


def test_an_order_known_by_its_key_alone_is_named_by_it() -> None:
    bare = Known(key=OrderKey("main:#1"), sales_order_id=None, order_number=None)
    assert "Order main:otto-1: never imported" in shown(story(None, bare))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("the shop's order 12 shows processing, total 22.94 EUR, paid", (shop_order("processing"),)),
        ("not paid, placeholder address, written only in part", (shop_order("processing", paid=False, addressed=False, complete=False),)),
        ("the shop's order 12 shows open", (shop_order("open", total=None, paid=None, complete=None, addressed=None),)),
        ("it is not this order: it carries another OTTO key, or none", (shop_order("processing", key=None),)),
        ("order 12 shows processing, total 22.94 EUR, paid; the shop's order 15", (shop_order("processing"), shop_order("processing", ref="15"))),
        ("the shop no longer has its order 12", ()),
        ("away", None),
    ],
)
def test_the_shops_word_is_told_as_it_is(said: str, found: tuple[ShopOrder, ...] | None) -> None:
    assert said in story(order(), known(Stage.PROCESSABLE), found).shop.text


def test_control_characters_have_no_effect() -> None:
    assert "\x1b" not in shown(story(order(), known(Stage.PROCESSABLE, status="\x1b[2J"), (shop_order("\x1b[2J"),)))


def test_the_object_for_programs_has_the_same_facts_in_utc() -> None:
    told = story(order(), known(Stage.PROCESSABLE, pending=PENDING, intention=DOUBT), (shop_order("packed"),), planned=line(), unplanned="")
    fields = json.loads(json_text(story_fields(told), Sheet(None)))
    assert ("story", "otto-1", "number1", "main:otto-1") == tuple(fields[name] for name in ("type", "sales_order_id", "order_number", "key"))
    assert ("2026-06-09T12:00:00.000Z", "conflict") == (fields["told_at"], fields["pending"]["kind"])
    assert ("create", "packed", "22.94") == (fields["in_doubt"]["kind"], fields["shop"]["orders"][0]["status"], fields["shop"]["orders"][0]["total"])
    assert ("PROCESSABLE", "imported as processable", True) == tuple(fields["rule"][name] for name in ("otto_says", "we_know", "fresh"))
    assert ("SKU-1", "19.99") == (fields["items"][0]["sku"], fields["items"][0]["price"])
    assert "create" == fields["next"]["order"]["action"]


def test_the_object_has_all_its_fields_where_little_is_known() -> None:
    full = story_fields(story(order(), known(Stage.PROCESSABLE, pending=PENDING), (shop_order("packed"),), planned=line()))
    bare = story_fields(story(None, None, unplanned="it cannot be told"))
    assert list(full) == list(bare)
    assert (None, False, None) == (bare["rule"], bare["known"], bare["pending"])


@pytest.mark.parametrize(
    ("said", "planned"),
    [
        ("create it in the shop as processing: paid", line()),
        ("set it in the shop from on-hold to processing: paid", line(action=ActionName.UPDATE, previous_shop_status="on-hold")),
        ("update it in the shop, where it stays processing: paid", line(action=ActionName.UPDATE, shop_status_found="processing")),
        (
            "cancel it in the shop (processing → cancelled): paid",
            line(action=ActionName.UPDATE, cancels=True, shop_status="cancelled", shop_status_found="processing"),
        ),
        ("take it over as the shop has it (processing): paid", line(action=ActionName.ADOPT)),
        ("wait: paid", line(action=ActionName.HOLD)),
        ("report a conflict: paid", line(action=ActionName.CONFLICT)),
        ("leave it as it is: paid", line(action=ActionName.SKIP)),
        ("hold its cancellation back, because limits.max_cancellations is reached: paid", line(action=ActionName.UPDATE, result=Result.HELD_BACK)),
    ],
)
def test_what_comes_next_is_told_as_a_deed(said: str, planned: OrderLine) -> None:
    assert f"the next run would {said}" == ahead_of(planned, None, NOW).text


def test_an_order_whose_time_has_come_is_looked_at_by_the_next_run() -> None:
    waiting = known(Stage.PROCESSABLE, pending=PENDING)
    assert ahead_of(line(), waiting, NOW).text.startswith("the next run would create")
    assert NOW == ahead_of(line(), waiting, NOW - timedelta(seconds=1)).not_before


def test_an_order_in_doubt_does_not_wait() -> None:
    waiting = known(Stage.PROCESSABLE, pending=replace(PENDING, next_at=NOW + timedelta(hours=1)), intention=DOUBT)
    assert ahead_of(line(), waiting, NOW).not_before is None
