"""Find the config file and read it as TOML, with an error for each way in which that can fail."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otto_import.errors import ConfigError, Problem
from otto_import.secrets.sources import READABLE_BY_OTHERS

VARIABLE = "OTTO_IMPORT_CONFIG"
FILE_NAME = "config.toml"
_PLACE = re.compile(r"^(?P<text>.*) \((?:at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Document:
    """Hold a config file as read; `exposed` tells that others than its owner can read it (POSIX only)."""

    path: Path
    tables: Mapping[str, Any] = field(repr=False)
    exposed: bool = False


def find_config(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Choose the config file: `--config`, `$OTTO_IMPORT_CONFIG`, `./config.toml`, the user's config folder.

    A file asked for by name is never replaced by another. Raises ConfigError that names every place looked at.
    """
    if explicit is not None:
        return _named(explicit, "given with --config")
    if environ.get(VARIABLE):
        return _named(Path(environ[VARIABLE]), f"given in ${VARIABLE}")
    from platformdirs import user_config_path

    places = [Path(FILE_NAME).absolute(), user_config_path("otto-import", appauthor=False) / FILE_NAME]
    for place in places:
        if _there(place):
            return place
    looked = " and ".join(str(place) for place in places)
    remedy = f"copy config.example.toml to {FILE_NAME} and adapt it, or name a file with --config or ${VARIABLE}"
    raise ConfigError(FILE_NAME, [Problem("", f"no config file found; looked at {looked}; {remedy}")])


def _named(path: Path, how: str) -> Path:
    if not _there(path):
        raise ConfigError(str(path), [Problem("", f"there is no such file ({how}); check the path")])
    return path.absolute()


def _there(path: Path) -> bool:
    """Tell whether something stands there; what we may not look at counts, so that reading it gives the reason."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def read_document(path: Path) -> Document:
    """Read a config file; raises ConfigError with line and column where the TOML is wrong."""
    where = str(path)
    try:
        if path.is_dir():
            raise ConfigError(where, [Problem("", "is a folder; name the file in it")])
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError as error:
        raise ConfigError(where, [Problem("", "there is no such file; check the path")]) from error
    except OSError as error:
        raise ConfigError(where, [Problem("", f"cannot be read ({type(error).__name__}); check its owner and its rights")]) from error
    exposed = os.name == "posix" and stat.S_ISREG(mode) and bool(mode & READABLE_BY_OTHERS)
    return Document(path, parse(content, where), exposed)


def parse(content: bytes, where: str) -> dict[str, Any]:
    """Parse TOML in UTF-8, with or without a byte order mark."""
    problem = ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = f"line {line}: is not UTF-8; save the file as UTF-8"
    else:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            problem = _syntax(str(error), text)
        except (ValueError, RecursionError):
            problem = "holds a number too long or tables nested too deeply; it was not read"
    # Raised here, not within `except`: the errors above carry the whole file, secrets included.
    raise ConfigError(where, [Problem("", problem)])


def _syntax(complaint: str, text: str) -> str:
    """Say where the TOML is wrong; tomllib tells place and reason in one text, the place is not always a number."""
    match = _PLACE.match(complaint)
    reason = match["text"] if match else "not valid TOML"
    if match and match["line"]:
        place = f"line {match['line']}, column {match['column']}"
    else:
        lines = text.rstrip("\r\n").split("\n")
        place = f"line {len(lines)}, column {len(lines[-1].rstrip()) + 1}"
    if reason.startswith(("Cannot overwrite", "Cannot declare", "Cannot redefine", "Duplicate")):
        return f"{place}: a key or table stands there a second time; keep one of them"
    if reason == "Invalid value":
        return f"{place}: a value is missing or wrong there; text needs quotes"
    return f"{place}: {reason[:1].lower()}{reason[1:]}"
