from __future__ import annotations

import pytest

from otto_import.config.find import parse
from otto_import.errors import ConfigError
from tests.config_texts import DEMO, LIVE, complaints, judge, with_line


def test_everything_wrong_is_named_at_once_each_with_its_key() -> None:
    text = """
extra = 1
[otto]
environment = "production"
client_idd = "app-1"
overlap_minutes = -1
[import]
announced = true
deadline_days = "seven"
[status]
procesable = "processing"
[buyer]
email = "all"
[limits]
max_cancellations = 1.5
[state]
path = 7
[shop]
writer = "paper"
concurrency = 33
[shop.paper]
paht = "shop.db"
"""

    expected = {
        "extra": "unknown key; allowed here: otto, import, buyer, limits, state, notify, status, shop",
        "otto.client_idd": "unknown key; did you mean `client_id`?",
        "otto.overlap_minutes": "must be 0 or more",
        "import.deadline_days": "must be a whole number, without quotes",
        "buyer.email": 'must be one of "none", "masked"',
        "limits.max_cancellations": "must be a whole number, without quotes",
        "state.path": "must be a path in quotes, and not empty",
        "shop.concurrency": "must be 32 or less",
        "shop.paper.path": "is missing; add `path = …` to `[shop.paper]`",
        "shop.paper.paht": "unknown key; did you mean `path`?",
        "status.procesable": "unknown key; did you mean `processable`?",
        "otto.client_id": 'is missing, and required outside the demo; copy it from OTTO Partner Connect: client_id = "…"',
        "otto.client_secret": 'is missing, and required outside the demo; for example client_secret = { env = "OTTO_CLIENT_SECRET" }',
        "otto.start_date": ("is missing, and required outside the demo; the first day whose orders you want, such as start_date = 2026-01-01"),
        "status.announced": (
            "is missing; required when import.announced is on: the status of an order not yet paid; add `announced = …` to `[status]`"
        ),
        "status.processable": "is missing; the status of a paid order; add `processable = …` to `[status]`",
        "status.cancelled": ("is missing; required when import.announced is on: the status of a cancelled order; add `cancelled = …` to `[status]`"),
    }
    assert expected == complaints(text)


@pytest.mark.parametrize(
    ("table", "key", "below", "least", "most", "above"),
    [
        ("otto", "overlap_minutes", -1, 0, 10_080, 10_081),
        ("otto", "recheck_hours", 0, 1, 168, 169),
        ("otto", "max_requests_per_second", -1, 0, 50, 51),
        ("otto", "demo_orders", 0, 1, 1_000_000, 1_000_001),
        ("import", "deadline_days", 0, 1, 60, 61),
        ("import", "grace_hours", -1, 0, 720, 721),
        ("limits", "max_cancellations", -1, 0, 1_000_000, 1_000_001),
        ("shop", "concurrency", 0, 1, 32, 33),
    ],
)
def test_numbers_stay_within_their_bounds(table: str, key: str, below: int, least: int, most: int, above: int) -> None:
    for fine in (least, most):
        judge(with_line(DEMO, table, f"{key} = {fine}"))
    assert {f"{table}.{key}": f"must be {least} or more"} == complaints(with_line(DEMO, table, f"{key} = {below}"))
    assert {f"{table}.{key}": f"must be {most} or less"} == complaints(with_line(DEMO, table, f"{key} = {above}"))


@pytest.mark.parametrize(
    ("table", "line", "key", "text"),
    [
        ("import", 'announced = "true"', "import.announced", "must be true or false, without quotes"),
        ("import", "enabled = 1", "import.enabled", "must be true or false, without quotes"),
        ("import", "grace_hours = true", "import.grace_hours", "must be a whole number, without quotes"),
        ("import", 'after_deadline = "cancle"', "import.after_deadline", 'must be one of "cancel", "wait"; did you mean "cancel"?'),
        ("import", "suspected_fraud = 1", "import.suspected_fraud", 'must be one of "import", "hold"'),
        ("otto", "max_requests_per_second = nan", "otto.max_requests_per_second", "must be a number, neither infinite nor nan"),
        ("otto", "max_requests_per_second = true", "otto.max_requests_per_second", "must be a number, without quotes"),
        ("otto", "client_id = 17", "otto.client_id", "must be text in quotes"),
        ("otto", 'client_id = ""', "otto.client_id", "must be one line of text, not empty and without spaces around it"),
        ("otto", "announced = true", "otto.announced", "unknown key; it belongs in `[import]` or `[status]`"),
        ("status", "sent = 3", "status.sent", "must be a status of your shop: text in quotes, or a table where the shop has several state machines"),
        ("status", 'sent = ""', "status.sent", "must be a status of your shop: text in quotes, or a table where the shop has several state machines"),
        ("status", 'sent = "no-such"', "status.sent", "the shop has no such status; see its settings"),
        ("shop", 'paper_size = "A4"', "shop.paper_size", "unknown key; allowed here: writer, concurrency"),
        ("shop.paper", "colour = 3", "shop.paper.colour", "must be text in quotes"),
        ("shop.paper", '"co\\u001blour" = 3', 'shop.paper."co\\u001blour"', "unknown key; did you mean `colour`?"),
        ("shop.paper.desk", "draw = 3", "shop.paper.desk.draw", "unknown key; did you mean `drawer`?"),
        ("state", 'path = "~nobody-of-this-name/ledger.db"', "state.path", "the home folder of that user is not known; write the path in full"),
        ("shop.paper", "desks = [{ draw = 3 }]", "shop.paper.desks.0.draw", "unknown key; did you mean `drawer`?"),
        ("shop.paper", "spare = 3", "shop.paper.spare", "must be a list in square brackets"),
        ("state", 'allow_network = "no"', "state.allow_network", "must be true or false, without quotes"),
    ],
)
def test_a_wrong_line_is_answered_with_its_remedy(table: str, line: str, key: str, text: str) -> None:
    assert {key: text} == complaints(with_line(DEMO, table, line))


