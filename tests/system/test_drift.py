"""`reconcile` in front of every kind of shop: it shows what has drifted apart both ways, and repairs it by an ordinary plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.front_doors import ASKED, installed, shown
from tests.fronts import Front, Stood
from tests.system_shop import DAYS, Ended, Place
from tests.system_world import order_id

SIZE = 36
RANGE = ("--from", "2026-05-01", "--to", "2026-07-31")
BEHIND = order_id("paid_on_wednesday")
"""Announced on the first day, payable on the third."""
MISSING = order_id("two_units", "06-10")
"""Placed after the first day's run."""
LATER = DAYS[0] + timedelta(minutes=10)
"""Nothing happens at OTTO until then, and no write can be under way any longer."""
Told = tuple[str, str, str]
_WRITTEN = ("update", "the shop's order is no longer what was written; lines, total or address differ")
_DELETED = ("conflict", "deleted in the shop; to make it again: retry with --recreate")


@dataclass
class Drifted:
    """Hold a shop that drifted: what the merchant did to which order (OTTO's ids), and how everything stood before."""

    place: Place
    front: Front
    before: dict[str, Stood]
    refs: Mapping[str, str]
    cheaper: str = ""
    moved: str = ""
    gone: str = ""
    twice: str = ""
    second: str | None = None


@contextmanager
def imported(name: str, folder: Path) -> Iterator[Drifted]:
    """Import the first day's orders, and choose those that are to drift."""
    with ASKED[name](folder / "shop") as front:
        place = installed(folder / "place", front, SIZE)
        place.done(now=DAYS[0])
        before, refs = shown(front), {each.one: ref for ref, each in front.goods().items()}
        plain = sorted(one for one, each in before.items() if each.status == front.words["processable"] and one not in SPECIAL)
        yield Drifted(place, front, before, refs, *plain[:4])


SPECIAL = frozenset(order_id(life) for life in ("partly_cancelled", "partly_sent", "cancelled_by_partner", "suspected_fraud", "freight")) | {
    order_id("cancelled_after_payment", "06-08"),
    order_id("sent", "06-08"),
}
"""Orders to which more happens in the first two days, or whose lines are out of the ordinary."""


def drift(found: Drifted) -> None:
    """Let a line get cheaper, an order be moved, one be deleted, and one stand twice."""
    found.front.spoil(found.refs[found.cheaper])
    found.front.move(found.refs[found.moved], found.front.own)
    found.front.delete(found.refs[found.gone])
    found.second = found.front.double(found.refs[found.twice])


def told(run: Ended, one: str) -> Told | None:
    """Give action, result and reason of an order; None where nothing is said of it."""
    lines = [(line["action"], line["result"], line["reason"]) for line in run.orders if line["sales_order_id"] == one]
    assert len(lines) < 2
    return lines[0] if lines else None


def expected(found: Drifted, result: str) -> dict[str, Told | None]:
    """Say what is to be told of each order that drifted, once repairs came to a result."""
    refs = f"{found.refs[found.twice]}, {found.second}"
    several = ("conflict", "none", f"twice in the shop: {refs}; keep one and delete the rest") if found.second else None
    return {
        found.cheaper: (_WRITTEN[0], result, _WRITTEN[1]),
        found.gone: (_DELETED[0], "none", _DELETED[1]),
        found.twice: several,
        found.moved: ("conflict", "none", f"up to date; the shop says {found.front.own} by the merchant's hand, which stays"),
        BEHIND: ("update", result, "paid: ready to ship"),
        MISSING: ("create", result, "paid: ready to ship"),
    }


@pytest.mark.parametrize("name", ASKED)
def test_drift_is_shown_and_repaired_through_an_ordinary_plan(name: str, tmp_path: Path) -> None:
    with imported(name, tmp_path) as found:
        drift(found)
        drifted = found.front.goods()
        seen = found.place.run("reconcile", *RANGE, "--exit-code", now=DAYS[2])
        assert (10, drifted) == (seen.code, found.front.goods())
        assert expected(found, "planned") == {one: told(seen, one) for one in expected(found, "planned")}
        fixed = found.place.run("reconcile", *RANGE, "--fix", now=DAYS[2])
        assert 1 == fixed.code  # what is deleted, or there twice, needs a person
        assert expected(found, "done") == {one: told(fixed, one) for one in expected(found, "done")}
        if found.second:
            assert found.front.goods()[found.second].one == found.twice
            found.front.delete(found.second)
        stood = shown(found.front)
        assert found.before[found.cheaper] == stood[found.cheaper]
        assert found.front.own == stood[found.moved].status
        assert (found.front.words["processable"],) * 2 == (stood[BEHIND].status, stood[MISSING].status)
        assert found.gone not in stood
        assert 0 == found.place.run("retry", found.gone, "--recreate", now=DAYS[2]).code
        found.place.run("retry", now=DAYS[2])
        assert found.before[found.gone] == shown(found.front)[found.gone]
        agreed = found.place.run("reconcile", *RANGE, "--exit-code", "--strict", now=DAYS[2])
        assert (0, [found.moved]) == (agreed.code, [line["sales_order_id"] for line in agreed.orders])


@pytest.mark.parametrize("name", ASKED)
def test_what_neither_ledger_nor_shop_knows_is_missing_and_made_again_alone(name: str, tmp_path: Path) -> None:
    with imported(name, tmp_path) as found:
        found.front.delete(found.refs[found.gone])
        kept = found.front.goods()
        for path in found.place.folder.glob("ledger.db*"):
            path.unlink()
        seen = found.place.run("reconcile", *RANGE, now=LATER)
        assert (0, kept) == (seen.code, found.front.goods())
        assert ("create", "planned", "paid: ready to ship") == told(seen, found.gone)
        fixed = found.place.run("reconcile", *RANGE, "--fix", now=LATER)
        assert {"created": 1, "updated": 0, "conflicts": 0, "held": 0}.items() <= fixed.summary.items()
        assert found.before == shown(found.front)
        found.place.done("--strict", now=LATER)
        assert found.before == shown(found.front)


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("further", [False, True], ids=["to a status of his own", "further than OTTO"])
def test_what_the_merchant_moved_is_shown_and_stays_and_is_nobodys_business_else(name: str, further: bool, tmp_path: Path) -> None:
    with imported(name, tmp_path) as found:
        status = found.front.words["sent"] if further else found.front.own
        found.front.move(found.refs[found.moved], status)
        shop = found.front.goods()
        for options in ((), ("--fix",)):
            run = found.place.run("reconcile", *RANGE, *options, now=DAYS[0])
            line = run.told(found.moved)
            assert (0, "moved", status, True) == (run.code, line["code"], line["shop_status_found"], status in line["reason"])
            assert shop == found.front.goods()
        assert {"conflicts": 0, "updated": 0}.items() <= found.place.done("--strict", now=DAYS[0]).summary.items()
