"""What the commands print: sentences on stderr in the language of the terminal, JSON on stdout."""

import getpass
import json
import os
from typing import Any

import click

from engine.catalogue import language_of, translate
from engine.errors import Refused
from engine.unit_of_work import Actor


def language() -> str:
    """Give the language of this terminal, from JUANZONG_LANGUAGE or the locale."""
    names = ("JUANZONG_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    return language_of(next((value for name in names if (value := os.environ.get(name))), None))


def words(msgid: str, **params: object) -> str:
    """Give `msgid` in the language of this terminal."""
    return translate(language(), msgid, **params)


def sentence(refused: Refused) -> str:
    """Give a refusal in the language of this terminal."""
    return words(refused.message, **refused.params)


def say(text: str) -> None:
    """Print a sentence for the person at the terminal."""
    click.echo(text, err=True)


def show(text: str) -> None:
    """Print a result."""
    click.echo(text)


def show_json(value: dict[str, Any]) -> None:
    """Print a result for a program: one object, UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def operator() -> Actor:
    """Give the acting identity of a command: the machine, named after who is signed in to it."""
    return Actor(None, f"{getpass.getuser()} (command line)")


json_option = click.option("--json", "as_json", is_flag=True, help="print one JSON object and nothing else")
