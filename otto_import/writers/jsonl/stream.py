"""The stream's file: a header, then whole lines; private, appended to under a lock, mended after a crash."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from otto_import.errors import ConfigError, Problem, ShopUnavailable
from otto_import.writers.jsonl.events import SCHEMA, header

LOCK_SECONDS: Final = 10.0
"""How long another program's append is waited for."""
LARGEST_APPEND: Final = 1 << 20
"""How many bytes are appended at once, but for the last line of them; no more can be torn by a crash."""

_WHAT: Final = "the event stream"
_BEGINNING: Final = b'{"type":"stream","schema":'
_LONGEST_HEADER: Final = 512
_CHUNK: Final = 1 << 16
_OPEN: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Stream:
    """Append to one file; nothing is opened before it is needed, and nothing made before the first append.

    ConfigError where the path names something that is no stream of ours, ShopUnavailable where the file cannot be used now.
    """

    def __init__(self, path: Path, new_id: Callable[[], str]) -> None:
        self._path = path
        self._new_id = new_id
        self._identity = ""
        self._file: int | None = None

    @property
    def identity(self) -> str:
        """Give the random id in the file's first line; "" while there is none."""
        if not self._identity:
            with translated(self._path, "identity"):
                self._identity = stream_id(self._path)
        return self._identity

    def append(self, lines: Sequence[bytes]) -> None:
        """Add whole lines, and return once they are on the disk; what is left of a line by a crash is cut off first."""
        with translated(self._path, "append"), self._alone():
            file = self._opened()
            end = _mend(file)
            try:
                _write(file, b"".join(lines))
            except OSError:
                with suppress(OSError):  # where even this fails the next append mends it
                    os.ftruncate(file, end)
                raise
            os.fsync(file)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other writers away: while one appends, the last line may be torn, and it is not for another to mend."""
        real = Path(os.path.realpath(self._path))
        _make_folders(real.parent)
        try:
            with FileLock(f"{real}.lock", timeout=LOCK_SECONDS, mode=0o600, thread_local=False):
                yield
        except Timeout as error:
            text = f"{_WHAT} {self._path} is being written by another program for {LOCK_SECONDS:.0f} s now; let it end and run again"
            where = "append"
            raise ShopUnavailable(where, text) from error

    def _opened(self) -> int:
        if self._file is None:
            return self._open()
        if not _same_file(self._file, self._path):  # what is appended to a file without a name is lost
            self.close()
            raise _gone(self._path)
        return self._file

    def _open(self) -> int:
        if self._identity and not self._path.exists():  # it was there when this run began
            raise _gone(self._path)
        file = os.open(self._path, _OPEN, 0o600)
        try:
            self._identity = self._recognised(file)
            _cut_zeros(file)
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return file

    def _recognised(self, file: int) -> str:
        """Give the id of a file that was just opened, with a first line if it has none."""
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise _foreign(self._path, "is no ordinary file")
        found = _stream_id(_read(file, _LONGEST_HEADER, 0), self._path) or self._begin(file)
        if self._identity not in ("", found):
            raise _gone(self._path)
        return found

    def _begin(self, file: int) -> str:
        """Write the first line. It is made durable by itself, so that no crash can leave a file that is not known as a stream."""
        name = self._new_id()
        os.ftruncate(file, 0)
        _write(file, header(name))
        os.fsync(file)
        if os.name == "posix":  # elsewhere a folder cannot be opened, and need not be
            folder = os.open(Path(os.path.realpath(self._path)).parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return name


def stream_id(path: Path) -> str:
    """Read the id in a stream's first line; "" while there is no file or no whole line; makes nothing."""
    if not path.exists():
        return ""
    if not path.is_file():
        raise _foreign(path, "is no ordinary file")
    with path.open("rb") as file:
        return _stream_id(file.read(_LONGEST_HEADER), path)


def is_torn(path: Path) -> bool:
    """Tell whether the last line was cut off in the middle."""
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


@contextmanager
def translated(path: Path, where: str) -> Iterator[None]:
    """Raise ShopUnavailable where the system refuses the file; `where` names the deed."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        text = f"{_WHAT} {path} cannot be used: {reason}; see that its folder may be written and the disk has room, then run again"
        raise ShopUnavailable(where, text) from error


def _stream_id(beginning: bytes, path: Path) -> str:
    line, ended, _ = beginning.partition(b"\n")
    if not ended and len(line) < _LONGEST_HEADER and (line.startswith(_BEGINNING) or _BEGINNING.startswith(line)):
        return ""  # empty, or its first line was cut off: nothing was ever noted as sent
    try:
        first = json.loads(line)
    except ValueError as error:
        raise _foreign(path, "does not begin like an event stream of otto-import") from error
    if not (isinstance(first, dict) and first.get("type") == "stream" and isinstance(first.get("stream_id"), str) and first["stream_id"]):
        raise _foreign(path, "does not begin like an event stream of otto-import")
    if first.get("schema") != SCHEMA:
        raise _foreign(path, f"has lines of schema {first.get('schema')}, and this version writes schema {SCHEMA}")
    return str(first["stream_id"])


def _foreign(path: Path, text: str) -> ConfigError:
    return ConfigError("the shop", [Problem("shop.jsonl.path", f"{_WHAT} {path} {text}; move it away or name another path")])


def _gone(path: Path) -> ShopUnavailable:
    return ShopUnavailable("append", f"{_WHAT} {path} was moved, deleted or replaced while it was in use; put it back and run again")


def _same_file(file: int, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(file), found)


def _write(file: int, text: bytes) -> None:
    left = memoryview(text)
    while left:
        left = left[os.write(file, left) :]


def _read(file: int, count: int, at: int) -> bytes:
    os.lseek(file, at, os.SEEK_SET)  # appending does not ask where we stand
    return os.read(file, count)


def _mend(file: int) -> int:
    """Cut off a last line without an end; give the file's size then.

    Nothing is lost by it: a deed is noted only once its whole line is on the disk, so what the half line told will be sent again.
    """
    size = os.fstat(file).st_size
    whole = _line_start(file, size)
    if whole < size:
        os.ftruncate(file, whole)
    return whole


def _cut_zeros(file: int) -> None:
    """Cut off what follows the first zero among the last bytes: a power cut may leave zeros where lines were not yet on the disk."""
    size = os.fstat(file).st_size
    start = max(0, size - 2 * LARGEST_APPEND)
    zero = _read(file, size - start, start).find(b"\0")
    if zero >= 0:
        os.ftruncate(file, _line_start(file, start + zero))


def _line_start(file: int, end: int) -> int:
    """Give where the line begins that has its last byte before `end`, or the line to come if that byte is a line's end."""
    while end:
        start = max(0, end - _CHUNK)
        found = _read(file, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _make_folders(folder: Path) -> None:
    if not folder.is_dir():
        _make_folders(folder.parent)
        with suppress(FileExistsError):  # another program was quicker, or a file stands there: then opening it says so
            folder.mkdir(mode=0o700)
