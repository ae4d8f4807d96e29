"""What was probably meant."""

from __future__ import annotations

import pytest

from otto_import.errors import nearest

WORDS = ("environment", "account", "CANCELLED_BY_PARTNER", "CANCELLED_BY_MARKETPLACE", "sandbox", "production")


@pytest.mark.parametrize(
    ("meant", "written"),
    [
        ("account", "acount"),
        ("account", "ACCOUNT"),
        ("environment", "Enviroment"),
        ("production", "prod"),
        ("sandbox", "sand-box"),
    ],
)
def test_a_word_is_recognised_whatever_its_case_and_by_its_beginning(meant: str, written: str) -> None:
    assert [meant] == nearest(written, WORDS)


def test_several_may_be_meant_alike() -> None:
    assert ["CANCELLED_BY_PARTNER", "CANCELLED_BY_MARKETPLACE"] == nearest("cancelled", WORDS, 2)


@pytest.mark.parametrize("written", ["", "xyz", "colour"])
def test_what_is_like_nothing_means_nothing(written: str) -> None:
    assert not nearest(written, WORDS)


def test_where_nothing_can_be_meant_nothing_is() -> None:
    assert not nearest("account", ())
