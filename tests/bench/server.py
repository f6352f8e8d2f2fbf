"""The PostgreSQL all engines share: the embedded server as the product starts it, one database for each engine."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql
from scenario import Json
from sqlalchemy.engine import make_url

from models.embedded_server import embedded_server

#: What makes a commit durable; anything else would measure something nobody may run.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_WRITES_TIMED = 50


@dataclass(frozen=True)
class Server:
    """A running server: where it is, what its settings and its disk are like."""

    place: Json
    described: Json

    def database(self, name: str) -> Json:
        """Create a database and give its place."""
        with self._connected(autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.place | {"dbname": name}

    def written(self) -> int:
        """Give how many bytes of write-ahead log there are so far: what durability has written."""
        with self._connected() as connection:
            row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
        assert row is not None
        return int(row[0])

    def _connected(self, *, autocommit: bool = False) -> psycopg.Connection:
        return psycopg.connect(autocommit=autocommit, **self.place)


@contextmanager
def running() -> Iterator[Server]:
    """Start the embedded server in a new folder; it goes with all its data at the end."""
    # A short path: the server's socket lies in it, and socket paths are limited to about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="jzb-") as folder:
        Path(folder).chmod(0o755)
        flush = _flush_ms(Path(folder))
        with embedded_server(Path(folder) / "pg") as url:
            parts = make_url(url)
            place = {
                "host": str(parts.query["host"]),
                "port": str(parts.port or parts.query.get("port", "5432")),
                "user": parts.username or "postgres",
                "dbname": "postgres",
            }
            yield Server(place, _described(place) | {"fdatasync_8kb_ms": flush})


def _described(place: Json) -> Json:
    with psycopg.connect(**place) as connection:
        found = {name: _setting(connection, name) for name in (*DURABLE, "server_version", "shared_buffers")}
    wrong = {name: found[name] for name, value in DURABLE.items() if found[name] != value}
    if wrong:
        message = f"the server is not durable: {wrong}"
        raise RuntimeError(message)
    return found


def _setting(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    assert row is not None
    return str(row[0])


def _flush_ms(folder: Path) -> float:
    """Time a flush of one page on this disk: what no engine can go below."""
    times = []
    with (folder / "flushed").open("wb", buffering=0) as file:
        for _ in range(_WRITES_TIMED):
            file.write(bytes(8192))
            at = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - at)
    return round(1000 * median(times), 3)
