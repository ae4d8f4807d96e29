"""Which writers are installed: the entry points of the group `otto_import.writers`, loaded only when one is asked for."""

from __future__ import annotations

from collections import defaultdict
from importlib import metadata
from typing import Final, NamedTuple, NoReturn, cast

from otto_import.errors import ConfigError, Problem, nearest
from otto_import.writers.base import WriterPlugin

GROUP: Final = "otto_import.writers"
_KEY: Final = "shop.writer"


class Installed(NamedTuple):
    """Name one installed writer and where it comes from."""

    name: str
    distribution: str
    version: str


def installed() -> list[Installed]:
    """List the installed writers by name, without loading any; a name that two distributions offer is there twice."""
    return sorted({_row(point) for point in metadata.entry_points(group=GROUP)})


def names() -> list[str]:
    """List the names that `shop.writer` may have."""
    return sorted({row.name for row in installed()})


def find(name: str) -> WriterPlugin:
    """Load the writer of this name; ConfigError if there is none, more than one, or it cannot be loaded."""
    offers: dict[str, list[metadata.EntryPoint]] = defaultdict(list)
    for point in metadata.entry_points(group=GROUP):
        if point.name == name:
            offers[_row(point).distribution].append(point)
    if not offers:
        _unknown(name)
    if len(offers) > 1:
        _refuse(f'the writer "{name}" is offered by {" and by ".join(sorted(offers))}; uninstall all but one of them')
    ((distribution, points),) = offers.items()
    return _load(points[0], distribution)


def _row(point: metadata.EntryPoint) -> Installed:
    return Installed(point.name, point.dist.name if point.dist else point.value, point.dist.version if point.dist else "")


def _load(point: metadata.EntryPoint, distribution: str) -> WriterPlugin:
    try:
        plugin = point.load()
    except Exception as error:  # noqa: BLE001  – a stranger's module may fail in any way while it is imported
        _refuse(f'the writer "{point.name}" of {distribution} cannot be loaded ({type(error).__name__}); update or reinstall {distribution}', error)
    missing = [part for part in ("settings", "status", "open") if not hasattr(plugin, part)]
    if missing:
        _refuse(f'the writer "{point.name}" of {distribution} lacks {", ".join(missing)}; it was made for another version of otto-import')
    return cast("WriterPlugin", plugin)


def _unknown(name: str) -> NoReturn:
    there = names()
    near = nearest(name, there)
    hint = f'did you mean "{near[0]}"? Installed' if near else "installed"
    _refuse(f'there is no writer "{name}"; {hint}: {", ".join(there) or "none"}')


def _refuse(text: str, cause: Exception | None = None) -> NoReturn:
    where = "config"
    raise ConfigError(where, [Problem(_KEY, text)]) from cause
