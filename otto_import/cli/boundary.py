"""The one place where errors become sentences and exit codes."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from types import MappingProxyType

import typer

from otto_import.cli.app import app
from otto_import.cli.jobs import Jobs, Wired
from otto_import.errors import ConfigError, LockHeld, OttoImportError, Stopped, UsageError
from otto_import.report.sheet import mute

_NO_FIELDS: Mapping[str, object] = MappingProxyType({})
_WRONG_USAGE: type[Exception] = typer.BadParameter.__mro__[1]
"""What all of Typer's errors of usage have in common; Typer has no public name for it."""

_BUG = "✗ This is a bug in otto-import. Please report it with the lines above; take out what does not concern others."


def _complain(*sentences: str, as_json: bool, trace: str | None = None, fields: Mapping[str, object] = _NO_FIELDS) -> None:
    from otto_import.cli.logs import CRASHED, FAILED, complain  # only when something went wrong: logging is not needed for `--help`

    if trace is None:
        complain(*sentences, as_json=as_json, event=FAILED, **fields)
    else:
        complain(*sentences, as_json=as_json, event=CRASHED, traceback=trace)


def run(arguments: Sequence[str], jobs: Jobs | None = None) -> int:
    """Run a command line and give its exit code. Standard output carries results only; every error is told on standard error."""
    as_json = "--log-json" in arguments
    try:
        return _exit_code(arguments, jobs or Wired(), as_json=as_json)
    except Stopped as stopped:
        _complain(f"✗ {stopped}, before anything was begun", as_json=as_json)
        return 128 + stopped.signal_number
    except OttoImportError as error:
        _complain(*sentences(error), as_json=as_json, fields=_fields(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:  # noqa: BLE001  – the one boundary: whatever else comes is a bug, and is told as one
        from otto_import.cli.crash import trace_of

        trace = trace_of(error)
        if as_json:
            _complain(_BUG, as_json=True, trace=trace)
        else:
            _complain(*trace.splitlines(), _BUG, as_json=False)
        return 1
    finally:
        _flush()


def _fields(error: OttoImportError) -> dict[str, object]:
    """Give what a program may want to know of an error besides its sentence."""
    if not isinstance(error, LockHeld):
        return {}
    return {"holder_pid": error.pid, "holder_since": error.since.isoformat(timespec="milliseconds").replace("+00:00", "Z") if error.since else None}


def sentences(error: OttoImportError) -> list[str]:
    """Tell an error in lines; a config's problems each on a line of its own, below the file."""
    if not isinstance(error, ConfigError):
        return [f"✗ {error}"]
    if [problem.key for problem in error.problems] == [""]:
        return [f"✗ {error.where}: {error.problems[0].text}"]
    count = len(error.problems)
    return [f"{error.where}: {count} problem{'' if count == 1 else 's'}", *(f"✗ {problem}" for problem in error.problems)]


def _exit_code(arguments: Sequence[str], jobs: Jobs, *, as_json: bool) -> int:
    """Let Typer run the command. It ends by SystemExit, after its own word on wrong usage (2); where that must be JSON, we say it."""
    try:
        code = _with_what_is_called(arguments)(args=list(arguments), prog_name="otto-import", obj=jobs, standalone_mode=not as_json)
    except SystemExit as end:
        code = end.code
    except _WRONG_USAGE as error:
        _complain(f"✗ {getattr(error, 'format_message', error.__str__)()}", as_json=as_json)
        return UsageError.exit_code
    except typer.Abort:
        _complain("✗ given up before anything was begun", as_json=as_json)
        return 1
    except OSError as error:
        if "--help" not in arguments or error.errno not in {errno.ENOSPC, errno.EIO, errno.EPIPE}:
            raise
        mute(sys.stdout)  # a help text that cannot be written is no failure of ours
        return 0
    return code if isinstance(code, int) else 0


def _with_what_is_called(arguments: Sequence[str]) -> typer.Typer:
    """Give the program with the one command that is called, for to build those of all others takes time at every start; or with all of them."""
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    called = [command for command in app.registered_commands if command.callback is not None and command.callback.__name__ == name]
    if not called:
        return app  # help, a wrong name, and the completion of a shell are about all commands
    alone = copy(app)
    alone.registered_commands = called
    return alone


def _flush() -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        mute(sys.stdout)
