"""The lives an order can have, as a table: what happens to it, when, and what the importer is expected to make of it.

`expected` tells what a shop shows when the import runs daily at 12:00Z from the default clock on, with announced orders imported, cancelled after
seven days, and `sent` mapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from otto_import.otto.demo.moments import moment, span

ANNOUNCED = "ANNOUNCED"
PROCESSABLE = "PROCESSABLE"
SENT = "SENT"
RETURNED = "RETURNED"
BY_PARTNER = "CANCELLED_BY_PARTNER"
BY_MARKETPLACE = "CANCELLED_BY_MARKETPLACE"
STATES = (ANNOUNCED, PROCESSABLE, SENT, RETURNED, BY_PARTNER, BY_MARKETPLACE)

PREPAYMENT = ("PREPAYMENT",)
INVOICE = ("INVOICE_SINGLE",)
OTHERS = ("PAYPAL", "INVOICE_SINGLE", "CREDIT_CARD", "DIRECT_DEBIT", "INVOICE_INSTALLMENTS")

WISH = "CANCELLED_ON_CUSTOMER_WISH"


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one event: `items` (None: all) become `to`, at a fixed time or some time after the order, up to `spread` later."""

    to: str
    when: datetime | timedelta
    spread: timedelta = timedelta(0)
    items: tuple[int, ...] | None = None
    reason: str = ""

    def compiled(self) -> tuple[bool, int, int]:
        """Give: counted from the order or not; milliseconds; milliseconds of spread, at least one."""
        relative = isinstance(self.when, timedelta)
        return relative, span(self.when) if isinstance(self.when, timedelta) else moment(self.when), max(1, span(self.spread))


@dataclass(frozen=True, slots=True)
class Unit:
    """Hold one unit of a fixed basket; `discount` in cents; `weee` books the pick-up of an old appliance."""

    sku: str
    discount: int = 0
    weee: bool = False
    deal: bool = False


