"""PrestaShop over its Webservice: XML in, JSON out."""

from otto_import.writers.prestashop.plugin import plugin

__all__ = ["plugin"]
