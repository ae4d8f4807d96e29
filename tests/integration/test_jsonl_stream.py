"""The event stream's file: made late, mended after a crash, shared politely, never mistaken for another."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from otto_import.errors import ConfigError, ShopUnavailable
from otto_import.plan import Done, Finding, Grade, Role
from otto_import.testing import samples
from otto_import.testing.basis import wrote
from otto_import.writers.jsonl import stream as files
from otto_import.writers.jsonl.stream import Stream
from otto_import.writers.jsonl.writer import JsonlWriter
from tests.jsonl_stream import Line, events, open_stream

needs_rights = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may do everything")


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[JsonlWriter]:
    with closing(open_stream(tmp_path)) as writer:
        yield writer


def _send(folder: Path, *numbers: int) -> list[Line]:
    with closing(open_stream(folder)) as writer:
        assert {Done} == {type(outcome) for outcome in writer.write([samples.create(samples.order(number), "processing") for number in numbers])}
    return events(folder)


def _told(folder: Path) -> list[str]:
    return [event["sales_order_id"] for event in events(folder)]


def test_a_preview_opens_nothing_and_writes_nothing(tmp_path: Path) -> None:
    with closing(open_stream(tmp_path, read_only=True)) as stream:
        assert "" == stream.identity
        list(stream.check())
        with pytest.raises(RuntimeError, match="opened for a preview"):
            list(stream.write([samples.create(samples.order(), "processing")]))
    assert [] == list(tmp_path.iterdir())


def test_the_identity_is_random_and_stays(stream: JsonlWriter, tmp_path: Path) -> None:
    assert "" == stream.identity
    wrote(stream, samples.create(samples.order(), "processing"))
    with closing(open_stream(tmp_path)) as again, closing(open_stream(tmp_path / "other")) as other:
        wrote(other, samples.create(samples.order(), "processing"))
        assert stream.identity == again.identity
        assert len(stream.identity) > 30
        assert stream.identity != other.identity


def test_missing_folders_are_made(tmp_path: Path) -> None:
    _send(tmp_path / "deep" / "down", 1)
    assert {0o700} == {folder.stat().st_mode & 0o777 for folder in (tmp_path / "deep", tmp_path / "deep" / "down")}


def test_a_torn_last_line_is_cut_off_wherever_it_was_torn(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    _send(tmp_path, 1, 2, 3)
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for end in (*range(last, last + 60), len(whole) - 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with closing(open_stream(tmp_path)) as again:
            assert "" != again.identity
        assert ["5f1c-1", "5f1c-2", "5f1c-3"] == [event["sales_order_id"] for event in _send(tmp_path, 3)]
    assert whole == path.read_bytes()


def test_a_torn_line_longer_than_a_look_is_cut_off(tmp_path: Path) -> None:
    _send(tmp_path, 1)
    with (tmp_path / "orders.jsonl").open("ab") as file:
        file.write(b"x" * 200_000)
    _send(tmp_path, 2)
    assert ["5f1c-1", "5f1c-2"] == _told(tmp_path)


def test_a_torn_header_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    _send(tmp_path, 1)
    header = path.read_bytes().partition(b"\n")[0]
    for end in (*range(len(header)), len(header)):
        path.write_bytes(header[:end])
        with closing(open_stream(tmp_path)) as again:
            assert "" == again.identity
        _send(tmp_path, 1)
        assert ["5f1c-1"] == _told(tmp_path)


def test_zeros_that_a_power_cut_left_are_cut_off_with_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    _send(tmp_path, 1, 2)
    whole = path.read_bytes()
    second = whole.rindex(b"\n", 0, -1) + 1
    for start, count in ((second, 4096), (second + 100, 500), (len(whole), 512)):
        path.write_bytes(whole[:start] + bytes(count) + b'"lost":1}\n{"half')
        assert "5f1c-3" == _send(tmp_path, 3)[-1]["sales_order_id"]
        assert (["5f1c-1", "5f1c-2", "5f1c-3"] if start == len(whole) else ["5f1c-1", "5f1c-3"]) == _told(tmp_path)


def test_two_writers_may_share_a_stream(stream: JsonlWriter, tmp_path: Path) -> None:
    for number in (1, 3):
        wrote(stream, samples.create(samples.order(number), "processing"))
        _send(tmp_path, number + 1)
    assert ["5f1c-1", "5f1c-2", "5f1c-3", "5f1c-4"] == _told(tmp_path)


def test_a_line_that_another_writer_left_half_done_is_cut_off_in_the_midst_of_a_run(stream: JsonlWriter, tmp_path: Path) -> None:
    wrote(stream, samples.create(samples.order(1), "processing"))
    with (tmp_path / "orders.jsonl").open("ab") as other:
        other.write(b'{"type":"order.cre')
    wrote(stream, samples.create(samples.order(2), "processing"))
    assert ["5f1c-1", "5f1c-2"] == _told(tmp_path)


def test_a_stream_that_another_program_holds_is_unavailable(stream: JsonlWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOCK_SECONDS", 0.1)
    with FileLock(tmp_path / "orders.jsonl.lock"), pytest.raises(ShopUnavailable, match="is being written by another program"):
        list(stream.write([samples.create(samples.order(1), "processing")]))
    wrote(stream, samples.create(samples.order(1), "processing"))


def test_a_full_disk_leaves_no_half_line(stream: JsonlWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrote(stream, samples.create(samples.order(1), "processing"))
    write, left = os.write, 700

    def small(file: int, text: bytes) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = write(file, bytes(text[:left]))
        left -= count
        return count

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", small)
        with pytest.raises(ShopUnavailable, match=f"the event stream {tmp_path}/orders.jsonl cannot be used: No space left on device"):
            list(stream.write([samples.create(samples.order(2), "processing")]))
    assert ["5f1c-1"] == _told(tmp_path)
    wrote(stream, samples.create(samples.order(2), "processing"))
    assert ["5f1c-1", "5f1c-2"] == _told(tmp_path)


def test_outcomes_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with closing(open_stream(tmp_path)) as stream:
        wrote(stream, samples.create(samples.order(1), "processing"))
        outcomes = []
        with monkeypatch.context() as patch, pytest.raises(ShopUnavailable):  # noqa: PT012  – what came before the failure is what is looked at
            patch.setattr(os, "fsync", broken)
            for outcome in stream.write([samples.create(samples.order(2), "processing")]):
                outcomes.append(outcome)  # noqa: PERF402  – kept one by one, since the loop fails
        assert [] == outcomes


def test_a_file_moved_away_in_use_is_noticed_before_anything_is_lost(stream: JsonlWriter, tmp_path: Path) -> None:
    wrote(stream, samples.create(samples.order(1), "processing"))
    (tmp_path / "orders.jsonl").rename(tmp_path / "old.jsonl")
    for _ in range(2):
        with pytest.raises(ShopUnavailable, match="moved, deleted or replaced"):
            list(stream.write([samples.create(samples.order(2), "processing")]))
    assert not (tmp_path / "orders.jsonl").exists()


def test_a_file_replaced_between_two_looks_is_noticed(tmp_path: Path) -> None:
    _send(tmp_path, 1)
    with closing(open_stream(tmp_path)) as stream:
        assert stream.identity
        (tmp_path / "orders.jsonl").unlink()
        _send(tmp_path, 1)
        with pytest.raises(ShopUnavailable, match="moved, deleted or replaced"):
            list(stream.write([samples.create(samples.order(2), "processing")]))


def test_a_new_file_that_begins_with_the_old_first_line_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    _send(tmp_path, 1)
    with closing(open_stream(tmp_path)) as before:
        identity = before.identity
    path.write_bytes(path.read_bytes().partition(b"\n")[0] + b"\n")
    _send(tmp_path, 2)
    with closing(open_stream(tmp_path)) as after:
        assert identity == after.identity
    assert ["5f1c-2"] == _told(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not a stream\n", "does not begin like"),
        ("half a line of something", "does not begin like"),
        ('{"type":"stream"}\n', "does not begin like"),
        ('{"type":"order"}\n', "does not begin like"),
        ("[]\n", "does not begin like"),
        ("\n", "does not begin like"),
        ("\0" * 5000, "does not begin like"),
        ("x" * 100_000, "does not begin like"),
        ('{"type":"stream","schema":2,"stream_id":"a"}\n', "has lines of schema 2, and this version writes schema 1"),
    ],
)
def test_a_file_that_is_no_stream_of_ours_is_refused_and_left_alone(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_text(content)
    with closing(open_stream(tmp_path)) as stream:
        with pytest.raises(ConfigError, match=rf"shop.jsonl.path: the event stream {path} {said}.*; move it away or name another path"):
            _ = stream.identity
        with pytest.raises(ConfigError):
            list(stream.write([samples.create(samples.order(), "processing")]))
        assert [Grade.BAD] == [finding.grade for finding in stream.check()]
    assert content == path.read_text()


def test_a_folder_is_no_stream(tmp_path: Path) -> None:
    (tmp_path / "orders.jsonl").mkdir()
    with closing(open_stream(tmp_path)) as stream:
        with pytest.raises(ConfigError, match="is no ordinary file"):
            _ = stream.identity
        with pytest.raises(ShopUnavailable, match="Is a directory"):
            list(stream.write([samples.create(samples.order(), "processing")]))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX's")
def test_a_pipe_is_no_stream(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "orders.jsonl")
    with closing(open_stream(tmp_path)) as stream, pytest.raises(ConfigError, match="is no ordinary file"):
        list(stream.write([samples.create(samples.order(), "processing")]))


def test_the_id_of_a_new_stream_is_asked_for(tmp_path: Path) -> None:
    with closing(Stream(tmp_path / "orders.jsonl", lambda: "chosen")) as stream:
        stream.append([b"{}\n"])
        assert "chosen" == stream.identity
    assert [{"type": "stream", "schema": 1, "stream_id": "chosen"}, {}] == [
        json.loads(line) for line in (tmp_path / "orders.jsonl").read_text().splitlines()
    ]


def test_a_check_tells_how_the_file_is(stream: JsonlWriter, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    assert [Finding(Grade.GOOD, "event stream", f"{path} is not there yet and will be made at the first write")] == list(stream.check())
    path.touch(0o600)
    assert [f"{path} is empty and will be filled at the first write"] == [finding.text for finding in stream.check()]
    wrote(stream, samples.create(samples.order(), "processing"))
    assert [f"{path} holds {path.stat().st_size:,} bytes of events"] == [finding.text for finding in stream.check()]
    path.chmod(0o644)
    with path.open("ab") as file:
        file.write(b"{")
    assert [
        f"the last line of {path} was cut off by a crash",
        f"{path} holds buyers' addresses and is open to every user",
    ] == [finding.text for finding in stream.check() if finding.grade is Grade.WARNING]


def test_a_check_says_that_no_file_can_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with closing(open_stream(tmp_path / "file")) as stream:
        assert [Grade.BAD] == [finding.grade for finding in stream.check()]
        with pytest.raises(ShopUnavailable):
            list(stream.write([samples.create(samples.order(), "processing")]))


@needs_rights
def test_a_check_names_missing_rights(tmp_path: Path) -> None:
    _send(tmp_path, 1)
    with closing(open_stream(tmp_path)) as stream:
        (tmp_path / "orders.jsonl").chmod(0o000)
        assert Grade.BAD in {finding.grade for finding in stream.check()}
        (tmp_path / "orders.jsonl").chmod(0o600)
        tmp_path.chmod(0o500)
        try:
            assert Grade.BAD in {finding.grade for finding in stream.check()}
        finally:
            tmp_path.chmod(0o700)


def test_a_check_warns_of_one_word_for_two_stages(tmp_path: Path) -> None:
    roles = {Role.ANNOUNCED: "open", Role.PROCESSABLE: "open", Role.SENT: "done", Role.RETURNED: "done", Role.CANCELLED: "off"}
    with closing(open_stream(tmp_path, roles=roles)) as stream:
        said = [finding.text for finding in stream.check() if finding.grade is Grade.WARNING]
    assert ['the status "open" stands for announced and processable, so that the stream may not tell one from the other'] == said