def test_the_environment_must_be_chosen() -> None:
    assert {"otto.environment": "is missing; add `environment = …` to `[otto]`"} == complaints(DEMO.replace('environment = "demo"', ""))
    expected = {"otto.environment": 'must be one of "demo", "sandbox", "production"; did you mean "production"?'}
    assert expected == complaints(DEMO.replace('"demo"', '"prodution"'))


@pytest.mark.parametrize("name", ["otto", "import", "status", "buyer", "limits", "state", "shop"])
def test_what_must_be_a_table_is_said_to_be_one(name: str) -> None:
    found = complaints(f"{name} = 3\n")

    assert f"must be a table; write it as `[{name}]`" == found[name]


def test_a_writers_table_must_be_a_table() -> None:
    text = DEMO.replace('[shop.paper]\npath = "shop.db"\n', "").replace('writer = "paper"', 'writer = "paper"\npaper = 3')

    assert {"shop.paper": "must be a table; write it as `[shop.paper]`"} == complaints(text)


def test_the_writer_must_be_chosen() -> None:
    assert {"shop.writer": "is missing; add `writer = …` to `[shop]`"} == complaints(DEMO.replace('writer = "paper"', ""))
    assert {"shop.writer": "is empty"} == complaints(DEMO.replace('"paper"', '""'))


def test_an_unknown_writer_is_reported_together_with_the_rest() -> None:
    found = complaints(with_line(DEMO, "limits", "max_cancellation = 1").replace('"paper"', '"papre"'))

    expected = {
        "limits.max_cancellation": "unknown key; did you mean `max_cancellations`?",
        "shop.writer": "there is no such writer; installed: paper",
    }
    assert expected == found


def test_a_misspelt_table_of_the_writer_is_noticed() -> None:
    found = complaints(DEMO.replace("[shop.paper]", "[shop.papre]"))

    assert "is not the table of the chosen writer; did you mean `[shop.paper]`?" == found["shop.papre"]
    assert "is missing; add `path = …` to `[shop.paper]`" == found["shop.paper.path"]


def test_importing_fulfilled_orders_needs_a_status_for_them() -> None:
    found = complaints(with_line(DEMO, "import", "fulfilled = true"))

    assert {"status.sent"} == found.keys()


def test_the_announced_import_is_content_with_its_three_statuses() -> None:
    text = with_line(with_line(DEMO, "import", "announced = true"), "status", 'announced = "on-hold"\ncancelled = "cancelled"')

    assert judge(text).imports.announced


def test_a_status_that_is_refused_does_not_count_as_missing() -> None:
    assert {"status.processable"} == complaints(DEMO.replace('"processing"', '"no-such"')).keys()


def test_a_live_config_without_credentials_names_all_of_them() -> None:
    text = "".join(line for line in LIVE.splitlines(keepends=True) if not line.startswith(("client", "start")))

    assert ["otto.client_id", "otto.client_secret", "otto.start_date"] == list(complaints(text))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a = 1\na = 2\nb = 3\n", "line 2, column 6: a key or table stands there a second time; keep one of them"),
        ("[a]\n[a]\n", "line 2, column 3: a key or table stands there a second time; keep one of them"),
        ("a = yes\n", "line 1, column 5: a value is missing or wrong there; text needs quotes"),
        ("a = 1\nb =", "line 2, column 4: a value is missing or wrong there; text needs quotes"),
        ('a = "half\n', "line 1, column 10: illegal character '\\n'"),
        ("[otto\n", "line 1, column 6: expected ']' at the end of a table declaration"),
        ("a = 2026-02-30\n", "line 1, column 5: invalid date or datetime"),
    ],
)
def test_a_slip_in_the_toml_is_named_with_line_and_column(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), "config.toml")

    assert f"config.toml: {complaint}" == str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_are_tolerated() -> None:
    assert {"a": 1, "b": "ü"} == parse('\ufeffa = 1\r\nb = "ü"\r\n'.encode(), "config.toml")


def test_another_encoding_is_named_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"^config\.toml: line 2: is not UTF-8; save the file as UTF-8$"):
        parse('a = 1\nb = "ü"\n'.encode("latin-1"), "config.toml")


@pytest.mark.parametrize("text", ["a = " + "9" * 5000, "a = " + "[" * 100_000])
def test_absurd_values_are_refused_as_such(text: str) -> None:
    with pytest.raises(ConfigError, match="was not read"):
        parse(text.encode(), "config.toml")
