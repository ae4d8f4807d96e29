"""What stands in `docs/` cannot rot: commands, options, keys, exit codes and files that it names exist, and its examples run."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from otto_import.cli.boundary import run
from otto_import.config.models import TABLES
from tests.documents import ROOT, WRITTEN_FOR_COLUMNS, assert_shown, blocks, exit_codes, options, prose, settings, steps, ticked

DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))
ALL = [ROOT / "README.md", *DOCUMENTS]
KNOWN_TABLES = {*TABLES, "status", "shop"}

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def commands(document: Path) -> Iterator[list[str]]:
    """List the command lines of the program that a document names, wherever they stand, each from the word behind the program on."""
    text = text_of(document)
    in_blocks = [line for language in ("sh", "console", "text", "crontab") for block in blocks(language, text) for line in block.splitlines()]
    for line in [*in_blocks, *ticked(prose(text))]:
        for found in re.finditer(r"(?:^|[\s/])otto-import ([^|&;>#`]+)", line):
            yield found[1].split()


def test_there_are_documents() -> None:
    assert {"logs.md", "writers.md"} <= {document.name for document in DOCUMENTS}


@every_document
def test_the_commands_and_their_options_exist(document: Path) -> None:
    known = options()
    for words in commands(document):
        name = "" if words[0].startswith("-") else words[0]
        assert name in known, words
        assert {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"} <= known[name], words


@every_document
def test_the_options_named_by_themselves_exist(document: Path) -> None:
    every = set().union(*options().values(), {"-vv"})
    named = {word for words in ticked(prose(text_of(document))) for word in words.split() if re.fullmatch(r"--?[a-z][a-z-]*", word)}
    others = {word for words in ticked(prose(text_of(document))) if not words.startswith(("-", "otto-import")) for word in words.split()}
    assert named - others <= every


@every_document
def test_the_keys_and_tables_of_the_config_exist(document: Path) -> None:
    known = settings()
    for words in ticked(prose(text_of(document))):
        if re.fullmatch(rf"({'|'.join(KNOWN_TABLES)})(\.[a-z_]+)+", words):
            assert words in known
        if found := re.fullmatch(r"\[([a-z]+)(?:\..*)?\](?: ([a-z_]+))?", words):
            assert found[1] in KNOWN_TABLES
            assert found[2] is None or f"{found[1]}.{found[2]}" in known


@every_document
def test_the_exit_codes_exist(document: Path) -> None:
    assert {int(code) for code in re.findall(r"exit codes? (\d+)", text_of(document))} <= exit_codes()


@every_document
def test_the_examples_can_be_read(document: Path) -> None:
    text = text_of(document)
    for block in blocks("json", text):
        for line in block.splitlines():
            json.loads(line)
    for block in blocks("python", text):
        ast.parse(dedent(block))
    for block in blocks("toml", text):
        tables = tomllib.loads(block)
        if tables.keys() <= KNOWN_TABLES:
            keys = {
                f"{table}.{key}" for table, inner in tables.items() for key, value in inner.items() if not isinstance(value, dict) or table != "shop"
            }
            assert keys <= settings().keys()


@pytest.mark.skipif(os.name != "posix", reason="the examples are for a POSIX shell")
@pytest.mark.usefixtures("stable_terminal")
@every_document
def test_what_a_document_has_the_reader_type_runs(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "config.example.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", WRITTEN_FOR_COLUMNS)
    for command, shown in steps(text_of(document)):
        program, *arguments = shlex.split(command)
        if program == "otto-import":
            assert (run(arguments), command) == (0, command)
        else:
            subprocess.run(command, shell=True, cwd=tmp_path, check=True, timeout=60)
        printed = capsys.readouterr()
        assert "--log-json" in arguments or not printed.err, command
        assert_shown(shown, printed.out.splitlines(), command)


@pytest.mark.parametrize("document", ALL, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = text_of(document)
    headings = {_anchor(heading) for heading in re.findall(r"(?m)^#+ (.+)$", prose(text))}
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
        path, _, anchor = target.partition("#")
        if path.startswith("https://"):
            continue
        assert not path or (document.parent / path).exists(), target
        assert path or anchor in headings, target


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
