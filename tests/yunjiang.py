"""The demonstration city as a test finds it: filled once for the whole run, at one fixed moment."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.unit_of_work import Sessions
from workflows.demo.city import OFFICE
from workflows.demo.seeding import DemoReport, fill
from workflows.demo.workdays import beginning
from workflows.dossier.certificates import create_authority
from workflows.evidence.vault import Vault
from workflows.facilities import Facilities

NOW = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)  # a Wednesday, 10:30 in Beijing
PASSPHRASE = b"passphrase of the demonstration"


@dataclass(frozen=True)
class City:
    """The filled city: its database, its files, what was reported and told while it was built."""

    sessions: Sessions
    facilities: Facilities
    report: DemoReport
    told: tuple[str, ...]


def filled(sessions: Sessions, folder: Path) -> City:
    """Fill the city in an empty database; its files go to `folder`."""
    told = list[str]()
    create_authority(folder / "authority", PASSPHRASE, OFFICE, beginning(NOW))
    facilities = Facilities(Vault(folder / "vault"), folder / "authority", PASSPHRASE, OFFICE, demo=True)
    return City(sessions, facilities, fill(sessions, facilities, NOW, told.append), tuple(told))
