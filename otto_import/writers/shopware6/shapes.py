"""What records of Shopware must look like (seen of 6.4 and 6.5), by the name under which they are searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from otto_import.writers.web.shapes import Maybe, Once, amount, nothing, whole, word

_FIELDS: Final = Maybe((dict, nothing))
_STATE: Final = {"technicalName": word}
_STATED: Final = {"id": word, "stateMachineState": _STATE}
_LINE: Final = {
    "id": word,
    "quantity": int,
    "unitPrice": amount,
    "productId": Maybe(word),
    "label": Maybe(str),
    "customFields": _FIELDS,
}
_PLACE: Final = {
    **_STATED,
    "shippingOrderAddressId": Maybe(word),
    "positions": Maybe(Once({"id": word, "orderLineItemId": word})),
}
_NAMED: Final = {"id": word, "name": Maybe(str), "translated": Maybe((dict, nothing))}
_ANY: Final = {"id": word}

RECORDS: Final[Mapping[str, object]] = {
    "order": {
        **_STATED,
        "amountTotal": amount,
        "shippingTotal": Maybe(amount),
        "customFields": _FIELDS,
        "customerComment": Maybe(str),
        "billingAddressId": Maybe(word),
        "orderCustomer": Maybe({"id": word}),
        "transactions": Maybe(Once({**_STATED, "amount": Maybe({"totalPrice": amount})})),
        "deliveries": Maybe(Once(_PLACE)),
        "lineItems": Maybe(Once(_LINE)),
    },
    "product": {"id": word, "productNumber": Maybe(str), "ean": Maybe(str), "childCount": Maybe(whole)},
    "sales-channel": {**_NAMED, "paymentMethodId": word, "shippingMethodId": word, "countryId": word},
    "payment-method": _NAMED,
    "shipping-method": _NAMED,
    "state-machine": {
        "technicalName": word,
        "states": Maybe([{**_NAMED, "technicalName": word}]),
        "transitions": Maybe([{"actionName": word, "fromStateMachineState": _STATE, "toStateMachineState": _STATE}]),
    },
    "integration": {**_ANY, "aclRoles": Maybe([{"privileges": Maybe([str])}])},
    "flow": {**_ANY, "sequences": Maybe([dict])},
}


def shape_of(entity: str) -> object:
    """Give the shape of what a search for an entity finds; of most an id is all that is read for sure."""
    return RECORDS.get(entity, _ANY)
