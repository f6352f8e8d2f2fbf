"""`juanzong db`: bring the database up to date."""

import click

from engine.catalogue import N_
from web.cli.terminal import say, words
from web.house import upgrade_database
from web.settings import from_environment


@click.group(name="db")
def database() -> None:
    """The database."""


@database.command()
def upgrade() -> None:
    """Bring tables and queue up to date; safe to run twice."""
    upgrade_database(from_environment())
    say(words(N_("The database is up to date.")))
