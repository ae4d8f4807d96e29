"""Make one order: customer, addresses, cart, prices, order; each step is found again after a crash.

How it stays one: the customer is made first, under an e-mail that only this order has; of several who made one at once the one with the lowest
number goes on and the others withdraw. How nobody is mailed: the cart bears the customer's secret key but not the customer, so that the shop,
which mails whoever ordered, has nobody to mail; the customer is put on the order afterwards. How nothing is taken too early: the order is said to
be paid with another amount than the cart's, which the shop answers with "Payment error": no stock taken, no invoice made, nothing to ship.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from otto_import.plan import Refused
from otto_import.writers import buyers
from otto_import.writers.prestashop import addresses
from otto_import.writers.prestashop.codes import Code, doubt, refusal
from otto_import.writers.prestashop.completing import Completing
from otto_import.writers.prestashop.lines import Target
from otto_import.writers.prestashop.parts import METHOD, Parts, shop_time
from otto_import.writers.prestashop.sightings import FIELDS, Sighting
from otto_import.writers.prestashop.targets import targets
from otto_import.writers.prestashop.webservice import Row, any_of, died, refusal_of, text
from otto_import.writers.web import Doubt, Refusal, net

if TYPE_CHECKING:
    from otto_import.plan import Create, Outcome, Writable

_LONG_AGO: Final = timedelta(hours=38)  # a day, and whatever the shop's time zone may be
_ENDLESS: Final = "0000-00-00 00:00:00"
_NOT_THE_TOTAL: Final = (Decimal("0.00"), Decimal("0.01"))


class Creating:
    """Carry out one create."""

    def __init__(self, parts: Parts, action: Create) -> None:
        self._parts = parts
        self._action = action
        self._ws = parts.webservice
        self._resumes = False

    def run(self) -> Outcome:
        """Make the order. `Refusal` while no order can have come of it, `Doubt` after that."""
        action, change = self._action, self._action.change
        if change.status is None:
            return Refused(action.key, "no_status")
        rules = self._parts.directory.rules()
        rules.steps(rules.error, change.status, spares=change.spares_stock)
        rows = [row for row in targets(self._parts, change) or () if row.product != "0"]
        if not rows:  # an order is made of a cart, and a cart of articles
            return Refused(action.key, "unknown_sku")
        for address in (change.delivery, change.invoice):
            if address is not None:
                self._parts.directory.country(address.country)
        customer, order = self._claim()
        fresh = order is None
        if order is None:
            try:
                order = self._order(customer, rows)
            except Doubt as lost:
                if not died(lost):
                    raise
                self._withdraw(customer)
                raise refusal_of(lost) from lost
            except Refusal:
                self._withdraw(customer)
                raise
        return Completing(self._parts, action, Sighting(order, None, action.key), first_fields(action, customer), fresh=fresh).run()

    def _claim(self) -> tuple[Row, Row | None]:
        """Give the customer of this order, and the order if an earlier try made it; leave it to whoever was there before us."""
        there = self._customers()
        if there:
            orders = self._parts.sightings.of_customers([text(row, "secure_key") for row in there])
            if orders:
                return self._resumed(there, orders)
            if not (self._action.doubtful or all(_left_over(row, self._parts.clock()) for row in there)):
                raise doubt(Code.BEGUN_ELSEWHERE)
            self._resumes = True
            return there[0], None
        own = self._ws.add("customers", "customer", self._customer())
        there = self._customers()
        if there and text(there[0], "id") != text(own, "id"):
            self._withdraw(own)
            raise doubt(Code.BEGUN_ELSEWHERE)
        return own, None

    def _resumed(self, there: list[Row], orders: list[Row]) -> tuple[Row, Row]:
        order = orders[0]
        if text(order, "note") or text(order, "id_customer") not in {"", "0"}:
            raise refusal(Code.ALREADY_THERE)
        if not self._action.doubtful:
            raise doubt(Code.BEGUN_ELSEWHERE)
        return next(row for row in there if text(row, "secure_key") == text(order, "secure_key")), order

    def _customers(self) -> list[Row]:
        return sorted(self._parts.sightings.customers([self._action.key]), key=lambda row: int(text(row, "id")))

    def _customer(self) -> dict[str, object]:
        address = self._action.change.delivery or buyers.placeholder(self._parts.settings.placeholder)
        return {
            **addresses.buyer(address),
            "email": buyers.synthetic_email(self._action.key),
            "passwd": self._parts.password(),
            "id_lang": self._parts.directory.language(),
            "is_guest": 1,
            "active": 1,
            "newsletter": 0,
            "optin": 0,
        }

    def _withdraw(self, customer: Row) -> None:
        """Delete a customer that nothing came of, if the key may."""
        try:
            self._ws.drop("customers", text(customer, "id"))
        except (Refusal, Doubt):
            return

    def _order(self, customer: Row, rows: list[Target]) -> Row:
        delivery, invoice = addresses.new_addresses(self._parts, self._action, text(customer, "id"), resumes=self._resumes)
        directory, secure_key = self._parts.directory, text(customer, "secure_key")
        common = {
            "id_address_delivery": delivery,
            "id_address_invoice": invoice,
            "id_currency": directory.euro(),
            "id_lang": directory.language(),
            "id_carrier": directory.carrier(),
            "secure_key": secure_key,
        }
        cart = self._cart(common, rows)
        self._prices(cart, rows)
        claimed = _NOT_THE_TOTAL[0] if any(row.total for row in rows) else _NOT_THE_TOTAL[1]
        totals = dict.fromkeys(("total_paid", "total_paid_real", "total_products", "total_products_wt"), claimed)
        order = {
            **common,
            "id_cart": cart,
            "id_customer": text(customer, "id"),
            "module": self._parts.settings.payment_module,
            "payment": METHOD,
            "conversion_rate": 1,
            **totals,
        }
        return self._posted(order, secure_key)

    def _posted(self, order: dict[str, object], secure_key: str) -> Row:
        try:
            number = text(self._ws.add("orders", "order", order), "id")
        except Doubt as lost:
            if died(lost) and (found := self._parts.sightings.of_customers([secure_key])):
                return found[0]
            raise
        rows = self._ws.rows("orders", FIELDS, ("id", any_of([number])))
        if not rows:
            raise doubt(Code.VANISHED)
        return rows[0]

    def _cart(self, common: Mapping[str, str], rows: list[Target]) -> str:
        """Give the cart: one that an earlier try left, if it holds the same, else a new one."""
        units: dict[tuple[str, str], int] = {}
        for row in rows:
            units[row.article] = units.get(row.article, 0) + row.quantity
        left = self._ws.rows("carts", "full", ("secure_key", any_of([common["secure_key"]]))) if self._resumes else []
        for cart in left:
            if _units(cart) == units:
                return text(cart, "id")
        place = {"id_address_delivery": common["id_address_delivery"], "id_customization": 0}
        held = [{"id_product": product, "id_product_attribute": combination, "quantity": n, **place} for (product, combination), n in units.items()]
        fields = {**common, "id_shop": self._parts.settings.shop_id, "associations": {"cart_rows": {"cart_row": held}}}
        return text(self._ws.add("carts", "cart", fields), "id")

    def _prices(self, cart: str, rows: list[Target]) -> None:
        left = self._ws.rows("specific_prices", "id_product,id_product_attribute", ("id_cart", any_of([cart]))) if self._resumes else []
        there = {_priced(row) for row in left}
        prices = {row.article: net(row.price, row.vat_rate) for row in reversed(rows) if row.article not in there}
        shop = dict.fromkeys(("id_shop_group", "id_shop", "id_currency", "id_country", "id_group", "id_customer"), 0)
        records = [
            {
                **shop, "id_cart": cart, "id_product": product, "id_product_attribute": combination, "price": price, "from_quantity": 1,
                "reduction": 0, "reduction_tax": 1, "reduction_type": "amount", "from": _ENDLESS, "to": _ENDLESS,
            }
            for (product, combination), price in prices.items()
        ]  # fmt: skip
        if records:
            self._ws.add("specific_prices", "specific_price", *records)


def first_fields(action: Writable, customer: Row) -> dict[str, object]:
    """Give what a new order gets along with its receipt: its customer, who was kept from it so that nobody was mailed, and OTTO's date."""
    return {"id_customer": text(customer, "id"), "date_add": shop_time(action.order.placed_at)}


def _priced(row: Row) -> tuple[str, str]:
    return text(row, "id_product"), text(row, "id_product_attribute") or "0"


def _units(cart: Row) -> dict[tuple[str, str], int]:
    associations = cart.get("associations")
    rows = associations.get("cart_rows") if isinstance(associations, dict) else None
    held = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    quantities = {_priced(row): text(row, "quantity") for row in held}
    return {article: int(quantity) if quantity.isdecimal() else 0 for article, quantity in quantities.items()}


def _left_over(customer: Row, now: datetime) -> bool:
    """Tell whether a customer was made so long before `now`, the real one, that nobody can still be at work on his order."""
    try:
        made = datetime.fromisoformat(text(customer, "date_add")).replace(tzinfo=UTC)
    except ValueError:
        return False
    return now - made > _LONG_AGO
