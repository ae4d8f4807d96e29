"""Which rights the integration needs, and whether it has them: the shop looks at rights only once a write is sound, so a trial would have to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otto_import.errors import CredentialsRefused
from otto_import.plan import Finding, Grade
from otto_import.writers.shopware6 import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from otto_import.writers.shopware6.api import Api, Document

_SUBJECT: Final = "rights"
_FORBIDDEN: Final = 403
_NOBODY: Final = "0" * 32
_READ: Final = ("product", "currency", "country", "salutation", "sales_channel", "payment_method", "shipping_method", "state_machine")
_READ_MORE: Final = ("state_machine_state", "state_machine_transition")
_WRITTEN: Final[Mapping[str, str]] = {
    "order": "read create update",
    "order_address": "read create update",
    "order_customer": "read create update",
    "order_delivery": "read create update",
    "order_transaction": "read create update",
    "order_line_item": "read create update delete",
    "order_delivery_position": "read create update delete",
    "state_machine_history": "read create",
}
NEEDED: Final = frozenset(
    [f"{entity}:read" for entity in (*_READ, *_READ_MORE)] + [f"{entity}:{deed}" for entity, deeds in _WRITTEN.items() for deed in deeds.split()]
)
"""The privileges of a role that may do what this writer does, and no more."""

_REMEDY: Final = "give its role the privileges that the README lists"
_ASKED: Final[Mapping[str, Mapping[str, Any]]] = {
    "order": {"associations": {"lineItems": {}, "transactions": {}, "deliveries": {"associations": {"positions": {}}}}},
    "product": {},
}


def findings(api: Api, client_id: str) -> Iterator[Finding]:
    """Ask for orders and articles, then for the integration's own role."""
    refused = [
        entity for entity, criteria in _ASKED.items() if _search(api, entity, {**criteria, "filter": [reading.among("id", [_NOBODY])]}) is None
    ]
    if refused:
        yield Finding(Grade.BAD, _SUBJECT, f"the integration may not read {' nor '.join(refused)} and what belongs to it", _REMEDY)
        return
    own = _search(
        api,
        "integration",
        {
            "filter": [{"type": "equals", "field": "accessKey", "value": client_id}],
            "associations": {"aclRoles": {}},
            "includes": {"integration": ["id", "admin", "aclRoles"], "acl_role": ["id", "privileges"]},
        },
    )
    yield _judged(own)


def _judged(own: list[Document] | None) -> Finding:
    if not own:
        text = "the integration may read orders and products; whether it may write them, it may not see"
        return Finding(Grade.WARNING, _SUBJECT, text, "add integration:read and acl_role:read to its role, so that this can be checked")
    if own[0].get("admin"):
        text = "the integration is an administrator, which is far more than it needs"
        return Finding(Grade.WARNING, _SUBJECT, text, f"take that from it, and {_REMEDY}")
    held = {privilege for role in own[0].get("aclRoles") or () for privilege in role.get("privileges") or ()}
    lacking = sorted(NEEDED - held)
    if lacking:
        return Finding(Grade.BAD, _SUBJECT, f"the integration's role lacks {', '.join(lacking)}", _REMEDY)
    return Finding(Grade.GOOD, _SUBJECT, "the integration may read and write orders and read products")


def _search(api: Api, entity: str, criteria: Document) -> list[Document] | None:
    try:
        return api.search(entity, criteria)
    except CredentialsRefused as error:
        if error.status != _FORBIDDEN:
            raise
        return None
