"""The shop: reachable, with the rights that are needed, and in which currency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from otto_import.checks.proof import Proof, bad, from_config, good, warning
from otto_import.errors import ConfigError, ServiceError
from otto_import.orders import Order
from otto_import.plan import Finding
from otto_import.writers.base import Catalogue, traits_of

if TYPE_CHECKING:
    from otto_import.orders import Reading
    from otto_import.writers.base import Writer

_ARTICLES: Final = "articles"
_NAMED: Final = 8
CURRENCY = "currency"
"""The subject under which a writer's own check tells of the shop's currency, where the shop can say."""


def shop(writer: Writer) -> Iterator[Proof]:
    """Give what the writer finds out about its shop; whatever is wrong there is the shop's refusal."""
    told: list[Finding] = []
    try:
        for finding in writer.check():
            told.append(finding)
            yield Proof(finding, away=True)
    except ConfigError as error:
        yield from from_config(error)
        return
    except ServiceError as error:
        yield away(error)
        return
    if not any(finding.subject == CURRENCY for finding in told):
        yield warning(CURRENCY, "the shop does not tell its currency; OTTO's amounts are in euros", "see that the shop takes them as euros")


def away(error: ServiceError) -> Proof:
    """Say that the shop cannot be asked."""
    text, _, remedy = error.text.partition("; ")
    return bad("shop", f"{text} ({error.where})", remedy or "see whether the shop can be reached from here and its credentials are right", away=True)


def articles(writer: Writer, readings: Sequence[Reading]) -> Iterator[Proof]:
    """Tell which articles of the last orders the shop lacks, where it can be asked."""
    if not isinstance(writer, Catalogue):
        return
    lines = {line.sku: line for reading in readings if isinstance(reading.order, Order) for line in reading.order.lines}
    if not lines:
        return
    try:
        missing = writer.missing(list(lines.values()))
    except ConfigError as error:
        yield from from_config(error)
        return
    except ServiceError as error:
        yield away(error)
        return
    lacking = [sku for sku in lines if sku in missing]
    if not lacking:
        yield good(_ARTICLES, f"the shop has all {len(lines)} articles of OTTO's last orders")
        return
    named = ", ".join(lacking[:_NAMED]) + (f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else "")
    held = "their orders will be held" if traits_of(writer).holds_unknown else "they will be written as free text, without stock"
    text = f"{len(lacking)} of the {len(lines)} articles of OTTO's last orders are not in the shop ({named}); {held}"
    yield warning(_ARTICLES, text, "make them in the shop under the same SKU, or name their numbers in `sku_map`; see `match` and `sku_prefix` too")
