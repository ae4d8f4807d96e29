"""OTTO's orders as they come over the wire (otto-api.md 3), read as forgivingly as is safe.

What money or identity hangs on must have its shape, or the order counts as broken; what only informs is dropped where it cannot be read.
Unknown fields are ignored, and every optional one may be null or missing.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainValidator, Strict, ValidationError
from pydantic.alias_generators import to_camel

from otto_import.otto.values import read_moment, read_text


def _is_true(value: object) -> bool:
    return value is True


Text = Annotated[str, PlainValidator(read_text)]
Moment = Annotated[datetime | None, PlainValidator(read_moment)]
Flag = Annotated[bool, PlainValidator(_is_true)]
Number = Annotated[Decimal, Strict()]
"""A JSON number as it was written (see `values.read_json`); infinite ones and those that are none are refused."""


class WireModel(BaseModel):
    """Be the base of all wire models; neither text form nor errors show a value."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", hide_input_in_errors=True)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return []


class Amount(WireModel):
    """An amount of money, gross (3.8)."""

    amount: Number | None = None
    currency: Text = ""


class Product(WireModel):
    """The article of a position item (3.3)."""

    sku: Text = ""
    product_title: Text = ""
    article_number: Text = ""
    ean: Text = ""
    vat_rate: Number | None = None


class PositionItem(WireModel):
    """One unit of one article (3.2)."""

    position_item_id: Text = ""
    fulfillment_status: Text = ""
    item_value_gross_price: Amount | None = None
    item_value_reduced_gross_price: Amount | None = None
    item_value_discount: Amount | None = None
    product: Product | None = None
    expected_delivery_date: Moment = None
    processable_date: Moment = None
    sent_date: Moment = None
    returned_date: Moment = None
    cancellation_date: Moment = None
    cancellation_reason: Text = ""
    weee_pickup: Flag = False


class InitialDeliveryFee(WireModel):
    """A delivery fee as agreed at checkout (3.5)."""

    name: Text = ""
    delivery_fee_amount: Amount | None = None
    position_item_ids: list[Text] | None = None
    vat_rate: Number | None = None


class WireAddress(WireModel):
    """A delivery or invoice address (3.4)."""

    salutation: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    street: Text = ""
    house_number: Text = ""
    addition: Text = ""
    zip_code: Text = ""
    city: Text = ""
    country_code: Text = ""
    phone_number: Text = ""
    email: Text = ""


class Payment(WireModel):
    """How the buyer pays (3.7)."""

    payment_method: Text = ""


class PartnerOrder(WireModel):
    """One order (3.1). The list of discounts is left out: it is for display only (3.6)."""

    sales_order_id: Text = ""
    order_number: Text = ""
    order_date: Moment = None
    last_modified_date: Moment = None
    position_items: list[PositionItem] | None = None
    initial_delivery_fees: list[InitialDeliveryFee | None] | None = None
    delivery_address: WireAddress | None = None
    invoice_address: WireAddress | None = None
    payment: Payment | None = None
    suspected_fraud_case: Flag = False


def read_order(value: object) -> PartnerOrder | str:
    """Read one order; or say, by the place in the wire format and without any value, why it cannot be read."""
    try:
        return PartnerOrder.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the order"
        return f"{place} is not as it should be ({first['type']})"
