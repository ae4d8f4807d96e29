"""Certificates that are not to be trusted: the run ends at once, nothing is written, and no secret is told to whoever shows one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.certificates import OPENSSL, Authority, guarded
from tests.fronts_http import Prestashop, Shopware6, WooCommerce
from tests.shopware6_imitation import ACCESS
from tests.system_shop import STATUS, Place
from tests.woocommerce_imitation import KEY, SECRET

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="certificates are made by the program openssl, which is not installed")

SHOWN: dict[str, Callable[[Authority], Path]] = {
    "self-signed": lambda authority: authority.self_signed(),
    "out of date": lambda authority: authority.issue("old", until="20240101000000Z"),
    "another host's": lambda authority: authority.issue("other", "shop.example"),
}
SHOPS = {
    "webhook": {"secret": "a secret of more than 24 bytes", "authorization": "Bearer of-the-receiver"},
    "woocommerce": {"consumer_key": KEY, "consumer_secret": SECRET},
    "shopware6": {"client_id": ACCESS, "client_secret": "of-the-integration", "sales_channel": "Laden"},
    "prestashop": {"key": "K" * 32},
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "webhook": STATUS,
    "woocommerce": WooCommerce.words,
    "shopware6": Shopware6.words,
    "prestashop": Prestashop.words,
}


@pytest.fixture
def authority(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Authority:
    found = Authority(tmp_path_factory.mktemp("authority"))
    monkeypatch.setenv("SSL_CERT_FILE", str(found.trusted))  # what this machine trusts
    return found


@pytest.mark.parametrize("shown", SHOWN)
def test_an_otto_with_a_certificate_not_to_be_trusted_is_told_nothing(shown: str, authority: Authority, tmp_path: Path) -> None:
    with guarded(SHOWN[shown](authority)) as port:
        place = Place(tmp_path, otto={"base_url": port.url})
        ended = place.sync()
    assert 5 == ended.code
    assert "OTTO: shows a certificate that is not trusted" in ended.summary["error"]
    assert ([], True) == (port.heard, port.refused > 0)
    assert [] == place.table("orders")


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("writer", SHOPS)
def test_a_shop_with_a_certificate_not_to_be_trusted_is_told_nothing(writer: str, shown: str, authority: Authority, tmp_path: Path) -> None:
    with guarded(SHOWN[shown](authority)) as port:
        table = {"writer": writer, "sqlite": None, writer: {"url": f"{port.url}/shop", **SHOPS[writer]}}
        own = {role: WORDS[writer].get(role) for role in STATUS}
        place = Place(tmp_path, shop=table, status=own)
        ended = place.sync()
    assert 5 == ended.code
    assert "the shop: shows a certificate that is not trusted" in ended.summary["error"]
    assert (0, 0, 0, 0) == tuple(ended.summary[name] for name in ("created", "failed", "conflicts", "set_aside"))
    assert ([], True) == (port.heard, port.refused > 0)


def test_a_certificate_that_is_trusted_is_spoken_to(authority: Authority, tmp_path: Path) -> None:
    with guarded(authority.issue("good")) as port:
        ended = Place(tmp_path, otto={"base_url": port.url}).sync()
    assert 5 == ended.code
    assert {b"POST /oauth2/t", b"POST /v1/token"} == {heard[:14] for heard in port.heard}
    assert 0 == port.refused
