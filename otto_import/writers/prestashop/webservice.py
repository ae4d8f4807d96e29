"""PrestaShop's Webservice: rows are asked for as JSON, writes go out as XML.

Seen on PrestaShop 8.2: a list without hits is `[]` and not an object; fields that are empty are left out of a single record; a value with `|`
means "one of", one with a comma "between"; missing rights answer 401 (code 26) for a resource and 405 (code 25) for a method; user errors of
some resources answer 500.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from otto_import.writers.web import Doubt, Refusal, ShopClient
from otto_import.writers.web.bundles import LONGEST, bundled, written
from otto_import.writers.web.shapes import Once, amount, fits, whole

if TYPE_CHECKING:
    from otto_import.http import Answer

Row = dict[str, Any]
Fields = Mapping[str, object]

_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML: Final = {"Content-Type": "application/xml; charset=utf-8"}
_UNREADABLE: Final = "unreadable"
_NOT_PRESTASHOP: Final = "gives an answer that is none of PrestaShop's; check the address"
_DIED: Final = "http_500"
_AT_ONCE: Final = 100
_CHANGES: Final = "PATCH"
_NUMBERS: Final = re.compile(r"id|id_[a-z_]+|current_state|product_(attribute_)?id")
_AMOUNTS: Final = re.compile(r"total_|unit_price_|product_quantity$|amount$|rate$|shipping_cost_")


class Webservice:
    """Ask for records of one shop, add, change and drop them; safe for use from several threads."""

    def __init__(self, client: ShopClient, shop_id: int) -> None:
        self._client = client
        self._params = (("output_format", "JSON"), ("id_shop", str(shop_id)))

    def rows(self, resource: str, display: str, *filters: tuple[str, str], language: int | None = None, most: int = 0) -> list[Row]:
        """Give the records that pass the filters, with the fields of `display` (separated by commas; "full" for all). `Refusal` for 4xx.

        With `most` it is the first so many by number.
        """
        params = [*self._params, ("display", display if display == "full" else f"[{display}]")]
        params += [(f"filter[{field}]", value) for field, value in filters]
        if most:
            params += [("sort", "[id_ASC]"), ("limit", str(most))]
        if any(field.startswith("date_") for field, _ in filters):
            params.append(("date", "1"))  # else the shop knows no filter by date
        if language is not None:
            params.append(("language", str(language)))
        document = self._client.ask(f"/api/{resource}", params, fault=partial(_fault, resource, display))
        return [] if document == [] else list(document[resource])

    def chunked(self, resource: str, display: str, field: str, values: Sequence[str]) -> Iterator[Row]:
        """Give the records with one of many values in a field, some at a time, so that no address grows too long."""
        for bundle in bundles(values, _AT_ONCE):
            yield from self.rows(resource, display, (field, any_of(bundle)))

    def add(self, resource: str, name: str, *records: Fields) -> Row:
        """Add records in one request and give the last one as the shop made it; not all-or-nothing. `Refusal`, `Doubt` as `ShopClient.tell`."""
        return self._told("POST", f"/api/{resource}", name, records)

    def change(self, resource: str, name: str, number: str, fields: Fields) -> Row:
        """Change some fields of a record and give the whole record as it is now."""
        return self._told(_CHANGES, f"/api/{resource}/{number}", name, ({"id": number, **fields},))

    def drop(self, resource: str, number: str) -> None:
        """Delete a record."""
        self._client.told("DELETE", f"/api/{resource}/{number}", params=self._params)

    def overview(self) -> Answer:
        """Give the list of resources and what the key may do with each; only to be had as XML (as JSON it answers 500)."""
        return self._client.told("GET", "/api/", params=self._params[1:])

    def _told(self, method: str, path: str, name: str, records: Sequence[Fields]) -> Row:
        body = "".join(element(name, record) for record in records)
        sent = f'<?xml version="1.0" encoding="UTF-8"?><prestashop>{body}</prestashop>'.encode()
        document = self._client.tell(method, path, params=self._params, body=sent, headers=_XML)
        found = document.get(name) if isinstance(document, dict) else None
        known = path.rpartition("/")[2] if method == _CHANGES else None  # the shop tells of the very record that was changed
        if not isinstance(found, dict) or not _sound(found) or known not in {None, text(found, "id")}:
            where = f"{method} {path}"
            raise Doubt(where, _UNREADABLE)
        return found


def _fault(resource: str, display: str, document: object) -> str | None:
    found = [] if document == [] else document.get(resource) if isinstance(document, dict) else None
    asked = {"id"} if display == "full" else set(display.split(","))
    named = "id" in asked
    right = isinstance(found, list) and all(isinstance(row, dict) and asked <= row.keys() and _sound(row, named=named) for row in found)
    if not right or (named and not fits(found, Once({"id": whole}))):
        return _NOT_PRESTASHOP
    return None


def _sound(row: Row, *, named: bool = True) -> bool:
    """Tell whether numbers and amounts of a record are what they must be, where they are told at all."""
    return (not named or fits(row.get("id"), whole)) and all(
        value in (None, "") or ((not _AMOUNTS.match(name) or fits(value, amount)) and (not _NUMBERS.fullmatch(name) or fits(value, whole)))
        for name, value in row.items()
    )


def bundles(values: Iterable[str], most: int) -> Iterator[list[str]]:
    """Part values into bundles for one filter each; what does not fit into an address twice (see `any_of`) stands on no record."""
    return bundled((value for value in values if 2 * written(value) < LONGEST), most)


def any_of(values: Sequence[str]) -> str:
    """Make the filter for one of several values; a single one is doubled, since alone it would be read as a range where it holds a comma."""
    return f"[{'|'.join(values if len(values) > 1 else [*values, *values])}]"


def element(name: str, value: object) -> str:
    """Write a value as XML: a mapping's entries become elements, a list's items elements of the same name."""
    match value:
        case Mapping():
            inner = "".join(element(str(key), each) for key, each in value.items())
        case list() | tuple():
            return "".join(element(name, each) for each in value)
        case None:
            inner = ""
        case bool():
            inner = "1" if value else "0"
        case _:
            inner = escape(_UNWRITABLE.sub("", str(value)))
    return f"<{name}>{inner}</{name}>"


def code_of(document: object) -> object:
    """Pick the number of the error out of an error body and make a symbol of it."""
    errors = document.get("errors") if isinstance(document, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, dict) else None
    return f"error_{code}" if isinstance(code, int) else None


def died(doubt: Doubt) -> bool:
    """Tell whether the shop gave up with an answer of its own (500): then nothing is under way any more."""
    return doubt.code == _DIED


def refusal_of(doubt: Doubt) -> Refusal:
    """Turn a doubt about a write that surely came to its end without an order into a refusal."""
    return Refusal(doubt.where, 500, f"{_DIED} {doubt.where.rpartition('/')[2]}")


def text(row: Row, field: str) -> str:
    """Give a field as text, "" where the record lacks it."""
    value = row.get(field)
    return "" if value is None or isinstance(value, dict | list) else str(value)


def flag(row: Row, field: str) -> bool:
    """Tell whether a field says yes."""
    return text(row, field) == "1"
