"""Pacing, waiting, and what of an answer may be told."""

from __future__ import annotations

import base64
import json
import logging
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import stamina

from otto_import import __version__
from otto_import.errors import ConfigError, ServiceError
from otto_import.http import Abandoned, Answer, Misshapen, Pacer, Request, RetryRules, Service, ServiceSettings, Unreadable, checked_base_url
from otto_import.http.answers import http_date
from otto_import.http.retries import Budget, Temporary, asked_wait
from otto_import.http.telling import announced
from tests.otto_wire import NOW, ScriptedOtto, granted

GET = Request(method="GET", path="/v4/orders/4711", params=(("nextcursor", "secret-cursor"),))
POST = Request(method="POST", path="/v4/orders")


class Hands:
    """A clock that moves only when someone sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def service(otto: ScriptedOtto, **changes: object) -> Service:
    settings = ServiceSettings(**{"service": "OTTO", "base_url": "https://otto.example"} | changes)  # type: ignore[arg-type]  # the changes differ from test to test
    return Service(settings, transport=httpx.MockTransport(otto), clock=lambda: NOW)


def answer(body: object, status: int = 400) -> Answer:
    return Answer(where="GET /", status=status, headers={}, body=body if isinstance(body, bytes) else json.dumps(body).encode())


def test_at_most_four_requests_pass_in_any_second() -> None:
    hands = Hands()
    pacer = Pacer(4, clock=hands, sleep=hands.sleep)
    sent = []
    for _ in range(20):
        pacer.wait()
        sent.append(hands.time)
    assert all(later - earlier >= 1 for earlier, later in zip(sent, sent[4:], strict=False))
    assert hands.time == 1004


def test_a_few_requests_in_a_row_do_not_wait() -> None:
    hands = Hands()
    pacer = Pacer(4, clock=hands, sleep=hands.sleep)
    for _ in range(4):
        pacer.wait()
    assert hands.slept == []


def test_a_rate_below_one_spreads_requests() -> None:
    hands = Hands()
    pacer = Pacer(0.5, clock=hands, sleep=hands.sleep)
    for _ in range(3):
        pacer.wait()
    assert hands.slept == [2.0, 2.0]


def test_no_rate_means_no_waiting() -> None:
    hands = Hands()
    pacer = Pacer(0, clock=hands, sleep=hands.sleep)
    for _ in range(100):
        pacer.wait()
    assert hands.slept == []


def test_threads_share_the_pace() -> None:
    slept: list[float] = []
    pacer = Pacer(2, clock=lambda: 0.0, sleep=slept.append)
    threads = [threading.Thread(target=pacer.wait) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == [1.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("expected", "header"),
    [
        (None, None),
        (None, ""),
        (None, "soon"),
        (None, "nan"),
        (0.0, "-5"),
        (0.0, "0"),
        (7.0, "7"),
        (1.5, "1.5"),
        (1e9, "1000000000"),
        (float("inf"), "inf"),
        (float("inf"), "9" * 5000),
        (20.0, format_datetime(NOW + timedelta(seconds=20), usegmt=True)),
        (0.0, format_datetime(NOW - timedelta(days=20), usegmt=True)),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(expected: float | None, header: str | None) -> None:
    assert expected == asked_wait(header, NOW)


def test_a_retry_after_date_counts_from_our_clock_where_the_answer_has_none() -> None:
    wait = asked_wait(format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True), None)
    assert wait is not None
    assert 90 < wait <= 100


@pytest.mark.parametrize(
    ("expected", "asked", "attempts"),
    [
        (True, None, 1),  # nothing asked for: stamina's own back-off
        (True, 0.0, 1),  # at once would be hammering
        (7.0, 7.0, 1),
        (30.0, 10.0**9, 1),  # absurd: capped
        (30.0, float("inf"), 1),
        (True, 2.0, 5),  # our own back-off is longer by now
    ],
)
def test_the_wait_asked_for_is_honoured_within_reason(expected: float, asked: float | None, attempts: int) -> None:
    budget = Budget(RetryRules(), Hands())
    budget.attempts = attempts
    assert expected == budget.decide(Temporary("GET /", "is tired", asked))


def test_nothing_is_tried_again_once_the_wait_would_outlast_two_minutes() -> None:
    hands = Hands()
    budget = Budget(RetryRules(), hands)
    budget.attempts = 1
    hands.time += 100
    assert budget.decide(Temporary("GET /", "is tired", 30)) is False
    assert budget.decide(Temporary("GET /", "is tired", 19)) == 19
    hands.time += 20
    assert budget.decide(Temporary("GET /", "is tired")) is False
    assert budget.left() == 0


def test_errors_of_other_kinds_are_not_tried_again() -> None:
    assert Budget(RetryRules()).decide(ValueError()) is False


@pytest.mark.parametrize("text", [None, "", "yesterday", "Tue, 99 Jun 2026", "0"])
def test_what_is_no_http_date_is_none(text: str | None) -> None:
    assert http_date(text) is None


def test_an_http_date_is_aware_utc() -> None:
    for text in ("Tue, 09 Jun 2026 12:00:00 GMT", "Tue, 09 Jun 2026 14:00:00 +0200", "Tue, 09 Jun 2026 12:00:00 -0000"):
        found = http_date(text)
        assert found == NOW
        assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ("POSITION_ITEM_NOT_FOUND", {"errors": [{"title": "POSITION_ITEM_NOT_FOUND", "detail": "Erika Musterfrau"}]}),
        ("BAD, logref abc-123", {"errors": [{"title": "BAD", "logref": "abc-123"}]}),
        ("", {"errors": [{"title": "Erika Musterfrau", "logref": "no such thing!", "path": "/secret"}]}),
        ("", {"errors": [{"title": "X" * 61}]}),
        ("", {"errors": ["BAD"]}),
        ("", {"errors": {}}),
        ("invalid_scope", {"error": "invalid_scope", "error_description": "Musterfrau"}),
        ("", {"error": {"message": "x"}}),
        ("", ["BAD"]),
        ("", b"<html>no route matched</html>"),
        ("", b""),
        ("", b'{"error": "invalid_scope", "padding": "' + b"x" * 70_000 + b'"}'),
    ],
)
def test_of_an_error_body_only_symbolic_codes_are_told(expected: str, body: object) -> None:
    assert expected == answer(body).codes()


@pytest.mark.parametrize(
    "url", ["https://api.otto.market", "https://api.otto.market/", "http://localhost:8000", "http://127.0.0.1", "http://[::1]:80"]
)
def test_https_and_the_loopback_are_good_addresses(url: str) -> None:
    assert url.rstrip("/") == checked_base_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.otto.market",
        "http://api.otto.market",
        "http://192.168.0.1",
        "ftp://localhost",
        "https://me:hush@otto.example",
        "https://",
        "https://a?x=1",
        "http://localhost.evil.example",
        "https://otto.example:port",
        "https://[::1",
        "file:///etc/passwd",
        "https://otto.example/#x",
    ],
)
def test_other_addresses_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url") as caught:
        checked_base_url(url)
    assert "hush" not in str(caught.value)


def test_every_request_says_who_we_are_and_is_counted() -> None:
    otto = ScriptedOtto(granted(), granted())
    served = service(otto)
    served.send(GET)
    served.send(GET)
    served.close()
    assert served.requests == 2
    assert {request.headers["User-Agent"] for request in otto.asked} == {f"otto-import/{__version__}"}
    assert otto.asked[0].headers["Accept"] == "application/json"


def test_the_skew_is_our_clock_less_the_date_of_the_answer() -> None:
    got = service(ScriptedOtto(granted())).send(GET)
    assert got.date == NOW - timedelta(seconds=2)
    assert got.skew == timedelta(seconds=2)


def test_without_a_date_there_is_no_skew() -> None:
    got = service(ScriptedOtto(httpx.Response(200, content=b"{}"))).send(GET)
    assert (got.date, got.skew) == (None, None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_answers_that_will_not_change_are_given_as_they_are(status: int) -> None:
    otto = ScriptedOtto(httpx.Response(status))
    assert status == service(otto).send(GET).status
    assert len(otto.asked) == 1


def elsewhere(status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": "https://evil.example/"})


def misshapen(body: bytes) -> None:
    if body == b"odd":
        text = "gave an odd answer"
        raise Misshapen(text)


@pytest.mark.parametrize("odd", [elsewhere(), elsewhere(307), granted("odd")])
def test_whoever_else_answers_for_a_moment_is_not_listened_to(odd: httpx.Response) -> None:
    otto = ScriptedOtto(odd, httpx.Response(500), odd, granted())
    assert service(otto).send(GET, check=misshapen).ok
    assert {"otto.example"} == {request.url.host for request in otto.asked}


@pytest.mark.parametrize(
    ("odd", "text"), [(elsewhere(), "sends us elsewhere, which is not followed; check the address"), (granted("odd"), "gave an odd")]
)
def test_a_wrong_address_is_told_after_a_few_times(odd: httpx.Response, text: str) -> None:
    otto = ScriptedOtto(*[odd] * 9)
    with pytest.raises(ServiceError, match=rf"{text}.* \(tried 3 times\)"):
        service(otto).send(GET, check=misshapen)
    assert 3 == len(otto.asked)


def test_a_write_is_not_repeated_for_a_redirect() -> None:
    otto = ScriptedOtto(elsewhere())
    with pytest.raises(ServiceError, match="sends us elsewhere") as raised:
        service(otto).send(POST)
    assert (302, False) == (raised.value.status, raised.value.unsent)


@pytest.mark.parametrize(
    "trouble",
    [
        *[httpx.Response(status) for status in (408, 429, 500, 502, 503, 504)],
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.ReadTimeout("x"),
        httpx.ReadError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.DecodingError("x"),
    ],
)
def test_what_may_pass_is_tried_again(trouble: httpx.Response | Exception) -> None:
    otto = ScriptedOtto(trouble, trouble, granted())
    with stamina.set_testing(True, attempts=3):
        served = service(otto)
        assert served.send(GET).status == 200
    assert served.requests == 3


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("OTTO: asks us to slow down (tried 2 times) (GET /v4/orders/4711, HTTP 429)", httpx.Response(429)),
        ("OTTO: has trouble of its own (tried 2 times) (GET /v4/orders/4711, HTTP 503)", httpx.Response(503, content=b"Musterfrau")),
        ("OTTO: cannot be reached; check the network and the address (tried 2 times) (GET /v4/orders/4711)", httpx.ConnectError("secret-cursor")),
        ("OTTO: gave no answer in time (tried 2 times) (GET /v4/orders/4711)", httpx.ReadTimeout("secret-cursor")),
        ("OTTO: broke the connection off (tried 2 times) (GET /v4/orders/4711)", httpx.RemoteProtocolError("secret-cursor")),
        ("OTTO: gave an answer that cannot be unpacked (tried 2 times) (GET /v4/orders/4711)", httpx.DecodingError("secret-cursor")),
    ],
)
def test_in_the_end_the_error_names_what_and_where_and_nothing_else(text: str, trouble: httpx.Response | Exception) -> None:
    with stamina.set_testing(True, attempts=2), pytest.raises(ServiceError) as caught:
        service(ScriptedOtto(trouble, trouble)).send(GET)
    assert text == str(caught.value)


def test_an_unreadable_answer_is_tried_again() -> None:
    def check(body: bytes) -> None:
        if body != b"{}":
            msg = "gave an answer that is not JSON"
            raise Unreadable(msg)

    with stamina.set_testing(True, attempts=2):
        assert service(ScriptedOtto(granted(b"<html>"), granted())).send(GET, check=check).body == b"{}"
    with stamina.set_testing(True, attempts=2), pytest.raises(ServiceError, match=r"is not JSON \(tried 2 times\) \(GET /v4/orders/4711, HTTP 200\)"):
        service(ScriptedOtto(granted(b"<html>"), granted(b"<html>"))).send(GET, check=check)


def test_a_post_is_sent_once_unless_it_may_be_repeated() -> None:
    post = Request(method="POST", path="/orders")
    otto = ScriptedOtto(httpx.Response(503), granted())
    with stamina.set_testing(True, attempts=3), pytest.raises(ServiceError, match=r"trouble of its own \(POST /orders, HTTP 503\)"):
        service(otto).send(post)
    with stamina.set_testing(True, attempts=3):
        assert service(ScriptedOtto(httpx.Response(503), granted())).send(post, retry=True).ok


def test_a_body_too_large_is_an_error_at_once() -> None:
    otto = ScriptedOtto(granted(b"x" * 2048))
    with pytest.raises(ServiceError, match=r"more than 1 KiB \(GET /v4/orders/4711, HTTP 200\)"):
        service(otto, largest_body=1024).send(GET)
    assert len(otto.asked) == 1


def test_a_certificate_that_is_not_trusted_is_an_error_at_once() -> None:
    import ssl

    error = httpx.ConnectError("x")
    error.__cause__ = ssl.SSLCertVerificationError()
    otto = ScriptedOtto(error)
    with pytest.raises(ServiceError, match="certificate that is not trusted"):
        service(otto).send(GET)
    assert len(otto.asked) == 1


def test_a_request_that_cannot_be_made_is_an_error_at_once() -> None:
    otto = ScriptedOtto(httpx.LocalProtocolError("secret"))
    with pytest.raises(ServiceError, match="cannot be asked like this"):
        service(otto).send(GET)


def test_an_abandoned_request_is_not_sent() -> None:
    otto = ScriptedOtto(granted())
    with pytest.raises(Abandoned):
        service(otto).send(GET, abandoned=lambda: True)
    assert otto.asked == []


def test_an_abandoned_answer_is_not_read_to_its_end() -> None:
    looks = iter([False, True])
    with pytest.raises(Abandoned):
        service(ScriptedOtto(granted())).send(GET, abandoned=lambda: next(looks))


def test_refusals_name_the_place_and_the_codes() -> None:
    served = service(ScriptedOtto())
    assert str(served.refusal(answer({"errors": [{"title": "BAD"}]}))) == "OTTO: refuses the request: BAD (GET /, HTTP 400)"


def test_a_retry_is_logged_with_attempt_and_place_and_without_the_query(caplog: pytest.LogCaptureFixture) -> None:
    with stamina.set_testing(True, attempts=2), caplog.at_level(logging.WARNING):
        service(ScriptedOtto(httpx.Response(503), granted())).send(GET)
    (record,) = caplog.records
    assert record.getMessage() == "GET /v4/orders/4711, HTTP 503: has trouble of its own; trying again in 0.0 s (attempt 1 failed)"
    assert "secret-cursor" not in str(record.__dict__)


def test_deprecation_headers_are_logged_once_an_endpoint(caplog: pytest.LogCaptureFixture) -> None:
    old = granted(Deprecation="@1767225600", Sunset="Sat, 01 Aug 2026 00:00:00 GMT", Warning="299 - be\x1b quick")
    served = service(ScriptedOtto(old, old, old))
    for path in ("/v4/orders", "/v4/orders/1", "/v4/other"):
        served.send(Request(method="GET", path=path))
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        f"OTTO says about {endpoint}: {note}"
        for endpoint in ("/v4/orders", "/v4/other")
        for note in ("Deprecation: 2026-01-01T00:00:00Z", "Sunset: 2026-08-01T00:00:00Z", "Warning: 299")
    ]


@pytest.mark.parametrize(
    ("expected", "name", "value"),
    [
        ("true", "Deprecation", "true"),
        ("true", "Deprecation", "?1"),
        ("2023-06-30T23:59:59Z", "Deprecation", "@1688169599"),
        ("2018-11-11T23:59:59Z", "Deprecation", "Sun, 11 Nov 2018 23:59:59 GMT"),
        ("", "Deprecation", "@999999999999"),
        ("", "Deprecation", "since you ask"),
        ("2018-12-31T23:59:59Z", "Sunset", "Mon, 31 Dec 2018 23:59:59 GMT"),
        ("", "Sunset", "true"),
        ("299", "Warning", '299 - "the token is hunter2"'),
        ("199", "Warning", '199 -, 299 - "Erika"'),
        ("", "Warning", "2999 Musterfrau"),
        ("", "Warning", "Erika"),
    ],
)
def test_of_an_announcement_a_date_or_a_number_is_told_and_no_word(expected: str, name: str, value: str) -> None:
    assert expected == announced(name, value)


TOLD_US = "hunter2-the-token-1"
ECHOES = [TOLD_US, f"x-{TOLD_US}", "erika.musterfrau@example.de", "Musterfrau", "our-client-secret-7", "ck_user_1", "cs_password_1"]


@pytest.mark.parametrize("echo", ECHOES)
def test_an_answer_that_repeats_a_credential_or_a_buyers_data_is_not_told(echo: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "otto_import")
    body = {"errors": [{"title": echo, "logref": echo}], "error": echo}
    headers = {name: f"{lead}{echo}" for name, lead in (("Deprecation", ""), ("Sunset", ""), ("Warning", "299 - "))}
    served = service(ScriptedOtto(granted(), granted(), httpx.Response(400, json=body, headers=headers)))
    served.send(Request(method="POST", path="/token", form={"grant_type": "client_credentials", "client_secret": "our-client-secret-7"}))
    served.send(Request(method="GET", path="/b", headers={"Authorization": f"Basic {base64.b64encode(b'ck_user_1:cs_password_1').decode()}"}))
    served.send(Request(method="POST", path="/c", body=b'{"client_secret":"our-client-secret-7"}'))
    refused = served.refusal(served.send(Request(method="GET", path="/a", headers={"Authorization": f"Bearer {TOLD_US}"})))
    said = "\n".join([str(refused), caplog.text])
    assert "OTTO says about /a: Warning: 299" in said
    assert echo not in said


def test_a_log_reference_that_is_an_id_is_told() -> None:
    served = service(ScriptedOtto(granted()))
    served.send(Request(method="GET", path="/a", headers={"Authorization": f"Bearer {TOLD_US}"}))
    ref = "b7c0f0d2-5f7e-4c1b-9d8e-0a1b2c3d4e5f"
    assert f"logref {ref}" in str(served.refusal(answer({"errors": [{"logref": ref}]})))


def test_credentials_are_known_for_a_while_and_not_without_end() -> None:
    served = service(ScriptedOtto(*[granted() for _ in range(70)]))
    for number in range(70):
        served.send(Request(method="GET", path="/a", headers={"Authorization": f"Bearer token-{number:03}"}))
    assert (False, True, True) == tuple(served.repeats(f"token-{number:03}") for number in (0, 20, 69))


def test_a_request_shows_no_values_in_its_text_form() -> None:
    shown = repr(Request(method="POST", path="/t", params=(("a", "hush"),), form={"client_secret": "hush"}, headers={"Authorization": "hush"}))
    assert "hush" not in shown


def test_an_address_longer_than_any_may_be_is_an_error_of_the_service_and_never_sent() -> None:
    otto = ScriptedOtto()
    to_otto = service(otto)
    with pytest.raises(ServiceError, match="cannot be asked like this") as error:
        to_otto.send(Request(method="GET", path="/v4/orders", params=(("status", "x" * 100_000),)))
    assert (True, 0) == (error.value.unsent, len(otto.asked))
    to_otto.close()
