"""One word for two stages, which who follows events could not tell apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from otto_import.plan import Finding, Grade, Role

_FAMILIES: Final = {Role.CANCELLED_BY_PARTNER: Role.CANCELLED, Role.RETURNED: Role.SENT}


def ambiguous(roles: Mapping[Role, str], subject: str, follower: str) -> Iterator[Finding]:
    """Warn of one word for two stages: where the shop already shows the wanted status no event is sent, and a reader would miss the change."""
    meanings: defaultdict[str, set[Role]] = defaultdict(set)
    for role, status in roles.items():
        meanings[status].add(_FAMILIES.get(role, role))
    for status, stages in meanings.items():
        if len(stages) > 1:
            text = f'the status "{status}" stands for {" and ".join(sorted(stages))}, so that {follower} may not tell one from the other'
            yield Finding(Grade.WARNING, subject, text, "give each its own name in [status]")
