"""Texts that make a machine run sync every few minutes."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from otto_import.errors import UsageError
from otto_import.schedule import EVERY, Job, Machine, check_every, crontab, units

MACHINE = Machine(program=("/opt/otto/bin/otto-import",), user="anna", user_id=1000, timeout="/usr/bin/timeout")
JOB = Job(machine=MACHINE, config="/home/anna/otto/config.toml", folders=("/home/anna/otto", "/var/lib/otto"), name="production-main", every=15)
ODD = "/home/anna/100% otto"


def cron_line(job: Job) -> list[str]:
    (line,) = [line for line in crontab(job).splitlines() if not line.startswith("#")]
    return line.split(maxsplit=5)


def service(job: Job) -> dict[str, str]:
    lines = [line for line in units(job)[0].text.splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def timer(job: Job) -> dict[str, str]:
    return dict(line.split("=", 1) for line in units(job)[1].text.splitlines() if "=" in line and not line.startswith("#"))


# --- cron ----------------------------------------------------------------------------------------------------------------------------------


def test_the_crontab_line_runs_sync_quietly_within_a_limit() -> None:
    *_, command = cron_line(JOB)
    assert "/usr/bin/timeout -k 180 3600 /opt/otto/bin/otto-import sync --quiet --config /home/anna/otto/config.toml" == command


def test_without_a_timeout_program_the_line_has_none_and_says_so() -> None:
    text = crontab(replace(JOB, machine=replace(MACHINE, timeout="")))
    assert "There is no `timeout` program here" in text
    assert "timeout -k" not in text


@pytest.mark.parametrize("every", EVERY)
def test_the_line_runs_as_often_as_asked_and_evenly(every: int) -> None:
    minutes, hours, *days, _ = cron_line(replace(JOB, every=every))
    runs = [hour * 60 + minute for hour in _numbers(hours, 24) for minute in _numbers(minutes, 60)]
    assert (["*", "*", "*"], 1440 // every) == (days, len(runs))
    assert {every} == {(later - sooner) % 1440 or 1440 for sooner, later in zip(runs, [*runs[1:], runs[0]], strict=True)}


def _numbers(field: str, most: int) -> list[int]:
    return list(range(most)) if field == "*" else [int(number) for number in field.split(",")]


def test_the_minute_is_the_accounts_own_and_always_the_same() -> None:
    lines = {name: cron_line(replace(JOB, name=name, every=60))[0] for name in ("production-a", "production-b", "sandbox-a", "production-main")}
    assert len(set(lines.values())) > 1
    assert lines["production-main"] == cron_line(replace(JOB, every=60))[0]


def test_a_crontab_keeps_blanks_quotes_and_percent_signs() -> None:
    config = f'{ODD}/a\'b "c"$d.toml'
    command = cron_line(replace(JOB, config=config))[-1]
    assert r"100\% otto" in command
    assert "%" not in command.replace(r"\%", "")
    assert config == shlex.split(command.replace(r"\%", "%"))[-1]


@pytest.mark.parametrize("path", ["/home/a\\b.toml", "/home/a\nb.toml"])
def test_a_path_that_no_crontab_can_hold_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="a crontab cannot hold the path"):
        crontab(replace(JOB, config=path))


def test_secrets_that_cron_cannot_see_are_pointed_out() -> None:
    assert "OTTO_SECRET=" in crontab(replace(JOB, variables=("OTTO_SECRET",)))
    assert "keyring" in crontab(replace(JOB, in_keyring=True))
    assert "{ file = … }" in crontab(replace(JOB, in_keyring=True))
    assert not {"variables", "keyring"} & set(crontab(JOB).split())


# --- systemd -------------------------------------------------------------------------------------------------------------------------------


def test_the_units_are_named_after_environment_and_account() -> None:
    assert ["otto-import-production-main.service", "otto-import-production-main.timer"] == [unit.name for unit in units(JOB)]


def test_the_service_has_what_a_oneshot_needs() -> None:
    said = service(JOB)
    assert "/opt/otto/bin/otto-import sync --quiet --config /home/anna/otto/config.toml" == said["ExecStart"]
    assert ("oneshot", "anna", "/home/anna/otto") == (said["Type"], said["User"], said["WorkingDirectory"])
    assert ("60min", "180s") == (said["TimeoutStartSec"], said["TimeoutStopSec"])
    assert "RuntimeMaxSec" not in said
    assert "-/home/anna/otto -/var/lib/otto" == said["ReadWritePaths"]


def test_the_service_names_no_secret_it_does_not_need() -> None:
    assert not {"EnvironmentFile", "Environment"} & service(JOB).keys()


def test_secrets_from_the_environment_come_from_a_file() -> None:
    job = replace(JOB, variables=("OTTO_SECRET", "SHOP_KEY"))
    assert "/home/anna/otto/otto-import.env" == service(job)["EnvironmentFile"]
    assert "OTTO_SECRET=…, SHOP_KEY=…" in units(job)[0].text


def test_a_keyring_is_reached_over_the_users_bus() -> None:
    assert "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus" == service(replace(JOB, in_keyring=True))["Environment"]


def test_a_service_keeps_blanks_quotes_and_percent_signs() -> None:
    said = service(replace(JOB, config=f'{ODD}/a"b.toml', folders=(ODD,), variables=("OTTO_SECRET",)))
    assert said["ExecStart"].endswith('--config "/home/anna/100%% otto/a\\"b.toml"')
    assert ("/home/anna/100%% otto", '"-/home/anna/100%% otto"') == (said["WorkingDirectory"], said["ReadWritePaths"])
    assert "/home/anna/100%% otto/otto-import.env" == said["EnvironmentFile"]


def test_a_dollar_sign_is_no_variable() -> None:
    assert service(replace(JOB, config="/home/$anna/c.toml"))["ExecStart"].startswith(":/opt/otto")
    assert '"/home/$anna/c.toml"' in service(replace(JOB, config="/home/$anna/c.toml"))["ExecStart"]


def test_a_folder_that_ends_in_a_backslash_does_not_swallow_the_next_line() -> None:
    assert "/home/anna\\/" == service(replace(JOB, folders=("/home/anna\\",)))["WorkingDirectory"]


@pytest.mark.parametrize(
    ("said", "change"),
    [("control character", {"config": "/home/a\nb.toml"}), ("starts no program", {"machine": replace(MACHINE, program=('/opt/a"b/otto-import',))})],
)
def test_a_path_that_no_unit_can_hold_is_refused(said: str, change: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=said):
        units(replace(JOB, **change))  # type: ignore[arg-type]  # the cases name the fields


@pytest.mark.parametrize(
    ("calendar", "delay", "every"),
    [
        ("*-*-* *:0/1:00", "12", 1),
        ("*-*-* *:0/15:00", "180", 15),
        ("*-*-* 0/1:00:00", "300", 60),
        ("*-*-* 0/12:00:00", "300", 720),
        ("*-*-* 00:00:00", "300", 1440),
    ],
)
def test_the_timer_runs_as_often_as_asked_with_a_random_delay_and_makes_up_for_missed_runs(calendar: str, delay: str, every: int) -> None:
    said = timer(replace(JOB, every=every))
    assert (calendar, delay, "true") == (said["OnCalendar"], said["RandomizedDelaySec"], said["Persistent"])


@pytest.mark.parametrize(("near", "minutes"), [("6 or 10", 7), ("60 or 120", 90), ("1440", 3000), ("30 or 60", 59)])
def test_minutes_that_fit_no_calendar_are_refused_with_those_that_do(near: str, minutes: int) -> None:
    with pytest.raises(UsageError, match=f"use {near}$"):
        check_every(minutes)


@pytest.mark.parametrize(("said", "every"), [("every minute", 1), ("every 15 minutes", 15), ("every hour", 60), ("every 2 hours", 120)])
def test_how_often_is_said_in_words(said: str, every: int) -> None:
    assert said in units(replace(JOB, every=every))[1].text
