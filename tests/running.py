"""Processes of the product as they run in an office, on a test's own database, vault and authority."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cast import Cast

ROOT = Path(__file__).parents[1]


def environment_of(cast: Cast, database_url: str, folder: Path) -> dict[str, str]:
    """Give what processes are told: the database, the vault and authority of the cast; secrets go to `folder`."""
    passphrase = folder / "passphrase"
    passphrase.write_bytes(cast.facilities.passphrase)
    return {
        **os.environ,
        "JUANZONG_DATABASE_URL": database_url,
        "JUANZONG_DATA_DIR": str(cast.facilities.vault.root.parent),
        "JUANZONG_PASSPHRASE_FILE": str(passphrase),
        "JUANZONG_SECRET_KEY_FILE": str(folder / "session-key"),
        # The folder of the cast is shared by the databases of many tests; a log goes on from one of them only.
        "JUANZONG_LOG_DIR": str(folder / "log"),
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def process(environment: dict[str, str], *command: str, port: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of the product; whatever happens it is gone afterwards."""
    told = {**environment, "JUANZONG_PORT": str(port or 8000)}
    running = subprocess.Popen([sys.executable, "-m", "web.cli", *command], env=told, cwd=ROOT)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def until(condition: Callable[[], bool], running: subprocess.Popen[bytes]) -> None:
    """Watch for a condition while a process runs; the moment it holds, return."""
    while not condition():
        assert running.poll() is None, "the process ended by itself"


def free_port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Say whether the pages are served and everything behind them works."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
