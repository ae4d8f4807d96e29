"""The webhook as far as it asks nobody: settings, secrets, signatures, and what is taken of a receiver's words."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from standardwebhooks import Webhook

from otto_import.errors import ConfigError
from otto_import.plan import OrderKey, ShopOrder
from otto_import.secrets import Secret
from otto_import.setup.fields import Kind, fields
from otto_import.writers import registry
from otto_import.writers.base import WriterContext, WriterPlugin
from otto_import.writers.webhook import plugin
from otto_import.writers.webhook.answers import Said, amount, order_of, said, word
from otto_import.writers.webhook.plugin import WebhookSettings
from otto_import.writers.webhook.signature import Signer, signing_key, sound_header
from tests.webhook_receiver import ANSWERS, LOOKUPS

KEY = base64.b64encode(bytes(range(24))).decode()
LONG_TEXT = "a text of the merchant's own making"


def settings(**values: object) -> WebhookSettings:
    return WebhookSettings.model_validate({"url": "https://erp.example/otto", "secret": LONG_TEXT, **values})


# --- settings -----------------------------------------------------------------------------------------------------------------------------------


def test_the_webhook_is_installed_under_its_name() -> None:
    offered: WriterPlugin = plugin
    assert offered is registry.find("webhook")


@pytest.mark.parametrize("name", ["url", "lookup_url"])
@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example/otto",
        "erp.example",
        "https://erp.example/otto?token=hunter2",
        "https://name:hunter2@erp.example/",
        "https://erp.example//otto",
        "https://erp.example/ot\nto",
        "https://erp.example:port/",
        "",
    ],
)
def test_an_address_that_is_none_or_not_safe_is_refused_without_being_shown(name: str, url: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        settings(**{name: url})
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["https://erp.example", "https://erp.example/otto/", "http://127.0.0.1:8000/otto", "http://[::1]/x", "https://erp.example/%C3%A4?"]
)
def test_an_address_is_kept_as_it_is_written(url: str) -> None:
    assert url == settings(url=f" {url} ").url


@pytest.mark.parametrize("statuses", [["a", "a"], ["two\nlines"], ["\x1b[31m"], [""], ["x" * 201], "word"])
def test_statuses_are_words_each_another(statuses: object) -> None:
    with pytest.raises(ValidationError):
        settings(statuses=statuses)


@pytest.mark.parametrize("pace", [-1, float("inf"), float("nan"), 1e9])
def test_a_pace_is_a_number_of_requests(pace: float) -> None:
    with pytest.raises(ValidationError):
        settings(max_requests_per_second=pace)


def test_opening_asks_nobody_and_fetches_no_secret(tmp_path: Path) -> None:
    table = settings(secret={"env": "A_VARIABLE_THAT_IS_NOT_SET"}, lookup_url=None)
    with closing(plugin.open(table, WriterContext(folder=tmp_path, roles={}, now=lambda: datetime(2026, 6, 9, tzinfo=UTC)))) as writer:
        assert (True, False, 0) == (writer.identity.startswith("https://erp.example/… ("), writer.can_find, writer.requests)


def test_articles_are_the_receivers_affair() -> None:
    with pytest.raises(ValidationError):
        settings(match="ean")


def test_whoever_sets_it_up_is_asked_for_address_and_secret_alone() -> None:
    asked = {field.key: (field.kind, field.required, bool(field.about)) for field in fields(WebhookSettings)}
    assert {"url": (Kind.TEXT, True, True), "secret": (Kind.SECRET, True, True)} == {key: row for key, row in asked.items() if row[1]}
    assert all(told for _, _, told in asked.values())


def test_secrets_do_not_show() -> None:
    assert "merchant" not in repr(settings(authorization="Bearer merchant"))


@pytest.mark.parametrize("status", ["reserved", "Reserviert (unbezahlt) <1>", "x" * 200])
def test_a_status_is_any_text_of_one_line(status: str) -> None:
    assert status == plugin.status(status)


@pytest.mark.parametrize("status", ["", " ", "two\nlines", "\x1b[2J", "x" * 201, 7, None, {"order": "open"}])
def test_what_is_no_text_of_one_line_is_no_status(status: object) -> None:
    with pytest.raises(ValueError, match="any text of one line"):
        plugin.status(status)


# --- signatures ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        (bytes(range(24)), f"whsec_{KEY}"),
        (bytes(range(25)), f"whsec_{base64.b64encode(bytes(range(25))).decode().rstrip('=')}"),
        (LONG_TEXT.encode(), LONG_TEXT),
        ("ä".encode() * 12, "ä" * 12),
    ],
)
def test_a_secret_is_base64_after_its_mark_or_the_bytes_of_a_text(key: bytes, secret: str) -> None:
    assert key == signing_key(secret)


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("too short", "hunter2"),
        ("too short", f"whsec_{base64.b64encode(bytes(23)).decode()}"),
        ("too short", "whsec_"),
        ("no base64", "whsec_hunter2-hunter2-hunter2-hunter2!"),
        ("no base64", "whsec_" + "ä" * 30),
    ],
)
def test_a_secret_that_is_none_to_sign_with_is_refused_unshown(said: str, secret: str) -> None:
    with pytest.raises(ConfigError, match=rf"shop\.webhook\.secret: .*{said}") as refusal:
        Signer(Secret(secret)).headers("id", b"")
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("value", ["Bearer ä", " Bearer x", "Bearer x ", "a\tb"])
def test_an_authorization_that_no_header_can_hold_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match=r"shop\.webhook\.authorization: is no header"):
        sound_header(value)


def test_a_signature_is_the_one_that_the_specification_has_for_these_bytes() -> None:
    """Compare with the library's own signature of a fixed moment; it takes text, we take bytes."""
    body = '{"city":"Köln 💡"}'
    made = Signer(Secret(f"whsec_{KEY}"), lambda: 1780000000.9).headers("5f1c", body.encode())
    right = Webhook(f"whsec_{KEY}").sign("5f1c", datetime.fromtimestamp(1780000000, UTC).replace(tzinfo=None), body)
    assert {"webhook-id": "5f1c", "webhook-timestamp": "1780000000", "webhook-signature": right} == made


