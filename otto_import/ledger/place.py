"""Where a ledger may lie: in a private folder, and not on a network file system, whose locks cannot be trusted."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from otto_import.errors import LedgerError

NETWORK = frozenset({
    "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.davfs2", "fuse.glusterfs", "fuse.juicefs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb2", "smb3", "smbfs",
})  # fmt: skip
"""File systems as Linux names them. Not among them: 9p and virtiofs, by which a guest on one machine sees that machine's own disk."""

_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")
_MOUNT_POINT = 4


def require_local(path: Path, *, allow_network: bool = False, mounts: str | None = None) -> None:
    """Raise `LedgerError` when a path lies on a known network file system; `mounts` is the text of Linux's mountinfo (None: read it, if there is one)."""
    if allow_network:
        return
    kind = filesystem_of(Path(os.path.realpath(path)), _read_mounts() if mounts is None else mounts)
    if kind in NETWORK:
        text = (
            f"the ledger {path} would lie on a network file system ({kind}), whose locks cannot be trusted; "
            "name a local [state] path, or set `[state] allow_network = true` if only one machine ever uses it"
        )
        raise LedgerError(text)


def filesystem_of(path: Path, mounts: str) -> str | None:
    """Give the type of the file system that holds an absolute path, by the text of Linux's mountinfo (man 5 proc); None where it does not say."""
    best, kind = -1, None
    for line in mounts.splitlines():
        front, separator, back = line.partition(" - ")
        fields = front.split(" ")
        if not separator or len(fields) <= _MOUNT_POINT:
            continue
        point = Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[_MOUNT_POINT]))
        if len(point.parts) >= best and path.is_relative_to(point):  # the later of two mounts at one place covers the earlier
            best, kind = len(point.parts), back.split(" ")[0]
    return kind


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, each for this user alone (0700)."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        with suppress(FileExistsError):  # another program was quicker
            each.mkdir(mode=0o700)


def _read_mounts() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # not Linux, or no right to look
        return ""
