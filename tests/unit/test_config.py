from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from otto_import.config import Config
from tests.config_texts import DEMO, LIVE, WHERE, complaints, judge, with_line


def test_a_short_demo_config_gets_the_defaults_of_the_contract() -> None:
    config = judge(DEMO)

    assert ("demo", "main", None, None) == (config.otto.environment, config.otto.account, config.otto.client_id, config.otto.client_secret)
    assert (60, 6, 36) == (config.otto.overlap_minutes, config.otto.recheck_hours, config.otto.demo_orders)
    assert (True, False, 7, 0) == (config.imports.enabled, config.imports.announced, config.imports.deadline_days, config.imports.grace_hours)
    assert ("cancel", False, "import") == (config.imports.after_deadline, config.imports.fulfilled, config.imports.suspected_fraud)
    assert ("none", 50, False, 4) == (
        config.buyer.email,
        config.limits.max_cancellations,
        config.state.allow_network,
        config.shop.concurrency,
    )
    assert {"processable": "processing"} == config.status
    assert (WHERE, WHERE.parent) == (config.path, config.folder)


def test_a_config_cannot_be_changed() -> None:
    config = judge(DEMO)

    with pytest.raises(ValidationError):
        setattr(config, "otto", config.otto)  # noqa: B010  – an assignment would not pass the type checker


@pytest.mark.parametrize(
    ("line", "pace"),
    [('environment = "demo"', 0), ('environment = "production"', 4), ('environment = "sandbox"', 4)],
)
def test_requests_are_paced_by_default_outside_the_demo_only(line: str, pace: float) -> None:
    text = LIVE.replace('environment = "production"', line)

    assert pace == judge(text).otto.max_requests_per_second


@pytest.mark.parametrize(("line", "pace"), [("max_requests_per_second = 3", 3.0), ("max_requests_per_second = 0.5", 0.5)])
def test_a_pace_that_is_given_holds_in_the_demo_too(line: str, pace: float) -> None:
    assert pace == judge(with_line(DEMO, "otto", line)).otto.max_requests_per_second


@pytest.mark.parametrize(("environment", "prefix"), [("production", "lamps"), ("sandbox", "sandbox:lamps"), ("demo", "demo:lamps")])
def test_keys_name_the_environment_outside_production(environment: str, prefix: str) -> None:
    assert prefix == judge(LIVE.replace("production", environment)).prefix


@pytest.mark.parametrize(
    ("environment", "url"),
    [("production", "https://api.otto.market"), ("sandbox", "https://sandbox.api.otto.market"), ("demo", "https://demo.otto.invalid")],
)
def test_each_environment_has_its_address(environment: str, url: str) -> None:
    assert url == judge(LIVE.replace("production", environment)).base_url


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://proxy.example/otto/", "https://proxy.example/otto"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:1", "http://localhost:1"),
    ],
)
def test_an_address_that_is_given_is_used(given: str, url: str) -> None:
    assert url == judge(with_line(DEMO, "otto", f'base_url = "{given}"')).base_url


@pytest.mark.parametrize(
    "given",
    [
        "http://api.otto.market",
        "http://128.0.0.1",
        "http://localhost.example",
        "http://[::ffff:127.0.0.1]",
        "http://[fe80::1]",
        "ftp://api.otto.market",
        "https://",
        "https:///v4",
        "https://user:word@api.otto.market",
        "https://api.otto.market?x=1",
        "https://api.otto.market#x",
        "https://api.otto.market:99999",
        "https://api.otto.market:0",
        "https://[::1",
        "https://api.otto.market /v4",
        "https://ötto.market",
        "api.otto.market",
        "",
    ],
)
def test_an_unsafe_address_is_refused_without_being_repeated(given: str) -> None:
    found = complaints(with_line(DEMO, "otto", f"base_url = '{given}'"))

    assert {"otto.base_url"} == found.keys()
    assert found["otto.base_url"].startswith(("must ", "is no address"))
    assert "word" not in found["otto.base_url"]


@pytest.mark.parametrize("written", ["2026-01-31", '"2026-01-31"'])
def test_the_start_is_a_day_with_or_without_quotes(written: str) -> None:
    assert date(2026, 1, 31) == judge(with_line(DEMO, "otto", f"start_date = {written}")).otto.start_date


