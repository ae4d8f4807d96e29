"""The ledger is lost in front of a shop full of orders in every state: no order twice, none moved that OTTO did not move, and the same end as ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

import pytest

from otto_import.orders import CANCELLED, FULFILLED, ItemState
from tests.front_doors import ASKED, installed, shown, stream, webhook
from tests.fronts import Front, Seen, Stood
from tests.system_shop import DAYS, START, Ended, Place
from tests.system_world import order_id, says

FEW, MANY = 60, 1_000
SIZES = [FEW, pytest.param(MANY, marks=pytest.mark.slow)]
QUICK = frozenset({"sqlite", "webhook", "woocommerce"})
CASES = [
    pytest.param(
        name,
        size,
        late,
        id=f"{name}-{size}-noticed {'a day later' if late else 'at once'}",
        marks=[pytest.mark.slow] if size == MANY or (late and name not in QUICK) else [],
    )
    for name in ASKED
    for size in (FEW, MANY)
    for late in (False, True)
]
BEFORE = tuple(START + timedelta(days=day) for day in (-10, -6, -4, 0, 1, 2))
"""The runs before the loss: orders come in from the first of the demo's days on, so that some are long done with on the last of these."""
LOSS = BEFORE[-1]
AFTER = (DAYS[3], DAYS[8], DAYS[14])
KINDS = frozenset(
    {
        ("ANNOUNCED", "announced"),
        ("ANNOUNCED", "cancelled"),  # by our deadline, of which OTTO knows nothing, or by the merchant
        ("PROCESSABLE", "processable"),
        ("SENT", "sent"),
        ("RETURNED", "returned"),
        ("CANCELLED_BY_MARKETPLACE", "cancelled"),
        ("CANCELLED_BY_PARTNER", "cancelled"),
    }
)
BY_THE_MERCHANT = frozenset({("PROCESSABLE", "sent"), ("PROCESSABLE", "his own")})
NOTHING_NEW = dict.fromkeys(("created", "updated", "held", "failed", "in_doubt"), 0)
PARTLY_SENT = order_id("partly_sent")
Shop = TypeVar("Shop", bound=Seen)


@dataclass(frozen=True)
class Standing(Generic[Shop]):
    """Hold an installation in front of its shop, and what the merchant did there: the status he gave, by OTTO's id."""

    place: Place
    front: Shop
    moves: Mapping[str, str]

    def lose_ledger(self) -> None:
        """Delete the ledger, and what SQLite keeps beside it."""
        assert self.place.ledger.exists()
        for path in self.place.folder.glob("ledger.db*"):
            path.unlink()


def imported(front: Seen, folder: Path, size: int) -> Place:
    """Import day by day until the ledger is to be lost."""
    place = installed(folder, front, size)
    for clock in BEFORE:
        place.done("--strict", now=clock)
    return place


@contextmanager
def standing(opened: AbstractContextManager[Front], folder: Path, size: int) -> Iterator[Standing[Front]]:
    """Import, and let the merchant come; then every kind of order is there."""
    with opened as front:
        place = imported(front, folder, size)
        moves = wishes(front, size)
        refs = {each.one: ref for ref, each in front.goods().items()}
        for one, status in moves.items():
            front.move(refs[one], status)
        assert KINDS | BY_THE_MERCHANT == kinds(front, size)
        yield Standing(place, front, moves)


def wishes(front: Front, size: int) -> dict[str, str]:
    """Say what a merchant does: some paid orders are set further, some to a status of his own, every other unpaid one is cancelled."""
    told, stood = says(LOSS, size), shown(front)
    paid, unpaid = (
        sorted(one for one, each in stood.items() if each.status == front.words[word] and told[one].state is state and one != PARTLY_SENT)
        for word, state in (("processable", ItemState.PROCESSABLE), ("announced", ItemState.ANNOUNCED))
    )
    return {
        **dict.fromkeys(paid[1::9], front.words["sent"]),
        **dict.fromkeys(paid[4::9], front.own),
        **dict.fromkeys(unpaid[1::2], front.words["cancelled"]),
    }


def kinds(front: Seen, size: int) -> set[tuple[str, str]]:
    """Tell which states of OTTO's stand beside which of the shop's."""
    told, words = says(LOSS, size), {status: word.removesuffix("_by_partner") for word, status in front.words.items()}
    return {(told[one].state.value, words.get(each.status, "his own")) for one, each in shown(front).items()}


def conflicts(run: Ended) -> set[str]:
    """Give the orders that need a person."""
    return {line["sales_order_id"] for line in run.orders if line["action"] == "conflict"}


def went_well(run: Ended, moves: Mapping[str, str]) -> bool:
    """Tell whether nothing was left undone, and nobody is needed but for what the merchant moved."""
    return {"held": 0, "failed": 0, "in_doubt": 0}.items() <= run.summary.items() and conflicts(run) <= moves.keys()


