"""The connection to PostgreSQL, the session factory, and the schema brought up to date."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker


def connect(url: str, *, pool_size: int = 5) -> Engine:
    """Make the engine for `postgresql+psycopg://…`; every session speaks UTC."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC -c lock_timeout=10s"},
    )


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
