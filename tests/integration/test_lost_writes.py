"""Orders whose write is lost each time: they wait with growing pauses, are set aside at last, and hold up no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

import pytest

from otto_import.errors import ShopUnavailable
from otto_import.orders import ItemState
from otto_import.plan import LOST, Create, OrderKey, Outcome, ShopOrder, Writable
from otto_import.sync import jobs
from otto_import.writers.base import never
from otto_import.writers.web.carrying import carry_out, one_by_one
from otto_import.writers.web.client import Doubt, Refusal
from tests import build
from tests.fakes import FakeShop
from tests.sync_world import World, world

P, C = ItemState.PROCESSABLE, ItemState.CANCELLED_BY_MARKETPLACE
MINUTES = 1 / 60


class LosingShop(FakeShop):
    """Answer questions, but never the creation of some orders."""

    def __init__(self, world: World, *numbers: int, error: Exception | None = None, batch: int = 1) -> None:
        super().__init__(lambda: world.now)
        self.batch = batch
        self.loses: set[OrderKey] = {build.key(number) for number in numbers}
        self.error = error or Doubt("POST /orders", "http_500")
        self.tries = 0
        self.asked = 0

    def find(self, keys: Sequence[OrderKey]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Answer, and count the keys."""
        self.asked += len(keys)
        return super().find(keys)

    def write(self, actions: Sequence[Writable], stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """Write as the built-in writers of web shops do."""

        def deed(batch: Sequence[Writable]) -> Iterator[Outcome]:
            if any(isinstance(action, Create) and action.key in self.loses for action in batch):
                self.tries += 1
                raise self.error
            yield from (self.one(action) for action in batch)

        def alone(action: Writable) -> Outcome:
            return next(deed([action]))

        yield from carry_out(actions, one_by_one(alone) if self.batch == 1 else deed, concurrency=1, stop=stop, batch=self.batch)


def test_an_order_that_is_lost_each_time_is_tried_with_pauses_and_set_aside() -> None:
    with world() as here:
        shop = here.shop = LosingShop(here, 1)
        here.order(1, (0, (P,)))
        for _ in range(29):
            here.run()
            here.pass_hours(7)
        summary = here.run()
        known = here.known()
        event = here.ledger.history(build.key(1))[-1]

    assert (11, 1, 1, 0, 1, 1) == (shop.tries, summary.set_aside, summary.in_doubt, summary.failed, summary.set_aside_paid, summary.exit)
    assert known is not None
    assert known.pending is not None
    assert (LOST, 10, None) == (known.pending.reason.code, known.pending.attempts, known.pending.next_at)
    assert event.text.startswith("set aside after 10 looks: the shop loses it again and again (http_500)")


def test_its_pauses_grow_and_cost_nothing_in_between() -> None:
    with world() as here:
        shop = here.shop = LosingShop(here, 1)
        here.order(1, (0, (P,)))
        tried = []
        for _ in range(26):
            here.run()
            tried.append(shop.tries)
            here.pass_hours(5 * MINUTES)
        asked = shop.asked

    # After the second loss at once, then 1, 5, 15, 60 minutes: the runs come every five.
    assert [1, 2, 3, 4, 5, 5, 5, 6, 6] == tried[:9]
    assert (7, 7) == (tried[-1], asked)


def test_what_otto_says_anew_ends_the_pause() -> None:
    with world() as here:
        shop = here.shop = LosingShop(here, 1)
        here.order(1, (0, (P,)), (3, (C,)))
        for _ in range(30):
            here.run()
            here.pass_hours(5 * MINUTES)
        here.pass_hours(2)
        summary = here.run()

    assert (0, 0, {}) == (summary.in_doubt, summary.set_aside, shop.orders)


@pytest.mark.parametrize("error", [Doubt("POST /orders", "http_500"), Refusal("POST /orders", 403, "http_403")])
def test_many_orders_that_are_lost_each_time_hold_up_no_others(error: Exception) -> None:
    with world() as here:
        here.otto.page_size = 50
        shop = here.shop = LosingShop(here, *range(1, 8), error=error)
        for number in range(1, 8):
            here.order(number, (0, (P,)))
        first = here.run()
        here.pass_hours(5 * MINUTES)
        here.order(8, (0, (P,)))
        second = here.run()
        for _ in range(59):
            here.pass_hours(7)
            here.run()
        here.pass_hours(7)
        summary = here.run()
        here.order(9, (0, (P,)))
        last = here.run()

        assert (5, 5) == (first.exit, second.exit)
        assert ("processing", "processing") == (here.status(8), here.status(9))
        assert (7, 1) == (summary.set_aside, last.exit)
        assert 2 == len(shop.orders)


def test_retry_brings_lost_orders_back_once_the_shop_is_mended() -> None:
    with world() as here:
        shop = here.shop = LosingShop(here, 1, 2)
        here.order(1, (0, (P,)))
        here.order(2, (0, (P,)))
        for _ in range(30):
            here.run()
            here.pass_hours(7)
        shop.loses.clear()
        idle = here.run()
        retried = here.run(lambda house: jobs.retry(house, []))

        assert (2, 0) == (idle.set_aside, idle.created)
        assert (2, 0, 0, 0) == (retried.created, retried.set_aside, retried.in_doubt, retried.exit)
        assert [1, 1] == [len(here.in_shop(number)) for number in (1, 2)]


def test_a_shop_that_goes_away_counts_no_attempts() -> None:
    with world() as here:
        shop = here.shop = LosingShop(here, 1, error=ShopUnavailable("POST /orders", "is down"))
        here.order(1, (0, (P,)))
        for _ in range(14):
            here.run()
            here.pass_hours(7)
        summary = here.run()
        shop.loses.clear()
        here.pass_hours(1)
        mended = here.run()

        assert (5, 1, 0) == (summary.exit, summary.in_doubt, summary.set_aside)
        assert (1, 0, 0) == (mended.created, mended.in_doubt, mended.exit)


def test_a_lost_order_waits_in_the_sweep_too() -> None:
    with world() as here:
        shop = here.shop = LosingShop(here, 1)
        here.order(1, (0, (P,)))
        for _ in range(40):
            here.run()
            here.pass_hours(7)
        before = shop.tries
        here.now += timedelta(days=2)
        here.run()

    assert before == shop.tries


def test_a_shop_that_answers_questions_but_takes_no_writes_is_tried_ever_less() -> None:
    with world() as here:
        here.otto.page_size = 50
        shop = here.shop = LosingShop(here, *range(1, 100))
        for number in range(1, 41):
            here.order(number, (0, (P,)))
        doubts = []
        for _ in range(6):
            doubts.append(here.run().in_doubt)
            here.pass_hours(5 * MINUTES)
        shop.loses.clear()
        for _ in range(5):
            here.pass_hours(7)
            summary = here.run()
            assert 0 == summary.set_aside
        alone = [len(here.in_shop(number)) for number in range(1, 41)]

    # The first run ends after five losses; while those are tried again, one new order goes ahead; once they all pause, five new ones are.
    assert [5, 6, 7, 8, 9, 14] == doubts
    assert [1] * 40 == alone


def test_a_shop_that_cannot_be_asked_sets_one_lost_order_aside_as_well() -> None:
    with world(can_find=False) as here:
        shop = here.shop = LosingShop(here, 1)
        here.order(1, (0, (P,)))
        here.order(2, (0, (P,)))
        for _ in range(29):
            here.run()
            here.pass_hours(7)
        summary = here.run()

        assert (11, 1, "processing") == (shop.tries, summary.set_aside, here.status(2))


def test_where_nobody_can_look_up_who_is_at_fault_all_take_turns() -> None:
    with world(can_find=False) as here:
        here.otto.page_size = 50
        shop = here.shop = LosingShop(here, *range(1, 10))
        for number in range(1, 10):
            here.order(number, (0, (P,)))
        for _ in range(4):
            here.run()
            here.pass_hours(5 * MINUTES)
        shop.loses -= {build.key(8), build.key(9)}
        here.order(10, (0, (P,)))
        for _ in range(20):
            here.run()
            here.pass_hours(5 * MINUTES)

        assert ["processing"] * 3 == [here.status(number) for number in (8, 9, 10)]
        assert 0 == here.ledger.standing().set_aside


def test_an_order_that_a_shop_chokes_on_drags_down_the_others_of_its_batch_only_once() -> None:
    with world() as here:
        here.otto.page_size = 50
        here.shop = LosingShop(here, 3, batch=10)
        for number in range(1, 9):
            here.order(number, (0, (P,)))
        first = here.run()
        here.pass_hours(5 * MINUTES)
        second = here.run()

        assert (0, 8) == (first.created, first.in_doubt)
        assert (7, 1) == (second.created, second.in_doubt)
