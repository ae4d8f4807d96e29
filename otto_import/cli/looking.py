"""The commands that look and change nothing: `explain`, `orders`, `runs`, `schedule`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from otto_import.cli import options as given
from otto_import.cli.running import refuse_quiet_and_verbose

if TYPE_CHECKING:
    from pathlib import Path

    from otto_import.config import Config
    from otto_import.ledger.base import Selection
    from otto_import.orders import OrderState

_OUTPUT = "Output"
_MOST_RUNS = 1000

Order = Annotated[str, typer.Argument(metavar="ORDER", help="An order number or a salesOrderId.", show_default=False)]
Offline = Annotated[bool, typer.Option("--offline", help="Ask nobody over the network: tell from the ledger, and from a shop on this machine.")]
State = Annotated[str | None, typer.Option("--state", metavar="STATE", help="Only orders OTTO last said to be in this state, like PROCESSABLE.")]
Failed = Annotated[bool, typer.Option("--failed", help="Only orders that failed or are in doubt.")]
Held = Annotated[bool, typer.Option("--held", help="Only orders that are held, or whose cancellation is held back.")]
Overdue = Annotated[bool, typer.Option("--overdue", help="Only orders unpaid past their time.")]
Conflict = Annotated[bool, typer.Option("--conflict", help="Only orders in conflict.")]
SetAside = Annotated[bool, typer.Option("--set-aside", help="Only orders looked at too often, left alone until OTTO changes them or you retry.")]
Csv = Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write a CSV file, replacing one of that name; - is standard output.")]
DecimalComma = Annotated[bool, typer.Option("--decimal-comma", help="With --csv: 19,99 and semicolons, as German spreadsheets want it.")]
Number = Annotated[int, typer.Option("--number", "-n", min=1, max=_MOST_RUNS, help="How many runs.")]
Cron = Annotated[bool, typer.Option("--cron", help="A line for your crontab.")]
Systemd = Annotated[bool, typer.Option("--systemd", help="A service and its timer, for the system's manager.")]
Every = Annotated[int, typer.Option("--every", metavar="MINUTES", min=1, help="Minutes between runs.")]
OneObject = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.", rich_help_panel=_OUTPUT)]
EachObject = Annotated[bool, typer.Option("--json", help="JSON lines on standard output: one each, then a summary.", rich_help_panel=_OUTPUT)]
LogMore = Annotated[
    int, typer.Option("--verbose", "-v", count=True, help="Log more; twice: still more.", show_default=False, rich_help_panel=_OUTPUT)
]
ShowAll = Annotated[
    int, typer.Option("--verbose", "-v", count=True, help="Show every order; twice: log more.", show_default=False, rich_help_panel=_OUTPUT)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No closing sentence; log errors only.", rich_help_panel=_OUTPUT)]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(epilog="Example: otto-import explain cbn4kqmhyn")(explain)
    app.command(epilog="Example: otto-import orders --conflict --csv conflicts.csv")(orders)
    app.command(epilog="Example: otto-import runs -n 5")(runs)
    app.command(epilog="Example: otto-import schedule --systemd --every 15")(schedule)


def explain(
    context: typer.Context,
    order: Order,
    *,
    offline: Offline = False,
    config: given.ConfigPath = None,
    now: given.Now = None,
    as_json: OneObject = False,
    verbose: LogMore = 0,
    quiet: Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Tell one order as a story: what OTTO said, what we did, what the shop says, what comes next."""
    from otto_import.cli.commands import columns
    from otto_import.cli.signals import Signals
    from otto_import.cli.values import moment

    clock = moment(now, "--now")
    if not order.strip():
        message = "an empty name is no order."
        raise typer.BadParameter(message, param_hint="'ORDER'")
    with _loaded(context, config, given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)) as loaded, Signals() as stop:
        from otto_import import wiring

        story = wiring.explain(loaded, order.strip(), clock, offline, stop)
    if as_json:
        from otto_import.report.storyfields import story_fields

        _write_json(story_fields(story))
    else:
        from otto_import.report.story import show_story

        show_story(story, sys.stdout, columns=columns())


def orders(
    context: typer.Context,
    *,
    state: State = None,
    failed: Failed = False,
    held: Held = False,
    overdue: Overdue = False,
    conflict: Conflict = False,
    set_aside: SetAside = False,
    csv: Csv = None,
    decimal_comma: DecimalComma = False,
    config: given.ConfigPath = None,
    as_json: EachObject = False,
    verbose: ShowAll = 0,
    quiet: Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """List what the ledger knows of orders, the latest first; several of the options show what is in any of them."""
    _check_csv(csv, as_json=as_json, decimal_comma=decimal_comma)
    selection = _selection(_state(state), failed=failed, held=held, overdue=overdue, conflict=conflict, set_aside=set_aside)
    speech = given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)
    with _loaded(context, config, speech) as loaded:
        if csv is not None:
            _orders_as_csv(loaded, selection, csv, speech, decimal_comma=decimal_comma)
        elif as_json:
            from otto_import import wiring
            from otto_import.report.listing import JsonListing

            count = wiring.orders(loaded, selection, JsonListing(sys.stdout).show)
            _write_json({"type": "summary", "command": "orders", "orders": count, "exit": 0})
        else:
            from otto_import import wiring
            from otto_import.cli.commands import columns
            from otto_import.report.listing import PeopleListing

            wiring.orders(loaded, selection, PeopleListing(sys.stdout, columns=columns(), verbose=bool(verbose), quiet=quiet).show)


