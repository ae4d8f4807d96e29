"""Ask which of the shop's statuses stands for what OTTO says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from otto_import.checks.statuses import described, fitting
from otto_import.config.models import ROLES
from otto_import.plan import Role
from otto_import.setup.fields import parsed
from otto_import.setup.text import suggested_status
from otto_import.wiring import proving

if TYPE_CHECKING:
    from otto_import.cli.asking import Questions
    from otto_import.plan import ShopStatus

_MEANING = {
    Role.ANNOUNCED: "Status for announced orders: not yet paid, not to be shipped",
    Role.PROCESSABLE: "Status for processable orders: paid, to be shipped by you",
    Role.CANCELLED: "Status for cancelled orders: by OTTO, or unpaid after 7 days",
}


class StatusQuestions:
    """Offer a shop's statuses, if it lists any, by number, by code, or written as the writer wants them."""

    def __init__(self, ask: Questions, writer: str, listed: Sequence[ShopStatus]) -> None:
        self._ask = ask
        self._writer = writer
        self._listed = listed
        self._numbered = not any(status.code.isdecimal() for status in listed)  # else a number is a status of the shop
        self._before: dict[Role, str] = {}

    def show(self) -> None:
        """List the statuses with what each does."""
        if not self._listed:
            return
        wide = max(len(status.code) for status in self._listed)
        rows = (
            f"  {f'{number:>2}  ' if self._numbered else ''}{status.code:<{wide}}  {described(status)}"
            for number, status in enumerate(self._listed, start=1)
        )
        self._ask.say("", "The statuses of your shop:", *rows)

    def ask(self, *, announced: bool) -> dict[str, Any]:
        """Ask for the statuses that are needed; others only come by option."""
        asked = [role for role in _MEANING if announced or role is not Role.ANNOUNCED]
        found: dict[str, Any] = {}
        for role in asked:
            found[role.value] = self._one(role)
            self._before[role] = str(found[role.value])
        for name in ROLES:
            value = self._ask.option(f"status {name}", self._read)
            if value is not None:
                found[name] = value
        self._ask.refuse_rest("status ", ROLES)
        return found

    def _one(self, role: Role) -> Any:  # noqa: ANN401  – a text, or a table where the shop has several state machines
        """Ask for one status; one that the shop does not list is asked about once more, for some shops take any and would take a slip too."""
        codes = {status.code for status in self._listed}
        while True:
            value = self._ask.text(f"status {role}", _MEANING[role], self._read, default=self._offered(role))
            if not codes or not self._ask.attended or proving.status_of(self._writer, value) in codes:
                return value
            if self._ask.yes("", f"The shop has no status {value!r} so far. Take it all the same", default=False):
                return value

    def _offered(self, role: Role) -> str | None:
        if role in self._before and not self._before[role].startswith("{"):
            return self._before[role]
        suggestion = suggested_status(role)
        fit = [status.code for status in fitting(role, self._listed)]
        if not self._listed or suggestion in fit:
            return suggestion
        return fit[0] if fit else None

    def _read(self, text: str) -> Any:  # noqa: ANN401  – a text, or a table where the shop has several state machines
        codes = [status.code for status in self._listed]
        if text not in codes and self._numbered and text.isdecimal() and 0 < int(text) <= len(codes):
            text = codes[int(text) - 1]
        value = parsed(text) if text.startswith("{") else text
        proving.status_of(self._writer, value)  # raises for what the writer does not take
        return value
