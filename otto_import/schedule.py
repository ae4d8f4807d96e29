"""Texts that make a machine run `otto-import sync` every few minutes: a crontab line, or a systemd service with its timer. Pure."""

from __future__ import annotations

import re
import shlex
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from otto_import.errors import UsageError

EVERY = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
"""The minutes between runs that both kinds of calendar can say: what divides an hour, or hours that divide a day."""

LIMIT_MINUTES = 60
"""How long one run may take before it is asked to end; what it has not done is done by the next."""
GRACE_SECONDS = 180
"""How long a run that was asked to end may take to finish the orders in flight."""

_MOST_DELAY = 300
_HOUR, _DAY = 60, 1440
_PLAIN = re.compile(r"[A-Za-z0-9_@/.:+,=-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Hold what the schedule must know of this machine: absolute paths, who runs it, and the `timeout` program ("" where there is none)."""

    program: tuple[str, ...]
    user: str
    user_id: int
    timeout: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Hold what is to be run how often: `folders` are written to, `variables` name the secrets' environment, `name` is environment and account."""

    machine: Machine
    config: str
    folders: tuple[str, ...]
    name: str
    every: int
    variables: tuple[str, ...] = ()
    in_keyring: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        """Give the command's words."""
        return (*self.machine.program, "sync", "--quiet", "--config", self.config)


@dataclass(frozen=True, slots=True)
class Unit:
    """Hold one systemd unit: its file name and its text."""

    name: str
    text: str


def check_every(minutes: int) -> None:
    """Raise `UsageError` for a number of minutes that no calendar can say, naming the nearest ones that it can."""
    if minutes in EVERY:
        return
    place = bisect(EVERY, minutes)
    near = " or ".join(str(each) for each in EVERY[max(0, place - 1) : place + 1])
    message = f"--every {minutes} does not divide an hour or a day evenly; use {near}"
    raise UsageError(message)


def crontab(job: Job) -> str:
    """Write the crontab line with its explanation; `UsageError` for a path that a crontab cannot hold."""
    for word in job.command:
        if "\\" in word or not word.isprintable():
            message = f"a crontab cannot hold the path {word!r}: it has a backslash or a control character; move it, or use --systemd"
            raise UsageError(message)
    limit = (job.machine.timeout, "-k", str(GRACE_SECONDS), str(LIMIT_MINUTES * 60)) if job.machine.timeout else ()
    command = shlex.join((*limit, *job.command)).replace("%", r"\%")
    return "\n".join([*_cron_comments(job), f"{_cron_times(job)} {command}", ""])


def _cron_comments(job: Job) -> Iterator[str]:
    yield f"# otto-import sync ({job.name}), every {_spoken(job.every)}; the minute is drawn from the account's name, so that not all ask OTTO at once."
    yield "# Add this to your crontab with `crontab -e`. What needs a person is printed, and cron mails it: MAILTO=you@example.org"
    if not job.machine.timeout:
        yield "# There is no `timeout` program here, so that a run has no limit as a whole, only that of each request."
    if job.variables:
        yield f"# cron knows none of your variables: put a line {job.variables[0]}=… above this one, or use {{ file = … }} in the config."
    if job.in_keyring:
        yield "# cron has no session of yours, so that a keyring may stay locked: {{ file = … }} in the config suits it better.".replace(
            "{{", "{"
        ).replace("}}", "}")


def _cron_times(job: Job) -> str:
    """Spread over the period by the name, always the same for one."""
    every = job.every
    offset = int.from_bytes(sha256(job.name.encode()).digest()[:4]) % every
    minute, hour = offset % _HOUR, offset // _HOUR
    if every < _HOUR:
        return f"{','.join(str(each) for each in range(minute, _HOUR, every)) if every > 1 else '*'} * * * *"
    hours = ",".join(str(each) for each in range(hour, _DAY // _HOUR, every // _HOUR)) if every > _HOUR else "*"
    return f"{minute} {hours} * * *"


def units(job: Job) -> tuple[Unit, Unit]:
    """Write the service and its timer, for the system's manager; `UsageError` for a path that a unit cannot hold."""
    for word in (*job.command, *job.folders):
        if not word.isprintable():
            message = f"a unit cannot hold the path {word!r}: it has a control character; move it"
            raise UsageError(message)
    if set(job.command[0]) & set("\"'\\"):
        message = f"systemd starts no program whose path has quotes or backslashes, as {job.command[0]!r} has; install otto-import elsewhere"
        raise UsageError(message)
    name = f"otto-import-{job.name}"
    return Unit(f"{name}.service", _text(_service(job))), Unit(f"{name}.timer", _text(_timer(job)))


def _text(lines: Iterator[str]) -> str:
    return "\n".join([*lines, ""])


def _service(job: Job) -> Iterator[str]:
    yield from (
        "[Unit]",
        f"Description=otto-import sync ({job.name})",
        "Wants=network-online.target",
        "After=network-online.target",
        "# To be told of a run that failed or needs a person, name a unit of yours that writes to you:",
        "# OnFailure=tell-me@%n.service",
        "",
        "[Service]",
        "Type=oneshot",
        f"User={job.machine.user}",
        f"WorkingDirectory={_path(job.folders[0])}",
        f"ExecStart={_command(job.command)}",
        "# 6: another run was at work; the timer comes again.",
        "SuccessExitStatus=6",
        "# A oneshot service is starting as long as it runs, so that this limits the run; it then finishes the orders in flight.",
        f"TimeoutStartSec={LIMIT_MINUTES}min",
        f"TimeoutStopSec={GRACE_SECONDS}s",
    )
    yield from _secrets(job)
    yield from (
        "UMask=0077",
        "NoNewPrivileges=yes",
        "ProtectSystem=full",
        f"ReadWritePaths={' '.join(_word('-' + folder) for folder in job.folders)}",
        "ProtectControlGroups=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
    )


def _secrets(job: Job) -> Iterator[str]:
    if job.variables:
        yield f"# This file, readable by {job.machine.user} alone (mode 0600), sets {', '.join(f'{name}=…' for name in job.variables)}"
        yield f"EnvironmentFile={_path(f'{job.folders[0]}/otto-import.env')}"
    if job.in_keyring:
        yield "# The keyring is reached over your session's bus: `loginctl enable-linger` keeps that alive, and the keyring must be unlocked."
        yield f"Environment=DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{job.machine.user_id}/bus"


def _timer(job: Job) -> Iterator[str]:
    yield from (
        "[Unit]",
        f"Description=otto-import sync ({job.name}), every {_spoken(job.every)}",
        "",
        "[Timer]",
        f"OnCalendar={_calendar(job.every)}",
        "# Not all shops ask OTTO in the same second.",
        f"RandomizedDelaySec={min(job.every * 60 // 5, _MOST_DELAY)}",
        "# A run that was missed while the machine was off is made up for.",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    )


def _calendar(every: int) -> str:
    if every < _HOUR:
        return f"*-*-* *:0/{every}:00"
    return f"*-*-* 0/{every // _HOUR}:00:00" if every < _DAY else "*-*-* 00:00:00"


def _command(words: Sequence[str]) -> str:
    """Quote a command for `ExecStart=`; a colon in front keeps systemd from taking dollar signs for variables."""
    return (":" if any("$" in word for word in words) else "") + " ".join(map(_word, words))


def _word(text: str) -> str:
    """Quote one word of a unit's list: percent signs would be specifiers."""
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", r"\\").replace('"', r"\"").replace("%", "%%")
    return f'"{escaped}"'


def _path(text: str) -> str:
    """Write a path that stands alone behind its key and is taken as it is, but for specifiers, a blank or a backslash at its end."""
    escaped = text.replace("%", "%%")
    return f"{escaped}/" if escaped.endswith(("\\", " ")) else escaped


def _spoken(minutes: int) -> str:
    if minutes == 1:
        return "minute"
    if minutes < _HOUR:
        return f"{minutes} minutes"
    hours = minutes // _HOUR
    return "hour" if hours == 1 else f"{hours} hours"
