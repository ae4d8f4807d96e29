"""The command line in a process of its own: encodings, pipes, terminals, signals. The jobs follow a script."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.jobs", *arguments]


def _environment(**changes: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name not in {"COLUMNS", "TERM", "NO_COLOR"}},
        "PYTHONIOENCODING": "utf-8",
        **changes,
    }


@pytest.mark.parametrize("options", [[], ["-v"], ["-q"], ["--json"]])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_no_encoding_makes_a_report_fail(encoding: str, options: list[str]) -> None:
    ended = subprocess.run(
        _command("sync", *options), cwd=ROOT, env=_environment(PYTHONIOENCODING=encoding), capture_output=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert "b2kk2x12c4" in ended.stdout.decode(encoding)


def test_a_pipe_gets_no_colours_no_bar_and_no_boxes() -> None:
    ended = subprocess.run(_command("sync"), cwd=ROOT, env=_environment(TERM="xterm-256color"), capture_output=True, check=True, timeout=60)
    assert ended.stderr == b""
    assert not set(ended.stdout.decode()) & set("\x1b\r─│╭")


def test_a_reader_that_goes_away_stops_nothing_and_leaves_no_complaint() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(_command("sync", "--json"), cwd=ROOT, env=_environment(), stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


def _on_a_terminal(*arguments: str, interrupted: bool = False, **environment: str) -> tuple[int, str]:
    """Run on a terminal of its own, with Ctrl-C once an order was counted if so asked; give exit code and all that was shown."""
    shown = b""
    master, terminal = pty.openpty()
    with subprocess.Popen(
        _command(*arguments), cwd=ROOT, env=_environment(TERM="xterm-256color", **environment), stdin=terminal, stdout=terminal, stderr=terminal
    ) as child:
        os.close(terminal)
        while select.select([master], [], [], 60)[0]:
            try:
                shown += os.read(master, 65536)
            except OSError:  # the other end is closed: the child has ended
                break
            if interrupted and b"1 orders" in shown:
                child.send_signal(signal.SIGINT)
                interrupted = False
    os.close(master)
    return child.returncode, shown.decode()


def test_on_a_terminal_there_is_colour_and_a_bar_that_counts_and_goes_away() -> None:
    code, shown = _on_a_terminal("sync")
    assert code == 0
    assert "orders" in shown
    assert "\x1b[2K" in shown
    assert "\x1b[32m+" in shown


def test_no_color_is_respected_on_a_terminal() -> None:
    assert "\x1b[32m" not in _on_a_terminal("sync", NO_COLOR="1")[1]


@pytest.mark.parametrize("options", [["--json"], ["-q"], ["--log-json"], ["-v"]])
def test_there_is_no_bar_where_something_else_moves_or_silence_is_wanted(options: list[str]) -> None:
    assert "\x1b[2K" not in _on_a_terminal("sync", *options)[1]


def test_ctrl_c_on_a_terminal_is_answered_at_once() -> None:
    shown = _on_a_terminal("sync", interrupted=True, SLOW_JOBS="writing")[1]
    assert "Stopping after the orders in flight" in shown
    assert "Stopped: 2 created; the next run goes on from here." in shown


def _signalled(mode: str, numbers: Sequence[int]) -> tuple[int, list[str], str]:
    """Run slow jobs, send signals once the first order is out; give exit code, lines and standard error."""
    command = _command("sync", "--json")
    with subprocess.Popen(command, cwd=ROOT, env=_environment(SLOW_JOBS=mode), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        first = child.stdout.readline()
        for number in numbers:
            time.sleep(0.3)
            child.send_signal(number)
        rest, said = child.communicate(timeout=60)
    return child.returncode, [first, *rest.splitlines()], said


def test_sigterm_lets_the_order_in_flight_finish_and_the_summary_is_the_last_line() -> None:
    code, lines, said = _signalled("writing", [signal.SIGTERM])
    assert (code, said) == (143, "")
    assert [json.loads(text)["type"] for text in lines] == ["order", "order", "summary"]


@pytest.mark.parametrize(("expected", "number"), [(130, signal.SIGINT), (143, signal.SIGTERM)])
def test_where_nothing_is_in_flight_a_signal_ends_the_run_at_once_with_a_summary(expected: int, number: int) -> None:
    code, lines, said = _signalled("waiting", [number])
    assert (expected, "") == (code, said)
    assert [json.loads(text)["type"] for text in lines] == ["order", "summary"]


def test_ctrl_c_a_second_time_ends_at_once() -> None:
    code, lines, said = _signalled("stubborn", [signal.SIGINT, signal.SIGINT])
    assert (code, len(lines), said) == (130, 1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(("arguments", "code"), [(["sync"], 0), (["sync", "--json"], 0), (["sync", "--help"], 0), (["--version"], 0)])
def test_a_full_disk_under_the_output_does_not_stop_the_run(arguments: list[str], code: int, tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "config.example.toml", tmp_path / "config.toml")
    command = [sys.executable, "-m", "otto_import", *arguments]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False, encoding="utf-8")
    assert (code, False) == (ended.returncode, "Traceback" in ended.stderr)
    again = subprocess.run([sys.executable, "-m", "otto_import", "sync", "--json"], cwd=tmp_path, capture_output=True, check=True, encoding="utf-8")
    assert (18 if arguments[-1].startswith(("--h", "--v")) else 0) == json.loads(again.stdout.splitlines()[-1])["created"]
