"""The shop has a say: a merchant works in the shop between the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.system_shop import DAYS, STATUS, Ended, Place
from tests.system_world import check_goods, ends, order_id, order_number

MOVE = "UPDATE orders SET status = ? WHERE sales_order_id = ?"
DELETE = "DELETE FROM orders WHERE sales_order_id = ?"
WEDNESDAY = order_id("paid_on_wednesday")  # announced on the first day, payable on the second, sent on the fourth
PARTLY = order_id("partly_cancelled")  # payable on the first day, a line less on the second
CANCELLED = order_id("cancelled_after_payment", "06-08")  # payable on the first day, cancelled by OTTO on the second
NEVER = order_id("never_paid", "06-04")  # announced; the deadline passes on the second day


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give a shop after its first run."""
    place = Place(tmp_path)
    place.done(now=DAYS[0])
    return place


def _receiver(place: Place, one: str) -> tuple[Any, ...]:
    (row,) = place.asked(
        "SELECT paid_at IS NOT NULL, placeholder FROM orders AS o JOIN order_addresses AS a ON a.order_id = o.id WHERE sales_order_id = ? AND kind = 'delivery'",
        one,
    )
    return row


def _conflict(place: Place, run: Ended, one: str, says: str) -> None:
    assert 1 == run.code
    assert ("conflict", True) == (run.told(one)["action"], run.told(one)["new"])
    assert says in run.told(one)["reason"]
    assert 1 == run.summary["conflicts"]


# --- another status -------------------------------------------------------------------------------------------------------------------------


def test_a_moved_order_that_is_paid_keeps_its_status_gets_its_address_and_is_a_conflict(place: Place) -> None:
    place.merchant(MOVE, "packing", WEDNESDAY)
    assert (0, 1) == _receiver(place, WEDNESDAY)
    run = place.sync(now=DAYS[1])
    _conflict(place, run, WEDNESDAY, "paid, but the shop says packing")
    assert "packing" == place.status(WEDNESDAY)
    assert (1, 0) == _receiver(place, WEDNESDAY)


def test_a_conflict_exits_with_1_once_and_a_paid_order_set_aside_each_time(tmp_path: Path) -> None:
    place = Place(tmp_path, limits={"give_up_after": 2})
    place.done(now=DAYS[0])
    place.merchant(MOVE, "packing", WEDNESDAY)
    runs = [place.sync(now=DAYS[1]) for _ in range(4)]
    assert [(1, 0), (1, 1), (1, 1), (1, 1)] == [(run.code, run.summary["set_aside_paid"]) for run in runs]
    assert [True, True, False, False] == [any(line["type"] == "order" for line in run.lines) for run in runs]
    assert [0] == [place.run("retry", now=DAYS[1]).summary["set_aside"]]
    assert "packing" == place.status(WEDNESDAY)


def test_a_conflict_that_is_no_news_exits_with_0(place: Place) -> None:
    place.merchant(MOVE, "packing", WEDNESDAY)
    assert [1, 0, 0] == [place.sync(now=DAYS[1]).code for _ in range(3)]


def test_a_moved_order_that_otto_cancels_is_left_alone(place: Place) -> None:
    place.merchant(MOVE, "packing", CANCELLED)
    _conflict(place, place.sync(now=DAYS[2]), CANCELLED, "the goods may be leaving")
    assert "packing" == place.status(CANCELLED)
    assert place.stock()[CANCELLED] > 0


def test_a_moved_order_of_which_a_part_is_cancelled_is_left_alone(place: Place) -> None:
    place.merchant(MOVE, "packing", PARTLY)
    _conflict(place, place.sync(now=DAYS[1]), PARTLY, "the goods may be leaving")
    assert ("packing", 3) == (place.status(PARTLY), place.stock()[PARTLY])


def test_a_moved_order_is_not_cancelled_by_our_deadline(place: Place) -> None:
    forgotten = order_id("forgotten", "06-04")
    place.merchant(MOVE, "packing", forgotten)
    _conflict(place, place.sync(now=DAYS[3]), forgotten, "unpaid after 7 days")
    assert "packing" == place.status(forgotten)


def test_a_conflict_exits_with_1_when_it_is_new_and_with_0_while_it_stands_but_for_strict(place: Place) -> None:
    place.merchant(MOVE, "packing", CANCELLED)
    assert [1, 0, 0] == [place.sync(now=DAYS[2]).code for _ in range(3)]
    assert 1 == place.sync("--strict", now=DAYS[2]).code
    assert 1 == place.done(now=DAYS[3]).summary["conflicts"]


