"""A file system that is really full: what lies on it, the ledger, the shop or the event stream, is whole once there is room again, and no order is lost."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.faulty_world import PATIENT, goods
from tests.jsonl_stream import events, followed
from tests.system_shop import DAYS, Place
from tests.system_world import check_goods

SIZE = 150
_ROOMY = "64m"


def small_disk(folder: Path, size: int, commands: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run commands one after the other while a file system of `size` KiB stands in place of a folder; nobody else ever sees it."""
    lines = [f"mount -t tmpfs -o size={size}k none {shlex.quote(str(folder))}", *commands]
    script = ["unshare", "--mount", "sh", "-c", " && ".join(lines)]
    return subprocess.run(script, check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def more(*sizes: int) -> list[Any]:
    """Keep sizes for the long proofs."""
    return [pytest.param(size, marks=pytest.mark.slow) for size in sizes]


@cache
def mountable() -> bool:
    """Tell whether this machine lets us mount a file system of our own."""
    return shutil.which("unshare") is not None and small_disk(Path("/tmp"), 16, ["true"]).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Give the folder on which the small file system is to lie."""
    if not mountable():
        pytest.skip("mounting a file system of our own takes rights that are missing here")
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def syncs(place: Place, disk: Path, size: int) -> tuple[int, str, dict[str, Any]]:
    """Run on a full disk, then with room, and keep what lies there; give the first run's exit code, its errors, and the second's summary."""
    full, roomy, kept = disk.parent / "full", disk.parent / "roomy", disk.parent / "kept"
    sync = shlex.join([sys.executable, "-m", "otto_import", *place.arguments("sync", now=DAYS[0])])
    done = small_disk(disk, size, [
        f"(PYTHONDONTWRITEBYTECODE=1 {sync} > {full}.out 2> {full}.err; echo $? > {full}.code)",
        f"mount -o remount,size={_ROOMY} {disk}",
        f"{sync} > {roomy}.out",
        f"cp -a {disk} {kept}",
    ])  # fmt: skip
    assert 0 == done.returncode, done.stderr
    for path in kept.iterdir():
        shutil.copy2(path, disk / path.name)
    summary = json.loads(Path(f"{roomy}.out").read_text(encoding="utf-8").splitlines()[-1])
    return int(Path(f"{full}.code").read_text()), Path(f"{full}.err").read_text(encoding="utf-8"), summary


def check_told(code: int, text: str, codes: set[int]) -> None:
    """See that a run said in a sentence what was the matter."""
    assert code in codes
    assert text.startswith("✗ ")
    assert not any(word in text for word in ("Traceback", "bug"))


@pytest.mark.parametrize("size", [4, *more(40, 120), 200, *more(300)])
def test_no_order_is_lost_or_doubled_when_the_ledgers_disk_is_full(size: int, disk: Path, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"demo_orders": SIZE}, limits=PATIENT, state={"path": "disk/ledger.db"})
    code, text, summary = syncs(place, disk, size)
    check_told(code, text, {3, 5})
    assert (0, 0, 0) == (summary["exit"], summary["conflicts"], summary["failed"])
    check_goods(place, DAYS[0], SIZE)
    calm = Place(tmp_path / "calm", otto={"demo_orders": SIZE}, limits=PATIENT)
    calm.done(now=DAYS[0])
    assert goods(calm) == goods(place)


@pytest.mark.parametrize("size", [*more(4), 100, *more(300)])
def test_no_order_is_lost_or_doubled_when_the_shops_disk_is_full(size: int, disk: Path, tmp_path: Path) -> None:
    place = Place(tmp_path, otto={"demo_orders": SIZE}, limits=PATIENT, shop={"sqlite": {"path": "disk/shop.db"}})
    place.shop = disk / "shop.db"
    code, text, summary = syncs(place, disk, size)
    check_told(code, text, {3, 5})
    assert (0, 0, 0) == (summary["exit"], summary["conflicts"], summary["failed"])
    check_goods(place, DAYS[0], SIZE)


@pytest.mark.parametrize("size", [*more(4), 60, *more(120)])
def test_no_event_is_lost_or_torn_when_the_streams_disk_is_full(size: int, disk: Path, tmp_path: Path) -> None:
    table = {"writer": "jsonl", "sqlite": None, "jsonl": {"path": "disk/orders.jsonl"}}
    place = Place(tmp_path, otto={"demo_orders": SIZE}, shop=table, limits=PATIENT)
    code, text, summary = syncs(place, disk, size)
    check_told(code, text, {5})
    assert 0 == summary["exit"]
    calm = Place(tmp_path / "calm", otto={"demo_orders": SIZE}, shop={**table, "jsonl": {"path": "orders.jsonl"}}, limits=PATIENT)
    calm.done(now=DAYS[0])
    assert [set(followed(events(tmp_path / "calm")))] == [set(followed(events(disk)))]
