"""Times for people: German local time, with its zone said."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_BERLIN = ZoneInfo("Europe/Berlin")


def local(moment: datetime | None) -> str:
    """Write a moment to the minute, like `2026-06-09 14:00 CEST`."""
    return "–" if moment is None else f"{moment.astimezone(_BERLIN):%Y-%m-%d %H:%M %Z}"


def local_plain(moment: datetime | None) -> str:
    """Write a moment as spreadsheets read it, like `2026-06-09 14:00:00`; nothing where there is none."""
    return "" if moment is None else f"{moment.astimezone(_BERLIN):%Y-%m-%d %H:%M:%S}"


def lasted(time: timedelta | None) -> str:
    """Write how long something took, in the unit that says enough."""
    if time is None:
        return "–"
    seconds = max(0.0, time.total_seconds())
    if seconds < 60:  # noqa: PLR2004  – a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004  – an hour
