"""Opening the house: database, vault, authority and diagrams made ready, put together for web server, worker and commands."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from engine import jobs
from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import Clock, utc_now
from models.database import connect, session_factory, upgrade
from models.embedded_server import embedded_server
from web.secret_files import secret_from
from web.settings import Settings, from_environment
from web.site import Site
from workflows.dossier.certificates import create_authority
from workflows.evidence.s3_store import BadAddress, s3_store
from workflows.evidence.vault import Vault
from workflows.facilities import Facilities, Outside
from workflows.lifecycle.deployment import deploy_shipped


#: The schemas of 0.1.0.
_GIGABYTE = 1_000_000_000
_FIRST_FORM = frozenset({"0001", "0002"})


@dataclass(frozen=True)
class House:
    """The parts of a running process and the address of its database."""

    site: Site
    database_url: str


@contextmanager
def open_house(settings: Settings, clock: Clock = utc_now) -> Iterator[House]:
    """Open database and files for one process.

    The embedded database is brought up to date by itself; one of the office's own is only checked. `clock` dates
    what is founded here for the first time: the authority and the shipped diagrams.
    Raises Invalid, naming what is missing and what to do.
    """
    check_data_dir(settings.data_dir)
    place = nullcontext(settings.database_url) if settings.database_url else embedded_server(settings.data_dir / "postgres")
    with place as url:
        engine = connect(str(url), pool_size=settings.threads)
        try:
            if settings.database_url is None:
                _check_states(engine)
                upgrade(engine)
                jobs.install_schema(engine)
            else:
                _check_schema(str(url))
            site = Site(settings, session_factory(engine), _facilities(settings, clock))
            deploy_shipped(site.sessions, clock)
            yield House(site, str(url))
        finally:
            engine.dispose()


def own_house() -> AbstractContextManager[House]:
    """Open the house as the environment says: for commands."""
    return open_house(from_environment())


def upgrade_database(settings: Settings) -> None:
    """Bring the database and the queue's tables up to date."""
    place = nullcontext(settings.database_url) if settings.database_url else embedded_server(settings.data_dir / "postgres")
    with place as url:
        engine = connect(str(url))
        try:
            _check_states(engine)
            upgrade(engine)
            jobs.install_schema(engine)
        except OperationalError as error:
            raise _unreachable() from error
        finally:
            engine.dispose()


def _check_states(engine: Engine) -> None:
    """Refuse a database whose running cases were begun by 0.1.0: their states are stored in a form nobody reads any more."""
    with engine.connect() as connection:
        known = connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
        if not known or connection.scalar(text("SELECT version_num FROM alembic_version")) not in _FIRST_FORM:
            return
        running = connection.scalar(text("SELECT count(*) FROM process_instance WHERE ended_at IS NULL"))
    if running:
        raise Invalid(
            N_(
                "{count} cases in this database were begun with version 0.1.0 and cannot go on with this one. Finish them with"
                " 0.1.0, or use an empty database; the demonstration is started over with: make demo RESET=1"
            ),
            count=running,
        )


def check_data_dir(folder: Path) -> None:
    """Refuse a data folder nothing can be written to. Raises Invalid."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # a name of its own: web server and worker start at the same time
            pass
    except OSError as error:
        raise Invalid(
            N_("Nothing can be written to {folder}: {problem}. Give the user of this process write permission, or set JUANZONG_DATA_DIR."),
            folder=str(folder.absolute()),
            problem=error.strerror,
        ) from error


def _facilities(settings: Settings, clock: Clock) -> Facilities:
    passphrase = secret_from(settings.passphrase_file)
    create_authority(settings.authority_dir, passphrase, settings.organisation, clock())
    return Facilities(
        _vault(settings),
        settings.authority_dir,
        passphrase,
        settings.organisation,
        settings.demo,
        settings.vault_check_gb * _GIGABYTE,
        Outside(settings.roots_dir, settings.token_module, settings.token_label, settings.tsa_url),
        settings.log_dir,
    )


def _vault(settings: Settings) -> Vault:
    folder = settings.vault_dir
    if settings.vault_url is None:
        return Vault(folder)
    try:
        return Vault(folder, s3_store(settings.vault_url, settings.vault_key_file, folder / "staging"))
    except BadAddress as error:
        raise Invalid(N_("JUANZONG_VAULT_URL cannot be used: {problem}."), problem=str(error)) from error


def _check_schema(url: str) -> None:
    engine = connect(url)
    try:
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            queue = connection.scalar(text("SELECT to_regclass('procrastinate_jobs')"))
    except OperationalError as error:
        raise _unreachable() from error
    except ProgrammingError:
        found = queue = None
    finally:
        engine.dispose()
    if found != _newest_revision() or queue is None:
        raise Invalid(N_("The database is not up to date. Run “juanzong db upgrade” first."))


def _newest_revision() -> str | None:
    folder = Path(__file__).parent.parent / "models" / "migrations"
    return ScriptDirectory(str(folder)).get_current_head()


def _unreachable() -> Invalid:
    return Invalid(N_("The database cannot be reached. Check JUANZONG_DATABASE_URL and that the server runs."))
