"""A shop that knows its articles: it is asked once a page, before anything is made, and again when a held order comes up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from otto_import.checks.proof import Proof
from otto_import.checks.shop import articles
from otto_import.errors import ConfigError, Problem, ShopUnavailable
from otto_import.orders import ItemState, Line
from otto_import.outcome import ActionName
from otto_import.plan import Grade, OrderKey, ShopOrder, Stage
from otto_import.sync.preview import PlannedShop
from otto_import.testing import MemoryWriter
from tests import build
from tests.fakes import FakeShop, Stored
from tests.sync_world import World, world

PAID = (0.0, (ItemState.PROCESSABLE, ItemState.PROCESSABLE))
UNPAID = (0.0, (ItemState.ANNOUNCED,))


@dataclass
class KnowingShop(FakeShop):
    """Know which articles are lacking, and remember what was asked."""

    lacking: set[str] = field(default_factory=set)
    asked: list[list[str]] = field(default_factory=list)

    def missing(self, lines: Sequence[Line]) -> frozenset[str]:
        """Tell what is lacking."""
        self.asked.append([line.sku for line in lines])
        return frozenset(line.sku for line in lines if line.sku in self.lacking)


def stocked(made: World, *lacking: str) -> KnowingShop:
    shop = KnowingShop(lambda: made.now, lacking=set(lacking))
    made.shop = shop
    return shop


def test_an_order_waits_until_its_article_is_in_the_shop_and_the_others_go_on() -> None:
    with world() as made:
        shop = stocked(made, "SKU-1")
        made.order(1, PAID)
        made.order(2, UNPAID, items=(build.item(ItemState.ANNOUNCED, sku="SKU-2", id="2-0"),))
        summary = made.run()
        assert (1, 1) == (summary.created, summary.held)
        assert [["SKU-1", "SKU-2"]] == [sorted(set(skus)) for skus in shop.asked]
        shop.lacking.clear()
        made.pass_hours(1)
        assert 1 == made.run().created
        assert "processing" == made.status(1)


def test_the_shop_is_not_asked_for_articles_of_orders_that_it_has() -> None:
    with world() as made:
        shop = stocked(made)
        made.order(1, UNPAID, (2.0, (ItemState.PROCESSABLE,)))
        made.run()
        made.pass_hours(3)
        made.run()
        assert "processing" == made.status(1)
        assert 1 == len(shop.asked)


def test_a_named_order_waits_too_since_nobody_could_write_it() -> None:
    with world(named=frozenset({build.key(1)})) as made:
        stocked(made, "SKU-1")
        made.order(1, PAID)
        assert 1 == made.run().held


def test_a_preview_asks_the_real_shop() -> None:
    with world() as made:
        shop = stocked(made, "SKU-1")
        planned = PlannedShop(shop, made.ledger)
        line = build.order().lines[0]
        assert frozenset({"SKU-1"}) == planned.missing([line])
        assert frozenset() == PlannedShop(MemoryWriter(), made.ledger).missing([line])


def test_the_line_of_a_held_order_names_the_article() -> None:
    with world() as made:
        stocked(made, "SKU-1")
        made.order(1, PAID)
        made.run()
        (line,) = made.lines
        assert ActionName.HOLD == line.action
        assert "SKU-1" in line.reason


# --- what a check says --------------------------------------------------------------------------------------------------------------------------


class Knowing(MemoryWriter):
    """Lack what is said, or fail."""

    def __init__(self, answer: frozenset[str] | Exception) -> None:
        super().__init__()
        self.answer = answer

    def missing(self, lines: Sequence[Line]) -> frozenset[str]:
        """Answer."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer & {line.sku for line in lines}


def found(answer: frozenset[str] | Exception, skus: int = 1) -> list[Proof]:
    orders = [build.order(number=number, items=(build.item(sku=f"SKU-{number}"),)) for number in range(1, skus + 1)]
    return list(articles(Knowing(answer), [build.reading(order) for order in orders]))


