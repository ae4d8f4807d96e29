"""Who sends us elsewhere is not followed: no token, no secret and no question reaches another host, whatever the redirect says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
import stamina

from otto_import.errors import OttoImportError, ServiceError
from otto_import.notify.ping import HealthCheck
from otto_import.notify.waiting import NotHeard
from otto_import.otto.client import ClientSettings, ListQuery, OttoClient, open_client
from otto_import.otto.tokens import Token, TokenFile, token_key
from otto_import.writers.web.client import Doubt, ShopClient
from tests.listener import Listener, listening

REDIRECTS = pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])


@pytest.fixture(autouse=True)
def no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def here() -> Iterator[Listener]:
    with listening() as opened:
        yield opened


@pytest.fixture
def there() -> Iterator[Listener]:
    """Give the other host; nobody may come to it."""
    with listening() as opened:
        yield opened
        assert [] == opened.heard


def otto(here: Listener, token_file: Path | None = None) -> OttoClient:
    settings = ClientSettings(base_url=here.url, client_id="app", client_secret="s3cret", max_requests_per_second=0)
    return open_client(settings, token_file=token_file, now=lambda: 50.0)


@REDIRECTS
def test_a_token_endpoint_that_has_moved_is_told_no_secret_at_its_new_place(status: int, here: Listener, there: Listener) -> None:
    here.status, here.location = status, f"{there.url}/oauth2/token"
    with closing(otto(here)) as client, pytest.raises(ServiceError, match=r"gives no access token|elsewhere"):
        list(client.pages(ListQuery()))
    assert {"POST /oauth2/token"} == set(here.paths)


@REDIRECTS
def test_a_list_and_an_order_that_have_moved_are_not_followed_with_the_token(status: int, here: Listener, there: Listener, tmp_path: Path) -> None:
    kept = TokenFile(tmp_path / "token")
    kept.write(token_key(here.url, "app", "orders", "s3cret"), Token(text="t0ken", since=0.0, until=100.0, path="/oauth2/token"))
    here.status, here.location = status, f"{there.url}/v4/orders"
    with closing(otto(here, tmp_path / "token")) as client:
        for ask in (lambda: list(client.pages(ListQuery())), lambda: client.order("cbn4aaaaa1")):
            with pytest.raises(ServiceError, match="sends us elsewhere, which is not followed"):
                ask()
    assert {"GET /v4/orders", "GET /v4/orders/cbn4aaaaa1"} == set(here.paths)


@REDIRECTS
def test_a_shop_that_has_moved_is_told_no_key_at_its_new_place(status: int, here: Listener, there: Listener) -> None:
    here.status, here.location = status, f"{there.url}/orders"
    with closing(ShopClient.open(here.url, lambda: {"Authorization": "Basic a2V5"})) as client:
        for ask in (
            lambda: client.ask("/orders"),
            lambda: client.tell("POST", "/orders", {"a": 1}),
            lambda: client.told("POST", "/x", {}, again=True),
        ):
            with pytest.raises((OttoImportError, Doubt), match=r"elsewhere|http_30"):
                ask()
    assert {"GET /orders": 3, "POST /orders": 1, "POST /x": 3} == Counter(here.paths)


@REDIRECTS
def test_a_health_check_that_has_moved_is_not_pinged_there(status: int, here: Listener, there: Listener) -> None:
    here.status, here.location = status, f"{there.url}/ping"
    with pytest.raises(NotHeard):
        HealthCheck(lambda: f"{here.url}/secret-ping", UUID(int=7)).end("{}", well=True)
    assert {"POST /secret-ping"} == set(here.paths)