def test_a_conflict_ends_when_the_merchant_moves_the_order_back(place: Place) -> None:
    place.merchant(MOVE, "packing", CANCELLED)
    assert 1 == place.sync(now=DAYS[2]).code
    place.merchant(MOVE, "processing", CANCELLED)
    after = place.done("--strict", now=DAYS[2])
    assert (1, 0) == (after.summary["updated"], after.summary["conflicts"])
    assert "cancelled" == place.status(CANCELLED)


def test_a_conflict_ends_when_the_merchant_cancels_the_order_himself(place: Place) -> None:
    place.merchant(MOVE, "packing", CANCELLED)
    assert 1 == place.sync(now=DAYS[2]).code
    place.merchant(MOVE, "cancelled", CANCELLED)
    after = place.done("--strict", now=DAYS[2])
    assert ("adopt", "done") == (after.told(CANCELLED)["action"], after.told(CANCELLED)["result"])


def test_accepting_a_conflict_takes_the_shop_as_it_is_for_good(place: Place) -> None:
    place.merchant(MOVE, "packing", CANCELLED)
    assert 1 == place.sync(now=DAYS[2]).code
    accepted = place.run("retry", order_number("cancelled_after_payment", "06-08"), "--accept", now=DAYS[2])
    assert (0, 0) == (accepted.code, accepted.summary["conflicts"])
    for clock in DAYS[2:]:
        place.done("--strict", now=clock)
    assert "packing" == place.status(CANCELLED)


def test_an_accepted_order_is_followed_again_when_otto_says_something_new(place: Place) -> None:
    place.merchant(MOVE, "packing", WEDNESDAY)
    assert 1 == place.sync(now=DAYS[1]).code
    assert 0 == place.run("retry", WEDNESDAY, "--accept", "--strict", now=DAYS[1]).code
    place.done("--strict", now=DAYS[1])
    assert "packing" == place.status(WEDNESDAY)
    for clock in DAYS[2:]:
        place.done("--strict", now=clock)
    assert "completed" == place.status(WEDNESDAY)


# --- further forward ------------------------------------------------------------------------------------------------------------------------


def test_a_completed_order_is_adopted_when_otto_says_sent(place: Place) -> None:
    one = order_id("suspected_fraud")
    place.merchant(MOVE, "completed", one)
    lines = [line for clock in DAYS[1:] for line in place.done("--strict", now=clock).orders if line["sales_order_id"] == one]
    assert [("adopt", "SENT", "done")] == [(line["action"], line["otto_state"], line["result"]) for line in lines]
    assert ends() == place.statuses()


def test_an_order_completed_before_it_was_paid_is_a_conflict_and_stays_completed(place: Place) -> None:
    place.merchant(MOVE, "completed", WEDNESDAY)
    _conflict(place, place.sync(now=DAYS[1]), WEDNESDAY, "the shop says completed, which is further")
    assert "completed" == place.status(WEDNESDAY)


def test_a_completed_order_that_otto_cancels_is_a_conflict(place: Place) -> None:
    place.merchant(MOVE, "completed", CANCELLED)
    _conflict(place, place.sync(now=DAYS[2]), CANCELLED, "cancelled")
    assert "completed" == place.status(CANCELLED)


def test_an_order_that_already_shows_what_otto_says_is_adopted_and_completed(place: Place) -> None:
    place.merchant(MOVE, "processing", WEDNESDAY)
    run = place.done("--strict", now=DAYS[1])
    assert ("adopt", "processing") == (run.told(WEDNESDAY)["action"], run.told(WEDNESDAY)["shop_status"])
    assert ("processing", (1, 0)) == (place.status(WEDNESDAY), _receiver(place, WEDNESDAY))


# --- gone -----------------------------------------------------------------------------------------------------------------------------------


def test_a_deleted_order_is_a_conflict_once_otto_moves_it_and_only_recreate_makes_it_again(place: Place) -> None:
    place.merchant(DELETE, WEDNESDAY)
    _conflict(place, place.sync(now=DAYS[1]), WEDNESDAY, "deleted in the shop")
    assert 1 == place.sync("--strict", now=DAYS[1]).code
    assert 1 == place.run("retry", WEDNESDAY, now=DAYS[1]).code
    assert WEDNESDAY not in place.statuses()
    again = place.run("retry", order_number("paid_on_wednesday"), "--recreate", now=DAYS[1])
    assert (0, "create", 0) == (again.code, again.told(WEDNESDAY)["action"], again.summary["conflicts"])
    for clock in DAYS[1:]:
        place.done("--strict", now=clock)
    assert ends() == place.statuses()
    check_goods(place, DAYS[-1])


