"""One way to speak HTTP, for OTTO and for shops: time-outs, retries, pacing, size limits, and errors that give nothing away."""

from __future__ import annotations

from otto_import.http.addresses import checked_base_url, without_path
from otto_import.http.answers import Answer, Misshapen, Request, Unreadable
from otto_import.http.pacing import Pacer
from otto_import.http.retries import Abandoned, RetryRules
from otto_import.http.service import Service, ServiceSettings

__all__ = [
    "Abandoned",
    "Answer",
    "Misshapen",
    "Pacer",
    "Request",
    "RetryRules",
    "Service",
    "ServiceSettings",
    "Unreadable",
    "checked_base_url",
    "without_path",
]
