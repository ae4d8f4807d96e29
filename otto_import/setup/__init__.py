"""From questions to answers to the text of a config: pure but for `saving`; who asks and who proves the answers are elsewhere."""

from otto_import.setup.answers import Answers, SecretAnswer, SecretPlace
from otto_import.setup.fields import Field, Kind, fields
from otto_import.setup.text import render

__all__ = ["Answers", "Field", "Kind", "SecretAnswer", "SecretPlace", "fields", "render"]
