"""Which number an article of OTTO bears in the shop: prefix, map, EAN."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otto_import.errors import ConfigError, Problem
from otto_import.pairs import read_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otto_import.orders import Line
    from otto_import.writers.web.settings import ShopSettings

COLUMNS: Final = ("otto_sku", "shop_sku")
_KEY: Final = "sku_map"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Name the article to look for: its number, and whether that is an EAN. An empty number can be found nowhere."""

    number: str
    ean: bool = False


class ArticleNumbers:
    """Translate OTTO's articles to the shop's numbers; the map wins, then the EAN if asked for, else the SKU without the prefix."""

    def __init__(self, settings: ShopSettings, folder: Path) -> None:
        """Begin; the map (relative to `folder`) is read when first needed, and ConfigError says what is wrong with it."""
        self._settings = settings
        self._path = None if settings.sku_map is None else folder / settings.sku_map
        self._map: Mapping[str, str] | None = None

    def of(self, line: Line) -> Wanted:
        """Give what to look for in the shop."""
        mapped = self.map.get(line.sku)
        if mapped is not None:
            return Wanted(mapped)
        if self._settings.match == "ean":
            return Wanted(line.ean.strip(), ean=True)
        return Wanted(line.sku.removeprefix(self._settings.sku_prefix))

    @property
    def map(self) -> Mapping[str, str]:
        """Give the map from OTTO's SKUs to the shop's, empty where there is none."""
        if self._map is None:
            self._map = {} if self._path is None else read_map(self._path)
        return self._map


def read_map(path: Path) -> dict[str, str]:
    """Read the CSV file with the columns otto_sku,shop_sku; ConfigError names the line that is wrong."""
    found: dict[str, str] = {}
    try:
        pairs = read_pairs(path, *COLUMNS)
    except ValueError as error:
        raise _refused(path, str(error)) from error
    for line, otto, shop in pairs:
        if found.setdefault(otto, shop) != shop:
            raise _refused(path, f"line {line} gives a SKU of OTTO that stands above with another SKU of the shop; keep one of them")
    return found


def _refused(path: Path, text: str) -> ConfigError:
    return ConfigError(str(path), [Problem(_KEY, text)])
