from __future__ import annotations

import traceback
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from otto_import.config import Secret
from otto_import.errors import ConfigError
from otto_import.secrets import SHAPE
from tests.config_texts import DEMO, LIVE, PaperSettings, complaints, judge, values, with_line

MARKER = "hunter2-Zz9"


def test_a_secret_shows_nothing_of_itself() -> None:
    config = judge(LIVE.replace('{ env = "OTTO_CLIENT_SECRET" }', f'"{MARKER}"') + f'token = "{MARKER}"\npin = "{MARKER}"\n')

    shown = f"{config!r} {config} {config.model_dump()} {config.model_dump_json()} {config.otto.client_secret} {config.shop.settings!r}"
    assert MARKER not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "table",
    [
        '{ env = "OTTO_CLIENT_SECRET" }',
        '{ file = "secret.txt" }',
        '{ command = ["pass", "show", "otto"] }',
        '{ keyring = "otto-import/main" }',
        '{ keyring = "https://otto.market/main" }',
    ],
)
def test_a_secret_that_stands_elsewhere_is_not_fetched_while_the_config_is_read(table: str) -> None:
    secret = judge(with_line(DEMO, "otto", f"client_secret = {table}")).otto.client_secret

    assert secret is not None
    assert not secret.clear


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('""', "is empty; put the secret there"),
        ('"two\\nlines"', "holds a line break or another control character; a secret is one line of text"),
        ('"bell\\u0007"', "holds a line break or another control character; a secret is one line of text"),
        ("17", SHAPE),
        ('["a"]', SHAPE),
        ("{}", SHAPE),
        ('{ env = "A", file = "b" }', SHAPE),
        ('{ environ = "A" }', f"{SHAPE}; did you mean `env`?"),
        ('{ env = "" }', "`env` must be text in quotes, and not empty"),
        ("{ env = 3 }", "`env` must be text in quotes, and not empty"),
        ('{ env = "hunter2-Zz9" }', "`env` must be the name of an environment variable (letters, digits and _), not the secret itself"),
        ('{ file = " " }', "`file` must be text in quotes, and not empty"),
        ('{ command = "pass show otto" }', '`command` must be a list of texts, the program first, such as ["pass", "show", "otto"]'),
        ("{ command = [] }", '`command` must be a list of texts, the program first, such as ["pass", "show", "otto"]'),
        ('{ command = ["a", 1] }', '`command` must be a list of texts, the program first, such as ["pass", "show", "otto"]'),
        ('{ command = [""] }', '`command` must be a list of texts, the program first, such as ["pass", "show", "otto"]'),
        ('{ keyring = "otto" }', '`keyring` must be "SERVICE/USER"'),
        ('{ keyring = "otto/" }', '`keyring` must be "SERVICE/USER"'),
    ],
)
def test_a_secret_of_the_wrong_shape_is_refused_without_being_repeated(written: str, complaint: str) -> None:
    assert {"otto.client_secret": complaint} == complaints(with_line(DEMO, "otto", f"client_secret = {written}"))


def test_a_secret_in_clear_in_a_file_that_others_can_read_is_refused() -> None:
    text = with_line(DEMO, "otto", f'client_secret = "{MARKER}"')

    expected = (
        "is a secret in clear, and the config file can be read by others; "
        "run: chmod 600 /shop/config.toml (or keep the secret elsewhere, such as { env = … })"
    )
    assert {"otto.client_secret": expected} == complaints(text, exposed=True)
    assert judge(text).otto.client_secret is not None


@pytest.mark.parametrize(
    ("table", "line", "key"),
    [
        ("shop.paper", f'token = "{MARKER}"', "shop.paper.token"),
        ("shop.paper", f'pin = "{MARKER}"', "shop.paper.pin"),
        ("shop.paper", f'spare = ["{MARKER}"]', "shop.paper.spare.0"),
        ("shop.paper.desk", f'key = "{MARKER}"', "shop.paper.desk.key"),
        ("shop.paper", f'desks = [{{}}, {{ key = "{MARKER}" }}]', "shop.paper.desks.1.key"),
        ("shop.paper", f'hands = {{ "left hand" = "{MARKER}" }}', 'shop.paper.hands."left hand"'),
    ],
)
def test_the_writers_secrets_in_clear_are_guarded_as_well(table: str, line: str, key: str) -> None:
    assert {key} == complaints(with_line(DEMO, table, line), exposed=True).keys()


