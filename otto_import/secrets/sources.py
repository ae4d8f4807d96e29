"""Where secrets come from. Each function gives the secret, or raises ValueError with a sentence that says what to do and never holds it."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

LARGEST_FILE = 65_536
PATIENCE_SECONDS = 30.0
READABLE_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH


def from_environment(name: str, environ: Mapping[str, str]) -> str:
    """Read an environment variable."""
    if name not in environ:
        msg = f"the environment variable {name} is not set; set it (a cron job needs it in the crontab or a wrapper)"
        raise ValueError(msg)
    if not environ[name]:
        msg = f"the environment variable {name} is empty; put the secret there"
        raise ValueError(msg)
    return environ[name]


def from_file(name: str, folder: Path) -> str:
    """Read a file, relative to `folder`; on POSIX one that its owner alone can read. One line break at its end is not part of the secret."""
    path = folder / name
    try:
        path = folder / Path(name).expanduser()
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            msg = f"{path} is no file; name the file that holds the secret"
            raise ValueError(msg)
        if os.name == "posix" and status.st_mode & READABLE_BY_OTHERS:
            msg = f"{path} can be read by others; run: chmod 600 {shlex.quote(str(path))}"
            raise ValueError(msg)
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError as error:
        msg = f"there is no file {path}; put the secret there"
        raise ValueError(msg) from error
    except (OSError, RuntimeError) as error:
        msg = f"{path} cannot be read ({type(error).__name__}); check its path and its owner"
        raise ValueError(msg) from error
    if len(content) > LARGEST_FILE:
        msg = f"{path} is too large for a secret; name the file that holds nothing but the secret"
        raise ValueError(msg)
    return _one_line(content, str(path))


def from_command(arguments: Sequence[str], folder: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> str:
    """Run a program without a shell in `folder`, with limited patience; its standard output is the secret, its standard error is not shown."""
    import subprocess

    program = arguments[0]
    failure = ""
    try:
        done = subprocess.run(  # noqa: S603  – running the program the config names is the purpose
            list(arguments),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=patience_seconds,
            check=False,
        )
    except FileNotFoundError as error:
        msg = f"there is no program {program}; install it, or name it with its full path"
        raise ValueError(msg) from error
    except subprocess.TimeoutExpired:
        failure = f"the program {program} gave no answer within {patience_seconds:.0f} seconds; it must not ask for anything"
    except OSError as error:
        msg = f"the program {program} cannot be run ({type(error).__name__}); is it executable?"
        raise ValueError(msg) from error
    else:
        if done.returncode == 0:
            return _one_line(done.stdout, f"the answer of the program {program}")
        failure = f"the program {program} ended with exit code {done.returncode}; run it by hand to see why"
    # Raised here, not within `except`: what a time-out carries may hold a part of the secret.
    raise ValueError(failure)


def _one_line(content: bytes, where: str) -> str:
    text: str | None = None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        # Raised below, not here: what this error carries is the secret itself.
        text = None
    if text is None:
        msg = f"{where} is not UTF-8 text"
        raise ValueError(msg)
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        msg = f"{where} is empty; put the secret there"
        raise ValueError(msg)
    return text
