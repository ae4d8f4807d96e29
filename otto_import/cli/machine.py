"""What a schedule must know of this machine."""

from __future__ import annotations

import getpass
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from otto_import.schedule import Machine


def this_machine() -> Machine:
    """Look at the program that runs, the user it runs as, and whether there is a `timeout`."""
    timeout = shutil.which("timeout")
    return Machine(
        program=_program(),
        user=_user(),
        user_id=os.geteuid() if sys.platform != "win32" else 0,
        timeout=os.path.abspath(timeout) if timeout else "",  # noqa: PTH100  – a link is kept as it is: it is the name that lasts
    )


def _program() -> tuple[str, ...]:
    """Name this very installation: the command beside the interpreter, else the interpreter with the module."""
    # Not resolved: in a virtual environment the interpreter is a link, and its folder is the environment's.
    folders = dict.fromkeys((Path(sysconfig.get_path("scripts")), Path(sys.executable).absolute().parent))
    for folder in folders:
        if os.access(folder / "otto-import", os.X_OK):
            return (str(folder / "otto-import"),)
    return (str(Path(sys.executable).absolute()), "-m", "otto_import")


def _user() -> str:
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
