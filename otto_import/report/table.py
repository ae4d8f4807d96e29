"""Rows laid out: as a table that fits a width, or one by one at fixed widths."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from otto_import.report.rows import DONE, Kind, Row

_ROOMY = 120
_UNBOUNDED = 10_000
_LEAST = 77
_GAP = 2
_HEADINGS = ("", "order", "age", "OTTO", "shop", "why")
_LEAST_STATUS, _LEAST_WHY = 12, 20


def rendered(console: Console, *things: RenderableType) -> str:
    """Render things to a text with the colours the console allows and no blanks at the ends of lines."""
    try:
        with console.capture() as capture:
            for thing in things:
                console.print(thing)
    except OSError:  # rich flushes the stream even when it only captures; writing to it will tell
        return "\n"
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def width_of(columns: int | None) -> int:
    """Give the width to lay out for: the terminal's, but no less than a row needs; None is a pipe, where each order keeps to one line."""
    return _UNBOUNDED if columns is None else max(columns, _LEAST)


def table(rows: Sequence[Row], width: int) -> Table:
    """Lay rows out so that they fit the width, without losing a character."""
    cells = [_cells(row, width) for row in rows]
    grid = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for heading, column in zip(_HEADINGS, _widths(cells, width), strict=True):
        grid.add_column(heading, overflow="fold", width=column, justify="right" if heading == "age" else "left")
    for row, (mark, number, age, states, status, why) in zip(rows, cells, strict=True):
        style = row.kind.style
        grid.add_row(Text(mark, style=style), Text(number), Text(age), Text(states), Text(status, style=style), Text(why))
    return grid


def _cells(row: Row, width: int) -> tuple[str, ...]:
    """Give the texts of a row; where there is little room, the longest words are cut where a reader would."""
    if width == _UNBOUNDED:
        return row.mark, row.number, row.age, ", ".join(row.states), row.status, "; ".join((row.why, *row.notices))
    states = "\n".join(row.states)
    if width < _ROOMY:
        states = states.replace("CANCELLED_BY_", "CANCELLED_BY_\n")
    return row.mark, row.number, row.age, states, row.status, "\n".join((row.why, *row.notices))


def _widths(cells: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """Share out the width: short columns get what they need, status and reason the rest; a salesOrderId (36) is folded evenly."""
    mark, number, age, states, status, why = (
        max(len(line) for cell in (heading, *column) for line in cell.split("\n"))
        for heading, column in zip(_HEADINGS, zip(*cells, strict=True), strict=True)
    )
    if width == _UNBOUNDED:
        return [mark, number, age, states, status, why]
    number = min(number, 18 if width >= _ROOMY else 12)
    states = min(states, 27 if width >= _ROOMY else 14)
    room = width - (mark + number + age + states + _GAP * (len(_HEADINGS) - 1))
    status = min(status, max(_LEAST_STATUS, room - max(_LEAST_WHY, room // 2)))
    return [mark, number, age, states, status, min(why, room - status)]


def legend(kinds: Collection[Kind], fit: Callable[[str], str], *, done: bool) -> Text:
    """Explain the signs that occur."""
    parts = [(fit(kind.sign), kind.word, kind.style) for kind in Kind if kind in kinds]
    if done:
        parts.append((fit(DONE), "done", "green"))
    text = Text()
    for sign, word, style in parts:
        text.append("   " if text else "").append(sign, style=style).append(f" {word}")
    return text


def fixed_heading() -> str:
    """Give the headings above rows of fixed widths."""
    _, order, age, otto, shop, why = _HEADINGS
    return f"    {order:<12} {age:>6}  {otto:<27}  {shop:<24}  {why}"


def fixed(row: Row) -> str:
    """Give a row as one line of fixed widths; a cell too long is shown whole and shifts the rest."""
    why = "; ".join((row.why, *row.notices))
    return f"{row.mark:<3} {row.number:<12} {row.age:>6}  {', '.join(row.states):<27}  {row.status:<24}  {why}"
