"""A request to stop, within one process."""

from __future__ import annotations

import signal
import threading

import pytest

from otto_import.cli.signals import Signals
from otto_import.errors import Stopped


def test_nothing_is_asked_for_at_first() -> None:
    with Signals() as stop:
        assert not stop()
        stop.check()


def test_the_first_signal_is_remembered_and_announced_once() -> None:
    told: list[int] = []
    with Signals(told.append) as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop()
        signal.raise_signal(signal.SIGTERM)
    assert told == [signal.SIGTERM]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_raises_nothing_by_itself_and_ends_the_run_where_it_asks(number: signal.Signals) -> None:
    with Signals() as stop:
        signal.raise_signal(number)
        with pytest.raises(Stopped) as caught:
            stop.check()
    assert caught.value.signal_number == number


def test_a_second_ctrl_c_interrupts() -> None:
    with Signals():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_another_thread_catches_nothing() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[bool] = []

    def elsewhere() -> None:
        with Signals():
            seen.append(signal.getsignal(signal.SIGINT) == before)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [True]
