"""Which addresses of services may be used: none that would carry credentials in clear over a network."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import httpx

from otto_import.errors import ConfigError, Problem


def checked_base_url(base_url: str) -> str:
    """Give the base URL without a slash at its end; ConfigError unless it is https, or plain http on the loopback, and holds no more than an address."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname or "", parts.port  # reading the port raises where it is none
        httpx.URL(base_url)
    except (ValueError, httpx.InvalidURL) as error:
        raise _refused(because="is no address; write https:// and the name of the host") from error
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise _refused(because="holds more than an address; leave out names, passwords and queries")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        raise _refused(because="must begin with https:// (plain http:// only on this machine)")
    return base_url.rstrip("/")


def without_path(url: str) -> str:
    """Show of an address no more than scheme, host and port, and whether a path follows: that may be a secret, as many a hook's is."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{'/…' if parts.path.strip('/') or parts.query else ''}"


def _refused(*, because: str) -> ConfigError:
    return ConfigError("the address of a service", [Problem("base_url", because)])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
