"""Migrations lead there and back again with rows in the tables, and end in the very schema the models describe."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from cast import GROUP, STREETS, Cast
from sqlalchemy import CheckConstraint, Connection, Engine, Identity, inspect, text

from models.base import Base
from models.database import upgrade

#: Tables of procrastinate, which makes and changes them itself (engine.jobs).
_OF_THE_QUEUE = "procrastinate_"


@pytest.fixture
def connection(database: Engine) -> Iterator[Connection]:
    """Open the database of this test."""
    with database.connect() as opened:
        yield opened


def tables(connection: Connection) -> set[str]:
    """Give the names of our tables as they stand."""
    return {name for name in inspect(connection).get_table_names() if not name.startswith(_OF_THE_QUEUE)}


def downgraded(database: Engine, revision: str) -> None:
    """Take a database back to a revision."""
    configuration = Config()
    configuration.set_main_option("script_location", "models:migrations")
    with database.begin() as connection:
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, revision)


def differences(connection: Connection) -> list[Any]:
    """Give what would have to change in the database for it to be what the models say."""
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _parents: kind != "table" or not str(name).startswith(_OF_THE_QUEUE),
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def checks(connection: Connection) -> set[str]:
    """Give the names of the check constraints of our tables; alembic compares none."""
    found = inspect(connection)
    return {str(one["name"]) for name in tables(connection) for one in found.get_check_constraints(name)}


def described_checks() -> set[str]:
    """Give the names of the check constraints of the models."""
    every = (one for table in Base.metadata.tables.values() for one in table.constraints)
    return {str(one.name) for one in every if isinstance(one, CheckConstraint)}


def partial_indexes(connection: Connection) -> dict[str, str]:
    """Give the indexes that hold some rows only, with the condition; alembic compares none."""
    query = "SELECT indexrelid::regclass::text, pg_get_expr(indpred, indrelid) FROM pg_index WHERE indpred IS NOT NULL"
    return {
        name: bare(condition)
        for name, condition in connection.execute(text(query))
        if _OF_THE_QUEUE not in name
    }


def bare(condition: str) -> str:
    """Give a condition without what PostgreSQL adds when it stores one: brackets, types of texts."""
    return re.sub(r"[()]|::text", "", condition)


def described_partial_indexes() -> dict[str, str]:
    """Give the indexes of the models that hold some rows only, with the condition."""
    found = {}
    for index in (one for table in Base.metadata.tables.values() for one in table.indexes):
        where = index.dialect_options["postgresql"]["where"]
        if where is not None:
            found[str(index.name)] = bare(str(where))
    return found


def test_the_models_describe_the_migrated_schema(connection: Connection) -> None:
    assert differences(connection) == []
    assert checks(connection) == described_checks()
    assert partial_indexes(connection) == described_partial_indexes()


def test_every_serial_key_is_given_by_the_database(connection: Connection) -> None:
    # alembic compares no identity columns.
    described = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.server_default, Identity)
    }
    query = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE is_identity = 'YES'"
    found = {one for one in connection.scalars(text(query)) if not one.startswith(_OF_THE_QUEUE)}
    assert found == described


def test_a_database_goes_back_to_nothing_and_up_again(cast: Cast, database: Engine) -> None:
    # With rows in it: a column that may not be empty, or a key that is not unique any more, shows only then.
    cast.fill_group(["甲科", "乙科"])
    cast.to_office(STREETS, ["甲科", "乙科"])
    for revision in ("0011", "0010", "0009", "0008", "0007"):
        downgraded(database, revision)
        assert members(database) == [(GROUP, "甲科"), (GROUP, "乙科")], revision
    upgrade(database)
    assert members(database) == [(GROUP, "甲科"), (GROUP, "乙科")]
    assert cast.parts(STREETS) == {"甲科": ("reviewed", 1), "乙科": ("reviewed", 1)}
    assert cast.verdict().intact
    downgraded(database, "base")
    with database.connect() as connection:
        assert tables(connection) == {"alembic_version"}
    upgrade(database)
    with database.connect() as connection:
        assert differences(connection) == []


def members(database: Engine) -> list[tuple[str, str]]:
    """Give who belongs to which group, in words every version of the schema understands."""
    query = (
        "SELECT g.name, d.name FROM department_group g JOIN department_group_member m ON m.group_id = g.id"
        " JOIN department d ON d.id = m.department_id ORDER BY d.position"
    )
    with database.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(text(query))]
