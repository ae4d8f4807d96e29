"""What is known of an order, told as a story, and the runs as lines: pure values, for `report` to show."""

from otto_import.story.runs import RunLine, run_lines
from otto_import.story.tell import Heard, tell
from otto_import.story.values import Ahead, ItemLine, Moment, Rule, Story, Word

__all__ = ["Ahead", "Heard", "ItemLine", "Moment", "Rule", "RunLine", "Story", "Word", "run_lines", "tell"]
