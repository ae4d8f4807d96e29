"""What writers over HTTP share: settings, asking and writing, several orders at a time, articles, money, the receipt."""

from otto_import.writers.web.articles import ArticleNumbers, Wanted
from otto_import.writers.web.bundles import bundled
from otto_import.writers.web.carrying import carry_out, one_by_one
from otto_import.writers.web.client import Doubt, Refusal, ShopClient, basic
from otto_import.writers.web.lines import fee_label, line_fields, net
from otto_import.writers.web.receipt import Receipt, issued, renewed
from otto_import.writers.web.settings import ShopSettings

__all__ = [
    "ArticleNumbers",
    "Doubt",
    "Receipt",
    "Refusal",
    "ShopClient",
    "ShopSettings",
    "Wanted",
    "basic",
    "bundled",
    "carry_out",
    "fee_label",
    "issued",
    "line_fields",
    "net",
    "one_by_one",
    "renewed",
]
