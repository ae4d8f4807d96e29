from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from otto_import.database import open_private
from otto_import.errors import LedgerError
from otto_import.ledger.base import Intent, Mark, Note
from otto_import.ledger.identity import Identity, bind, check_identity
from otto_import.ledger.opening import open_for_preview, open_ledger
from otto_import.ledger.schema import APPLICATION_ID, STEPS
from otto_import.ledger.sqlite import SqliteLedger
from otto_import.plan import OrderKey
from tests.integration.ledger_values import CREATION, FULL, LATER, NOW, ROOT, event, in_memory, names, order

IDENTITY = Identity(environment="demo", account="main", writer="sqlite", shop="a1b2")
POSIX = pytest.mark.skipif(os.name != "posix", reason="rights and SIGKILL are POSIX matters")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    with closing(open_ledger(path)) as made:
        yield made


@POSIX
def test_the_file_its_side_files_and_its_folder_are_for_this_user_alone(path: Path, ledger: SqliteLedger) -> None:
    ledger.note([Note(FULL)])
    rights = {each.name: f"{each.stat().st_mode & 0o777:o}" for each in path.parent.iterdir()}
    assert {"ledger.db": "600", "ledger.db-wal": "600", "ledger.db-shm": "600"} == rights
    assert 0o700 == path.parent.stat().st_mode & 0o777


def test_what_was_noted_is_there_when_the_file_is_opened_again(path: Path) -> None:
    with closing(open_ledger(path)) as ledger:
        ledger.note([Note(FULL, (event("one"),))])
        ledger.set_marks({Mark.WATERMARK: NOW})
    with closing(open_ledger(path)) as ledger:
        assert (FULL, [event("one")], NOW) == (ledger.known([FULL.key])[FULL.key], ledger.history(FULL.key), ledger.mark(Mark.WATERMARK))


def test_a_crash_between_making_the_file_and_its_tables_is_repaired(path: Path) -> None:
    open_private(path, APPLICATION_ID).close()
    with closing(open_for_preview(path)) as preview:
        assert {} == preview.known([FULL.key])
    with closing(open_ledger(path)) as ledger:
        assert {} == ledger.known([FULL.key])


def test_a_newer_versions_ledger_is_refused_and_left_alone(path: Path) -> None:
    with closing(open_ledger(path)) as ledger:
        ledger._connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    for opening in (open_ledger, open_for_preview):
        with pytest.raises(LedgerError, match="newer version of otto-import") as refused:
            opening(path)
        assert str(path) in str(refused.value)
    with closing(sqlite3.connect(path)) as connection:
        assert (len(STEPS) + 1,) == connection.execute("PRAGMA user_version").fetchone()


def test_another_programs_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id)")
    for opening in (open_ledger, open_for_preview):
        with pytest.raises(LedgerError, match="another program"):
            opening(path)


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a shopping list " * 100)
    for opening in (open_ledger, open_for_preview):
        with pytest.raises(LedgerError, match="not an SQLite database; move it away") as refused:
            opening(path)
        assert str(path) in str(refused.value)
    assert "a shopping list " * 100 == path.read_text()


def test_a_damaged_file_is_a_sentence(path: Path) -> None:
    with closing(open_ledger(path)) as ledger:
        ledger.note([Note(order(f"{number:03}", ref="x" * 50)) for number in range(300)])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with closing(open_ledger(path)) as ledger, pytest.raises(LedgerError, match="is damaged; restore it from a backup") as refused:
        ledger.pending(None, 10)
    assert str(path) in str(refused.value)


def test_a_row_that_cannot_be_ours_is_a_damaged_file(ledger: SqliteLedger) -> None:
    ledger.note([Note(order("a"))])
    ledger._connection.execute("UPDATE orders SET stage = 'NO SUCH STAGE'")
    with pytest.raises(LedgerError, match="is damaged"):
        ledger.known([OrderKey("main:a")])


def test_a_full_disk_is_a_sentence_and_loses_nothing(path: Path, ledger: SqliteLedger) -> None:
    ledger.note([Note(FULL)])
    pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match="the disk is full") as refused:
        ledger.note([Note(order(f"{number}", lines="x" * 500)) for number in range(500)])
    assert str(path) in str(refused.value)
    ledger._connection.execute("PRAGMA max_page_count = 1000000")
    assert {FULL.key: FULL} == ledger.known([FULL.key, OrderKey("main:0")])
    ledger.note([Note(order("0"))])
    assert ["0"] == names(ledger.named("0"))


def test_a_page_is_noted_as_a_whole_or_not_at_all_wherever_it_is_interrupted(ledger: SqliteLedger) -> None:
    ledger.intend([Intent(order("a"), CREATION)], [Note(FULL, (event("one"),))])
    before = _seen(ledger)
    with closing(in_memory()) as other:
        other.intend([Intent(order("a"), CREATION)], [Note(FULL, (event("one"),))])
        other.intend(*PAGE)
        after = _seen(other)
    interrupted = 0
    for steps in count(1):
        ledger._connection.set_progress_handler(_after(steps), 20)
        try:
            ledger.intend(*PAGE)
        except LedgerError:
            interrupted += 1
        finally:
            ledger._connection.set_progress_handler(None, 0)
        if before != _seen(ledger):  # the last interruption may come when the commit is through
            break
    assert 10 < interrupted
    assert after == _seen(ledger)


