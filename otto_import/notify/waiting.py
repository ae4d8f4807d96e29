"""Several notices at once, each on a thread of its own, and together within a time: a service that hangs cannot hold the program."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from otto_import.errors import OttoImportError, Stopped
from otto_import.http.early import Early

LONGEST_SECONDS = 10.0
"""How long all notices of a run may take together."""


class NotHeard(OttoImportError):
    """Say that a notice did not arrive; the text holds nothing of its address."""


def at_once(
    notices: Mapping[str, Callable[[], None]], *, glance: Callable[[], None] = lambda: None, longest: float = LONGEST_SECONDS
) -> dict[str, str]:
    """Send notices, each named; give those that failed, with a sentence why. `glance` is called meanwhile, and may end the waiting by `Stopped`.

    The threads end with the program at the latest: what a hanging service does after the time is over keeps nobody waiting.
    """
    until = time.monotonic() + longest
    sent = {name: Early(_wanted_or_not(notice)) for name, notice in notices.items()}
    failed: dict[str, str] = {}
    for name, early in sent.items():
        try:
            early.result(glance, max(0.0, until - time.monotonic()))
        except TimeoutError:
            failed[name] = f"there was no answer within {longest:.0f} seconds"
        except Stopped:
            failed[name] = "it was not waited for, since the run was asked to stop"
        except OttoImportError as error:
            failed[name] = str(error)
        except Exception as error:  # noqa: BLE001  – whatever it is, a notice never fails a run
            failed[name] = f"it failed ({type(error).__name__})"
    return failed


def _wanted_or_not(notice: Callable[[], None]) -> Callable[[Callable[[], bool]], None]:
    return lambda _dropped: notice()
