"""The statuses that `[status]` names: they must exist in the live shop, and do what their role needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from otto_import.checks.proof import Proof, bad, good, warning
from otto_import.plan import Role, ShopStatus

_MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Trait:
    """Hold something a status does or does not, as `ShopStatus` names it, in words for yes, for no, and as a question."""

    field: str
    yes: str
    no: str
    question: str

    def of(self, status: ShopStatus) -> bool | None:
        """Ask a status; None: the shop does not say."""
        answer: bool | None = getattr(status, self.field)
        return answer

    def told(self, answer: bool) -> str:
        """Put an answer in words."""
        return self.yes if answer else self.no


TAKES = Trait("takes_stock", "takes stock", "takes no stock", "takes stock")
PAID = Trait("means_paid", "means paid", "does not mean paid", "means paid")
GIVES_BACK = Trait("gives_stock_back", "gives stock back", "gives no stock back", "gives stock back")
MAILS = Trait("mails_buyer", "mails the buyer", "mails nobody", "mails the buyer")
INVOICES = Trait("makes_invoice", "makes an invoice", "makes no invoice", "makes an invoice")

Needs = tuple[tuple[Trait, bool], ...]
_OTTO_DOES_THAT: Needs = ((MAILS, False), (INVOICES, False))
_CANCELLED: Needs = ((GIVES_BACK, True), *_OTTO_DOES_THAT)
NEEDS: Mapping[Role, Needs] = {
    Role.ANNOUNCED: ((TAKES, True), (PAID, False), *_OTTO_DOES_THAT),
    Role.PROCESSABLE: ((PAID, True), *_OTTO_DOES_THAT),
    Role.CANCELLED: _CANCELLED,
    Role.CANCELLED_BY_PARTNER: _CANCELLED,
    Role.SENT: _OTTO_DOES_THAT,
    Role.RETURNED: _OTTO_DOES_THAT,
}
"""What each role needs of its status. OTTO writes to the buyers and makes their invoices, so no status may."""


def statuses(roles: Mapping[Role, str], listed: Sequence[ShopStatus]) -> Iterator[Proof]:
    """Judge each mapped status against those the shop lists, one finding a role, and what is not mapped but should be."""
    by_code = {status.code: status for status in listed}
    if roles and not by_code:
        yield warning("status", "the shop lists no statuses, so that yours cannot be compared", "see that they are spelt as the shop spells them")
    for role in Role:
        code = roles.get(role)
        if code is None or not by_code:
            continue
        yield _judged(role, by_code[code], listed) if code in by_code else _unknown(role, code, list(by_code))
    if Role.CANCELLED not in roles:
        text = "not named: what OTTO cancels is not cancelled in the shop, and stays a conflict"
        yield warning("status.cancelled", text, "add `cancelled = …` to `[status]`")


def _unknown(role: Role, code: str, codes: Sequence[str]) -> Proof:
    lowered = {each.lower(): each for each in codes}
    near = get_close_matches(code.lower(), list(lowered), n=1)
    some = ", ".join(codes[:_MOST_LISTED]) + (" …" if len(codes) > _MOST_LISTED else "")
    remedy = f'did you mean "{lowered[near[0]]}"?' if near else f"it has {some}"
    return bad(f"status.{role}", f'the shop has no status "{code}"', remedy)


def _judged(role: Role, status: ShopStatus, listed: Sequence[ShopStatus]) -> Proof:
    subject, name = f"status.{role}", named(status)
    answers = [(trait, wanted, trait.of(status)) for trait, wanted in NEEDS[role]]
    if wrong := [trait.told(not wanted) for trait, wanted, answer in answers if answer is (not wanted)]:
        others = [other.code for other in fitting(role, listed)]
        why = f"{name} {_list(wrong, 'and')}, which does not fit what OTTO calls {role.replace('_', ' ')}"
        return bad(subject, why, f"these fit: {', '.join(others)}" if others else "let the shop do otherwise, or make a status there that fits")
    known = _list([trait.told(answer) for trait, _, answer in answers if answer is not None], "and")
    if dark := [trait.question for trait, _, answer in answers if answer is None]:
        text = f"{name} {known}; " if known else f"{name}: "
        return warning(subject, f"{text}whether it {_list(dark, 'or')}, the shop does not say", "look it up in the shop's settings")
    return good(subject, f"{name} {known}")


def fitting(role: Role, listed: Sequence[ShopStatus]) -> list[ShopStatus]:
    """Give the statuses that nothing speaks against; first those of which the shop tells what the role itself needs, then those of which it tells most."""

    def darkness(status: ShopStatus) -> tuple[int, int]:
        dark = [trait for trait, _ in NEEDS[role] if trait.of(status) is None]
        return len([trait for trait in dark if trait not in {MAILS, INVOICES}]), len(dark)

    return sorted((status for status in listed if not any(trait.of(status) is (not wanted) for trait, wanted in NEEDS[role])), key=darkness)


def named(status: ShopStatus) -> str:
    """Give a status's code, with its label where that says more."""
    plain = status.code.replace("-", " ").replace("_", " ").lower()
    return f'"{status.code}"' if status.label.lower() in {plain, ""} else f'"{status.code}" ({status.label})'


def described(status: ShopStatus) -> str:
    """Say what a status does, as far as the shop tells; what is good and usual (no mail, no invoice) is left out."""
    told = [trait.told(answer) for trait in (TAKES, PAID) if (answer := trait.of(status)) is not None]
    told += [trait.yes for trait in (GIVES_BACK, MAILS, INVOICES) if trait.of(status)]
    return ", ".join(told) or "the shop does not say what it does"


def _list(words: Sequence[str], last: str) -> str:
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