def test_a_check_names_the_articles_that_the_shop_lacks() -> None:
    (proof,) = found(frozenset({"SKU-2"}), 3)
    assert Grade.WARNING == proof.finding.grade
    assert "1 of the 3 articles of OTTO's last orders are not in the shop (SKU-2)" in proof.finding.text
    assert "sku_map" in proof.finding.remedy


def test_a_check_names_a_few_and_counts_the_rest() -> None:
    (proof,) = found(frozenset(f"SKU-{number}" for number in range(1, 21)), 20)
    assert "SKU-8 and 12 more)" in proof.finding.text


def test_a_check_is_content_when_all_articles_are_there() -> None:
    (proof,) = found(frozenset(), 3)
    assert (Grade.GOOD, "the shop has all 3 articles of OTTO's last orders") == (proof.finding.grade, proof.finding.text)


def test_without_orders_or_without_a_catalogue_a_check_says_nothing_of_articles() -> None:
    assert [] == found(frozenset(), 0)
    assert [] == list(articles(MemoryWriter(), [build.reading(build.order())]))


@pytest.mark.parametrize("error", [ConfigError("map.csv", [Problem("sku_map", "is no CSV")]), ShopUnavailable("GET /products", "is away")])
def test_a_check_tells_why_articles_cannot_be_looked_for(error: Exception) -> None:
    (proof,) = found(error)
    assert Grade.BAD == proof.finding.grade


# --- an earlier connector's orders --------------------------------------------------------------------------------------------------------------


@dataclass
class InheritingShop(FakeShop):
    """Hold an order that another program made, and remember what was asked."""

    strangers: dict[str, ShopOrder] = field(default_factory=dict)
    numbers: list[Mapping[OrderKey, str]] = field(default_factory=list)

    def inherited(self, numbers: Mapping[OrderKey, str]) -> Mapping[OrderKey, Sequence[ShopOrder]]:
        """Find it by OTTO's number."""
        self.numbers.append(numbers)
        return {key: (self.strangers[number],) for key, number in numbers.items() if number in self.strangers}


def test_an_order_that_an_earlier_connector_made_is_taken_over_and_not_made_again() -> None:
    with world() as made:
        shop = InheritingShop(lambda: made.now)
        made.shop = shop
        order = made.order(1, PAID)
        made.order(2, PAID)
        stored = Stored(ref="77", key=OrderKey(""), status="processing")
        shop.orders["77"] = stored
        shop.strangers[order.order_number] = ShopOrder(ref="77", key=build.key(1), status="processing", foreign=True)
        summary = made.run()
        assert (1, 1) == (summary.created, summary.adopted)
        assert [{build.key(1): order.order_number, build.key(2): "number2"}] == shop.numbers
        known = made.known(1)
        assert known is not None
        assert ("77", Stage.PROCESSABLE, "processing") == (known.ref, known.stage, known.status)


# --- a new ledger before a shop that knows us ---------------------------------------------------------------------------------------------------


@dataclass
class ReceiptingShop(FakeShop):
    """List its orders."""

    lists: int = 0

    def ours(self, since: object = None) -> Iterator[ShopOrder]:
        """List every order."""
        self.lists += 1
        return iter([self._told(stored) for stored in self.orders.values()])


def test_an_order_that_the_shop_holds_twice_is_left_to_the_look_up() -> None:
    with world() as made:
        shop = ReceiptingShop(lambda: made.now)
        made.shop = shop
        order = made.order(1, PAID)
        for ref in ("7", "8"):
            shop.orders[ref] = Stored(
                ref=ref, key=build.key(1), status="processing", set_status="processing", total=order.total, paid=True, addressed=True
            )
        assert (1, 0) == ((summary := made.run()).conflicts, summary.created)
        assert "twice in the shop: 7, 8" in made.lines[-1].reason


def test_the_shop_is_walked_through_once_however_often_the_first_walk_begins() -> None:
    with world() as made:
        shop = ReceiptingShop(lambda: made.now)
        made.shop = shop
        made.order(1, PAID)
        made.otto.away = 1
        assert 5 == made.run().exit
        made.otto.away = 0
        made.run()
        made.run()
        assert 1 == shop.lists
