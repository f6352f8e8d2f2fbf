"""Files of the certificate authority: put in place whole and durably, keys readable by their owner alone."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


def make_whole(directory: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder with all its files at once, or leave the one that is there: another process was first, and counts."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        for name, content in files.items():
            write(draft / name, content)
        try:
            draft.rename(directory)
        except OSError:
            if not all((directory / name).exists() for name in files):
                raise
        _sync(directory.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write(path: Path, content: bytes) -> None:
    """Put a file in place whole and durably; only the owner may read keys."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600 if path.suffix == ".key" else 0o644)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