@pytest.mark.parametrize("written", ["2026-01-31T10:00:00Z", '"2026-02-30"', '"yesterday"', '"20260131"', "20260131", "1999-12-31", "true"])
def test_anything_but_a_day_is_refused_as_the_start(written: str) -> None:
    assert {"otto.start_date"} == complaints(with_line(DEMO, "otto", f"start_date = {written}")).keys()


def test_a_relative_ledger_lies_beside_the_config() -> None:
    assert Path("/shop/ledger.db") == judge(with_line(DEMO, "state", 'path = "ledger.db"')).ledger_path
    assert Path("/srv/ledger.db") == judge(with_line(DEMO, "state", 'path = "/srv/ledger.db"')).ledger_path


def test_without_a_path_the_ledger_lies_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/home/anna/state")

    path = judge(LIVE).ledger_path

    assert ("production-lamps.db", "otto-import") == (path.name, path.parent.name)


def test_statuses_get_their_canonical_text_from_the_writer() -> None:
    text = with_line(DEMO, "status", 'announced = "On-Hold"\ncancelled = { order = "cancelled", payment = "refunded" }')

    expected = {"announced": "on-hold", "cancelled": "order=cancelled/payment=refunded", "processable": "processing"}
    assert expected == judge(text).status


def test_the_writers_table_is_validated_by_the_writers_model() -> None:
    config = judge(DEMO + "[shop.paper.desk]\ndrawer = 3\n")

    assert {"path": "shop.db", "desk": {"drawer": 3}} == config.shop.settings.model_dump(include={"path": True, "desk": {"drawer"}})


def test_tables_of_other_writers_are_left_unread() -> None:
    assert "paper" == judge(DEMO + "[shop.stone]\nnonsense = [1, 'two']\n").shop.writer


def test_imports_can_be_given_by_either_name_when_a_config_is_made_in_a_program() -> None:
    config = judge(with_line(DEMO, "import", "enabled = false"))

    again = Config(path=WHERE, otto=config.otto, imports=config.imports, status=config.status, shop=config.shop)

    assert again.imports.enabled is False


@pytest.mark.parametrize("account", ["a", "Lamps-2_b.c", "0" * 40])
def test_an_account_is_a_short_plain_name(account: str) -> None:
    assert account == judge(with_line(DEMO, "otto", f'account = "{account}"')).otto.account


@pytest.mark.parametrize("account", ["", "-a", ".a", "a b", "a:b", "a/b", "ä", "0" * 41, "a\\n"])
def test_an_account_that_would_spoil_keys_is_refused(account: str) -> None:
    assert {"otto.account"} == complaints(with_line(DEMO, "otto", f'account = "{account}"')).keys()


@pytest.mark.parametrize("account", ["demo", "sandbox", "Demo", "SANDBOX"])
def test_a_real_account_whose_keys_would_look_like_those_of_demo_or_sandbox_is_refused(account: str) -> None:
    found = complaints(LIVE.replace('"lamps"', f'"{account}"'))

    assert {"otto.account"} == found.keys()
    assert f"must not be {account.lower()} in production" in found["otto.account"]


@pytest.mark.parametrize("account", ["demo", "sandbox"])
@pytest.mark.parametrize("environment", ["demo", "sandbox"])
def test_outside_production_such_a_name_is_no_other_ones(environment: str, account: str) -> None:
    text = LIVE.replace('"production"', f'"{environment}"').replace('"lamps"', f'"{account}"')

    assert f"{environment}:{account}" == judge(text).prefix


def test_in_the_demo_no_credential_is_needed_and_none_is_fetched() -> None:
    otto = judge(with_line(DEMO, "otto", 'client_secret = { command = ["false"] }')).otto

    assert ("demo", "demo") == (otto.client_id_or_demo(), otto.secret_or_demo())


def test_outside_the_demo_the_credentials_are_those_of_the_config() -> None:
    otto = judge(LIVE.replace('{ env = "OTTO_CLIENT_SECRET" }', '"s3cret"')).otto

    assert ("app-1", "s3cret") == (otto.client_id_or_demo(), otto.secret_or_demo())
