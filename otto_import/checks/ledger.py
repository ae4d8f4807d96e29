"""The ledger: sound, ours, not in use, and on a file system whose locks can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from otto_import.checks.proof import Proof, bad, good, warning
from otto_import.errors import LedgerError
from otto_import.ledger.damage import WAY_OUT
from otto_import.ledger.health import Health
from otto_import.ledger.identity import Identity, Owned, check_identity
from otto_import.ledger.lock import Holder
from otto_import.ledger.place import NETWORK

_KILO = 1024
_SUBJECT = "ledger"


def ledger(path: Path, health: Health | None) -> Iterator[Proof]:
    """Judge the file; `health` is None while there is none."""
    if health is None:
        yield good(_SUBJECT, f"{path} is not there yet; the first run makes it")
    elif health.complaints:
        yield bad(_SUBJECT, f"{path} is damaged: {health.complaints[0]}", f"restore it from a backup, or {WAY_OUT}")
    else:
        yield good(_SUBJECT, f"{path} is sound, {_spelt(health.size)}")
        if not health.write_ahead:
            remedy = "name a [state] path on a disk of this machine"
            yield warning(_SUBJECT, f"{path} lies where SQLite's write-ahead log cannot be switched on; a network drive?", remedy)


def refused(error: LedgerError) -> Proof:
    """Say why a ledger cannot be used."""
    text, _, remedy = str(error).partition("; ")
    return bad(_SUBJECT, text, remedy)


def identity(kept: Owned, wanted: Identity) -> Proof:
    """Compare whom the ledger serves with whom the config names."""
    try:
        check_identity(kept, wanted)
    except LedgerError as error:
        text, _, remedy = str(error).rpartition("; ")
        return bad("identity", text, remedy)
    owner = kept.identity()
    return good("identity", f"the ledger serves {owner}" if owner else f"the ledger will serve {wanted}")


def lock(run: Holder | None) -> Proof:
    """Tell of a run that holds the lock."""
    if run is None:
        return good("lock", "no run is at work")
    return warning("lock", f"a run is at work ({run})", "let it end; if it hangs, stop it with Ctrl-C or kill, which leaves nothing undone")


def lock_unknown() -> Proof:
    """Say that this system does not tell who holds a lock."""
    return good("lock", "this system does not tell whether a run is at work; each run finds out for itself")


def file_system(kind: str | None, *, allow_network: bool) -> Iterator[Proof]:
    """Judge the type of the file system that is to hold the ledger; None: the system does not tell."""
    if kind not in NETWORK:
        if kind is not None:
            yield good("file system", f"the ledger lies on {kind}, no network drive")
    elif allow_network:
        yield warning(
            "file system", f"the ledger lies on a network drive ({kind}), as `[state] allow_network` allows", "use it from one machine only"
        )
    else:
        text = f"the ledger lies on a network drive ({kind}), whose locks cannot be trusted"
        yield bad("file system", text, "name a local [state] path, or set `[state] allow_network = true` if only one machine ever uses it")


def _spelt(size: int) -> str:
    amount, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if amount < _KILO:
            break
        amount, unit = amount / _KILO, larger
    return f"{amount:.0f} {unit}" if unit in {"B", "KiB"} else f"{amount:.1f} {unit}"
