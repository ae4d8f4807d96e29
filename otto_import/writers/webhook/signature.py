"""Signing as the Standard Webhooks specification has it: HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from otto_import.errors import ConfigError, Problem

if TYPE_CHECKING:
    from otto_import.secrets import Secret

SHORTEST: Final = 24
"""How many bytes a secret must have at least."""

_PREFIX: Final = "whsec_"
_SHOP: Final = "the shop"
_SECRET: Final = "shop.webhook.secret"  # noqa: S105  – the name of a key, not a secret
_AUTHORIZATION: Final = "shop.webhook.authorization"


class Signer:
    """Sign requests; the secret is fetched when first needed, and `clock` (the real one, in seconds) asked for each signature."""

    def __init__(self, secret: Secret, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock
        self._key: bytes | None = None

    def prepare(self) -> None:
        """Fetch the secret; ConfigError if it is none to sign with."""
        if self._key is None:
            self._key = signing_key(self._secret.get())

    def headers(self, name: str, body: bytes) -> dict[str, str]:
        """Make the three headers for one attempt at sending `body` under an id without a full stop in it."""
        self.prepare()
        stamp = str(int(self._clock()))
        digest = hmac.digest(self._key or b"", f"{name}.{stamp}.".encode() + body, "sha256")
        return {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": f"v1,{base64.b64encode(digest).decode('ascii')}"}


def signing_key(secret: str) -> bytes:
    """Give the bytes to sign with: those that follow `whsec_` in base64, else the text's own; ConfigError where they are too few or none."""
    key = secret.encode()
    if secret.startswith(_PREFIX):
        encoded = secret.removeprefix(_PREFIX).rstrip("=")
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise _refused(_SECRET, f"begins with {_PREFIX}, and what follows is no base64; copy it again, as a whole") from None
    if len(key) < SHORTEST:
        raise _refused(_SECRET, f"is too short to sign with; take {_PREFIX} and the base64 of {SHORTEST} to 64 random bytes")
    return key


def sound_header(value: str) -> str:
    """Give the header Authorization as the config has it; ConfigError where no header can hold it."""
    if not (value.isascii() and value.isprintable() and value.strip() == value):
        raise _refused(_AUTHORIZATION, 'is no header; write it as the receiver wants it, such as "Bearer" and a token')
    return value


def _refused(key: str, text: str) -> ConfigError:
    return ConfigError(_SHOP, [Problem(key, text)])
