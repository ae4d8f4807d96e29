"""Being heard: a health check is pinged, and people are written to, about what a run found. Nothing here ever fails a run, or holds a buyer's data."""

from otto_import.notify.channels import Channel, installed, known
from otto_import.notify.decide import Run, Wishes, decide
from otto_import.notify.memory import Told, recall, remember
from otto_import.notify.message import Message
from otto_import.notify.ping import HealthCheck
from otto_import.notify.topics import Ear, Ending, SetAside, Topic
from otto_import.notify.waiting import NotHeard, at_once

__all__ = [
    "Channel",
    "Ear",
    "Ending",
    "HealthCheck",
    "Message",
    "NotHeard",
    "Run",
    "SetAside",
    "Told",
    "Topic",
    "Wishes",
    "at_once",
    "decide",
    "installed",
    "known",
    "recall",
    "remember",
]
