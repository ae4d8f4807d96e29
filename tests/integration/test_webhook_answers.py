"""Whatever a receiver answers, to a look-up or to an event, is an order, a doubt or an error of ours, and never a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import stamina
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from otto_import.errors import ServiceError
from otto_import.plan import Changed, Done, InDoubt, OrderKey, Outcome, Refused
from otto_import.testing import samples
from otto_import.writers.base import WriterContext
from otto_import.writers.webhook import plugin
from otto_import.writers.webhook.plugin import WebhookSettings
from otto_import.writers.webhook.writer import WebhookWriter

KEY = samples.key(samples.order())
SOUND: dict[str, Any] = {
    "key": KEY, "reference": "R-1", "status": "processing", "set_status": "processing", "total": "65.92", "paid": True, "addressed": True,
    "complete": True, "expired": False, "item_ids": ["b01", "b02"], "order_number": "bk0001", "placed_at": "2026-05-04T08:15:30.123Z",
}  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just(-(10**400)), st.just("x" * 100_000), st.just("9" * 5000),
    st.sampled_from(["\x1b]0;mine\x07", "\u202eR", "a\x00b", "=1+1", "../..", "0001-01-01T00:00:00+14:00", "1e400", "NaN", "-65.92", "\ud800", KEY]),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5), st.lists(st.none())), max_size=3), st.dictionaries(st.text(), st.none(), max_size=2),
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Break some fields of a sound order: leave them out, or put anything in their place."""
    gone = draw(st.sets(st.sampled_from(sorted(SOUND)), max_size=4))
    odd = draw(st.dictionaries(st.sampled_from(sorted(SOUND)), ODD, max_size=5))
    return {name: value for name, value in {**SOUND, **odd}.items() if name not in gone}


BODIES = st.one_of(
    st.lists(st.one_of(mutated(), ODD), max_size=4).map(lambda entries: json.dumps({"orders": entries}).encode()),
    ODD.map(lambda odd: json.dumps({"orders": odd}).encode()),
    mutated().map(lambda said: json.dumps(said).encode()),
    ODD.map(lambda odd: json.dumps(odd).encode()),
    st.binary(max_size=60),
)
PLAIN = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])


@contextmanager
def answering(status: int, body: bytes, *, looks_up: bool = True) -> Iterator[WebhookWriter]:
    """Open the writer on a receiver that answers everything alike."""
    table = {"url": "https://erp.example/events", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    lookup = {"lookup_url": "https://erp.example/orders"} if looks_up else {}
    context = WriterContext(folder=Path(), roles={}, now=lambda: datetime(2026, 6, 9, 12, tzinfo=UTC))
    with respx.mock as receiver, stamina.set_testing(True, attempts=1):
        receiver.route().mock(return_value=httpx.Response(status, content=body))
        writer = plugin.open(WebhookSettings.model_validate({**table, **lookup}), context)
        try:
            yield writer
        finally:
            writer.close()


@PLAIN
@given(body=BODIES)
@example(body=b"[" * 100_000)
@example(body=b'{"orders": [{"key": 1e999999999, "total": 1e999999999, "reference": 1e400}]}')
@example(body=b'{"orders": [{"key": "a", "total": Infinity, "reference": ' + b"9" * 5000 + b"}]}")
def test_a_look_up_gives_orders_that_can_be_shown_or_an_error_of_ours(body: bytes) -> None:
    with answering(200, body) as writer:
        try:
            found = [order for orders in writer.find([KEY]).values() for order in orders]
            found += writer.read(["R-1", KEY, "x:y"]).values()
        except ServiceError:
            return
    for order in found:
        assert (True, True) == (order.ref.isprintable(), order.status.isprintable())
        assert order.ref in {"R-1", "x:y"} or order.key == KEY
        assert order.total is None or order.total.is_finite()


@PLAIN
@pytest.mark.parametrize("looks_up", [True, False])
@given(status=st.sampled_from([200, 201, 204, 302, 400, 403, 404, 409, 422, 500]), body=BODIES)
def test_an_event_has_an_outcome_whatever_is_answered(looks_up: bool, status: int, body: bytes) -> None:
    order = samples.order()
    for action in (samples.create(order, "processing"), samples.update(order, "R-1", "processing", "cancelled", cancels=True)):
        with answering(status, body, looks_up=looks_up) as writer:
            outcomes: list[Outcome] = []
            try:
                outcomes += writer.write([action])
            except ServiceError:
                continue
        assert [OrderKey(KEY)] == [outcome.key for outcome in outcomes]
        assert isinstance(outcomes[0], Done | Changed | Refused | InDoubt)
