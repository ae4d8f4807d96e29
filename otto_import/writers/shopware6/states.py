"""A status in Shopware is three states, one of each machine: how it is written in one text, and which of our texts a shop's order shows.

A status may name some machines alone; those it leaves out are the merchant's own affair.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otto_import.plan import Change

ORDER: Final = "order"
TRANSACTION: Final = "transaction"
DELIVERY: Final = "delivery"
MACHINES: Final[Mapping[str, str]] = {ORDER: "order.state", TRANSACTION: "order_transaction.state", DELIVERY: "order_delivery.state"}
"""Our short names, in the order in which they stand in a text, and the shop's technical names."""

OPEN: Final = "open"
PAID: Final = "paid"
CANCELLED: Final = "cancelled"
COMPLETED: Final = "completed"
UNPAID: Final = frozenset({OPEN, "unconfirmed", "in_progress", "reminded", "failed"})
"""States of a transaction that our own paid mark may move on; "cancelled" as well, where the order itself is not to be."""

States = Mapping[str, str]
_STATE: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_SHAPE: Final = 'name a state of the order ("in_progress"), or a table such as { order = "in_progress", transaction = "paid", delivery = "open" }'


def canonical(value: object) -> str:
    """Give the canonical text of a status from the config; ValueError with one sentence if it cannot be one."""
    if isinstance(value, str):
        table: Mapping[object, object] = _parts(value) if "=" in value else {ORDER: value}
    elif isinstance(value, Mapping):
        table = value
    else:
        raise ValueError(_SHAPE)  # noqa: TRY004  – pydantic and the config take ValueErrors alone
    strange = sorted(str(name) for name in table if name not in MACHINES)
    if strange:
        text = f"there is no machine {strange[0]!r}; there are {', '.join(MACHINES)}"
        raise ValueError(text)
    if not table or not all(isinstance(state, str) and _STATE.fullmatch(state) for state in table.values()):
        raise ValueError(_SHAPE)
    return text_of({str(name): str(state) for name, state in table.items()})


def text_of(states: States) -> str:
    """Write states as one text."""
    return ",".join(f"{name}={states[name]}" for name in MACHINES if name in states)


def parsed(text: str) -> dict[str, str]:
    """Read a text back; nothing from what is no text of ours."""
    found = {str(name): str(state) for name, state in _parts(text).items() if name in MACHINES}
    return found if text_of(found) == text else {}


def shown(states: States, last: str | None, mapped: Iterable[str]) -> str:
    """Give the text that an order's three states show: of all that fit, the one naming most machines, before others the one we set last."""
    fitting = [text for text in (*((last,) if last else ()), *mapped) if _fits(parsed(text), states)]
    return max(fitting, key=lambda text: len(parsed(text))) if fitting else text_of(states)


def end(now: States, change: Change, last: str | None, graph: Graph) -> dict[str, str]:
    """Say in which states a change leaves an order; `last` is the status we set last.

    A machine that the status leaves out stays as it is, but for two cases, since an order must not be alive and its payment dead: what is paid gets
    a paid payment, and what our own cancellation cancelled is opened again as the order comes back. A machine that knows no way there stays.
    """
    wanted = parsed(change.status or "")
    aims: dict[str, str] = {}
    alive = bool(wanted) and wanted.get(ORDER) != CANCELLED
    if alive:
        before = parsed(last or "")
        aims = {name: OPEN for name in (TRANSACTION, DELIVERY) if now.get(name) == before.get(name) == CANCELLED}
    if wanted and change.paid and now.get(TRANSACTION) in (UNPAID | {CANCELLED} if alive else UNPAID):
        aims[TRANSACTION] = PAID
    reached = {name: state for name, state in aims.items() if name in graph and graph[name].way(now[name], state) is not None}
    return {**now, **{name: state for name, state in {**reached, **wanted}.items() if name in now}}


def _fits(pattern: States, states: States) -> bool:
    return bool(pattern) and all(states.get(name) == state for name, state in pattern.items())


def _parts(text: str) -> dict[object, object]:
    found: dict[object, object] = {}
    for part in text.split(","):
        name, _, state = part.partition("=")
        if name.strip() in found:
            return {}
        found[name.strip()] = state.strip()
    return found


@dataclass(frozen=True, slots=True)
class Machine:
    """Hold one state machine of the shop: ids and labels of its states, and for each state the actions that lead on."""

    ids: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def way(self, start: str, end: str) -> Sequence[tuple[str, str]] | None:
        """Give the shortest way from one state to another, as (action, state it leads to); None where there is none."""
        ways: dict[str, tuple[tuple[str, str], ...]] = {start: ()}
        ahead = deque([start])
        while ahead:
            here = ahead.popleft()
            if here == end:
                return ways[here]
            for action, state in self.actions.get(here, {}).items():
                if state not in ways:
                    ways[state] = (*ways[here], (action, state))
                    ahead.append(state)
        return None


Graph = Mapping[str, Machine]


def passes(graph: Graph, start: States, end: States, now: States) -> bool:
    """Tell whether our own move from `start` to `end` passes through the states of now.

    Shopware 6.4 puts a delivery back to `open` when lines are edited, so that one counts as well.
    """
    for name, state in now.items():
        way = graph[name].way(start.get(name, state), end.get(name, state)) if name in graph else ()
        between = {start.get(name), end.get(name), *(target for _, target in way or ())}
        if state not in between and not (name == DELIVERY and state == OPEN):
            return False
    return True
