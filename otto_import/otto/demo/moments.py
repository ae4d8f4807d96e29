"""Moments as whole milliseconds since 1970 in UTC, the only form in which the stand-in reckons with time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000
_MILLISECOND = timedelta(milliseconds=1)
_WEEKDAYS = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(when: datetime) -> int:
    """Count the milliseconds up to an aware time, cut off, never rounded up."""
    return (when - EPOCH) // _MILLISECOND


def span(length: timedelta) -> int:
    """Count the milliseconds of a length of time."""
    return length // _MILLISECOND


@lru_cache(maxsize=512)
def _date(day: int) -> str:
    return (EPOCH + timedelta(days=day)).date().isoformat()


def wire(at: int) -> str:
    """Write a moment as OTTO's production does: milliseconds, and an offset without a colon (otto-api.md 3.8)."""
    day, rest = divmod(at, DAY)
    seconds, thousandths = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    return f"{_date(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{thousandths:03d}+0000"


def http_date(at: int) -> str:
    """Write a moment as the `Date` header wants it, in English whatever the locale (RFC 9110, 5.6.7)."""
    when = EPOCH + timedelta(milliseconds=at)
    weekday = _WEEKDAYS[at // DAY % 7]
    return f"{weekday}, {when.day:02d} {_MONTHS[when.month - 1]} {when.year:04d} {when.hour:02d}:{when.minute:02d}:{when.second:02d} GMT"
