"""The example of a writer is installed as a stranger's package would be, keeps the contract, and is driven by the real command; its document shows its code."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import pydoc
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from otto_import import errors, plan
from otto_import.writers.base import Writer, WriterContext, WriterPlugin
from tests.system_shop import DAYS, STATUS, Place
from tests.system_world import ends, says

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "example_writer"
DOCUMENT = (ROOT / "docs" / "writers.md").read_text(encoding="utf-8")
IN_FOLDER = {"announced": "reserved", "processable": "paid", "sent": "shipped", "returned": "returned", "cancelled": "cancelled"}
SHOP: dict[str, Any] = {
    "shop": {"writer": "folder", "sqlite": None, "folder": {"path": "shop"}},
    "status": {**IN_FOLDER, "cancelled_by_partner": None},
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the example's source in a folder of its own, as its author has it."""
    return shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("author") / "folder", ignore=shutil.ignore_patterns("conftest.py", "__pycache__"))


@pytest.fixture(scope="module")
def installed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example by pip into a folder of its own; its build tool is fetched only where it is not there."""
    target = tmp_path_factory.mktemp("installed")
    at_hand = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", *at_hand, "--target", str(target)]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False, timeout=300)
    assert (0, "") == (done.returncode, done.stderr if done.returncode else "")
    return target


@pytest.fixture
def beside_us(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process find what was installed."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(installed))
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "folder_shop":
            del sys.modules[name]


def _python(installed: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=120)


def test_it_is_listed_among_the_installed_writers(installed: Path, tmp_path: Path) -> None:
    listed = _python(installed, "-m", "otto_import", "writers", "--json", folder=tmp_path)
    assert (0, "") == (listed.returncode, listed.stderr)
    (line,) = [line for line in map(json.loads, listed.stdout.splitlines()) if line.get("name") == "folder"]
    assert ("otto-import-folder", "1.0.0") == (line["distribution"], line["version"])


def test_its_own_tests_pass_where_it_is_installed(source: Path, installed: Path) -> None:
    ended = _python(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", folder=source)
    passed = re.search(r"(\d+) passed(?:, (\d+) skipped)? in", ended.stdout)
    assert passed, ended.stdout + ended.stderr
    assert int(passed[1]) > 30
    assert int(passed[2] or 0) < 7  # those about stock, which a folder does not keep


def test_the_real_command_brings_orders_into_it(installed: Path, tmp_path: Path) -> None:
    place = Place(tmp_path, **SHOP)
    with place.child("sync", now=DAYS[0], PYTHONPATH=str(installed)) as child:
        run = child.ended()
    assert (0, "") == (run.code, run.err)
    assert run.summary["created"] == len(_orders(tmp_path)) > 10
    assert {line["shop_ref"] for line in run.orders if line["result"] == "done"} == _orders(tmp_path).keys()


@pytest.mark.usefixtures("beside_us")
def test_whole_lives_end_in_it_as_they_should(tmp_path: Path) -> None:
    place = Place(tmp_path, **SHOP)
    for clock in DAYS:
        place.done("--strict", now=clock)
    roles = {status: role for role, status in STATUS.items()}
    expected = {one: IN_FOLDER.get(roles[status], "cancelled") for one, status in ends().items()}
    orders = {order["otto_key"].rpartition(":")[2]: order for order in _orders(tmp_path).values()}
    assert expected == {one: order["status"] for one, order in orders.items()}
    told = says(DAYS[-1])
    units = {one: sum(line["quantity"] for line in order["lines"]) for one, order in orders.items() if order["status"] != "cancelled"}
    assert {one: len(told[one].living) for one in units} == units
    again = place.done("--strict", now=DAYS[-1]).summary
    assert {"otto": 1, "shop": 0} == again["requests"]


@pytest.mark.usefixtures("beside_us")
def test_a_merchant_in_it_is_heard(tmp_path: Path) -> None:
    place = Place(tmp_path, **{**SHOP, "status": {**IN_FOLDER, "cancelled_by_partner": None, "returned": None}})
    created = place.done(now=DAYS[0]).orders
    refs = [line["shop_ref"] for line in created if line["shop_status"] == "reserved" and line["result"] == "done"]
    for ref in refs:
        path = tmp_path / "shop" / f"{ref}.json"
        path.write_text(path.read_text(encoding="utf-8").replace('"status": "reserved"', '"status": "returned"', 1), encoding="utf-8")
    run = place.sync(now=DAYS[8])
    assert 1 == run.code
    assert run.summary["conflicts"] > 0
    assert {"returned"} == {_orders(tmp_path)[ref]["status"] for ref in refs}


@pytest.mark.usefixtures("beside_us")
def test_a_status_that_it_lacks_is_an_error_of_the_config(tmp_path: Path) -> None:
    place = Place(tmp_path, **{**SHOP, "status": {"processable": "processing", "cancelled_by_partner": None}})
    run = place.sync()
    assert 3 == run.code
    assert "status.processable: the folder shop knows the statuses reserved, paid, shipped, returned, cancelled" in run.err


def _orders(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_bytes()) for path in (folder / "shop").glob("*.json")}


def _blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", DOCUMENT)


def test_the_documents_code_is_the_examples() -> None:
    code = "\0".join(path.read_text(encoding="utf-8") for path in EXAMPLE.rglob("*.py"))
    missing = [block for block in _blocks("python") if f"\n{block}" not in code]
    assert [] == missing
    assert len(_blocks("python")) > 12
    assert [] == [block for block in _blocks("toml") if block not in (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")]
    assert 1 == len(_blocks("toml"))


def test_the_document_describes_the_whole_protocol() -> None:
    members = {name for name in vars(Writer) if not name.startswith("_")}
    assert members == set(re.findall(r"(?m)^### `(\w+)`$", DOCUMENT))
    parts = {*WriterPlugin.__annotations__, *(name for name in vars(WriterPlugin) if not name.startswith("_"))}
    assert parts == set(re.findall(r"(?m)^\*\*`(\w+)`\*\*", DOCUMENT))


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("| field |", {field.name for field in dataclasses.fields(WriterContext)}),
        ("| field of `Change` |", {field.name for field in dataclasses.fields(plan.Change)}),
        ("| outcome |", {kind.__name__ for kind in (plan.Done, plan.Refused, plan.Changed, plan.InDoubt, plan.NotBegun)}),
        ("| error |", {kind.__name__ for kind in (errors.ShopUnavailable, errors.CredentialsRefused, errors.ConfigError)}),
    ],
)
def test_the_documents_tables_are_complete(head: str, names: set[str]) -> None:
    rows = DOCUMENT[DOCUMENT.index(f"\n{head}") :].split("\n\n", 1)[0].splitlines()[3:]
    assert names == {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_the_document_names_only_what_there_is() -> None:
    named = set(re.findall(r"`(otto_import(?:\.\w+)+)`", DOCUMENT))
    assert [] == [name for name in named if pydoc.locate(name) is None]
    assert "otto_import.writers.base.Writer" in named
    anchors = set(re.findall(r"\]\(#([\w-]+)\)", DOCUMENT))
    headings = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in re.findall(r"(?m)^##+ (.*)$", DOCUMENT)}
    assert anchors <= headings
