"""The shop: reachable, with the rights that are needed, and in which currency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from otto_import.checks.proof import Proof, bad, from_config, warning
from otto_import.errors import ConfigError, ServiceError
from otto_import.plan import Finding

if TYPE_CHECKING:
    from otto_import.writers.base import Writer

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
