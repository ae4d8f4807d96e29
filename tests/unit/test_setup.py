"""From answers to the text of a config, and from a writer's model to questions."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, SecretStr

from otto_import.config import Config, Secret, compose
from otto_import.config.find import Document, parse
from otto_import.setup import Answers, Kind, SecretAnswer, SecretPlace, fields, render
from otto_import.setup.answers import proof_table
from otto_import.setup.fields import parsed, value_of
from otto_import.setup.text import AFTER, BEFORE, suggested, suggested_status, template, toml

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
VARIABLE = SecretAnswer(SecretPlace.ENV, "OTTO_CLIENT_SECRET")


class File(BaseModel):
    """Hold what the example's writer asks for."""

    model_config = ConfigDict(extra="forbid")

    path: str


class Size(StrEnum):
    """Name sizes."""

    SMALL = "small"
    LARGE = "large"


class Desk(BaseModel):
    """Hold a table within a table."""

    drawer: int = 1


class Far(BaseModel):
    """Hold what a shop over HTTP may ask for."""

    model_config = ConfigDict(extra="forbid")

    url: AnyUrl = Field(description="The address of the shop, as you type it into the browser to get to its administration, without the path.")
    access_key: Secret
    channel: Annotated[str, Field(min_length=1)] | None = None
    pin: SecretStr | None = None
    size: Size = Size.SMALL
    mode: Literal["slow", "quick"] = "quick"
    tax: Decimal = Decimal("0.5")
    tries: int = 3
    careful: bool = True
    folder: Path = Path("spool")
    desk: Desk = Desk()
    hands: list[str] = Field(default_factory=list)
    either: int | str = 7


def answers(**changes: Any) -> Answers:
    example: dict[str, Any] = {
        "environment": "demo",
        "secret": VARIABLE,
        "writer": "file",
        "settings": {"path": "shop.db"},
        "status": {"announced": "on-hold", "processable": "processing", "cancelled": "cancelled"},
    }
    return Answers(**{**example, **changes})


def judge(text: str, model: type[BaseModel] = File) -> Config:
    class Plugin:
        settings: type[BaseModel] = model

        def status(self, value: object) -> str:
            return str(value)

    return compose(Document(EXAMPLE, parse(text.encode(), "made"), exposed=False), lambda _name: Plugin())


# --- one source of comments -------------------------------------------------------------------------------------------------------------------


def test_the_template_is_the_example_config_word_for_word() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == template()


def test_the_examples_own_answers_give_the_example_config() -> None:
    made = render(answers(writer="sqlite"), fields(File))
    assert template().partition(BEFORE)[2].partition(AFTER)[0].rstrip() == made.partition(BEFORE)[2].rstrip()


# --- the text of a config ---------------------------------------------------------------------------------------------------------------------


def test_a_live_config_has_every_answer_and_every_comment() -> None:
    live = answers(environment="production", account="lamps", client_id="app-1", start_date=date(2026, 5, 4), announced=True)
    text = render(live, fields(File))
    config = judge(text)
    assert ("production", "lamps", "app-1", date(2026, 5, 4)) == (
        config.otto.environment,
        config.otto.account,
        config.otto.client_id,
        config.otto.start_date,
    )
    assert config.imports.announced
    assert {"announced": "on-hold", "processable": "processing", "cancelled": "cancelled"} == config.status
    comments = [line for line in template().partition(BEFORE)[2].partition(AFTER)[0].splitlines() if line.startswith("#") and " = " not in line]
    assert [] == [line for line in comments if line not in text.splitlines()]


def test_what_was_not_answered_is_switched_off_and_stays_to_be_seen() -> None:
    text = render(answers(secret=None, status={"processable": "paid"}), fields(File))
    assert '# client_secret = { env = "OTTO_CLIENT_SECRET" }' in text.splitlines()
    assert '# announced = "on-hold"' in text.splitlines()
    assert '# cancelled = "cancelled"' in text.splitlines()
    assert {"processable": "paid"} == judge(text).status


def test_statuses_that_were_not_asked_for_come_in_their_places() -> None:
    text = render(answers(status={"processable": {"order": "open", "payment": "paid"}, "sent": "gone"}), fields(File))
    tables = tomllib.loads(text)
    assert {"processable": {"order": "open", "payment": "paid"}, "sent": "gone"} == tables["status"]
    assert text.index("# Sent; left out") < text.index('sent = "gone"') < text.index("# Returned; left out")


@pytest.mark.parametrize(
    ("expected", "secret"),
    [
        ({"env": "LAMPS"}, SecretAnswer(SecretPlace.ENV, "LAMPS", "s3cret")),
        ({"file": "my secret.txt"}, SecretAnswer(SecretPlace.FILE, "my secret.txt", "s3cret", fresh=True)),
        ({"command": ["pass", "show", 'otto "main"']}, SecretAnswer(SecretPlace.COMMAND, ("pass", "show", 'otto "main"'))),
        ({"keyring": "otto-import/main"}, SecretAnswer(SecretPlace.KEYRING, "otto-import/main")),
    ],
)
def test_a_secret_is_named_by_its_place_and_never_written_into_the_config(expected: object, secret: SecretAnswer) -> None:
    text = render(answers(secret=secret), fields(File))
    assert expected == tomllib.loads(text)["otto"]["client_secret"]
    assert "s3cret" not in text + repr(secret)


