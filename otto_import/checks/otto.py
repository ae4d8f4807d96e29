"""OTTO: who we are to it, what we may read, and whether its clock and ours agree."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from otto_import.checks.proof import Proof, bad, good, warning
from otto_import.errors import CredentialsRefused, ServiceError
from otto_import.otto.client import ListQuery, Page

if TYPE_CHECKING:
    from otto_import.orders import Reading

SKEW_TO_WARN = timedelta(minutes=2)
_SKEW_THAT_STOPS_DEADLINES = timedelta(minutes=5)  # design: Deadline
_RECENT = timedelta(days=7)


class Lister(Protocol):
    """List orders as OTTO's client does."""

    def pages(self, query: ListQuery) -> Generator[Page, None, None]:
        """Walk a list of orders."""
        ...


def reading(source: Lister, now: datetime, met: Callable[[Sequence[Reading]], None] = lambda _: None) -> Iterator[Proof]:
    """Read the first page of the last days' orders and give it to `met`; `now` is the run's clock, aware UTC."""
    try:
        with closing(source.pages(ListQuery(changed_from=now - _RECENT))) as pages:
            page = next(pages)
    except ServiceError as error:
        yield refused(error)
        return
    met(page.readings)
    yield good("credentials", "OTTO accepts the credentials and grants the scope `orders`")
    yield good("orders", "a page of orders can be read" + ("" if page.readings else "; no order changed within the last 7 days"))
    yield clock(page.skew)


def refused(error: ServiceError) -> Proof:
    """Explain why OTTO gave no orders."""
    text, _, _ = error.text.partition(";")
    seen = f"OTTO {text} ({error.where})"
    if not isinstance(error, CredentialsRefused):
        return bad("OTTO", seen, "see whether OTTO can be reached from here, then check again", away=True)
    if "scope" in error.text:
        told = "invalid_scope: " if "invalid_scope" in error.text else ""
        remedy = "the credentials are right, but the app may not read orders: in OTTO Partner Connect, «API-Zugriff», give the app the scope `orders`"
        return bad("scope", f"{told}{seen}", remedy, away=True)
    remedy = "compare otto.client_id and otto.client_secret with your app in OTTO Partner Connect; sandbox and production have apps of their own"
    return bad("credentials", seen, remedy, away=True)


def clock(skew: timedelta | None) -> Proof:
    """Compare the clocks; `skew` is ours minus OTTO's, None where OTTO's answer had no Date."""
    if skew is None:
        return warning("clock", "OTTO's answer had no Date, so that our clock cannot be compared", "see that this machine's clock is set by NTP")
    seconds = round(abs(skew).total_seconds())
    if abs(skew) < SKEW_TO_WARN:
        return good("clock", f"ours and OTTO's differ by {seconds} s")
    way = "ahead of" if skew > timedelta(0) else "behind"
    more = "; beyond 5 minutes no unpaid order is cancelled at its deadline" if abs(skew) > _SKEW_THAT_STOPS_DEADLINES else ""
    return warning("clock", f"ours is {_spelt(seconds)} {way} OTTO's{more}", "let this machine's clock be set by NTP")


def _spelt(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest:02d} s"