def runs(
    context: typer.Context,
    *,
    number: Number = 20,
    config: given.ConfigPath = None,
    as_json: EachObject = False,
    verbose: LogMore = 0,
    quiet: Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Show the last runs: when, how long, what they did, how they ended."""
    with _loaded(context, config, given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)) as loaded:
        from otto_import import wiring

        found = wiring.runs(loaded, number)
    from otto_import.report.runs import show_runs, write_runs

    if as_json:
        write_runs(found, sys.stdout)
        _write_json({"type": "summary", "command": "runs", "runs": len(found), "exit": 0})
    else:
        from otto_import.cli.commands import columns

        show_runs(found, sys.stdout, columns=columns())


def schedule(
    context: typer.Context,
    *,
    cron: Cron = False,
    systemd: Systemd = False,
    every: Every = 15,
    config: given.ConfigPath = None,
    as_json: OneObject = False,
    verbose: LogMore = 0,
    quiet: Quiet = False,
    log_json: given.LogJson = False,
) -> None:
    """Print what makes this machine run sync every few minutes: a crontab line, or a systemd service and timer."""
    from otto_import.cli.machine import this_machine
    from otto_import.schedule import check_every, crontab, units

    if cron == systemd:
        message = "choose exactly one of '--cron' and '--systemd'."
        raise typer.BadParameter(message, param_hint="'--cron' / '--systemd'")
    check_every(every)
    with _loaded(context, config, given.Speech(as_json=as_json, verbose=verbose, quiet=quiet, log_json=log_json)) as loaded:
        from otto_import import wiring

        job = wiring.scheduled(loaded, this_machine(), every)
    files = [("crontab", crontab(job))] if cron else [(f"/etc/systemd/system/{unit.name}", unit.text) for unit in units(job)]
    if as_json:
        _write_json({"type": "schedule", "kind": "cron" if cron else "systemd", "files": [{"path": path, "text": text} for path, text in files]})
        return
    _write_files(files, quiet=quiet)


def _write_files(files: list[tuple[str, str]], *, quiet: bool) -> None:
    from otto_import.report.sheet import Sheet

    sheet = Sheet(sys.stdout)
    for path, text in files:
        heading = "" if len(files) == 1 else f"# {path}\n"
        sheet.write(heading + "".join(f"{sheet.fit(line)}\n" for line in text.splitlines()) + ("\n" if heading else ""))
    if len(files) > 1 and not quiet:
        timer = files[-1][0].rpartition("/")[2]
        sheet.write(sheet.fit(f"# Save the two files under these names, then: systemctl daemon-reload && systemctl enable --now {timer}") + "\n")


def _orders_as_csv(config: Config, selection: Selection, target: str, speech: given.Speech, *, decimal_comma: bool) -> None:
    from pathlib import Path

    from otto_import import wiring
    from otto_import.cli.outfile import STDOUT, written
    from otto_import.report.sheet import Sheet
    from otto_import.report.spreadsheet import write_csv

    replaced = target != STDOUT and Path(target).is_file()
    with written(target, "--csv") as write:
        count = wiring.orders(config, selection, lambda found: write_csv(found, write, decimal_comma=decimal_comma))
    if target != STDOUT and not speech.quiet:
        sheet = Sheet(sys.stdout)
        what = f"{count} order{'' if count == 1 else 's'} written to {target}{', replacing what was there' if replaced else ''}."
        sheet.write(sheet.fit(what) + "\n")


def _selection(state: OrderState | None, *, failed: bool, held: bool, overdue: bool, conflict: bool, set_aside: bool) -> Selection:
    from otto_import.ledger.base import Selection
    from otto_import.plan import PendingKind

    kinds: set[PendingKind] = set()
    if failed:
        kinds.add(PendingKind.FAILED)
    if held:
        kinds |= {PendingKind.HOLD, PendingKind.HELD_BACK}
    if conflict:
        kinds.add(PendingKind.CONFLICT)
    return Selection(state=state, pending=frozenset(kinds), overdue=overdue, in_doubt=failed, set_aside=set_aside)


def _state(text: str | None) -> OrderState | None:
    from otto_import.errors import nearest
    from otto_import.orders import ItemState

    if text is None:
        return None
    word = text.strip().upper().replace("-", "_").replace(" ", "_")
    if word in ItemState.__members__:
        return ItemState[word]
    near = nearest(word, ItemState, 2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(ItemState)}."
    message = f"{text!r} is no state of OTTO; {hint}"
    raise typer.BadParameter(message, param_hint="'--state'")


def _check_csv(csv: str | None, *, as_json: bool, decimal_comma: bool) -> None:
    if decimal_comma and csv is None:
        message = "needs '--csv'."
        raise typer.BadParameter(message, param_hint="'--decimal-comma'")
    if csv is not None and as_json:
        message = "cannot go together with '--json'."
        raise typer.BadParameter(message, param_hint="'--csv'")
    if csv is not None and not csv.strip():
        message = "an empty name is no file."
        raise typer.BadParameter(message, param_hint="'--csv'")


@contextmanager
def _loaded(context: typer.Context, path: Path | None, speech: given.Speech) -> Iterator[Config]:
    """Load the config, and log for as long as the work with it goes on."""
    from otto_import.cli.logs import logging_to_stderr

    refuse_quiet_and_verbose(quiet=speech.quiet, verbose=speech.verbose)
    with logging_to_stderr(verbose=speech.verbose, quiet=speech.quiet, as_json=speech.log_json):
        yield context.obj.load(path)


def _write_json(fields: dict[str, object]) -> None:
    from otto_import.report.jsonlines import json_text
    from otto_import.report.sheet import Sheet

    sheet = Sheet(sys.stdout)
    sheet.write(json_text(fields, sheet) + "\n")
