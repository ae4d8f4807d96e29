"""The way in: `otto-import` and `python -m otto_import`."""

from __future__ import annotations

import contextlib
import sys

from otto_import import __version__


def main() -> None:
    """Run the command line; `--version` alone is answered before anything heavy is imported."""
    if sys.argv[1:] == ["--version"]:
        with contextlib.suppress(OSError, AttributeError):  # nobody may be there to read it
            sys.stdout.write(f"otto-import {__version__}\n")
            sys.stdout.flush()
        return
    from otto_import.cli.boundary import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
