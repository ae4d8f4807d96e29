"""Orders as events for programs: what the event stream appends and the webhook sends, made in one place."""

from otto_import.writers.events.ambiguity import ambiguous
from otto_import.writers.events.event import SCHEMA, Event, compact, told

__all__ = ["SCHEMA", "Event", "ambiguous", "compact", "told"]
