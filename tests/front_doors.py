"""Open every kind of shop with the demo's articles on its shelves, and set the program up in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path

from otto_import.otto.demo.articles import ARTICLES
from tests import prestashop_imitation as prestashop
from tests import shopware6_imitation as shopware6
from tests import woocommerce_imitation as woocommerce
from tests.fronts import Front, Seen, Sqlite, Stood, Stream, Webhook
from tests.fronts_http import Prestashop, Shopware6, WooCommerce
from tests.system_shop import STATUS, Place
from tests.webhook_receiver import Receiver, serving
from tests.woocommerce_state import Shop as WooCommerceShop

UNGUARDED = {"max_cancellations": 100_000}
_RATES = {"19.0": "", "7.0": "reduced-rate", "0.0": "zero-rate"}
_GROUPS = {"19.0": "1", "7.0": "2", "0.0": "0"}

Opened = Callable[[Path], AbstractContextManager[Front]]


@contextmanager
def sqlite(folder: Path) -> Iterator[Front]:
    """Open the embedded shop."""
    yield Sqlite(folder)


@contextmanager
def webhook(folder: Path, *, looks_up: bool = True) -> Iterator[Front]:
    """Open a receiver, which can be asked or not."""
    with serving(Receiver()) as receiver:
        yield Webhook(receiver, looks_up=looks_up)
    assert [] == receiver.wrong


@contextmanager
def woo_commerce(folder: Path, *, old: bool = False) -> Iterator[Front]:
    """Open a WooCommerce of today, or one from before 9.9, which cannot be asked for an order."""
    shop = WooCommerceShop(old=old)
    for article in ARTICLES:
        shop.add(article.sku, tax_class=_RATES[article.vat])
    with woocommerce.imitated(shop) as imitation:
        yield WooCommerce(imitation)
    assert [] == shop.mails


@contextmanager
def shopware_6(folder: Path) -> Iterator[Front]:
    """Open a Shopware 6.5."""
    with shopware6.running() as imitation:
        for article in ARTICLES:
            imitation.store.add(article.sku)
        yield Shopware6(imitation)
        assert [] == imitation.store.mails


@contextmanager
def presta_shop(folder: Path) -> Iterator[Front]:
    """Open a PrestaShop 8."""
    with prestashop.running() as imitation:
        imitation.books.clock = lambda: "2020-01-01 00:00:00"  # nothing here looks as if somebody were at work on it
        for article in ARTICLES:
            net = Decimal(article.cents) / (100 + Decimal(article.vat))
            fields = {"reference": article.sku, "name": article.title, "price": f"{net:.6f}", "id_tax_rules_group": _GROUPS[article.vat]}
            product = imitation.books.put("products", {**fields, "product_type": "standard", "active": "1", "ean13": ""})
            imitation.books.put("stock_availables", {"id_product": product["id"], "id_product_attribute": "0", "quantity": "1000"})
        yield Prestashop(imitation)
        assert [] == imitation.books.mails


@contextmanager
def stream(folder: Path) -> Iterator[Seen]:
    """Open an event stream."""
    folder.mkdir(parents=True)
    yield Stream(folder)


ASKED: Mapping[str, Opened] = {
    "sqlite": sqlite, "webhook": webhook, "woocommerce": woo_commerce, "old woocommerce": partial(woo_commerce, old=True), "shopware6": shopware_6,
    "prestashop": presta_shop,
}  # fmt: skip
"""The shops that can be asked for an order."""


def installed(folder: Path, front: Seen, size: int) -> Place:
    """Set the program up in front of a shop, with so many orders at OTTO."""
    own = {role: front.words.get(role) for role in STATUS}
    return Place(folder, otto={"demo_orders": size}, status=own, limits=UNGUARDED, shop={"sqlite": None, **front.tables})


def shown(front: Seen) -> dict[str, Stood]:
    """Give how each order stands by OTTO's id; none may stand twice."""
    stood = front.goods().values()
    assert len(stood) == len({each.one for each in stood})
    return {each.one: each for each in stood}
