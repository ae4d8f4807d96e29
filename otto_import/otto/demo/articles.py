"""What is sold in the demo: OTTO's documented sandbox articles (otto-api.md 8) and invented ones."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Article:
    """Hold one article: price gross in cents, VAT in percent as it stands on the wire; `product` is its finished JSON."""

    sku: str
    title: str
    number: str
    cents: int
    ean: str
    vat: str = "19.0"
    dimensions: tuple[tuple[str, str, str], ...] = ()
    freight: bool = False
    product: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = [f'"sku":"{self.sku}"', f'"productTitle":"{self.title}"', f'"articleNumber":"{self.number}"']
        parts += [f'"ean":"{self.ean}"', f'"vatRate":{self.vat}']
        if self.dimensions:
            listed = ",".join(f'{{"type":"{kind}","displayName":"{name}","value":"{value}"}}' for kind, name, value in self.dimensions)
            parts.append(f'"dimensions":[{listed}]')
        parts.append(f'"shopUrl":"https://www.otto.de/p/{self.number}/"')
        object.__setattr__(self, "product", "{" + ",".join(parts) + "}")


def _ean(serial: int) -> str:
    """Make a valid number of the range 20, which GS1 leaves to internal use, so that it belongs to nobody's article."""
    digits = f"20{serial:010d}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10
    return f"{digits}{check}"


def _invented(serial: int, sku: str, title: str, cents: int, *dimensions: tuple[str, str, str], vat: str = "19.0") -> Article:
    return Article(sku, title, f"S0Z{serial:02d}Y8X7W", cents, _ean(serial), vat, dimensions)


def _colour(name: str) -> tuple[str, str, str]:
    return ("COLOR", "Farbe", name)


def _size(name: str) -> tuple[str, str, str]:
    return ("SIZE", "Größe", name)


ARTICLES: tuple[Article, ...] = (
    Article("SmartCM1000-schwarz-1", "Smartphone »CallMe 1000«", "S0A1B2C3D4", 24900, "1245780164732", dimensions=(_colour("schwarz"),)),
    Article("FancyFlower-m-pi", "Fancy Shirt »Flower«", "S0E5F6G7H8", 2999, "4851278936452", dimensions=(_colour("pink"), _size("M"))),
    Article("0440-Rasen-T-V1", "Rasenmäher »Turbo V1«", "S0J9K8L7M6", 39900, "9821393948573"),
    Article("Sped-Wohn-3-98735", "Spedition Wohnlandschaft 3-tlg.", "S0N5P4Q3R2", 129900, "8263748321943", freight=True),
    Article("Sped-Kühl084-kombi", "Spedition Kühl-Gefrier-Kombination »084«", "S0V3W4X5Y6", 64900, "7263000981290", freight=True),
    _invented(1, "KOCHBUCH-7", "Kochbuch »Sieben Gänge«", 1990, vat="7.0"),
    _invented(2, "Roman Möwe", "Roman »Die Möwe von gegenüber«", 1200, vat="7.0"),
    _invented(3, "SOLAR-800", "Balkonkraftwerk »Südseite 800«", 44900, vat="0.0"),
    _invented(4, "Tasse-blau-2er", "Tassen »Küstennebel«, 2er-Satz", 1895, _colour("blau")),
    _invented(5, "LAMPE-39/ws", "Stehlampe »Lüttje«", 8999, _colour("weiß")),
    _invented(6, "Socken-43-46", "Wollsocken »Förde«, 3 Paar", 1499, _size("43–46")),
    _invented(7, "BETTW-155x220", "Bettwäsche »Stille Bucht«", 5995, _size("155 x 220 cm")),
    _invented(8, "Kissen-40-gn", "Kissenhülle »Moos«", 999, _colour("grün")),
    _invented(9, "Pfanne_28", "Schmiedepfanne »Glut« 28 cm", 4490),
    _invented(10, "TEE-DARJ-250", "Schwarzer Tee »Erste Ernte«, 250 g", 1349, vat="7.0"),
    _invented(11, "Regal-4F-Ei", "Regal »Vierfach«", 17900, _colour("Eiche")),
    _invented(12, "Schlafsack-K", "Kinderschlafsack »Igel«", 3990, _size("110")),
    _invented(13, "HEFT-A5-5", "Notizhefte »Kladde«, 5 Stück", 799),
    _invented(14, "Uhr-Ø30", "Wanduhr »Mittagsstunde« Ø 30 cm", 3299),
    _invented(15, "Drachen-1,6", "Lenkdrachen »Böe« 1,6 m", 5299, _colour("rot")),
)

BY_SKU = {article.sku: article for article in ARTICLES}
PARCELS = tuple(article for article in ARTICLES if not article.freight)
