"""Several writes at a time, `[shop] concurrency` of them: never two of one order, and none begun once a stop was asked for."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

from otto_import.errors import OttoImportError, WritesLost
from otto_import.plan import AWAY, InDoubt, NotBegun, Outcome, Refused, Writable
from otto_import.writers.web.client import Doubt, Refusal

Deed = Callable[[Sequence[Writable]], Iterable[Outcome]]

PATIENCE: Final = 30.0
"""How many seconds a caller that wants no more outcomes waits for what is under way: as long as a shop may take for one answer."""

_GLANCE: Final = 0.2
_LOST_IN_A_ROW: Final = 5
_FORBIDDEN: Final = 403


def carry_out(
    actions: Sequence[Writable], deed: Deed, *, concurrency: int, stop: Callable[[], bool], batch: int = 1, patience: float = PATIENCE
) -> Iterator[Outcome]:
    """Do `deed` with up to `batch` actions at once, on up to `concurrency` threads; yield outcomes as they come.

    `stop` is asked before each action, on the caller's thread. What is under way is finished, whatever happens, but for a second Ctrl-C, which
    leaves it to the next run's look-up; a caller that wants no more outcomes waits `patience` seconds for it at most. A deed that raises one of our
    errors, or has a bug, leaves its own actions in doubt; the rest is not begun, and the error is raised once everything under way has its outcome.
    The same happens after a few deeds in a row that ended in doubt or were forbidden: then it is the shop, and not the order.
    """
    left = list(reversed(actions))
    crew, trouble = _Crew(deed), _Trouble()
    try:
        while left or crew.under_way:
            stopped = False
            while left and not trouble.error and not stopped and crew.under_way < max(1, concurrency):
                begun: list[Writable] = []
                while left and len(begun) < batch and _may_join(begun, left[-1]) and not (stopped := stop()):
                    begun.append(left.pop())
                if begun:
                    crew.begin(begun)
            if trouble.error or stopped:
                yield from (NotBegun(action.key) for action in reversed(left))
                left.clear()
            if crew.under_way:
                yield from trouble.note(*crew.ended())
    except (Exception, GeneratorExit):  # not KeyboardInterrupt
        crew.finish(patience)
        raise
    if trouble.error:
        raise trouble.error


def one_by_one(deed: Callable[[Writable], Outcome]) -> Deed:
    """Make a deed for several actions of one for a single one; a refusal or a doubt that it raises becomes the action's outcome."""

    def each(actions: Sequence[Writable]) -> Iterable[Outcome]:
        for action in actions:
            try:
                yield deed(action)
            except Refusal as refusal:
                yield Refused(action.key, refusal.code)
            except Doubt as doubt:
                yield InDoubt(action.key, doubt.code)

    return each


def _may_join(begun: Sequence[Writable], action: Writable) -> bool:
    # What was lost before goes alone: one order that the shop chokes on must not drag down the others of its batch again.
    return not begun or not any(each.known is not None and each.known.intention is not None for each in (begun[0], action))


_Ended = tuple[Sequence[Writable], list[Outcome], BaseException | None]


class _Crew:
    """Do deeds, each on a thread that keeps no program from ending; to be used from one thread."""

    def __init__(self, deed: Deed) -> None:
        self.under_way = 0
        self._deed = deed
        self._ended: SimpleQueue[_Ended] = SimpleQueue()

    def begin(self, actions: Sequence[Writable]) -> None:
        """Begin a deed; does not wait."""
        threading.Thread(target=self._do, args=(actions,), name="shop-write", daemon=True).start()
        self.under_way += 1

    def ended(self, patience: float = math.inf) -> _Ended:
        """Wait for the next deed to end: its actions, the outcomes it had, and what it raised. `Empty` once patience is over."""
        until = time.monotonic() + patience
        while True:
            try:
                found = self._ended.get(timeout=max(0.0, min(_GLANCE, until - time.monotonic())))
            except Empty:  # a signal that comes in the very moment before a wait does not end it, so no wait is long
                if time.monotonic() >= until:
                    raise
            else:
                self.under_way -= 1
                return found

    def finish(self, patience: float) -> None:
        """Wait for all that is under way, but not for longer than some seconds."""
        until = time.monotonic() + patience
        with suppress(Empty):
            while self.under_way:
                self.ended(until - time.monotonic())

    def _do(self, actions: Sequence[Writable]) -> None:
        outcomes: list[Outcome] = []
        raised: BaseException | None = None
        try:
            for outcome in self._deed(actions):
                outcomes.append(outcome)  # noqa: PERF402  – what was yielded before an error is kept
        except (Refusal, Doubt) as error:
            # One that a deed did not answer for itself: nobody knows how far it had come.
            outcomes += _doubted(actions, outcomes, error.code)
        except BaseException as error:  # noqa: BLE001  – raised where the outcomes are waited for
            raised = error
        self._ended.put((actions, outcomes, raised))


def _doubted(actions: Sequence[Writable], outcomes: Sequence[Outcome], code: str) -> list[Outcome]:
    told = {outcome.key for outcome in outcomes}
    return [InDoubt(action.key, code) for action in actions if action.key not in told]


class _Trouble:
    """Notice when it is the shop that fails, or the program, and not an order."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._lost = 0

    def note(self, actions: Sequence[Writable], outcomes: list[Outcome], raised: BaseException | None) -> list[Outcome]:
        """Give the outcomes of a deed, one for each of its actions."""
        if isinstance(raised, Exception):
            ours = isinstance(raised, OttoImportError)
            if self.error is None or (isinstance(self.error, OttoImportError) and not ours):  # a bug must not stay hidden behind a shop that is away
                self.error = raised
            return [*outcomes, *_doubted(actions, outcomes, AWAY if ours else "cut off")]
        if raised is not None:
            raise raised
        self._count([outcome for outcome in outcomes if not isinstance(outcome, NotBegun)])
        return outcomes

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        lost = [outcome for outcome in outcomes if isinstance(outcome, InDoubt)]
        forbidden = [outcome for outcome in outcomes if isinstance(outcome, Refused) and outcome.code.startswith(f"http_{_FORBIDDEN}")]
        if not outcomes:
            return
        if len(lost) + len(forbidden) < len(outcomes):
            self._lost = 0  # the shop answers, whatever it says
            return
        self._lost += 1  # one deed, however many orders it was about
        if self._lost < _LOST_IN_A_ROW or self.error is not None:
            return
        where = f"{self._lost} writes in a row"
        if forbidden:
            self.error = WritesLost(where, "forbids to write; see that the key may read and write orders", status=_FORBIDDEN)
        else:
            self.error = WritesLost(where, f"lost the last orders ({lost[-1].code}); they are looked up in the next run")
