"""The shop's statuses, asked once, and what each does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from otto_import.plan import ShopStatus
from otto_import.writers.web import Refusal
from otto_import.writers.web.shapes import word
from otto_import.writers.woocommerce.catalogue import question
from otto_import.writers.woocommerce.wire import DRAFT, no_list

if TYPE_CHECKING:
    from otto_import.writers.web import ShopClient

_TOTALS: Final = "/wp-json/wc/v3/reports/orders/totals"
_LIST: Final = "/wp-json/wc/v3/orders/statuses"
_NOT_FOUND: Final = 404

_TRAITS: Final[Mapping[str, tuple[bool, bool, bool]]] = {
    # takes stock, means paid, gives stock back
    "pending": (False, False, True),
    "processing": (True, True, False),
    "on-hold": (True, False, False),
    "completed": (True, True, False),
    "cancelled": (False, False, True),
    "refunded": (False, False, False),
    "failed": (False, False, True),
}


class Statuses:
    """Know the shop's statuses."""

    def __init__(self, client: ShopClient) -> None:
        self._client = client
        self._names: Mapping[str, str] | None = None

    @property
    def names(self) -> Mapping[str, str]:
        """Give the labels by slug, drafts included; the bin is none of them."""
        if self._names is None:
            self._names = {each["slug"]: each["name"] for each in question(self._listed)}
        return self._names

    @property
    def all(self) -> str:
        """Name every status for a question: "any" would leave drafts out, and mixed with others find nothing."""
        return ",".join(dict.fromkeys((*self.names, DRAFT)))

    def described(self) -> Sequence[ShopStatus]:
        """Describe the statuses an order of ours may have.

        None of them mails the buyer, since no e-mail address stands on the order while we set it. What a plug-in's own status does to the stock,
        the shop does not say.
        """
        return [_described(slug, label) for slug, label in self.names.items() if slug != DRAFT]

    def _listed(self) -> Sequence[Mapping[str, str]]:
        try:
            rows = self._client.ask(_TOTALS, fault=no_list)
        except Refusal as refusal:
            if refusal.status != _NOT_FOUND:
                raise
            rows = self._client.ask(_LIST, fault=no_list)
        return [each for each in rows if word(each.get("slug")) and isinstance(each.get("name"), str)]


def _described(slug: str, label: str) -> ShopStatus:
    takes, paid, back = _TRAITS.get(slug, (None, None, None))
    return ShopStatus(slug, label, takes_stock=takes, means_paid=paid, gives_stock_back=back, mails_buyer=False, makes_invoice=False)
