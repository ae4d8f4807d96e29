"""The 36 named orders: when each is placed, which life it has, and the role of its shop status in the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from otto_import.otto.demo.lives import LIVES, Life
from otto_import.otto.demo.moments import moment


@dataclass(frozen=True, slots=True)
class Named:
    """Hold one named order. `ends` is the key of `[status]` that its shop order shows on 23 June 2026, or None: never imported.

    It holds for daily runs at 12:00Z from the default clock on, announced orders imported, `after_deadline = "cancel"`, every status mapped.
    """

    placed: int
    life: Life
    ends: str | None


def _named(number: int, row: tuple[str, str, str | None]) -> Named:
    placed = datetime.fromisoformat(f"2026-{row[0]}Z")
    return Named(moment(placed) + number * 12_347 % 60_000, LIVES[row[1]], row[2])


SCHEDULE: tuple[Named, ...] = tuple(
    _named(number, row)
    for number, row in enumerate(
        (
            ("05-29 06:12", "sent", None),
            ("05-29 13:40", "plain", "sent"),
            ("05-29 19:05", "sent_then_returned", None),
            ("05-30 08:31", "never_paid", None),
            ("05-30 15:22", "plain", "sent"),
            ("05-30 20:48", "forgotten", None),
            ("05-31 09:17", "two_units", "sent"),
            ("05-31 16:54", "sent", None),
            ("05-31 21:10", "cancelled_before_payment", None),
            ("06-01 07:02", "plain", "sent"),
            ("06-01 12:36", "discounts_two_vat", "sent"),
            ("06-01 18:45", "cancelled_after_payment", None),
            ("06-02 06:50", "plain", "sent"),
            ("06-02 11:29", "freight", "sent"),
            ("06-02 20:15", "sent", None),
            ("06-03 08:08", "plain", "sent"),
            ("06-03 15:40", "never_paid", "cancelled"),  # OTTO cancels before the next run
            ("06-03 18:05", "paid_late", "sent"),
            ("06-04 08:20", "never_paid", "cancelled"),  # our deadline passes first: a run falls between it and OTTO's
            ("06-04 16:30", "forgotten", "cancelled"),
            ("06-05 09:25", "partly_sent", "sent"),
            ("06-05 19:59", "cancelled_by_partner", "cancelled_by_partner"),
            ("06-06 07:45", "plain", "sent"),
            ("06-06 12:52", "suspected_fraud", "sent"),
            ("06-06 21:30", "plain", "sent"),
            ("06-07 15:18", "plain", "sent"),
            ("06-07 20:40", "sent_then_returned", "returned"),
            ("06-08 09:14", "paid_on_wednesday", "sent"),
            ("06-08 12:40", "cancelled_after_payment", "cancelled"),
            ("06-08 14:27", "sent", "sent"),
            ("06-08 17:20", "partly_cancelled", "sent"),
            ("06-08 20:06", "cancelled_before_payment", "cancelled"),
            ("06-09 11:28", "invoice_window", "sent"),
            ("06-09 15:26", "plain", "sent"),
            ("06-10 09:33", "two_units", "sent"),
            ("06-11 16:02", "plain", "sent"),
        ),
    )
)
END = moment(datetime(2026, 6, 12, tzinfo=UTC))
