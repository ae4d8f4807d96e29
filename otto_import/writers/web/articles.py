"""Which number an article of OTTO bears in the shop: prefix, map, EAN."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otto_import.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otto_import.orders import Line
    from otto_import.writers.web.settings import ShopSettings

COLUMNS: Final = ("otto_sku", "shop_sku")
_KEY: Final = "sku_map"
_LARGEST: Final = 64 * 1024 * 1024


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
    """Read the CSV file, separated by commas or semicolons; ConfigError names the line that is wrong."""
    try:
        if path.stat().st_size > _LARGEST:
            raise _refused(path, "is too large to be a list of articles")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _refused(
            path, f"cannot be read ({error.strerror or type(error).__name__}); name a CSV file with the columns otto_sku,shop_sku"
        ) from None
    except UnicodeDecodeError:
        raise _refused(path, "is not UTF-8 text; save it as CSV in UTF-8") from None
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",", strict=True)
    try:
        if not set(COLUMNS) <= {name.strip() for name in reader.fieldnames or ()}:
            raise _refused(path, f"must begin with a line that names the columns {','.join(COLUMNS)}")
        return _rows(path, reader)
    except csv.Error:
        raise _refused(path, f"line {reader.line_num + 1} is no CSV") from None


def _rows(path: Path, reader: csv.DictReader[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in _named(reader):
        otto, shop = (row.get(name, "") for name in COLUMNS)
        if not otto and not shop:
            continue
        if not otto or not shop:
            raise _refused(path, f"line {reader.line_num} lacks a SKU; fill both columns, or remove the line")
        if found.setdefault(otto, shop) != shop:
            raise _refused(path, f"line {reader.line_num} gives a SKU of OTTO that stands above with another SKU of the shop; keep one of them")
    return found


def _named(reader: csv.DictReader[str]) -> Iterable[dict[str, str]]:
    for row in reader:
        yield {name.strip(): value.strip() for name, value in row.items() if isinstance(name, str) and isinstance(value, str)}


def _refused(path: Path, text: str) -> ConfigError:
    return ConfigError(str(path), [Problem(_KEY, text)])
