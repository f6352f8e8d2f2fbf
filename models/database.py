"""The connection to PostgreSQL, the session factory, and the schema brought up to date."""

import select
from time import monotonic
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

#: A connection that has not been used for so many seconds is asked whether it still lives before it is used.
ASK_AFTER = 10
_USED = "used"


def connect(url: str, *, pool_size: int = 5) -> Engine:
    """Make the engine for `postgresql+psycopg://…`; every session speaks UTC."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"options": "-c timezone=UTC -c lock_timeout=10s"},
    )
    _ask_doubtful_connections(engine)
    return engine


def _ask_doubtful_connections(engine: Engine) -> None:
    """Let the pool replace connections whose server is gone, without asking the server before every command.

    A server that stops or is killed closes its end, so the socket has something to read; only then, or when the
    connection has rested for long, is the question asked. It costs a round trip, a tenth of a whole step.
    """

    @event.listens_for(engine, "checkin")
    def checkin(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info[_USED] = monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - the driver's own
        used = entry.info.get(_USED)
        try:
            if used is not None and (monotonic() - used > ASK_AFTER or _has_something_to_read(connection)):
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as gone:
            raise DisconnectionError from gone


def _has_something_to_read(connection: Any) -> bool:  # noqa: ANN401 - the driver's own
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Make the session factory; objects stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision. Safe to run twice; two at once wait for each other."""
    configuration = Config()
    configuration.set_main_option("script_location", "models:migrations")
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)
