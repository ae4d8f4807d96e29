"""The interview of `init`: what is asked in which order, each answer proved before the next is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otto_import.checks import Proof, exit_code
from otto_import.cli.secret_places import Asked, ask_secret
from otto_import.cli.status_questions import StatusQuestions
from otto_import.config.values import as_account, as_base_url, as_client_id, as_day, as_production_account
from otto_import.errors import OttoImportError
from otto_import.setup import Answers, Field, Kind
from otto_import.setup.answers import proof_table
from otto_import.setup.fields import value_of
from otto_import.setup.text import suggested
from otto_import.wiring import proving

if TYPE_CHECKING:
    from otto_import.cli.asking import Questions
    from otto_import.plan import ShopStatus

ENVIRONMENTS = ("demo", "sandbox", "production")


class Unproved(OttoImportError):
    """End the interview because an answer was refused and nobody is there to correct it; `code` is the exit code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__("an answer was refused, so that nothing was written; correct it, or give --no-check to write the config all the same")


class Interview:
    """Ask for a config that is to stand at `path`, and show each proof as it comes.

    `today` is the start date offered; without `proved` neither OTTO nor the shop is asked.
    """

    def __init__(self, questions: Questions, path: Path, tell: proving.Tell, *, today: date, proved: bool) -> None:
        self._ask = questions
        self._path = path
        self._tell = tell
        self._today = today
        self._proved = proved

    def answers(self) -> Answers:
        """Go through all questions; raises `Unproved`, and `typer.Abort` where the person leaves."""
        ask = self._ask
        environment = ask.choice("environment", "Whose orders", ENVIRONMENTS, default="demo" if ask.attended else None)
        as_name = as_production_account if environment == "production" else as_account
        account = ask.text("account", "A short name for this seller account, part of the key of every order", as_name, default="main")
        base_url = ask.option("base-url", as_base_url)
        fixed = {"environment": environment, "account": account} | ({"base_url": base_url} if base_url else {})
        otto = fixed | self._credentials(fixed)
        otto["start_date"] = self._start(environment)
        writer = ask.choice("writer", "Which shop", names := proving.writers(), default="sqlite" if ask.attended and "sqlite" in names else None)
        settings, listed = self._shop(writer)
        announced = ask.yes("announced", "Import announced orders too, which are not yet paid", default=False)
        status = self._statuses(writer, settings, listed, announced=announced)
        return Answers(**otto, writer=writer, settings=settings, announced=announced, status=status)

    def _credentials(self, fixed: Mapping[str, str]) -> dict[str, Any]:
        """Ask who we are to OTTO, until OTTO agrees; the demo asks nobody."""
        ask = self._ask
        asked = Asked(self._path.parent, "client secret", "OTTO_CLIENT_SECRET", "secret.txt", f"otto-import/{fixed['account']}")
        while True:
            found: dict[str, Any] = {}
            if fixed["environment"] != "demo":
                found["client_id"] = ask.text("client-id", "Client id of your app, from OTTO Partner Connect", as_client_id)
                found["secret"] = ask_secret(ask, asked)
            proofs: list[Proof] = []
            if self._proved:
                named = {"client_secret" if key == "secret" else key: value for key, value in found.items()}
                proving.prove_otto(self._path, proof_table({**fixed, **named}), self._noting(proofs))
            if self._settled(proofs):
                return found

    def _start(self, environment: str) -> date | None:
        if environment == "demo":
            return self._ask.option("start-date", as_day)
        default = self._today.isoformat() if self._ask.attended else None
        return self._ask.text("start-date", "The first day whose orders you want", as_day, default=default)

    def _shop(self, writer: str) -> tuple[dict[str, Any], Sequence[ShopStatus]]:
        """Ask for the writer's own table, until the shop answers; give it with the shop's statuses."""
        while True:
            settings = self._settings(writer)
            proofs: list[Proof] = []
            listed: Sequence[ShopStatus] = ()
            if self._proved:
                listed = proving.prove_shop(self._path, writer, proof_table(settings), self._noting(proofs))
            if self._settled(proofs):
                return settings, listed

    def _settings(self, writer: str) -> dict[str, Any]:
        ask, fields, offered = self._ask, proving.fields_of(writer), suggested(writer)
        optional = [field for field in fields if not field.required]
        table: dict[str, Any] = {}
        more = False
        if optional and ask.attended:
            names = ", ".join(field.key for field in optional)
            more = ask.yes("", f"Go through the settings that have a default too: {names}", default=False)
        for field in fields:
            if (text := ask.given(f"set {field.key}")) is not None:
                table[field.key] = ask.read(f"set {field.key}", text, partial(value_of, field))
            elif field.required or more:
                value = self._setting(writer, field, offered.get(field.key, field.default))
                if field.required or value != field.default:
                    table[field.key] = value
        ask.refuse_rest("set ", [field.key for field in fields])
        return table

    def _setting(self, writer: str, field: Field, default: object) -> Any:  # noqa: ANN401  – whatever TOML can hold
        ask, key = self._ask, f"set {field.key}"
        if field.about:
            ask.say("", field.about)
        if field.kind is Kind.SECRET and ask.attended:
            name = f"{writer}_{field.key}".upper().replace("-", "_")
            return ask_secret(ask, Asked(self._path.parent, f"{writer} {field.key}", name, f"{writer}-{field.key}.txt", f"otto-import/{writer}", ""))
        if field.kind is Kind.CLEAR_SECRET:
            return ask.hidden(f"{writer}: {field.key}", option=f"--{key}")
        shown = f" ({', '.join(field.choices)})" if field.choices else " (as in TOML)" if field.kind is Kind.TOML else ""
        offered = None if default is None else "yes" if default is True else "no" if default is False else str(default)
        return ask.text(key, f"{writer}: {field.key}{shown}", partial(value_of, field), default=offered)

    def _statuses(self, writer: str, settings: Mapping[str, Any], listed: Sequence[ShopStatus], *, announced: bool) -> dict[str, Any]:
        """Ask which status of the shop stands for what, until each exists and does what it must."""
        questions = StatusQuestions(self._ask, writer, listed)
        questions.show()
        while True:
            status = questions.ask(announced=announced)
            proofs: list[Proof] = []
            if self._proved:
                proving.prove_statuses(self._path, writer, proof_table(settings), status, self._noting(proofs))
            if self._settled(proofs):
                return status

    def _noting(self, proofs: list[Proof]) -> proving.Tell:
        def note(proof: Proof) -> None:
            proofs.append(proof)
            self._tell(proof)

        return note

    def _settled(self, proofs: Sequence[Proof]) -> bool:
        """Tell whether to go on: all is well, or the person says so."""
        if not any(proof.bad for proof in proofs):
            return True
        if not self._ask.attended:
            raise Unproved(exit_code(proofs))
        return not self._ask.yes("", "Correct your answers", default=True)