def test_a_file_that_others_can_read_may_say_where_secrets_are() -> None:
    text = with_line(LIVE, "shop.paper", 'token = { env = "PAPER_TOKEN" }')

    assert "lamps" == judge(text, exposed=True).otto.account


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('token = { env = "DESK_KEY" }', "token"),
        ('desk = { key = { env = "DESK_KEY" } }', "desk.key"),
        ('desks = [{}, { key = { env = "DESK_KEY" } }]', "desks.1.key"),
        ('hands = { "left hand" = { env = "DESK_KEY" } }', 'hands."left hand"'),
    ],
)
def test_a_secret_knows_its_key_and_its_file(line: str, key: str) -> None:
    settings = judge(with_line(DEMO, "shop.paper", line)).shop.settings
    assert isinstance(settings, PaperSettings)
    (secret,) = filter(None, [settings.token, settings.desk.key, *(desk.key for desk in settings.desks), *settings.hands.values()])

    with pytest.raises(ConfigError) as caught:
        secret.get({})

    sentence = "the environment variable DESK_KEY is not set; set it (a cron job needs it in the crontab or a wrapper)"
    expected = f"/shop/config.toml: shop.paper.{key}: {sentence}"
    assert expected == str(caught.value)


@pytest.mark.parametrize("value", ["", "two\nlines"])
def test_what_the_environment_holds_is_looked_at_too(value: str) -> None:
    secret = Secret({"env": "OTTO_CLIENT_SECRET"})

    with pytest.raises(ConfigError, match=r"is empty|line break"):
        secret.get({"OTTO_CLIENT_SECRET": value})


def test_a_secret_can_be_handed_to_a_model_made_in_a_program() -> None:
    secret = Secret("s3cret")

    assert secret is PaperSettings(path="shop.db", token=secret).token


def test_a_secret_is_fetched_once() -> None:
    secret = Secret({"env": "OTTO_CLIENT_SECRET"})

    assert ["s3cret", "s3cret"] == [secret.get({"OTTO_CLIENT_SECRET": "s3cret"}), secret.get({})]


def test_what_a_writers_validator_says_loses_the_values_it_quotes() -> None:
    text = with_line(DEMO, "shop.paper", f'colour = "{MARKER}"')
    assert {"shop.paper.colour": "cannot use '…'"} == complaints(text)

    text = with_line(DEMO, "shop.paper", f'pin = "{MARKER} "\nspare = ["123", "456"]')
    assert {"shop.paper": "the pin … needs no spare"} == complaints(text)


def _marked(depth: int = 2) -> st.SearchStrategy[Any]:
    plain = st.sampled_from([MARKER, f"{MARKER}\n", f"x{MARKER}", f"https://a:{MARKER}@b", ""]) | st.integers(-2, 70) | st.booleans()
    if not depth:
        return plain
    inner = _marked(depth - 1)
    return plain | st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["env", "file", "command", "keyring", "key", "pin", "x"]), inner)


_KEYS = ["environment", "account", "client_id", "client_secret", "base_url", "start_date", "recheck_hours", "clientsecret"]
_SHOP_KEYS = ["path", "token", "pin", "spare", "desk", "desks", "hands", "colour", "tokn"]


@given(
    otto=st.dictionaries(st.sampled_from(_KEYS), _marked(), max_size=4) | _marked(),
    shop=st.dictionaries(st.sampled_from(_SHOP_KEYS), _marked(), max_size=4) | _marked(),
    exposed=st.booleans(),
)
def test_no_error_holds_a_secret(otto: Any, shop: Any, exposed: bool) -> None:
    tables = values(DEMO)
    tables["otto"] = {**tables["otto"], **otto} if isinstance(otto, dict) else otto
    tables["shop"]["paper"] = shop
    tables["limits"] = {"max_cancellations": -1}  # so that there is an error whatever the rest

    with pytest.raises(ConfigError) as caught:
        judge(tomli_w.dumps(tables), exposed=exposed)

    assert MARKER not in "".join(traceback.format_exception(caught.value)) + repr(caught.value.problems)


@given(cut=st.integers(0, len(LIVE)), junk=st.sampled_from(["=", "\n", '"', "[", "]]", "\0", "é"]))
def test_no_syntax_error_holds_a_secret(cut: int, junk: str) -> None:
    text = LIVE.replace('{ env = "OTTO_CLIENT_SECRET" }', f'"{MARKER}"')
    torn = text[:cut] + junk + text[cut:]

    shown = ""
    try:
        shown = repr(judge(torn))
    except ConfigError as error:
        shown = "".join(traceback.format_exception(error))

    assert MARKER not in shown
