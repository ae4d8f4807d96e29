"""Who buys in the demo: invented people at invented addresses, with everything that tends to break an import.

Umlauts, ß, an apostrophe, an emoji, c/o, zip codes with leading zeros, house numbers with letters. Telephone numbers lie in the ranges
that the German regulator keeps for film and television, e-mail addresses in domains that nobody can own. No text holds a quotation mark
or a backslash, so that it can stand in JSON as it is.
"""

from __future__ import annotations

FIRST = (
    ("MS", "Änne"),
    ("MR", "Jörg"),
    ("MS", "Siobhán"),
    ("MR", "Bülent"),
    ("MS", "Friederike"),
    ("MR", "Ole"),
    ("UNKNOWN", "Kim"),
    ("MS", "Zoë"),
    ("MR", "Matthäus"),
    ("MS", "Anna-Lena"),
    ("MR", "Søren"),
    ("MS", "Güler"),
    ("MR", "Jean-Luc"),
)
LAST = (
    "O'Connelly",
    "Großkreutz-Weiß",
    "Müßiggang",
    "Yıldızhan",
    "von der Förde",
    "Schröderskamp",
    "Kowalczykowa",
    "Ährenfeld",
    "D'Amicone",
    "Öllerich",
    "Überseer",
)
COMPANIES = ("Malerbetrieb Groß & Söhne GmbH", "Kita Pusteblume e.V.", "Café Zur Möwe", "Tischlerei Spänewerk OHG")
STREETS = ("Lindenallee", "Hafenstraße", "Am Kälberbrink", "Straße des Regenbogens", "Mühlenstieg", "Zur Alten Ölmühle", "Up'n Diek", "Schloßberg")
HOUSES = ("1", "12a", "7-9", "114", "3 B", "28", "5 1/2")
PLACES = (
    ("01067", "Dresden"),
    ("20457", "Hamburg"),
    ("06108", "Halle (Saale)"),
    ("80331", "München"),
    ("04109", "Leipzig"),
    ("50667", "Köln"),
    ("09111", "Chemnitz"),
    ("24937", "Flensburg"),
    ("70173", "Stuttgart"),
)
ADDITIONS = ("", "", "c/o Familie Öztürkoğlu", "", "Bitte klingeln 🔔 (2. OG)", "", "", "Hinterhaus", "", "")


def addresses(draw: int, *, freight: bool) -> tuple[str, str]:
    """Make delivery and invoice address as JSON, out of a number drawn for the order.

    Freight goes to a company with telephone and plain e-mail; parcels name neither (otto-api.md 3.4). Some invoices go elsewhere, some have no e-mail.
    """
    place = _place(draw >> 8)
    addition = ADDITIONS[draw % len(ADDITIONS)]
    tail = f',"addition":"{addition}"' if addition else ""
    masked = f',"email":"{draw:016x}@customer.otto.market"' if draw & 7 else ""
    if freight:
        who = f'"salutation":"COMPANY","firstName":"Wareneingang","lastName":"{COMPANIES[draw % len(COMPANIES)]}"'
        reach = f',"phoneNumber":"+494066969{draw % 1000:03d}","email":"wareneingang{draw % 1000}@shop.example"'
        return f"{{{who},{place}{tail}{reach}}}", f"{{{who},{place}{masked}}}"
    who = _person(draw)
    delivery = f"{{{who},{place}{tail}}}"
    if (draw >> 4) % 6:
        return delivery, f"{{{who},{place}{tail}{masked}}}"
    return delivery, f"{{{_person(draw + 1)},{_place(draw >> 12)}{masked}}}"


def _person(draw: int) -> str:
    salutation, first = FIRST[draw % len(FIRST)]
    return f'"salutation":"{salutation}","firstName":"{first}","lastName":"{LAST[(draw >> 16) % len(LAST)]}"'


def _place(draw: int) -> str:
    zip_code, city = PLACES[draw % len(PLACES)]
    street, house = STREETS[draw % len(STREETS)], HOUSES[draw % len(HOUSES)]
    return f'"street":"{street}","houseNumber":"{house}","zipCode":"{zip_code}","city":"{city}","countryCode":"DEU"'
