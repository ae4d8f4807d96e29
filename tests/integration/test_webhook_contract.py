"""The webhook keeps the contract: with a look-up all of it, without one as far as it can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from otto_import.testing import Look, WriterContract
from otto_import.writers.base import Writer
from tests.webhook_receiver import Receiver, serving
from tests.webhook_sender import open_webhook


class TestWebhookThatCanAsk(WriterContract):
    looks_up = True

    @pytest.fixture(autouse=True)
    def receiver(self, tmp_path: Path) -> Iterator[None]:
        self._folder, self._receiver = tmp_path, Receiver()
        with serving(self._receiver):
            yield
        assert [] == self._receiver.wrong

    def writer(self) -> Writer:
        return open_webhook(self._receiver, self._folder, looks_up=self.looks_up)

    def move(self, ref: str, status: str) -> None:
        self._receiver.move(ref, status)

    def delete(self, ref: str) -> None:
        self._receiver.delete(ref)

    def look(self, ref: str) -> Look:
        return self._receiver.look(ref)

    def traces(self) -> object:
        return [list(self._folder.iterdir()), dict(self._receiver.orders), list(self._receiver.attempts)]


class TestWebhookThatOnlySends(TestWebhookThatCanAsk):
    looks_up = False
