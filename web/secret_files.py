"""Secrets are files: made once with random content, readable by their owner only, never shown."""

import os
import secrets
from pathlib import Path

_BYTES = 32


def secret_from(path: Path) -> bytes:
    """Give the secret in a file; make it when it is not there. Two processes that start at once get the same one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _make(path)
    return path.read_bytes().strip()


def _make(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(_BYTES).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when another process was first: then its secret is the one
    except FileExistsError:
        pass
    finally:
        draft.unlink()
