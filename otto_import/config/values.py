"""What single values of the config must look like. Each function raises ValueError with a sentence that never repeats the value."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

EARLIEST_DAY = date(2000, 1, 1)
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_OTHERS_BEGINNINGS = frozenset({"demo", "sandbox"})
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)

_SLOWEST = 0.01


def as_account(text: str) -> str:
    """Check an account's name, which is part of every key and of file names."""
    if not _ACCOUNT.fullmatch(text):
        msg = "must be 1 to 40 letters, digits, _, . or -, beginning with a letter or digit"
        raise ValueError(msg)
    return text


def as_production_account(text: str) -> str:
    """Check the name of a real account: outside production keys begin with the environment's name, and so must none of its own."""
    if text.lower() in _OTHERS_BEGINNINGS:
        msg = f"must not be {text.lower()} in production, where its orders would be taken for those of the {text.lower()}; choose another name"
        raise ValueError(msg)
    return as_account(text)


def as_client_id(text: str) -> str:
    """Check a client id: one line of visible text."""
    if not text or not text.isprintable() or text != text.strip():
        msg = "must be one line of text, not empty and without spaces around it"
        raise ValueError(msg)
    return text


def as_day(value: object) -> date:
    """Read a day from a TOML date or from text such as "2026-01-31"."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            value = date.fromisoformat(value)
        except ValueError as error:
            msg = "there is no such day; write it as 2026-01-31"
            raise ValueError(msg) from error
    if not isinstance(value, date) or isinstance(value, datetime):
        msg = "must be a day such as 2026-01-31, without a time"
        raise ValueError(msg)  # noqa: TRY004  – pydantic gathers ValueErrors only
    if value < EARLIEST_DAY:
        msg = "must not be before the year 2000"
        raise ValueError(msg)
    return value


def as_clock_time(value: object) -> time:
    """Read a time of day from text such as "22:00", or from a TOML time."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        value = time.fromisoformat(value)
    if not isinstance(value, time):
        msg = 'must be a time of day such as "22:00"'
        raise ValueError(msg)  # noqa: TRY004  – pydantic gathers ValueErrors only
    return value


def as_path(value: object) -> Path:
    """Read a path; `~` is the user's home folder."""
    if not isinstance(value, str | Path) or not str(value).strip() or "\0" in str(value):
        msg = "must be a path in quotes, and not empty"
        raise ValueError(msg)
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        msg = "the home folder of that user is not known; write the path in full"
        raise ValueError(msg) from error


def as_base_url(text: str) -> str:
    """Check an address: https, or http on the loopback, and nothing in it but host, port and path. The slash at its end is dropped."""
    if not text.isascii() or not text.isprintable() or any(character in text for character in ' \\?#@"<>'):
        msg = "must be an address without user name, query, fragment or spaces, such as https://api.otto.market"
        raise ValueError(msg)
    address = _split(text)
    if address.scheme not in {"https", "http"}:
        msg = "must begin with https://"
        raise ValueError(msg)
    if address.scheme == "http" and not _loopback(address.hostname or ""):
        msg = "must begin with https:// (http is for localhost, 127.0.0.1 and ::1 only: credentials travel this way)"
        raise ValueError(msg)
    return text.rstrip("/")


def as_ping_url(text: str) -> str:
    """Check the address of a health check: as a base URL, but with a query if it has one."""
    address, mark, query = text.partition("?")
    if not query.isascii() or not query.isprintable() or any(character in query for character in ' \\#"<>') or (mark and not query):
        msg = "must be an address without fragment or spaces, such as https://hc-ping.com/your-uuid"
        raise ValueError(msg)
    as_base_url(address)
    return text


def _split(text: str) -> SplitResult:
    try:
        address = urlsplit(text)
        sound = bool(address.hostname) and address.port != 0 and _is_host(address.hostname or "")
    except ValueError as error:
        msg = "is no address; write it such as https://api.otto.market"
        raise ValueError(msg) from error
    if not sound:
        msg = "must name a host, such as https://api.otto.market"
        raise ValueError(msg)
    return address


def _is_host(host: str) -> bool:
    if ":" in host:
        return True  # urlsplit has looked at an address of version 6 already
    try:
        encoded = host.removesuffix(".").encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return all(0 < len(label) <= 63 for label in encoded.split("."))  # noqa: PLR2004  – the longest label of a host name (RFC 1035)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # Spelt out, because what counts as loopback among mapped addresses differs between versions of Python.
    return address.is_loopback if isinstance(address, IPv4Address) else str(address) == "::1"


def as_pace(value: float) -> float:
    """Take a number of requests a second: 0 for no limit, or at least one in a hundred seconds."""
    if 0 < value < _SLOWEST:
        msg = f"must be 0 (no limit of our own) or at least {_SLOWEST}"
        raise ValueError(msg)
    return value
