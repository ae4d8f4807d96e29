"""A file that appears whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from otto_import.cli.outfile import written
from otto_import.errors import UsageError


def test_nothing_is_there_before_all_is_written(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    with written(str(target), "--csv") as write:
        write("ä\r\n")
        assert not target.exists()
    assert "ä\r\n".encode() == target.read_bytes()
    assert ["x.csv"] == [path.name for path in tmp_path.iterdir()]


def test_what_goes_wrong_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(ZeroDivisionError), written(str(target), "--csv") as write:
        write(str(1 // 0))
    assert "old" == target.read_text(encoding="utf-8")
    assert ["x.csv"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.skipif(os.name != "posix", reason="links and modes are POSIX's")
def test_a_link_stays_one_and_its_target_keeps_its_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    with written(str(link), "--csv") as write:
        write("new")
    assert (True, "new", 0o640) == (link.is_symlink(), real.read_text(encoding="utf-8"), stat.S_IMODE(real.stat().st_mode))


@pytest.mark.parametrize("name", ["none/x.csv", "."])
def test_what_cannot_be_written_is_wrong_usage(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--csv: .* cannot be written"), written(str(tmp_path / name), "--csv") as write:
        write("x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_device_is_told_as_such() -> None:
    with pytest.raises(UsageError, match="No space left"), written("/dev/full", "--csv") as write:
        write("x" * 100_000)


def test_a_dash_is_standard_output_in_utf_8(capsys: pytest.CaptureFixture[str]) -> None:
    with written("-", "--csv") as write:
        write("ä\r\n")
    assert "ä\r\n" == capsys.readouterr().out