# --- what a receiver says -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "value"),
    [
        ("R-1", "R-1"),
        ("Größe 💡", "Größe 💡"),
        ("12", 12),
        (None, ""),
        (None, "  "),
        (None, "a\x1b[31mb"),
        (None, "a\nb"),
        (None, "a\u202eb"),
        (None, "a\u2028b"),
        (None, "x" * 201),
        (None, "K\ud83d"),
        (None, -1),
        (None, 10**12),
        (None, True),
        (None, None),
        (None, ["R-1"]),
    ],
)
def test_a_word_is_one_printable_line(taken: str | None, value: object) -> None:
    assert taken == word(value)


@pytest.mark.parametrize(
    ("taken", "value"),
    [
        ("65.92", "65.92"),
        ("65.92", Decimal("65.920")),
        ("66.00", 66),
        ("65.925", "65.925"),
        ("-0.01", "-0.01"),
        (None, "65,92"),
        (None, "NaN"),
        (None, float("nan")),
        (None, Decimal("1E+400")),
        (None, Decimal("1E-400")),
        (None, "9" * 13),
        (None, True),
        (None, ""),
        (None, None),
    ],
)
def test_an_amount_is_a_number_of_modest_size(taken: str | None, value: object) -> None:
    assert (None if taken is None else (taken, Decimal(taken))) == (None if (found := amount(value)) is None else (str(found), found))


@pytest.mark.parametrize(
    "document", [None, "ok", ["R-1"], {"status": "ok"}, {"reference": "\x1b[2J", "status": "ok"}, {"reference": None, "total": "1.00"}]
)
def test_an_answer_without_a_reference_says_nothing(document: object) -> None:
    assert Said() == said(document)


def test_an_answer_says_reference_status_and_total() -> None:
    assert Said("7", "held", Decimal("65.92")) == said({"reference": 7, "status": "held", "total": Decimal("65.92"), "more": {}})


def test_an_order_of_a_look_up_is_read_as_far_as_it_tells() -> None:
    assert ShopOrder(ref="main:1", key=OrderKey("main:1"), status="open") == order_of({"key": "main:1", "status": "open"})
    assert ShopOrder(
        ref="R-1",
        key=OrderKey("main:1"),
        status="open",
        set_status="new",
        complete=True,
        expired=True,
        item_ids=frozenset({"a"}),
        total=Decimal("1.50"),
        paid=False,
        addressed=True,
        order_number="bk1",
        placed_at=datetime(2026, 5, 4, 6, tzinfo=UTC),
    ) == order_of(
        {
            "key": "main:1", "reference": "R-1", "status": "open", "set_status": "new", "complete": True, "expired": True, "item_ids": ["a"], "total": "1.5",
            "paid": False, "addressed": True, "order_number": "bk1", "placed_at": "2026-05-04T08:00:00+02:00",
        }
    )  # fmt: skip


def test_an_order_that_tells_nonsense_tells_nothing() -> None:
    nonsense = {
        "complete": "yes",
        "expired": 1,
        "item_ids": [1],
        "total": "much",
        "paid": 0,
        "addressed": "",
        "set_status": "\n",
        "placed_at": "2026",
    }
    assert ShopOrder(ref="R-1", key=None, status="(no status)") == order_of({"reference": "R-1", "key": 5, "status": 7, **nonsense})


@pytest.mark.parametrize("moment", ["2026-05-04T08:00:00", "0001-01-01T00:00:00+23:59", "soon", 7])
def test_a_moment_without_a_zone_or_of_no_calendar_is_not_told(moment: object) -> None:
    found = order_of({"key": "main:1", "status": "open", "placed_at": moment})
    assert found is not None
    assert found.placed_at is None


@pytest.mark.parametrize("entry", [None, "R-1", {}, {"status": "open"}, {"key": "", "reference": "\x07"}])
def test_what_names_neither_key_nor_reference_is_no_order(entry: object) -> None:
    assert order_of(entry) is None


def test_a_status_that_no_config_can_name_is_shown_without_its_tricks() -> None:
    found = order_of({"key": "main:1", "status": "\x1b[2Jsold" + "!" * 300})
    assert found is not None
    assert ("?[2Jsold!", 200) == (found.status[:9], len(found.status))


@pytest.mark.parametrize(("name", "expected"), [("answer", ANSWERS), ("lookup", LOOKUPS)])
def test_the_schemas_come_with_the_package(name: str, expected: object) -> None:
    shipped = json.loads(resources.files("otto_import.writers.webhook").joinpath(f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(shipped)
    assert expected == shipped


@pytest.mark.parametrize("value", ["R-1", 12, "Größe", "a\x1b[31mb", "two\nlines", " ", "", "x" * 201, -1, True, None])
def test_schema_and_program_agree_on_what_a_reference_is(value: object) -> None:
    validator = Draft202012Validator(ANSWERS)
    assert (word(value) is not None) is validator.is_valid({"reference": value})


def test_schemas_share_their_words() -> None:
    assert ANSWERS["$defs"] == {name: LOOKUPS["$defs"][name] for name in ANSWERS["$defs"]}
