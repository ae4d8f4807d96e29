"""What `otto-import check` finds out about the webhook, without sending it an event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from otto_import.errors import ServiceError
from otto_import.plan import Finding, Grade, Role
from otto_import.writers.events import ambiguous

if TYPE_CHECKING:
    from otto_import.writers.webhook.lookup import LookUp

_SUBJECT: Final = "webhook"
_LOOKUP: Final = "look-up"


def findings(url: str, lookup: LookUp | None, roles: Mapping[Role, str]) -> Iterator[Finding]:
    """Ask the look-up, where there is one, for nothing, and say what cannot be known before the first event."""
    yield Finding(Grade.GOOD, _SUBJECT, f"events go to {url}, signed")
    yield Finding(Grade.GOOD, "currency", "events are in EUR, and say so")
    if lookup is None:
        text = "no lookup_url is named: nothing can be proven without sending an event, and none is sent for a try"
        yield Finding(Grade.WARNING, _LOOKUP, text, "name a lookup_url, or watch the first run")
        yield from ambiguous(roles, _SUBJECT, "the receiver")
        return
    yield _asked(lookup)


def _asked(lookup: LookUp) -> Finding:
    try:
        count = lookup.nothing()
    except ServiceError as error:
        text, _, remedy = error.text.partition("; ")
        return Finding(Grade.BAD, _LOOKUP, f"the receiver {text} ({error.where})", remedy or "see that lookup_url is right and the receiver is up")
    if count:
        text = f"the receiver answers with {count} orders where none was asked for; it must answer with those named by key or ref, and no others"
        return Finding(Grade.WARNING, _LOOKUP, text, "let it filter: an order that it leaves out counts as not there, and is sent again")
    return Finding(Grade.GOOD, _LOOKUP, "the receiver answers, and knows our signature as far as it asks for it")
