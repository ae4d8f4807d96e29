"""Times and numbers given on the command line. Wrong ones raise `typer.BadParameter`, exit code 2."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import typer

BERLIN = "Europe/Berlin"
_YEARS = range(2000, 2101)
_LONGEST_WAIT = 7 * 24 * 3600


def moment(text: str | None, option: str) -> datetime | None:
    """Read an ISO 8601 timestamp as aware UTC; without a zone it is Berlin's."""
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no timestamp; write it like 2026-06-10T12:00:00Z."
        raise typer.BadParameter(message, param_hint=f"'{option}'") from error
    _check_year(given.year, option)
    return (given if given.tzinfo else given.replace(tzinfo=ZoneInfo(BERLIN))).astimezone(UTC)


def day(text: str, option: str) -> date:
    """Read an ISO 8601 date."""
    try:
        given = date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no date; write it like 2026-01-31."
        raise typer.BadParameter(message, param_hint=f"'{option}'") from error
    _check_year(given.year, option)
    return given


def days(first: str, last: str) -> tuple[date, date]:
    """Read a range of days, both included."""
    start, end = day(first, "--from"), day(last, "--to")
    if end < start:
        message = f"{end} is before {start}, the day given with --from."
        raise typer.BadParameter(message, param_hint="'--to'")
    return start, end


def seconds(text: str, option: str) -> float:
    """Read a number of seconds to wait, at most a week."""
    try:
        given = float(text)
    except ValueError:
        given = math.nan
    if not 0 <= given <= _LONGEST_WAIT:
        message = f"{text!r} is no number of seconds from 0 to {_LONGEST_WAIT}."
        raise typer.BadParameter(message, param_hint=f"'{option}'")
    return given


def _check_year(year: int, option: str) -> None:
    if year not in _YEARS:
        message = f"the year {year} cannot be meant."
        raise typer.BadParameter(message, param_hint=f"'{option}'")
