"""Writing to people by the optional library apprise, which speaks to mail servers, chats, pagers and some hundred services more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from otto_import.notify.waiting import NotHeard

if TYPE_CHECKING:
    from apprise import Apprise

    from otto_import.notify.message import Message

_FOREIGN_LOGS = ("apprise", "requests", "urllib3")


def installed() -> bool:
    """Tell whether apprise is there, without importing it."""
    return find_spec("apprise") is not None


class Channel:
    """Write to one address; `address` fetches apprise's URL, on a thread of our own, since that may take its time."""

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address

    def send(self, message: Message) -> None:
        """Send a message; `NotHeard`, or `ConfigError` where the address cannot be fetched."""
        address = self._address()
        if not _sent(address, message):
            text = "it did not take the message; try the address with the program `apprise`"
            raise NotHeard(text)


def known(address: str) -> bool:
    """Tell whether apprise can read an address; nothing is sent."""
    try:
        return bool(_speaker().add(address))
    except Exception:  # noqa: BLE001  – a hundred plug-ins by others: what one of them cannot even read is no address
        return False


def _speaker() -> Apprise:
    for name in _FOREIGN_LOGS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what they log may hold the address, which is a secret
    from apprise import Apprise, AppriseAsset

    # One address an object, without a time limit of its own: else apprise starts threads that the end of the program would wait for.
    # Redirects: an address that forwards elsewhere would be told what was meant for one service alone.
    return Apprise(asset=AppriseAsset(app_id="otto-import", async_mode=False, http_redirects=False, storage_mode="memory", service_timeout=0))


def _sent(address: str, message: Message) -> bool:
    speaker = _speaker()
    from apprise import NotifyFormat, NotifyType

    try:
        understood = speaker.add(address)
        grade = NotifyType(message.grade)
        heard = understood and speaker.notify(title=message.title, body=message.body, notify_type=grade, body_format=NotifyFormat.TEXT)
        broken = ""
    except Exception as error:  # noqa: BLE001  – a hundred plug-ins by others: whatever one of them raises, the run goes on
        understood, heard, broken = True, False, type(error).__name__
    # Raised here, not within `except`: the error may hold the address.
    if broken:
        text = f"the library apprise failed ({broken})"
        raise NotHeard(text)
    if not understood:
        text = "it is no address that apprise knows; see https://github.com/caronc/apprise/wiki"
        raise NotHeard(text)
    return bool(heard)
