"""Several writes at a time, `[shop] concurrency` of them: never two of one order, and none begun once a stop was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final

from otto_import.errors import CredentialsRefused, OttoImportError, ShopUnavailable
from otto_import.plan import InDoubt, NotBegun, Outcome, Refused, Writable
from otto_import.writers.web.client import Doubt, Refusal

Deed = Callable[[Sequence[Writable]], Iterable[Outcome]]

_LOST_IN_A_ROW: Final = 5
_FORBIDDEN: Final = 403


def carry_out(actions: Sequence[Writable], deed: Deed, *, concurrency: int, stop: Callable[[], bool], batch: int = 1) -> Iterator[Outcome]:
    """Do `deed` with up to `batch` actions at once, on up to `concurrency` threads; yield outcomes as they come.

    `stop` is asked before each action, on the caller's thread. What is under way is finished, whatever happens. A deed that raises one of our
    errors leaves its own actions in doubt; the rest is not begun, and the error is raised once everything under way has its outcome. The same happens
    after a few deeds in a row that ended in doubt or were forbidden: then it is the shop, and not the order.
    """
    left = list(reversed(actions))
    under_way: dict[Future[list[Outcome]], Sequence[Writable]] = {}
    trouble = _Trouble()
    with ThreadPoolExecutor(max_workers=max(1, concurrency), thread_name_prefix="shop-write") as pool:
        while left or under_way:
            stopped = False
            while left and not trouble.error and not stopped and len(under_way) < max(1, concurrency):
                begun: list[Writable] = []
                while left and len(begun) < batch and not (stopped := stop()):
                    begun.append(left.pop())
                if begun:
                    under_way[pool.submit(_done, deed, begun)] = begun
            if trouble.error or stopped:
                yield from (NotBegun(action.key) for action in reversed(left))
                left.clear()
            for future in wait(under_way, return_when=FIRST_COMPLETED).done if under_way else ():
                yield from trouble.note(future, under_way.pop(future))
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


def _done(deed: Deed, actions: Sequence[Writable]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    try:
        outcomes.extend(deed(actions))
    except (Refusal, Doubt) as error:
        # One that a deed did not answer for itself: nobody knows how far it had come.
        told = {outcome.key for outcome in outcomes}
        outcomes.extend(InDoubt(action.key, error.code) for action in actions if action.key not in told)
    except OttoImportError as error:
        raise _CutOff(outcomes, error) from error
    return outcomes


class _CutOff(Exception):
    """Carry the outcomes that a deed had before the shop went away."""

    def __init__(self, outcomes: list[Outcome], error: OttoImportError) -> None:
        self.outcomes = outcomes
        self.error = error
        super().__init__(str(error))


class _Trouble:
    """Notice when it is the shop that fails, and not an order."""

    def __init__(self) -> None:
        self.error: OttoImportError | None = None
        self._lost = 0

    def note(self, future: Future[list[Outcome]], actions: Sequence[Writable]) -> list[Outcome]:
        """Give the outcomes of a deed, one for each of its actions."""
        try:
            outcomes = future.result()
        except _CutOff as cut:
            self.error = self.error or cut.error
            told = {outcome.key for outcome in cut.outcomes}
            return [*cut.outcomes, *(InDoubt(action.key, "shop away") for action in actions if action.key not in told)]
        for outcome in outcomes:
            self._count(outcome)
        return outcomes

    def _count(self, outcome: Outcome) -> None:
        match outcome:
            case InDoubt(code=code) | Refused(code=code) if isinstance(outcome, InDoubt) or code.startswith(f"http_{_FORBIDDEN}"):
                self._lost += 1
            case NotBegun():
                return
            case _:
                self._lost = 0  # the shop answers, whatever it says
                return
        if self._lost >= _LOST_IN_A_ROW and self.error is None:
            where = f"{self._lost} orders in a row"
            if isinstance(outcome, Refused):
                self.error = CredentialsRefused("the shop", where, "forbids to write; see that the key may read and write orders", status=_FORBIDDEN)
            else:
                self.error = ShopUnavailable(where, f"lost the last orders ({code}); they are looked up in the next run")
