"""Where the files of a vault can lie: what a place has to offer, and a folder of this machine.

A place knows nothing of digests; the vault (`vault.py`) stages, hashes and checks. Files are added once, under
the address made of their digest, and never changed afterwards.
"""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FOLDER = 0o750
#: What file systems answer that know no second name for a file, as many shared folders do.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


class Unwritable(Exception):  # noqa: N818 - named after the finding
    """The vault cannot take a file: the disk is full, or its folder may not be written. Not the person's fault."""


class Unreachable(Exception):  # noqa: N818 - named after the finding
    """The place cannot be reached at present; that says nothing about the files in it."""


class Store(Protocol):
    """A place for files. Sizes and offsets in bytes."""

    @property
    def name(self) -> str:
        """Name the place for the log, without secrets."""

    def size(self, sha256: str) -> int | None:
        """Give the size of the file at an address; None where there is none. Raises Unreachable."""

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Give bytes of a file. Raises FileNotFoundError, Unreachable."""

    def fetched(self, sha256: str) -> AbstractContextManager[Path]:
        """Give the file as a path of this machine, to be read only. Raises FileNotFoundError, Unreachable."""

    def add(self, path: Path, sha256: str) -> None:
        """Keep the file at `path`, durably, unless there is one at this address. Raises Unwritable."""

    def replace(self, path: Path, sha256: str) -> None:
        """Keep the file at `path` in place of a damaged one. Raises Unwritable."""


def address(sha256: str) -> str:
    """Give the address of a file below its vault: `ba/78/ba78…`. Raises ValueError for what is no digest."""
    if not _DIGEST.fullmatch(sha256):
        message = f"{sha256!r} is no SHA-256 digest"
        raise ValueError(message)
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


@dataclass(frozen=True)
class LocalStore:
    """A folder; what is moved into it must lie on the same file system."""

    root: Path

    @property
    def name(self) -> str:
        """Name the place for the log."""
        return str(self.root)

    def size(self, sha256: str) -> int | None:
        """Give the size of a file, or None."""
        path = self.path(sha256)
        return path.stat().st_size if path.is_file() else None

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Give bytes of a file."""
        with self.path(sha256).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def fetched(self, sha256: str) -> AbstractContextManager[Path]:
        """Give the file where it lies."""
        path = self.path(sha256)
        if not path.is_file():
            raise FileNotFoundError(path)
        return nullcontext(path)

    def add(self, path: Path, sha256: str) -> None:
        """Give the file at `path` its address as well; whoever comes second changes nothing."""
        target = self.path(sha256)
        with telling_why(self.name):
            make_folder(target.parent)
            with suppress(FileExistsError):
                _name_also(path, target)
            flush_folder(target.parent)

    def replace(self, path: Path, sha256: str) -> None:
        """Move the file at `path` over a damaged one."""
        target = self.path(sha256)
        with telling_why(self.name):
            path.replace(target)
            flush_folder(target.parent)

    def path(self, sha256: str) -> Path:
        """Give the address of a file, whether it is there or not."""
        return self.root / address(sha256)


@contextmanager
def telling_why(place: str) -> Iterator[None]:
    """Turn what the operating system refuses into Unwritable, with the way out."""
    try:
        yield
    except OSError as error:
        message = f"the vault at {place} cannot take files: {error.strerror}. Free space or mend its permissions."
        raise Unwritable(message) from error


def make_folder(folder: Path) -> None:
    """Make a folder that is still there after the power has failed."""
    if folder.is_dir():
        return
    missing = [folder, *(parent for parent in folder.parents if not parent.is_dir())]
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    for made in missing:
        flush_folder(made.parent)


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot flush a folder; the file itself is flushed already.
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _name_also(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.replace(target)  # the bytes are the same whoever comes first
