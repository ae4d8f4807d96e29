"""Ask where a secret shall live, and for the secret itself where the proof or a new file needs it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from otto_import.config import Secret
from otto_import.setup import SecretAnswer, SecretPlace

if TYPE_CHECKING:
    from otto_import.cli.asking import Questions

_PLACES = {
    SecretPlace.FILE: "a file that you alone can read; cron can read it too",
    SecretPlace.ENV: "an environment variable",
    SecretPlace.COMMAND: "what a program prints, such as a password manager",
    SecretPlace.KEYRING: "the keyring of your system",
}


class Asked(NamedTuple):
    """Say which secret is asked for: the config's folder, its name, and what is offered for each place; `option` begins its options ("": it has none)."""

    folder: Path
    name: str
    variable: str
    file: str
    service_user: str
    option: str = "secret-"


def ask_secret(ask: Questions, asked: Asked) -> SecretAnswer:
    """Ask for the place of a secret; one already typed or piped in serves the proof, and is kept for a file that is not there yet."""
    place = _place(ask, asked)
    match place:
        case SecretPlace.ENV:
            variable = ask.text(_key(asked, place), f"{asked.name}: name of the variable", _as_variable, default=asked.variable)
            if os.environ.get(variable):
                return SecretAnswer(place, variable)
            question = f"{asked.name}, to prove it now, since ${variable} is not set here (it is kept nowhere; Enter to go without)"
            return SecretAnswer(place, variable, ask.hidden(question, option="--secret-stdin", empty=True) or None)
        case SecretPlace.FILE:
            name = ask.text(_key(asked, place), f"{asked.name}: the file, from the folder of the config", _as_path, default=asked.file)
            if (asked.folder / Path(name).expanduser()).exists():
                return SecretAnswer(place, name)
            question = f"{asked.name}, to be written to {name} for you alone"
            return SecretAnswer(place, name, ask.hidden(question, option="--secret-stdin"), fresh=True)
        case SecretPlace.COMMAND:
            return SecretAnswer(place, ask.text(_key(asked, place), f"{asked.name}: the program with its arguments", _as_command))
        case SecretPlace.KEYRING:
            name = ask.text(_key(asked, place), f"{asked.name}: service/user in the keyring", _as_keyring, default=asked.service_user)
            return SecretAnswer(place, name)


def _place(ask: Questions, asked: Asked) -> SecretPlace:
    for place in SecretPlace:
        if asked.option and ask.has(_key(asked, place)):
            return place
    ask.say("", f"Where shall the {asked.name} live?", *(f"  {place:<8} {about}" for place, about in _PLACES.items()))
    default = SecretPlace.FILE.value if ask.attended else None
    return SecretPlace(ask.choice(f"{asked.option}file" if asked.option else "", f"Place of the {asked.name}", list(_PLACES), default=default))


def _key(asked: Asked, place: SecretPlace) -> str:
    return f"{asked.option}{place}" if asked.option else ""


def _as_variable(text: str) -> str:
    Secret({"env": text})  # raises for what is none
    return text


def _as_path(text: str) -> str:
    Secret({"file": text})
    return text


def _as_command(text: str) -> tuple[str, ...]:
    arguments = shlex.split(text)
    Secret({"command": arguments})
    return tuple(arguments)


def _as_keyring(text: str) -> str:
    Secret({"keyring": text})
    return text