PAGE = ([Intent(order("a"), LATER), Intent(order("b"), CREATION)], [Note(order("full"), (event("two"),), "done")])


def _seen(ledger: SqliteLedger) -> object:
    return ledger.known([FULL.key, OrderKey("main:a"), OrderKey("main:b")]), ledger.history(FULL.key), ledger.standing()


def _after(steps: int) -> Callable[[], bool]:
    """Interrupt once, so that the way back is free."""
    calls = count(1)
    return lambda: next(calls) == steps


KILLED = """
import os, signal, sys
from pathlib import Path
from otto_import.ledger.base import Intent, Note
from otto_import.ledger.opening import open_ledger
from tests.integration.ledger_values import CREATION, FULL, order
ledger = open_ledger(Path(sys.argv[1]))
ledger.note([Note(FULL)])
word, left = sys.argv[2], int(sys.argv[3])
def watch(statement):
    global left
    left -= word in statement
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
ledger._connection.set_trace_callback(watch)
ledger.intend([Intent(order(f"{number}"), CREATION) for number in range(9)])
ledger._connection.set_trace_callback(None)
os.kill(os.getpid(), signal.SIGKILL)
"""


@POSIX
@pytest.mark.parametrize(
    ("word", "number", "doubtful"),
    [("BEGIN", 1, 0), ("INTO orders", 5, 0), ("INTO intentions", 1, 0), ("INTO intentions", 9, 0), ("COMMIT", 1, 0), ("nothing", 1, 9)],
)
def test_a_run_killed_while_it_notes_its_intentions_leaves_all_or_none(path: Path, word: str, number: int, doubtful: int) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), word, str(number)], cwd=ROOT, check=False, capture_output=True, text=True)
    assert (-signal.SIGKILL, "") == (killed.returncode, killed.stderr)
    with closing(open_for_preview(path)) as preview:
        assert doubtful == preview.standing().in_doubt
    with closing(open_ledger(path)) as ledger:
        assert doubtful == ledger.standing().in_doubt
        assert {FULL.key: FULL} == ledger.known([FULL.key])


def test_a_ledger_is_bound_at_its_first_use_and_serves_the_same_again(path: Path) -> None:
    with closing(open_ledger(path)) as ledger:
        check_identity(ledger, IDENTITY)
        assert None is ledger.identity()
        bind(ledger, IDENTITY)
    with closing(open_ledger(path)) as ledger:
        bind(ledger, IDENTITY)
        assert IDENTITY == ledger.identity()


@pytest.mark.parametrize(
    "other",
    [
        Identity("production", "main", "sqlite", "a1b2"),
        Identity("demo", "second", "sqlite", "a1b2"),
        Identity("demo", "main", "woocommerce", "https://shop.example"),
        Identity("demo", "main", "woocommerce", ""),
        Identity("demo", "main", "sqlite", "c3d4"),
    ],
)
def test_another_environment_account_writer_or_shop_is_refused_with_both_named(path: Path, ledger: SqliteLedger, other: Identity) -> None:
    bind(ledger, IDENTITY)
    with pytest.raises(LedgerError, match="this ledger belongs to") as refused:
        bind(ledger, other)
    assert [] == [word for word in (str(path), str(IDENTITY), str(other)) if word not in str(refused.value)]
    assert IDENTITY == ledger.identity()


def test_a_shop_that_did_not_exist_yet_is_filled_in_once_it_does(ledger: SqliteLedger) -> None:
    unmade = Identity("demo", "main", "sqlite", "")
    bind(ledger, unmade)
    check_identity(ledger, IDENTITY)
    assert unmade == ledger.identity()
    bind(ledger, unmade)
    bind(ledger, IDENTITY)
    assert IDENTITY == ledger.identity()


def test_a_shop_whose_file_vanished_is_refused(path: Path, ledger: SqliteLedger) -> None:
    bind(ledger, IDENTITY)
    for look in (bind, check_identity):
        with pytest.raises(LedgerError, match="a shop whose file is gone or another") as refused:
            look(ledger, Identity("demo", "main", "sqlite", ""))
        assert str(path) in str(refused.value)
    assert IDENTITY == ledger.identity()


def test_a_preview_knows_whom_the_ledger_serves(path: Path) -> None:
    with closing(open_ledger(path)) as ledger:
        bind(ledger, IDENTITY)
    with closing(open_for_preview(path)) as preview:
        check_identity(preview, IDENTITY)
        with pytest.raises(LedgerError, match="belongs to another"):
            check_identity(preview, Identity("demo", "second", "sqlite", "a1b2"))
