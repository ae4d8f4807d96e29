"""The config file: found, read, judged as a whole, and held as frozen models."""

from __future__ import annotations

from otto_import.config.find import find_config
from otto_import.config.load import compose, load
from otto_import.config.models import Buyer, Config, Imports, Limits, Notify, Otto, Shop, State
from otto_import.secrets import Secret

__all__ = ["Buyer", "Config", "Imports", "Limits", "Notify", "Otto", "Secret", "Shop", "State", "compose", "find_config", "load"]
