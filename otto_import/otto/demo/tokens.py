"""Access tokens that carry their own expiry, so that one kept by the client is still good in the next process."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import parse_qs

LIFETIME = 1800
_KEY = b"the demo keeps no secrets"  # signed only so that a garbled token is found out; everybody may know the key
_HEAD = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"  # {"alg":"HS256","typ":"JWT"}


class Denied(Exception):
    """Refuse a token request: HTTP status and OAuth error code (RFC 6749, 5.2)."""

    def __init__(self, status: int, code: str, text: str) -> None:
        self.status = status
        self.code = code
        self.text = text
        super().__init__(f"{code}: {text}")


def _signature(signed: str) -> str:
    return urlsafe_b64encode(hmac.digest(_KEY, signed.encode(), hashlib.sha256)).decode().rstrip("=")


def issue(form: bytes, wall: float) -> dict[str, object]:
    """Answer a token request (its form body) at a real time in seconds; raises `Denied`.

    Credentials are not looked at, missing ones included, except that client `unknown` and secret `wrong` are refused.
    """
    try:
        fields = {name: values[-1] for name, values in parse_qs(form.decode(), keep_blank_values=True).items()}
    except UnicodeDecodeError as error:
        raise Denied(400, "invalid_request", "the form is not UTF-8") from error
    grant = fields.get("grant_type")
    if grant is None:
        raise Denied(400, "invalid_request", "grant_type is missing")
    if grant != "client_credentials":
        raise Denied(400, "unsupported_grant_type", "only client_credentials is supported")
    if fields.get("client_id") == "unknown" or fields.get("client_secret") == "wrong":
        raise Denied(401, "invalid_client", "unknown client or wrong secret")
    scope = fields.get("scope", "")
    if "orders" not in scope.split():
        raise Denied(400, "invalid_scope", "the scope must name orders")
    body = urlsafe_b64encode(json.dumps({"exp": wall + LIFETIME, "scope": scope}).encode()).decode().rstrip("=")
    signed = f"{_HEAD}.{body}"
    return {"access_token": f"{signed}.{_signature(signed)}", "token_type": "bearer", "expires_in": LIFETIME, "scope": scope}


def accepted(authorization: str, wall: float) -> bool:
    """Tell whether an `Authorization` header carries a token of ours that has not expired at a real time in seconds."""
    kind, _, token = authorization.partition(" ")
    signed, _, signature = token.strip().rpartition(".")
    if kind.lower() != "bearer" or not hmac.compare_digest(signature.encode(), _signature(signed).encode()):
        return False
    body = signed.rpartition(".")[2]
    claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return bool(claims["exp"] > wall)