def test_a_typed_secret_serves_the_proof_in_clear_and_an_untyped_one_by_its_place() -> None:
    typed = SecretAnswer(SecretPlace.ENV, "LAMPS", "s3cret")
    assert {"a": "s3cret", "b": {"env": "OTTO_CLIENT_SECRET"}, "c": 1} == proof_table({"a": typed, "b": VARIABLE, "c": 1})


def test_another_writers_table_has_its_answers_and_its_defaults_with_the_authors_words() -> None:
    far = answers(
        writer="far", settings={"url": "https://shop.example", "access_key": SecretAnswer(SecretPlace.ENV, "FAR_KEY", "s3cret"), "tries": 5}
    )
    text = render(far, fields(Far))
    table = text.partition("[shop.far]\n")[2]
    assert {"url": "https://shop.example", "access_key": {"env": "FAR_KEY"}, "tries": 5} == tomllib.loads(text)["shop"]["far"]
    assert [
        "# The address of the shop, as you type it into the browser to get to its administration,",
        "# without the path.",
        'url = "https://shop.example"',
    ] == table.splitlines()[:3]
    assert {"# channel = …", '# size = "small"', "# careful = true", '# folder = "spool"', "# tax = 0.5", "# desk = { drawer = 1 }"} <= set(
        table.splitlines()
    )
    assert "[shop.sqlite]" not in text
    assert judge(text, Far).shop.writer == "far"


@given(
    st.recursive(
        st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.dates(date(1, 1, 1)),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    )
)
def test_every_value_is_written_on_one_line_and_read_back_as_it_was(value: Any) -> None:
    written = toml(value)
    assert 1 == len(written.split("\n"))
    assert value == tomllib.loads(f"x = {written}")["x"]


def test_what_the_template_has_is_offered() -> None:
    assert {"path": "shop.db"} == suggested("sqlite")
    assert {} == suggested("far")
    assert ("on-hold", "completed", None) == (suggested_status("announced"), suggested_status("sent"), suggested_status("nothing"))


# --- what a writer asks for ---------------------------------------------------------------------------------------------------------------------


def test_the_fields_of_a_writer_are_those_of_its_model_in_its_order() -> None:
    found = {field.key: field for field in fields(Far)}
    assert list(Far.model_fields) == list(found)
    assert {
        "url": Kind.TEXT,
        "access_key": Kind.SECRET,
        "channel": Kind.TEXT,
        "pin": Kind.CLEAR_SECRET,
        "size": Kind.CHOICE,
        "mode": Kind.CHOICE,
        "tax": Kind.NUMBER,
        "tries": Kind.NUMBER,
        "careful": Kind.FLAG,
        "folder": Kind.TEXT,
        "desk": Kind.TOML,
        "hands": Kind.TOML,
        "either": Kind.TOML,
    } == {key: field.kind for key, field in found.items()}
    assert ["url", "access_key"] == [key for key, field in found.items() if field.required]
    assert (("small", "large"), ("slow", "quick")) == (found["size"].choices, found["mode"].choices)
    assert found["url"].about.startswith("The address of the shop")


@pytest.mark.parametrize(
    ("expected", "key", "text"),
    [
        ("https://shop.example", "url", "https://shop.example"),
        ({"env": "KEY"}, "access_key", '{ env = "KEY" }'),
        ("large", "size", "large"),
        (5, "tries", "5"),
        (-5, "tries", "-5"),
        (0.5, "tax", "0.5"),
        (True, "careful", "Yes"),
        (False, "careful", "no"),
        ({"drawer": 2}, "desk", "{ drawer = 2 }"),
        (["a"], "hands", '["a"]'),
    ],
)
def test_an_answer_is_read_as_its_field_wants_it(expected: object, key: str, text: str) -> None:
    (field,) = [field for field in fields(Far) if field.key == key]
    assert expected == value_of(field, text)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("access_key", "s3cret"),
        ("size", "medium"),
        ("tries", "many"),
        ("careful", "perhaps"),
        ("desk", "{ drawer"),
        ("hands", "a\nb = 1"),
        ("desk", ""),
    ],
)
def test_an_answer_that_cannot_be_read_is_refused_in_a_sentence_without_it(key: str, text: str) -> None:
    (field,) = [field for field in fields(Far) if field.key == key]
    with pytest.raises(ValueError, match="must ") as caught:
        value_of(field, text)
    assert not text or text not in str(caught.value)


def test_a_value_written_as_in_toml_is_one_value_only() -> None:
    assert {"a": 1} == parsed("{ a = 1 }")
    with pytest.raises(ValueError, match="TOML"):
        parsed("1\n[table]")
