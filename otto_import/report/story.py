"""One order's story for people, in short paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from otto_import.plan import Intention, Pending, PendingKind
from otto_import.report.local import local
from otto_import.report.sheet import Sheet
from otto_import.report.table import rendered, width_of

if TYPE_CHECKING:
    from otto_import.story import ItemLine, Rule, Story

_Pairs = Iterator[tuple[str, str]]
_KINDS = {
    PendingKind.HOLD: "held",
    PendingKind.CONFLICT: "in conflict",
    PendingKind.FAILED: "failed",
    PendingKind.HELD_BACK: "held back by the guard",
}


def show_story(story: Story, stream: TextIO | None, *, columns: int | None) -> None:
    """Print a story in short paragraphs; `columns` is the terminal's width, None for a pipe."""
    sheet = Sheet(stream)
    console = Console(file=stream, width=width_of(columns), highlight=False, markup=False, emoji=False)
    sheet.write(rendered(console, Text(sheet.fit(_title(story)), style="bold")))
    for heading, pairs in (
        ("What happened (German time)", _happened(story)),
        ("Now", _now(story)),
        ("Items", _items(story)),
        ("The rule", _rule(story.rule)),
        ("What waits", _waits(story)),
        ("What comes next", _ahead(story)),
    ):
        rows = [(sheet.fit(left), sheet.fit(right)) for left, right in pairs]
        if rows:
            sheet.write(rendered(console, "", Text(sheet.fit(heading), style="bold"), _grid(rows)))


def _grid(rows: list[tuple[str, str]]) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    grid.add_column(width=1)
    if any(left for left, _ in rows):
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for left, right in rows:
        grid.add_row("", *([Text(left)] if len(grid.columns) == 3 else []), Text(right))  # noqa: PLR2004  – margin, left and right
    return grid


def _title(story: Story) -> str:
    ids = [name for name in (story.order_number, story.sales_order_id) if name]
    known = story.known
    stage = known.stage.value if known else "unknown to the ledger"
    return f"Order {ids[0] if ids else story.key}{f' ({ids[1]})' if len(ids) > 1 else ''}: {stage}"


def _happened(story: Story) -> _Pairs:
    for moment in story.timeline:
        yield local(moment.at), moment.text


def _now(story: Story) -> _Pairs:
    yield "OTTO", story.otto.text
    yield "shop", story.shop.text
    known = story.known
    if known is None:
        yield "ledger", "nothing is remembered of it"
        return
    facts = [known.stage.value]
    if known.status is not None:
        facts.append(f"set to {known.status}")
    if known.otto_state is not None:
        facts.append(f"OTTO last said {known.otto_state}")
    if known.checked_at is not None:
        facts.append(f"asked {local(known.checked_at)}")
    if known.overdue:
        facts.append("overdue")
    if known.accepted:
        facts.append("taken as it is, by your word")
    yield "ledger", ", ".join(facts)
    for notice in story.notices:
        yield "note", notice


def _items(story: Story) -> _Pairs:
    for item in story.items:
        yield item.state.value, _item(item)
    if not story.items and story.known is not None and story.known.items:
        yield "as last written", ", ".join(story.known.items)


def _item(item: ItemLine) -> str:
    facts = [f"{item.sku} {item.title}".strip(), f"{item.price} EUR"]
    if item.since is not None:
        facts.append(f"since {local(item.since)}")
    if item.reason:
        facts.append(item.reason)
    if item.ship_by is not None and item.living:
        facts.append(f"ship by {local(item.ship_by)}")
    return ", ".join(facts)


def _rule(rule: Rule | None) -> _Pairs:
    if rule is None:
        return
    yield "OTTO says", f"{rule.row.value}{'' if rule.fresh else ' (as the ledger remembers)'}"
    yield "we know", rule.stage.value
    yield "so", f"{rule.shown} – {rule.reason}"


def _waits(story: Story) -> _Pairs:
    known = story.known
    if known is None:
        return
    if known.pending is not None:
        yield from _pending(known.pending)
    if known.intention is not None:
        yield "in doubt", _doubt(known.intention)


def _pending(pending: Pending) -> _Pairs:
    tries = f", looked at {pending.attempts} times" if pending.attempts > 1 else ""
    yield _KINDS[pending.kind], f"{pending.reason.text} (since {local(pending.since)}{tries})"
    if pending.next_at is None:
        yield "set aside", "not looked at again until OTTO changes it, or you run `otto-import retry`"
    elif pending.kind is not PendingKind.HELD_BACK:
        yield "looked at again", f"by the first run from {local(pending.next_at)} on, or now by `otto-import retry`"


def _doubt(intention: Intention) -> str:
    to = f" to {intention.status}" if intention.status else ""
    return f"a write begun {local(intention.at)} ({intention.kind}{to}) noted no end; the next run looks into the shop before it writes again"


def _ahead(story: Story) -> _Pairs:
    ahead = story.ahead
    after = f" (not before {local(ahead.not_before)})" if ahead.not_before else ""
    yield "", f"{ahead.text}{after}"
