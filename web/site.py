"""What every page reaches for: the settings, the database, the facilities, and the two ways in (read, write)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from engine import unit_of_work
from engine.unit_of_work import Actor, Sessions, UnitOfWork
from web.settings import Settings
from workflows.facilities import Facilities

#: Under this name the parts stand in `app.extensions`.
EXTENSION = "juanzong"


@dataclass(frozen=True)
class Site:
    """The parts an application was made of. `clock` is the only clock of the pages."""

    settings: Settings
    sessions: Sessions
    facilities: Facilities
    clock: Callable[[], datetime] = unit_of_work.utc_now

    def reading(self) -> AbstractContextManager[Session]:
        """Open a read-only snapshot."""
        return unit_of_work.reading(self.sessions)

    def work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        """Open the unit of work of one command."""
        return unit_of_work.work(self.sessions, actor, self.clock)


def site() -> Site:
    """Give the parts of the application that answers this request."""
    found = current_app.extensions[EXTENSION]
    if not isinstance(found, Site):
        raise TypeError(EXTENSION)
    return found
