"""A stream to write on that never fails for what is written: wrong encodings, control characters, a reader that went away."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TextIO

_PLAIN = str.maketrans({"→": "->", "–": "-", "…": "...", "·": ".", "✗": "#", "✓": "*", "«": '"', "»": '"', "’": "'"})


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")


def visible(text: str) -> str:
    """Make control and direction characters visible instead of effective, and everything one line."""
    return text if text.isprintable() else "".join(map(_visible, text))


def mute(stream: TextIO) -> None:
    """Point a stream whose reader has gone at nothing, so that closing it at the end of the program does not fail either."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)


class Sheet:
    """Write on a stream; None (a program started without one) swallows everything.

    A reader that goes away (`otto-import sync | head`) or a full disk silences the sheet and disturbs nobody: deeds under way are more than
    their report.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.encoding = (stream and stream.encoding) or "utf-8"

    def encodable(self, text: str) -> bool:
        """Tell whether the stream's encoding has every character of a text."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    def fit(self, text: str) -> str:
        """Give a text as one harmless line this stream can show; what it lacks is replaced, known signs by their ASCII cousins."""
        text = visible(text)
        if self.encodable(text):
            return text
        return text.translate(_PLAIN).encode(self.encoding, "replace").decode(self.encoding)

    def write(self, text: str) -> None:
        """Write and flush a text that was made to fit."""
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            self._silence()
        except OSError as error:
            self._silence()
            with suppress(OSError):  # the other stream may be as full
                os.write(2, f"\u2717 the output cannot be written ({error.strerror}); the run goes on without it\n".encode())

    def _silence(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            mute(stream)
