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
        with stop.waiting():
            assert not stop()


def test_the_first_signal_is_remembered_and_announced_once() -> None:
    told: list[int] = []
    with Signals(told.append) as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop()
        signal.raise_signal(signal.SIGTERM)
    assert told == [signal.SIGTERM]


def test_a_signal_ends_a_wait_at_once() -> None:
    with Signals() as stop:
        with pytest.raises(Stopped) as caught, stop.waiting():
            signal.raise_signal(signal.SIGINT)
        assert stop()
    assert caught.value.signal_number == signal.SIGINT


def test_a_wait_is_not_begun_once_a_stop_was_asked_for() -> None:
    begun = False
    with Signals() as stop:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped) as caught, stop.waiting():
            begun = True
    assert not begun
    assert caught.value.signal_number == signal.SIGTERM


def test_after_a_wait_a_signal_is_remembered_again_and_not_raised() -> None:
    with Signals() as stop:
        with stop.waiting(), stop.waiting():
            pass
        signal.raise_signal(signal.SIGTERM)
        assert stop()


def test_a_second_ctrl_c_interrupts() -> None:
    with Signals():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_another_thread_catches_nothing_and_its_wait_does_not_end_the_main_threads_work() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[bool] = []

    def elsewhere(stop: Signals) -> None:
        with Signals():
            seen.append(signal.getsignal(signal.SIGINT) == before)
        with stop.waiting():
            inside.set()
            leave.wait(10)

    inside, leave = threading.Event(), threading.Event()
    stop = Signals()
    thread = threading.Thread(target=elsewhere, args=(stop,))
    thread.start()
    assert inside.wait(10)
    with stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop()
    leave.set()
    thread.join()
    assert seen == [True]
