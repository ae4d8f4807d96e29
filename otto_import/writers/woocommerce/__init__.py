"""WooCommerce over its REST interface `wc/v3`."""

from otto_import.writers.woocommerce.plugin import plugin

__all__ = ["plugin"]