@dataclass(frozen=True)
class Life:
    """Hold one life. `basket` None: one to three articles by chance, all sharing every event; `weight` counts it among 50 extra orders."""

    name: str
    story: str
    expected: str
    steps: tuple[Step, ...]
    payments: tuple[str, ...] = OTHERS
    basket: tuple[Unit, ...] | None = None
    weight: int = 0
    suspected_fraud: bool = False

    @cached_property
    def compiled(self) -> tuple[tuple[bool, int, int], ...]:
        """Give the steps as numbers, for the loop over all orders."""
        return tuple(step.compiled() for step in self.steps)

    @cached_property
    def _trails(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        items = range(len(self.basket) if self.basket else 1)
        return tuple(tuple(self._trail(item, passed) for item in items) for passed in range(len(self.steps) + 1))

    def trail(self, item: int, passed: int) -> tuple[int, ...]:
        """Give the numbers of the steps that touched an item, once `passed` steps have happened."""
        trails = self._trails[passed]
        return trails[item] if self.basket else trails[0]

    def _trail(self, item: int, passed: int) -> tuple[int, ...]:
        return tuple(number for number, step in enumerate(self.steps[:passed]) if step.items is None or item in step.items)

    @cached_property
    def states(self) -> tuple[frozenset[str], ...]:
        """Give the states of the position items after no step, one step, and so on."""
        return tuple(frozenset(self.steps[trail[-1]].to if trail else ANNOUNCED for trail in trails) for trails in self._trails)

    @cached_property
    def buckets(self) -> tuple[frozenset[str], ...]:
        """Give the buckets the order is in after no step, one step, and so on."""
        return tuple(bucket_of(states) for states in self.states)


def bucket_of(states: frozenset[str]) -> frozenset[str]:
    """Sort an order into buckets: its least advanced item decides, and each cancelled state counts besides (otto-api.md 2.3)."""
    cancelled = states & {BY_PARTNER, BY_MARKETPLACE}
    for state in (ANNOUNCED, PROCESSABLE, SENT, RETURNED):
        if state in states:
            return cancelled | {state}
    return cancelled


def _days(days: float, hours: float = 0) -> timedelta:
    return timedelta(days=days, hours=hours)


def _june(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


_WINDOW = timedelta(minutes=45)
_PAID = Step(PROCESSABLE, _WINDOW, timedelta(minutes=3))
_SENT_LATE = Step(SENT, _june(13, 13), _days(5))
_SENT_SOON = Step(SENT, _days(2, 20), _days(0, 3))
_ABORTED = Step(BY_MARKETPLACE, _days(7, 6), reason="PAYMENT_ABORTED")

_TABLE = (
    Life("plain", "paid at once, sent in the week after 13 June", "processable, then sent", (_PAID, _SENT_LATE), weight=36),
    Life(
        "two_units",
        "two position items of one article",
        "one line with quantity 2; processable, then sent",
        (_PAID, _SENT_LATE),
        basket=(Unit("Tasse-blau-2er"), Unit("Tasse-blau-2er")),
        weight=3,
    ),
    Life(
        "discounts_two_vat",
        "one of two shirts reduced, a book with 7 % VAT, a deal",
        "shirts on two lines, VAT 19 and 7; processable, then sent",
        (_PAID, _SENT_LATE),
        basket=(Unit("FancyFlower-m-pi", discount=300), Unit("FancyFlower-m-pi"), Unit("KOCHBUCH-7"), Unit("SmartCM1000-schwarz-1", deal=True)),
        weight=2,
    ),
    Life(
        "freight",
        "a company orders furniture: standard fee and freight surcharge, telephone number",
        "two shipping lines, telephone kept; processable, then sent",
        (_PAID, _SENT_LATE),
        basket=(Unit("Sped-Wohn-3-98735"), Unit("KOCHBUCH-7")),
        weight=1,
    ),
    Life(
        "invoice_window",
        "announced for 45 minutes although bought on account, then processable, sent after 13 June",
        "announced, then processable, then sent",
        (Step(PROCESSABLE, _WINDOW), _SENT_LATE),
        payments=INVOICE,
    ),
    Life(
        "suspected_fraud",
        "paid, and OTTO suspects fraud",
        "processable with a note and a notice, then sent",
        (_PAID, _SENT_LATE),
        suspected_fraud=True,
    ),
    Life(
        "paid_on_wednesday",
        "announced on Monday 8 June, prepayment arrives on Wednesday 10 June, sent on Friday",
        "announced, then processable, then sent",
        (Step(PROCESSABLE, _days(1, 23.45)), Step(SENT, _days(4))),
        payments=PREPAYMENT,
        basket=(Unit("0440-Rasen-T-V1"),),
    ),
    Life(
        "never_paid",
        "never paid; OTTO cancels after seven days and six hours",
        "announced, then cancelled: by our deadline if a run falls into those six hours, else by OTTO; "
        "not imported if OTTO cancelled before the first run",
        (_ABORTED,),
        payments=PREPAYMENT,
        weight=1,
    ),
    Life(
        "forgotten",
        "never paid, and OTTO never cancels; stays announced for good",
        "announced, then cancelled by our deadline; not imported if the deadline passed before the first run",
        (),
        payments=PREPAYMENT,
        basket=(Unit("SmartCM1000-schwarz-1", weee=True), Unit("SmartCM1000-schwarz-1", weee=True)),
    ),
    Life(
        "paid_late",
        "prepayment arrives eight days and sixteen hours after the order, sent two days later",
        "announced, then cancelled by our deadline, then processable (notice: late payment), then sent",
        (Step(PROCESSABLE, _days(8, 16)), Step(SENT, _days(10, 22))),
        payments=PREPAYMENT,
    ),
    Life(
        "partly_cancelled",
        "three items, one cancelled on the customer's wish a day after it became processable; the others sent after 13 June",
        "processable with three lines, then with two, then sent",
        (_PAID, Step(BY_MARKETPLACE, timedelta(days=1, minutes=45), timedelta(minutes=3), (1,), WISH), Step(SENT, _june(13, 13), _days(5), (0, 2))),
        basket=(Unit("Pfanne_28"), Unit("Tasse-blau-2er"), Unit("Roman Möwe")),
        weight=1,
    ),
    Life(
        "partly_sent",
        "three items, one sent on 11 June, the others on 13 June",
        "processable until the last item is sent, then sent",
        (_PAID, Step(SENT, _june(11, 7, 30), items=(0,)), Step(SENT, _june(13, 16), items=(1, 2))),
        basket=(Unit("BETTW-155x220"), Unit("Kissen-40-gn"), Unit("LAMPE-39/ws")),
    ),
    Life(
        "sent",
        "paid at once, sent on the third day",
        "processable, then sent; not imported if sent before the first run",
        (_PAID, _SENT_SOON),
        weight=3,
    ),
    Life(
        "sent_then_returned",
        "sent on the third day, returned eight days later",
        "processable, then sent, then returned (or sent, if that is not mapped); not imported if sent before the first run",
        (_PAID, _SENT_SOON, Step(RETURNED, _days(10, 20), _days(0, 3))),
        weight=1,
    ),
    Life(
        "cancelled_before_payment",
        "announced for prepayment; the customer cancels on the next day",
        "announced, then cancelled; not imported if cancelled before the first run",
        (Step(BY_MARKETPLACE, _days(1, 3), _days(0, 1), reason=WISH),),
        payments=PREPAYMENT,
        weight=1,
    ),
    Life(
        "cancelled_after_payment",
        "processable, then cancelled by OTTO two days later",
        "processable, then cancelled; not imported if cancelled before the first run",
        (_PAID, Step(BY_MARKETPLACE, _days(2, 2), _days(0, 1), reason="PAYMENT_FRAUD")),
        weight=1,
    ),
    Life(
        "cancelled_by_partner",
        "processable, then cancelled by the seller on the fifth day",
        "processable, then cancelled_by_partner",
        (_PAID, Step(BY_PARTNER, _days(4, 20), _days(0, 1), reason="CANCELLED_ON_PARTNER_WISH")),
    ),
)

LIVES: dict[str, Life] = {life.name: life for life in _TABLE}


def _interleaved() -> tuple[Life, ...]:
    """Spread the weighted lives evenly over one cycle, so that a slice of it looks like the whole."""
    places = [((turn + 0.5) / life.weight, life.name) for life in _TABLE for turn in range(life.weight)]
    return tuple(LIVES[name] for _, name in sorted(places))


CYCLE = _interleaved()