@cache
def ends(name: str, size: int) -> Sequence[tuple[dict[str, Stood], dict[str, int]]]:
    """Give how orders and stock stand after each later run where the ledger was never lost."""
    with TemporaryDirectory() as folder, standing(ASKED[name](Path(folder) / "shop"), Path(folder) / "place", size) as kept:
        found = []
        for clock in AFTER:
            assert went_well(kept.place.sync(now=clock), kept.moves)
            found.append((shown(kept.front), dict(kept.front.stock())))
        return found


@pytest.mark.parametrize(("name", "size", "late"), CASES)
def test_a_lost_ledger_doubles_nothing_and_moves_nothing_and_the_end_is_as_ever(name: str, size: int, late: bool, tmp_path: Path) -> None:
    with standing(ASKED[name](tmp_path / "shop"), tmp_path / "place", size) as lost:
        before, stock = lost.front.goods(), dict(lost.front.stock())
        lost.lose_ledger()
        if not late:
            found = lost.place.sync(now=LOSS)
            assert NOTHING_NEW.items() <= found.summary.items()
            assert conflicts(found) <= lost.moves.keys()
            again = lost.place.sync(now=LOSS)
            assert (NOTHING_NEW | {"adopted": 0}).items() <= again.summary.items()
        assert (before, stock) == (lost.front.goods(), dict(lost.front.stock()))
        for clock, end in zip(AFTER, ends(name, size), strict=True):
            assert went_well(lost.place.sync(now=clock), lost.moves)
            assert end == (shown(lost.front), dict(lost.front.stock()))


# --- shops that cannot be asked -----------------------------------------------------------------------------------------------------------------


def plain(front: Seen) -> dict[str, tuple[object, ...]]:
    """Give status, total and lines of each order by OTTO's id."""
    return {one: (each.status, each.total, each.rest[-1]) for one, each in shown(front).items()}


def heard_no_more(front: Seen, size: int, *, late: bool) -> set[str]:
    """Give the orders in the shop of which a new ledger tells nothing: sent, cancelled or past their deadline when it begins; who was told of them knows an older state."""
    begins = AFTER[0] if late else LOSS
    told = says(begins, size)
    unpaid = {one for one, order in told.items() if order.state is ItemState.ANNOUNCED and order.placed_at + timedelta(days=7) <= begins}
    return {one for one in shown(front) if told[one].state in {*FULFILLED, *CANCELLED} or one in unpaid}


@contextmanager
def deaf(folder: Path, size: int) -> Iterator[Standing[Front]]:
    """Import for a receiver that cannot be asked; it takes each event once, and none that would overrule its merchant."""
    with standing(webhook(folder, looks_up=False), folder / "place", size) as found:
        yield found


@contextmanager
def followed(folder: Path, size: int) -> Iterator[Standing[Seen]]:
    """Import into an event stream."""
    with stream(folder / "stream") as front:
        place = imported(front, folder / "place", size)
        assert KINDS == kinds(front, size)
        yield Standing(place, front, {})


def check_retold(kept: Standing[Front] | Standing[Seen], lost: Standing[Front] | Standing[Seen], size: int, *, late: bool) -> None:
    """See that open orders are told of again and have one end, and that the others stay as they were told of last."""
    before = plain(lost.front)
    lost.lose_ledger()
    if not late:
        found = lost.place.sync(now=LOSS)
        assert [PARTLY_SENT] == [line["sales_order_id"] for line in found.orders if line["action"] == "hold"]
        assert conflicts(found) <= lost.moves.keys()
        assert before == plain(lost.front)
    stays = heard_no_more(lost.front, size, late=late)
    for clock in AFTER:
        for each in (kept, lost):
            assert conflicts(each.place.sync(now=clock)) <= each.moves.keys()
    ended, other = plain(kept.front), plain(lost.front)
    assert ended.keys() == other.keys()
    revived = {order_id("paid_late")}
    assert {one: before[one] for one in stays - revived} == {one: other[one] for one in stays - revived}
    assert {one: end for one, end in ended.items() if one not in stays} == {one: end for one, end in other.items() if one not in stays}
    assert {one: ended[one] for one in revived} == {one: other[one] for one in revived}


Deaf = Callable[[Path, int], AbstractContextManager[Standing[Front]]] | Callable[[Path, int], AbstractContextManager[Standing[Seen]]]


@pytest.mark.parametrize("late", [False, True], ids=["noticed at once", "noticed a day later"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("opened", [deaf, followed])
def test_who_cannot_be_asked_hears_of_open_orders_again_and_has_each_once(opened: Deaf, size: int, late: bool, tmp_path: Path) -> None:
    with opened(tmp_path / "kept", size) as kept, opened(tmp_path / "lost", size) as lost:
        check_retold(kept, lost, size, late=late)
