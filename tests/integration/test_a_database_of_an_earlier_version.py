"""A database whose cases were begun by 0.1.0 is refused with a sentence before anything in it is changed."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from engine.errors import Invalid
from web.house import upgrade_database
from web.settings import from_environment


@pytest.fixture
def first_version(database: Engine) -> Engine:
    """Make the fresh database look as 0.1.0 left it, with one case under way."""
    with database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO process_version (id, key, version, name, sha256, xml, source, reason, deployed_at)"
                " VALUES (gen_random_uuid(), 'p', 1, 'p', 'x', '', '', 'test', now())"
            )
        )
        connection.execute(
            text(
                "INSERT INTO process_instance (id, version_id, business_key, revision, state, state_sha256, started_at)"
                " SELECT gen_random_uuid(), id, '2026-0001', 1, '{}', 'x', now() FROM process_version"
            )
        )
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    return database


def test_running_cases_of_the_first_version_are_not_touched(
    first_version: Engine, database_url: str, tmp_path: Path
) -> None:
    settings = replace(from_environment(), data_dir=tmp_path, database_url=database_url)
    with pytest.raises(Invalid, match=r"1 cases .* 0\.1\.0 .*RESET=1"):
        upgrade_database(settings)
    with first_version.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0002"