def test_recreate_makes_no_double_of_an_order_that_is_there(place: Place) -> None:
    before = place.statuses()
    assert 0 == place.run("retry", PARTLY, "--recreate", now=DAYS[0]).code
    assert before == place.statuses()


def test_a_deleted_order_may_be_accepted_as_deleted(place: Place) -> None:
    place.merchant(DELETE, PARTLY)
    assert 1 == place.sync(now=DAYS[1]).code
    assert 0 == place.run("retry", PARTLY, "--accept", "--strict", now=DAYS[1]).code
    for _ in range(3):
        place.done("--strict", now=DAYS[1])
    assert PARTLY not in place.statuses()


def test_a_deleted_order_that_otto_leaves_alone_disturbs_nobody(place: Place) -> None:
    place.merchant(DELETE, order_id("suspected_fraud"))
    place.done("--strict", now=DAYS[1])


# --- money and strangers --------------------------------------------------------------------------------------------------------------------


def test_a_line_changed_by_hand_is_put_right_when_otto_changes_the_lines(place: Place) -> None:
    place.merchant(
        "UPDATE order_lines SET line_total = '1.00' WHERE position = 1 AND order_id = (SELECT id FROM orders WHERE sales_order_id = ?)", PARTLY
    )
    place.done("--strict", now=DAYS[1])
    check_goods(place, DAYS[1])


def test_a_shop_that_changes_totals_by_itself_is_a_conflict_that_names_both(place: Place) -> None:
    place.merchant(
        "CREATE TRIGGER rounding AFTER INSERT ON order_lines BEGIN UPDATE order_lines SET line_total = '1.00' WHERE order_id = NEW.order_id; END"
    )
    run = place.sync(now=DAYS[1])
    line = run.told(WEDNESDAY)
    assert (1, "update", "done") == (run.code, line["action"], line["result"])
    assert line["error"].startswith("shop says 1.00") or line["error"].startswith("shop says 2.00")
    assert "processing" == place.status(WEDNESDAY)


def test_an_order_the_shop_refuses_fails_alone_and_is_made_good_later(place: Place) -> None:
    new = order_id("two_units", "06-10")
    place.merchant(f"CREATE TRIGGER no BEFORE INSERT ON orders WHEN NEW.sales_order_id = '{new}' BEGIN SELECT RAISE(ABORT, 'Frau Müller'); END")
    run = place.sync(now=DAYS[1])
    assert (1, "failed", 1) == (run.code, run.told(new)["result"], run.summary["failed"])
    assert "Müller" not in run.out + run.err
    assert order_id("plain", "06-09") in place.statuses()
    assert 1 == place.sync(now=DAYS[1]).code
    place.merchant("DROP TRIGGER no")
    assert 0 == place.run("retry", now=DAYS[1]).code
    assert "processing" == place.status(new)


def test_an_order_typed_by_hand_is_nobodys_business(place: Place) -> None:
    columns = "sales_order_id, order_number, status, total, currency, placed_at, note, created_at, changed_at, item_ids, expired, complete"
    place.merchant(
        f"INSERT INTO orders (otto_key, {columns}) SELECT 'by hand', 'by hand', order_number, 'on-hold', total, currency, placed_at, '', created_at, changed_at, '[]', 0, 0 FROM orders WHERE sales_order_id = ?",
        WEDNESDAY,
    )
    for clock in DAYS:
        place.done("--strict", now=clock)
    assert {**ends(), "by hand": "on-hold"} == place.statuses()


def test_an_order_that_carries_another_key_is_a_conflict(place: Place) -> None:
    place.merchant("UPDATE orders SET otto_key = 'demo:other:1' WHERE sales_order_id = ?", WEDNESDAY)
    _conflict(place, place.sync(now=DAYS[1]), WEDNESDAY, "is not this order")
    assert STATUS["announced"] == place.status(WEDNESDAY)


def test_retry_of_an_order_nobody_knows_is_wrong_usage(place: Place) -> None:
    run = place.run("retry", "cbn4kqmhyn", now=DAYS[0])
    assert (2, []) == (run.summary["exit"], run.orders)
    assert "cbn4kqmhyn" in run.err


def test_many_orders_moved_at_random_never_end_in_a_double_or_a_cancelled_parcel(place: Place) -> None:
    moved = [one for number, one in enumerate(sorted(place.statuses())) if number % 2]
    for one in moved:
        place.merchant(MOVE, "packing", one)
    for clock in DAYS[1:]:
        place.sync(now=clock)
    assert ends().keys() == place.statuses().keys()
    assert dict.fromkeys(moved, "packing") == {one: place.status(one) for one in moved}
    assert {one: status for one, status in ends().items() if one not in moved} == {one: place.status(one) for one in ends() if one not in moved}
