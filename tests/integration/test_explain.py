"""One order as a story: told from the ledger, OTTO and the shop, each of which may keep silent, and changing none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from otto_import.errors import ServiceError, ShopUnavailable, UsageError
from otto_import.ledger.overlay import OverlayLedger
from otto_import.orders import ItemState
from otto_import.outcome import ActionName, Result
from otto_import.plan import OrderKey, PendingKind, ShopOrder, Stage
from otto_import.rules import Row, Verdict
from otto_import.story import Story
from otto_import.sync.house import House
from otto_import.sync.preview import PlannedShop
from otto_import.wiring.looking import explained
from tests.fakes import FakeShop
from tests.sync_world import World, world

A, P, S, CM = ItemState.ANNOUNCED, ItemState.PROCESSABLE, ItemState.SENT, ItemState.CANCELLED_BY_MARKETPLACE


def told(here: World, name: str = "otto-1", *, offline: bool = False, enabled: bool = True, **over: Any) -> Story:
    stories: list[Story] = []

    def job(house: House) -> Any:
        overlay = OverlayLedger(here.ledger)
        preview = replace(house, preview=True, ledger=overlay, writer=PlannedShop(house.writer, overlay))
        stories.append(explained(preview, name, offline=offline, enabled=enabled))

    here.run(job, **over)
    return stories[0]


class TiredShop(FakeShop):
    """Answer once, and be down from then on."""

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        self.requests += 1
        if self.requests > 1:
            where, text = "POST /orders/read", "is down"
            raise ShopUnavailable(where, text)
        return super().read(refs)


class AwayShop(FakeShop):
    """Be down whenever it is asked."""

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        msg = "POST /orders/find"
        raise ShopUnavailable(msg, "is down")

    def read(self, refs: Sequence[str]) -> Mapping[str, ShopOrder]:
        msg = "POST /orders/read"
        raise ShopUnavailable(msg, "is down")


def test_the_story_of_an_order_that_was_announced_and_then_paid() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (30, (P,)))
        here.run()
        here.pass_hours(31)
        story = told(here)

    assert ["buyer", "otto", "deed"] == [moment.who for moment in story.timeline]
    assert "we made an order of it in the shop, which shows on-hold: announced: goods reserved, not yet paid, do not ship" == story.timeline[2].text
    assert ("OTTO said ANNOUNCED", "OTTO says PROCESSABLE") == (story.timeline[1].text, story.otto.text)
    assert story.shop.text.startswith("the shop's order 1 shows on-hold, total 22.94 EUR, not paid")
    assert story.rule is not None
    assert (Row.PROCESSABLE, Stage.ANNOUNCED, Verdict.MOVE, True) == (story.rule.row, story.rule.stage, story.rule.verdict, story.rule.fresh)
    assert "the next run would set it in the shop from on-hold to processing: paid: ready to ship" == story.ahead.text
    assert story.ahead.line is not None
    assert (ActionName.UPDATE, Result.PLANNED) == (story.ahead.line.action, story.ahead.line.result)
    assert [(P, "SKU-1")] == [(item.state, item.sku) for item in story.items]


def test_telling_changes_neither_ledger_nor_shop() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (30, (P,)))
        here.run()
        here.pass_hours(31)
        before = (here.known(), here.in_shop(), here.ledger.runs(9))
        told(here)
        assert before == (here.known(), here.in_shop(), here.ledger.runs(9))


@pytest.mark.parametrize("name", ["otto-1", "number1", "NUMBER1"])
def test_an_order_is_found_by_either_name(name: str) -> None:
    with world() as here:
        here.order(1, (0, (P,)))
        here.run()
        assert ("otto-1", "number1") == ((story := told(here, name)).sales_order_id, story.order_number)


def test_an_order_the_ledger_does_not_know_is_told_by_ottos_word() -> None:
    with world() as here:
        here.order(1, (0, (P,)))
        story = told(here)
    assert story.known is None
    assert "the shop does not have it" == story.shop.text
    assert "the next run would create it in the shop as processing: paid: ready to ship" == story.ahead.text


def test_an_order_nobody_knows_is_wrong_usage() -> None:
    with world() as here, pytest.raises(UsageError, match="neither OTTO nor the ledger knows an order otto-9; give its orderNumber"):
        told(here, "otto-9")


def test_offline_an_order_the_ledger_does_not_know_is_wrong_usage() -> None:
    with world() as here:
        here.order(1, (0, (P,)))
        with pytest.raises(UsageError, match="OTTO was not asked"):
            told(here, offline=True)


def test_where_otto_is_away_the_ledger_and_the_shop_tell_what_they_know() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.run()
        here.otto.away = 1
        story = told(here)
    assert (False, "OTTO: is away (GET /v4/orders)") == (story.otto.answered, story.otto.text)
    assert "on-hold" in story.shop.text
    assert story.rule is not None
    assert (Row.ANNOUNCED, Stage.ANNOUNCED, False) == (story.rule.row, story.rule.stage, story.rule.fresh)
    assert ("what the next run would do cannot be told without OTTO's word", None) == (story.ahead.text, story.ahead.line)


def test_where_otto_is_away_and_the_ledger_knows_nothing_there_is_nothing_to_tell() -> None:
    with world() as here:
        here.otto.away = 1
        with pytest.raises(ServiceError, match="is away"):
            told(here)


def test_offline_neither_otto_nor_a_shop_over_the_network_is_asked() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.run()
        here.shop = AwayShop(lambda: here.now, settle_seconds=120)
        before = here.otto.requests
        story = told(here, offline=True)
        assert before == here.otto.requests
    assert ("not asked (--offline)", "not asked (--offline)") == (story.otto.text, story.shop.text)


def test_offline_a_shop_on_this_machine_is_asked() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.run()
        here.shop.settle_seconds = 0
        story = told(here, offline=True)
    assert "shows on-hold" in story.shop.text


def test_where_the_shop_is_away_the_rest_is_told() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.run()
        here.shop = AwayShop(lambda: here.now)
        story = told(here)
    assert (False, "the shop: is down (POST /orders/read)", True) == (story.shop.answered, story.shop.text, story.otto.answered)
    assert "what the next run would do cannot be told without the shop's word" == story.ahead.text


def test_a_shop_that_goes_away_while_it_is_asked_leaves_the_rest_to_be_told() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (30, (P,)))
        here.run()
        here.shop = TiredShop(lambda: here.now, orders=here.shop.orders)
        here.pass_hours(31)
        story = told(here)
    assert "shows on-hold" in story.shop.text
    assert "what the next run would do cannot be told: the shop: is down (POST /orders/read)" == story.ahead.text


def test_a_shop_that_only_takes_events_is_not_asked_and_the_next_run_is_told_all_the_same() -> None:
    with world(can_find=False) as here:
        here.shop.can_find = False
        here.order(1, (0, (A,)), (30, (P,)))
        here.run()
        here.pass_hours(31)
        story = told(here)
    assert (False, "this shop only takes events and cannot be asked") == (story.shop.answered, story.shop.text)
    assert story.ahead.text.startswith("the next run would set it in the shop from on-hold to processing")


def test_an_order_deleted_in_the_shop_is_told_so() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (30, (P,)))
        here.run()
        here.shop.delete("1")
        here.pass_hours(31)
        story = told(here)
    assert "the shop no longer has its order 1" == story.shop.text
    assert story.ahead.text.startswith("the next run would report a conflict: deleted in the shop")


def test_an_order_set_aside_tells_why_and_when_it_is_looked_at_next() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (30, (P,)))
        here.run()
        here.shop.move("1", "packed")
        here.pass_hours(31)
        here.run()
        here.run()
        here.run()
        story = told(here)
    assert story.known is not None
    assert story.known.pending is not None
    assert PendingKind.CONFLICT == story.known.pending.kind
    assert story.known.pending.next_at == story.ahead.not_before
    assert story.ahead.text.startswith(
        "nothing yet, unless OTTO changes it or you `retry` it; then it would report a conflict: paid, but the shop says packed"
    )
    assert any(moment.text.startswith("we left it waiting: paid, but the shop says packed") for moment in story.timeline)


def test_a_cancellation_the_guard_held_back_waits_for_a_person() -> None:
    with world() as here:
        here.order(1, (0, (P,)), (30, (CM,)))
        here.run()
        here.limit = 0
        here.pass_hours(31)
        here.run()
        story = told(here)
    assert story.ahead.text.startswith("nothing until `sync --force`, or `retry` with its number; then it would hold its cancellation back")


def test_a_write_that_never_ended_is_told_as_in_doubt() -> None:
    with world() as here:
        here.order(1, (0, (P,)))
        here.shop.faults = ["doubt"]
        here.run()
        story = told(here)
    assert story.known is not None
    assert story.known.intention is not None
    assert "processing" == story.known.intention.status


def test_an_order_otto_no_longer_shows_is_held_not_cancelled() -> None:
    with world() as here:
        here.order(1, (0, (P,)))
        here.run()
        here.otto.lives.clear()
        story = told(here)
    assert (None, "OTTO does not know this order (HTTP 404)") == (story.rule, story.otto.text)
    assert "number1" == story.order_number
    assert "the next run would wait: OTTO does not know this order (HTTP 404)" == story.ahead.text


def test_with_the_import_switched_off_the_next_run_does_nothing() -> None:
    with world() as here:
        here.order(1, (0, (P,)))
        assert "import.enabled is false" in told(here, enabled=False).ahead.text


def test_past_the_deadline_the_rule_says_so() -> None:
    with world() as here:
        here.order(1, (0, (A,)))
        here.run()
        here.pass_hours(24 * 8)
        story = told(here)
        offline = told(here, offline=True)
    assert story.rule is not None
    assert (Row.ANNOUNCED_LATE, "unpaid after 7 days") == (story.rule.row, story.rule.reason)
    assert "the next run would cancel it in the shop (on-hold → cancelled): unpaid after 7 days" == story.ahead.text
    assert offline.rule is not None
    assert (Row.ANNOUNCED_LATE, False) == (offline.rule.row, offline.rule.fresh)


def test_with_announced_import_off_the_rule_is_that_row() -> None:
    with world(announced=False) as here:
        here.order(1, (0, (A,)))
        story = told(here)
    assert story.rule is not None
    assert (Row.ANNOUNCED_OFF, Verdict.SKIP) == (story.rule.row, story.rule.verdict)
    assert "the next run would leave it as it is: announced (not yet paid or checked)" in story.ahead.text


def test_what_the_shop_says_may_move_the_column_of_the_rule() -> None:
    with world() as here:
        here.order(1, (0, (A,)), (30, (P,)))
        here.run()
        here.shop.move("1", "completed")
        here.pass_hours(31)
        story = told(here)
    assert story.rule is not None
    assert Stage.FULFILLED == story.rule.stage
