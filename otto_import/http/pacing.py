"""Keep below a number of requests a second."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class Pacer:
    """Let at most `per_second` requests pass in any second, from any number of threads; 0 lets all pass.

    A few requests in a row go through at once; only the one too many waits. Rates below one a second spread accordingly.
    """

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self._count = max(1, int(per_second))
        self._period = self._count / per_second if per_second > 0 else 0.0
        self._sent: deque[float] = deque(maxlen=self._count)
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    def wait(self) -> None:
        """Wait until one more request may be sent, and count it as sent."""
        if not self._period:
            return
        with self._lock:
            now = self._clock()
            # A slot is taken under the lock and slept for outside it, so that threads queue up behind one another's slots.
            slot = max(now, self._sent[0] + self._period) if len(self._sent) == self._count else now
            self._sent.append(slot)
        if slot > now:
            self._sleep(slot - now)
