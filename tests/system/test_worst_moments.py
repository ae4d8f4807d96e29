"""A signal that strikes within a library, at the moments where an exception out of its handler would do the most harm."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from otto_import.otto.demo import DemoOtto, serve
from tests.system_shop import START, Place

STRIKE = """
import os, signal, sys, threading, time
from otto_import.cli.boundary import run

event, file, name, called = sys.argv[1:5]
struck = []

def strike(frame, happened, function):
    code = frame.f_code
    if (happened, code.co_name) != (event, name) or not code.co_filename.endswith(file) or called not in getattr(function, "__name__", ""):
        return
    if not struck and signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        struck.append(True)
        sys.setprofile(None)
        time.sleep(0.05)  # let other threads go on
        os.kill(os.getpid(), signal.SIGTERM)

threading.setprofile(strike)
sys.setprofile(strike)
sys.exit(run(sys.argv[5:]))
"""
MOMENTS = (
    pytest.param("c_return", "httpcore/_synchronization.py", "__enter__", "", id="the pool of connections has just taken its lock"),
    pytest.param("c_return", "threading.py", "start", "start_new_thread", id="a thread has just been started"),
    pytest.param("call", "httpcore/_sync/http11.py", "_receive_event", "", id="the answer is being read"),
    pytest.param("return", "otto/tokens.py", "write", "", id="the token has just been kept"),
    pytest.param("call", "http/early.py", "result", "", id="the wait for the next page begins"),
)  # fmt: skip


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """Serve more than one page of orders."""
    with serve(DemoOtto(lambda: START, size=300)) as address:
        yield address


@pytest.mark.parametrize(("event", "file", "name", "called"), MOMENTS)
def test_the_run_ends_soon_with_its_summary_and_without_noise(event: str, file: str, name: str, called: str, base_url: str, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"base_url": base_url})
    command = [sys.executable, "-c", STRIKE, event, file, name, called, *place.arguments("sync")]
    struck = subprocess.run(command, capture_output=True, check=False, timeout=6, encoding="utf-8")
    assert (143, "✗ stopped by a signal\n") == (struck.returncode, struck.stderr)
    assert 143 == json.loads(struck.stdout.splitlines()[-1])["exit"]
    place.configure(otto={"base_url": None, "demo_orders": 300})
    place.done()
    assert {"created": 0, "updated": 0, "in_doubt": 0}.items() <= place.done("--strict").summary.items()
