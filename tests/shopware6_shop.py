"""A Shopware seen past its writer: as the merchant sees and moves it. Serves the imitation and the real shop alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx

from otto_import.orders import Address
from otto_import.testing import Look, samples

ANNOUNCED = "order=open,transaction=open,delivery=open"
PROCESSABLE = "order=in_progress,transaction=paid,delivery=open"
SENT = "order=completed,transaction=paid,delivery=shipped"
CANCELLED = "order=cancelled,transaction=cancelled,delivery=cancelled"
_ENTITIES = {"order": "order", "transaction": "order_transaction", "delivery": "order_delivery"}
_WAYS: dict[tuple[str, str, str], tuple[str, ...]] = {
    ("order", "open", "in_progress"): ("process",),
    ("order", "open", "completed"): ("process", "complete"),
    ("order", "open", "cancelled"): ("cancel",),
    ("order", "in_progress", "completed"): ("complete",),
    ("order", "in_progress", "cancelled"): ("cancel",),
    ("transaction", "open", "paid"): ("paid",),
    ("transaction", "open", "cancelled"): ("cancel",),
    ("transaction", "paid", "cancelled"): ("cancel",),
    ("delivery", "open", "shipped"): ("ship",),
    ("delivery", "open", "cancelled"): ("cancel",),
}
_HOUSES = ("4½ b", "1")


@dataclass
class Merchant:
    """Hold a merchant's credentials, which may do everything, and what he has seen in his stock."""

    url: str
    client_id: str
    secret: str
    stock_before: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.url, timeout=60, verify=False, headers={"Accept": "application/json"})
        wish = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret}
        token = self._sent("POST", "/api/oauth/token", wish)["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._http.close()

    def search(self, entity: str, **criteria: Any) -> list[dict[str, Any]]:
        found = self._sent("POST", f"/api/search/{entity}", {"limit": 500, **criteria})["data"]
        assert isinstance(found, list)
        return found

    def order(self, ref: str) -> dict[str, Any]:
        state: dict[str, Any] = {"associations": {"stateMachineState": {}}}
        associations = {"lineItems": {}, "addresses": {}, "transactions": state, "deliveries": state, "stateMachineState": {}, "orderCustomer": {}}
        return self.search("order", filter=[equals("id", ref)], associations=associations)[0]

    def states(self, ref: str) -> dict[str, str]:
        order = self.order(ref)
        parts = {"order": order, "transaction": order["transactions"][-1], "delivery": order["deliveries"][0]}
        return {name: part["stateMachineState"]["technicalName"] for name, part in parts.items()}

    def move(self, ref: str, status: str, *, mail: bool = False) -> None:
        order, now = self.order(ref), self.states(ref)
        ids = {"order": ref, "transaction": order["transactions"][-1]["id"], "delivery": order["deliveries"][0]["id"]}
        for name, state in (part.split("=") for part in status.split(",")):
            for action in () if now[name] == state else _WAYS[name, now[name], state]:
                self._sent("POST", f"/api/_action/{_ENTITIES[name]}/{ids[name]}/state/{action}", {"sendMail": mail})

    def delete(self, ref: str) -> None:
        self._sent("DELETE", f"/api/order/{ref}")

    def patch(self, path: str, document: dict[str, Any]) -> None:
        self._sent("PATCH", path, document)

    def post(self, path: str, document: dict[str, Any]) -> Any:
        return self._sent("POST", path, document)

    def sweep(self, account: str) -> None:
        """Delete every order of an account."""
        for order in self.search("order", filter=[{"type": "prefix", "field": "customFields.otto_key", "value": f"{account}:"}]):
            self.delete(order["id"])
        # With the old handling of stock a deletion is not counted before the article is written again.
        found = self.search("product", includes={"product": ["id", "stock", "availableStock"]})
        touched = [{"id": product["id"], "stock": product["stock"]} for product in found if product["stock"] != product["availableStock"]]
        if touched:
            self._sent("POST", "/api/_action/sync", {"stock": {"entity": "product", "action": "upsert", "payload": touched}})

    def count(self) -> int:
        return len(self.search("order", includes={"order": ["id"]}))

    def available(self) -> dict[str, int]:
        """Give the stock that can be sold of each article."""
        found = self.search("product", includes={"product": ["id", "productNumber", "availableStock", "stock"]})
        return {product["productNumber"]: product["availableStock"] for product in found if product["availableStock"] is not None}

    def look(self, ref: str) -> Look:
        order = self.order(ref)
        marks = order["customFields"]
        places = {address["id"]: address for address in order["addresses"]}
        goods = [line for line in sorted(order["lineItems"], key=lambda line: line["position"]) if "otto_sku" in line["customFields"]]
        known = marks["otto_addressed"] == "1"
        now = self.available()
        return Look(
            lines=tuple((line["customFields"]["otto_sku"], line["label"], line["quantity"], _cents(line["unitPrice"])) for line in goods),
            shipping=(("shipping", _cents(order["shippingTotal"])),),
            delivery=_address(places[order["deliveries"][0]["shippingOrderAddressId"]]) if known else None,
            invoice=_address(places[order["billingAddressId"]]) if known else None,
            paid_at=datetime.fromisoformat(marks["otto_paid_at"]) if marks.get("otto_paid_at") else None,
            note=order["customerComment"] or "",
            stock={sku: self.stock_before[sku] - now[sku] for sku in self.stock_before if sku.startswith(_family(goods))},
        )

    def _sent(self, method: str, path: str, document: dict[str, Any] | None = None) -> Any:
        answer = self._http.request(method, path, json=document)
        assert answer.is_success, (method, path, answer.status_code, answer.text[:300])
        return answer.json() if answer.content else None


def equals(name: str, value: str) -> dict[str, Any]:
    """Ask for one value."""
    return {"type": "equals", "field": name, "value": value}


def _family(goods: list[dict[str, Any]]) -> str:
    return "-".join(str(goods[0]["customFields"]["otto_sku"]).split("-")[:2]) + "-"


def _cents(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def _address(found: dict[str, Any]) -> Address:
    street, house = found["street"], ""
    for number in _HOUSES:
        if street.endswith(f" {number}"):
            street, house = street.removesuffix(f" {number}"), number
            break
    return Address(
        first_name=found["firstName"],
        last_name=found["lastName"],
        street=street,
        house_number=house,
        zip_code=found["zipcode"],
        city=found["city"],
        country=samples.ADDRESS.country,
        salutation=samples.ADDRESS.salutation,
        addition=found["additionalAddressLine1"] or "",
        phone=found["phoneNumber"] or "",
    )
