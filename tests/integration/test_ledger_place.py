from __future__ import annotations

from pathlib import Path

import pytest

from otto_import.errors import LedgerError
from otto_import.ledger.opening import open_ledger
from otto_import.ledger.place import NETWORK, filesystem_of, make_folder, require_local

MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:50 / /mnt/share rw,relatime shared:1 master:2 - nfs4 server:/export rw,vers=4.2
41 27 0:51 / /mnt/my\040share rw,relatime - cifs //server/share rw
42 40 254:1 / /mnt/share/local rw,relatime - xfs /dev/vdb rw
43 27 0:52 / /srv rw,relatime - ext4 /dev/vdc rw
44 43 0:53 / /srv rw,relatime - smb3 //server/srv rw
a line that says nothing
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/me/ledger.db", "ext4"),
        ("/mnt/share/ledger.db", "nfs4"),
        ("/mnt/share", "nfs4"),
        ("/mnt/shared/ledger.db", "ext4"),
        ("/mnt/share/local/deep/ledger.db", "xfs"),
        ("/mnt/my share/ledger.db", "cifs"),
        ("/srv/ledger.db", "smb3"),
    ],
)
def test_the_innermost_and_latest_mount_decides(path: str, expected: str) -> None:
    assert expected == filesystem_of(Path(path), MOUNTS)


def test_without_mounts_nothing_is_known_and_nothing_refused(tmp_path: Path) -> None:
    assert None is filesystem_of(tmp_path, "")
    require_local(tmp_path / "ledger.db", mounts="")


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "fuse.sshfs", "lustre", "afs"])
def test_a_network_file_system_is_refused_with_the_way_out(tmp_path: Path, kind: str) -> None:
    mounts = f"27 1 0:1 / / rw - {kind} server:/ rw\n"
    with pytest.raises(LedgerError, match=r"set `\[state\] allow_network = true`") as refused:
        require_local(tmp_path / "ledger.db", mounts=mounts)
    assert (True, True) == (str(tmp_path / "ledger.db") in str(refused.value), f"({kind})" in str(refused.value))
    require_local(tmp_path / "ledger.db", mounts=mounts, allow_network=True)


def test_local_file_systems_are_accepted(tmp_path: Path) -> None:
    for kind in ("ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "9p", "virtiofs", "fuseblk"):
        require_local(tmp_path / "ledger.db", mounts=f"27 1 0:1 / / rw - {kind} source rw\n")


def test_a_ledger_can_be_opened_where_the_network_is_allowed(tmp_path: Path) -> None:
    open_ledger(tmp_path / "ledger.db", allow_network=True).close()
    assert (tmp_path / "ledger.db").exists()


def test_the_list_names_file_systems_as_linux_does() -> None:
    assert {kind.lower().strip() for kind in NETWORK} == NETWORK


def test_missing_folders_are_made_for_this_user_alone(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert [0o700, 0o700] == [each.stat().st_mode & 0o777 for each in (tmp_path / "a", tmp_path / "a" / "b")]
