"""Who is told of the runs: whether the addresses can be fetched and used. Nobody is told anything by looking, and no part of an address is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from otto_import.checks.proof import Proof, bad, good, warning
from otto_import.errors import ConfigError

CHECK, URLS = "notify.healthcheck_url", "notify.urls"
_NOT_FAILING = "the runs go on without it"


def nobody() -> Proof:
    """Say that no one is named."""
    return good("notify", "nobody is told of failures, for neither a health check nor an address is named")


def health_check(address: Callable[[], object]) -> Proof:
    """Judge the address of the health check, which `address` fetches and checks; it is not pinged, for that would say that a run went well."""
    try:
        address()
    except ConfigError as error:
        return _unusable(CHECK, error)
    return good(CHECK, "the address is well formed; it was not pinged, since that would tell of a run")


def channels(addresses: Sequence[Callable[[], str]], known: Callable[[str], bool] | None) -> Iterator[Proof]:
    """Judge apprise's addresses, each fetched by a function; `known` tells whether apprise can read one (None: apprise is not installed)."""
    if known is None:
        if addresses:
            yield bad(URLS, "needs the package apprise, which is not installed", "run: pip install 'otto-import[notify]'")
        return
    for number, address in enumerate(addresses):
        subject = f"{URLS}.{number}"
        try:
            understood = known(address())
        except ConfigError as error:
            yield _unusable(subject, error)
            continue
        if understood:
            yield good(subject, "apprise can read the address; nothing was sent to it")
        else:
            yield warning(subject, f"it is no address that apprise knows; {_NOT_FAILING}", "see https://github.com/caronc/apprise/wiki")


def _unusable(subject: str, error: ConfigError) -> Proof:
    text, _, remedy = error.problems[0].text.partition("; ")
    return warning(subject, f"{text}; {_NOT_FAILING}", remedy)
