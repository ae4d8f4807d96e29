"""What was lost or has drifted, from the command line: `rebuild`, `reconcile`, `purge`, with the embedded shop."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.system_shop import DAYS, Place
from tests.system_world import check_goods, ends, order_id

RANGE = ("--from", "2026-05-01", "--to", "2026-07-31")
WEDNESDAY = order_id("paid_on_wednesday")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.done(now=DAYS[0])
    return made


def lose_ledger(place: Place) -> None:
    for path in place.folder.glob("ledger.db*"):
        path.unlink()


def shop(place: Place) -> list[Any]:
    return sorted(place.asked("SELECT otto_key, status, total, set_status, item_ids, expired, paid_at FROM orders"))


def actions(run: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in run.lines:
        if line["type"] == "order" and line["action"] != "skip":
            found[line["action"]] = found.get(line["action"], 0) + 1
    return found


# --- a lost ledger ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rebuilt", [True, False])
def test_after_a_lost_ledger_every_order_still_ends_where_it_must_and_none_is_there_twice(tmp_path: Path, rebuilt: bool) -> None:
    place = Place(tmp_path)
    for number, clock in enumerate(DAYS):
        if number % 3 == 2:
            lose_ledger(place)
            if rebuilt:
                assert 0 == place.run("rebuild", now=clock).code
        place.done("--strict", now=clock)
    check_goods(place, DAYS[-1])
    living = {one: status for one, status in place.statuses().items() if one in ends()}
    assert {one: ends()[one] for one in living} == living
    assert len(living) >= len(ends()) - 2  # those sent between loss and next run are passed over as sent before


def test_a_rebuilt_ledger_writes_nothing_that_the_old_one_would_not(tmp_path: Path) -> None:
    kept = Place(tmp_path / "kept")
    kept.done(now=DAYS[0])
    shutil.copytree(tmp_path / "kept", tmp_path / "lost")
    lost = Place(tmp_path / "lost")
    lose_ledger(lost)
    rebuilt = lost.run("rebuild", now=DAYS[0])
    assert (0, len(lost.statuses())) == (rebuilt.code, rebuilt.summary["adopted"])
    before, after = kept.sync(now=DAYS[2]), lost.sync(now=DAYS[2])
    assert [before.summary[name] for name in ("created", "updated", "held", "conflicts")] == [
        after.summary[name] for name in ("created", "updated", "held", "conflicts")
    ]
    assert shop(kept) == shop(lost)


def test_a_second_rebuild_has_nothing_to_add(place: Place) -> None:
    run = place.run("rebuild", now=DAYS[0])
    assert (0, 0) == (run.code, run.summary["adopted"])


def test_what_the_merchant_moved_is_still_his_after_a_rebuild(place: Place) -> None:
    place.merchant("UPDATE orders SET status = 'packing' WHERE sales_order_id = ?", WEDNESDAY)
    lose_ledger(place)
    place.run("rebuild", now=DAYS[0])
    run = place.sync(now=DAYS[1])
    assert ("conflict", "packing") == (run.told(WEDNESDAY)["action"], place.status(WEDNESDAY))


def test_a_shop_that_cannot_list_its_orders_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path, shop={"writer": "jsonl", "jsonl": {"path": "orders.jsonl"}})
    run = place.run("rebuild", now=DAYS[0])
    assert 2 == run.code
    assert "cannot list its orders" in run.err


# --- drift --------------------------------------------------------------------------------------------------------------------------------------


def test_a_shop_that_agrees_has_nothing_to_reconcile(place: Place) -> None:
    before = shop(place)
    run = place.run("reconcile", *RANGE, "--exit-code", now=DAYS[0])
    assert (0, {}) == (run.code, actions(run))
    assert before == shop(place)


def test_drift_is_shown_both_ways_and_repaired_through_an_ordinary_plan(place: Place) -> None:
    numbers = [one for (one,) in place.asked("SELECT sales_order_id FROM orders WHERE status = 'processing' ORDER BY id")]
    lines, moved, gone = numbers[:3]
    place.merchant(
        "UPDATE order_lines SET line_total = '0.01' WHERE position = 1 AND order_id = (SELECT id FROM orders WHERE sales_order_id = ?)", lines
    )
    place.merchant("UPDATE orders SET status = 'packing' WHERE sales_order_id = ?", moved)
    place.merchant("DELETE FROM orders WHERE sales_order_id = ?", gone)
    before = shop(place)
    shown = place.run("reconcile", *RANGE, "--exit-code", now=DAYS[0])
    assert (10, before) == (shown.code, shop(place))
    told = {one: (shown.told(one)["action"], shown.told(one)["result"]) for one in (lines, gone)}
    assert {lines: ("update", "planned"), gone: ("conflict", "none")} == told
    fixed = place.run("reconcile", *RANGE, "--fix", now=DAYS[0])
    assert 1 == fixed.code
    assert ("update", "done") == (fixed.told(lines)["action"], fixed.told(lines)["result"])
    assert "packing" == place.status(moved)
    assert gone not in place.statuses()
    assert 0 == place.run("retry", gone, "--recreate", now=DAYS[0]).code
    check_goods(place, DAYS[0])


def test_an_order_that_neither_ledger_nor_shop_knows_is_missing_and_made(place: Place) -> None:
    before = shop(place)
    place.merchant("DELETE FROM orders WHERE sales_order_id = ?", WEDNESDAY)
    lose_ledger(place)
    place.run("rebuild", now=DAYS[0])
    shown = place.run("reconcile", *RANGE, now=DAYS[0])
    assert (0, "create") == (shown.code, shown.told(WEDNESDAY)["action"])
    place.run("reconcile", *RANGE, "--fix", now=DAYS[0])
    assert before == shop(place)


def test_reconcile_refuses_what_makes_no_sense(place: Place) -> None:
    assert 2 == place.run("reconcile", "--from", "2026-06-02", "--to", "2026-06-01").code
    assert 2 == place.run("reconcile", *RANGE, "--fix", "--exit-code").code


# --- forgetting ---------------------------------------------------------------------------------------------------------------------------------


def test_finished_orders_are_forgotten_and_come_back_as_they_are(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for clock in DAYS:
        place.done(now=clock)
    known, before = len(place.run("orders", "--json").lines) - 1, shop(place)
    later = "2026-09-30T12:00:00Z"
    forgot = place.run("purge", "--older-than", "90d", "--now", later)
    assert 0 == forgot.code
    count = forgot.lines[-1]["forgotten"]
    assert 0 < count <= known
    assert known - count == len(place.run("orders", "--json").lines) - 1
    assert 0 == place.run("purge", "--older-than", "90d", "--now", later).lines[-1]["forgotten"]
    assert 0 == place.run("backfill", "--from", "2026-05-01", "--to", "2026-06-30", now=DAYS[-1]).code
    assert before == shop(place)


@pytest.mark.parametrize(("code", "age"), [(2, "29d"), (2, "90"), (2, "-90d"), (2, "90 days"), (0, "30d"), (0, "99999d")])
def test_young_orders_are_not_forgotten(tmp_path: Path, code: int, age: str) -> None:
    assert code == Place(tmp_path).run("purge", "--older-than", age).code


def test_forgetting_is_a_run_like_others_and_only_in_a_ledger_of_ones_own(place: Place) -> None:
    assert 0 == place.run("purge", "--older-than", "30d", now=DAYS[-1]).code
    (last, *_) = [line for line in place.run("runs", "--json").lines if line["type"] == "run"]
    assert ("purge", 0) == (last["command"], last["exit"])
    place.configure(otto={"account": "somebody-else"}, state={"path": str(place.ledger)})
    refused = place.run("purge", "--older-than", "30d", now=DAYS[-1])
    assert (3, True) == (refused.code, "belongs to" in refused.err)


# --- an import that is switched off -------------------------------------------------------------------------------------------------------------


def test_an_import_that_is_switched_off_repairs_nothing_but_still_compares(place: Place) -> None:
    lose_ledger(place)
    place.configure(**{"import": {"enabled": False}})
    path = place.folder / "list.csv"
    number, ref = place.asked("SELECT order_number, id FROM orders ORDER BY id LIMIT 1")[0]
    path.write_text(f"order_number,shop_ref\n{number},{ref}\n", encoding="utf-8")
    before = shop(place)
    for command in (("reconcile", *RANGE, "--fix"), ("adopt", "--csv", str(path))):
        run = place.run(*command, now=DAYS[2])
        assert (0, True, []) == (run.code, "import.enabled is false" in run.summary["notices"][0], run.orders)
    assert (before, []) == (shop(place), list(place.folder.glob("ledger.db*")))
    assert [] != place.run("reconcile", *RANGE, now=DAYS[2]).orders


# --- another connector's orders -----------------------------------------------------------------------------------------------------------------


def test_a_list_of_adoptions_that_is_wrong_is_refused_before_anything_happens(place: Place) -> None:
    path = place.folder / "list.csv"
    for text, said in (
        ("number,ref\n1,2\n", "must begin with a line that names the columns order_number,shop_ref"),
        ("order_number,shop_ref\na,1\na,2\n", "line 3 contradicts a line above it"),
        ("order_number,shop_ref\na,1\nb,1\n", "line 3 contradicts a line above it"),
        ("order_number;shop_ref\na;\n", "line 2 lacks a value"),
    ):
        path.write_text(text, encoding="utf-8")
        run = place.run("adopt", "--csv", str(path), now=DAYS[0])
        assert 2 == run.code
        assert said in run.err
    assert 2 == place.run("adopt", "--csv", str(place.folder / "none.csv"), now=DAYS[0]).code


def test_adoptions_that_cannot_be_are_conflicts_and_the_others_go_on(place: Place) -> None:
    (first, first_ref), (second, second_ref) = place.asked("SELECT order_number, id FROM orders ORDER BY id LIMIT 2")
    path = place.folder / "list.csv"
    path.write_text(f"order_number,shop_ref\n{first},{second_ref}\n{second},99999\nnobody,1\n", encoding="utf-8")
    run = place.run("adopt", "--csv", str(path), now=DAYS[0])
    reasons = [line["reason"] for line in run.lines if line["type"] == "order"]
    assert (1, 3) == (run.code, len(reasons))
    assert "carries the key of another OTTO order (list.csv, line 2)" in reasons[0]
    assert "the shop has no order 99999 (list.csv, line 3)" in reasons[1]
    assert "OTTO does not show this order (list.csv, line 4)" in reasons[2]
    path.write_text(f"order_number,shop_ref\n{first},{first_ref}\n", encoding="utf-8")
    assert 0 == place.run("adopt", "--csv", str(path), now=DAYS[0]).code
