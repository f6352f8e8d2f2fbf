"""The vault (资料库): every file under the SHA-256 of its bytes, written once, read-only, never changed.

A file is staged (hashed while it streams, flushed to the disk) and then moved to its address in one step: a
crash at any point leaves either the whole file or none. Reading hashes again: bytes that are no longer what
their address says are an incident, never served as good.
"""

import hashlib
import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from engine.errors import Broken

CHUNK = 1 << 20
_READ_ONLY = 0o440
_FOLDER = 0o750
_DIGEST = re.compile(r"[0-9a-f]{64}")

_log = logging.getLogger("juanzong.vault")


class Unwritable(Exception):  # noqa: N818 - named after the finding
    """The vault cannot take a file: the disk is full, or its folder may not be written. Not the person's fault."""


@dataclass(frozen=True)
class Stored:
    """A file in the vault: its digest in lower-case hexadecimal, its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Staged:
    """A file on its way in: complete and on the disk, not yet at its address."""

    path: Path
    stored: Stored


@dataclass(frozen=True)
class Vault:
    """The folder the files lie in; it is made when the first file comes."""

    root: Path

    def put(self, stream: BinaryIO) -> Stored:
        """Keep everything `stream` still gives. The same bytes twice are one file. Raises Unwritable."""
        with self.staged(chunks(stream)) as staged:
            return self.keep(staged)

    def put_bytes(self, content: bytes) -> Stored:
        """Keep `content`. Raises Unwritable."""
        with self.staged([content]) as staged:
            return self.keep(staged)

    @contextmanager
    def staged(self, pieces: Iterable[bytes]) -> Iterator[Staged]:
        """Write `pieces` to a file of their own, for a look before `keep`; what is not kept is gone afterwards.

        An error raised by `pieces` or inside the `with` leaves nothing behind. Raises Unwritable.
        """
        with self._telling_why():
            folder = self._folder(self.root / "staging")
        path = folder / uuid4().hex
        try:
            digest, size = hashlib.sha256(), 0
            with self._telling_why():
                file = path.open("xb")
            with file:
                for piece in pieces:
                    digest.update(piece)
                    size += len(piece)
                    with self._telling_why():
                        file.write(piece)
                with self._telling_why():
                    file.flush()
                    os.fchmod(file.fileno(), _READ_ONLY)
                    os.fsync(file.fileno())
            yield Staged(path, Stored(digest.hexdigest(), size))
        finally:
            path.unlink(missing_ok=True)

    def keep(self, staged: Staged) -> Stored:
        """Move a staged file to its address; it is durable when this returns. Raises Unwritable."""
        target = self.path(staged.stored.sha256)
        if self.contains(staged.stored.sha256):
            if self._intact(target, staged.stored.sha256):
                return staged.stored
            _log.error("the damaged file %s is replaced by the same bytes, handed in anew", target)
        with self._telling_why():
            self._folder(target.parent)
            staged.path.replace(target)
            _flush_folder(target.parent)
        return staged.stored

    def open(self, sha256: str) -> BufferedReader:
        """Open a file for reading, at its start, after checking every byte through the same handle. Raises Broken."""
        file = self._handle(sha256)
        if _digest_of(file) != sha256:
            file.close()
            raise Broken(self._damaged(sha256))
        file.seek(0)
        return file

    def read(self, sha256: str) -> bytes:
        """Give the bytes of a file. Raises Broken when they are not what their address says, or are missing."""
        with self._handle(sha256) as file:
            content = file.read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Broken(self._damaged(sha256))
        return content

    def check(self, sha256: str) -> None:
        """Hash a file again. Raises Broken when it is damaged or missing."""
        self.open(sha256).close()

    def contains(self, sha256: str) -> bool:
        """Say whether there is a file at this address; its bytes are not looked at."""
        return self.path(sha256).is_file()

    def path(self, sha256: str) -> Path:
        """Give the address of a file, whether it is there or not."""
        if not _DIGEST.fullmatch(sha256):
            message = f"{sha256!r} is no SHA-256 digest"
            raise ValueError(message)
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def sweep(self, older_than: float) -> int:
        """Remove staged files left by a crash, last written before `older_than` (seconds since 1970); count them."""
        leftovers = [path for path in (self.root / "staging").glob("*") if path.stat().st_mtime < older_than]
        for path in leftovers:
            path.unlink(missing_ok=True)
        return len(leftovers)

    def _handle(self, sha256: str) -> BufferedReader:
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError as error:
            message = f"the file {sha256} is missing from the vault at {self.root}"
            raise Broken(message) from error

    def _damaged(self, sha256: str) -> str:
        return f"the file {sha256} in the vault at {self.root} is damaged: its bytes have another digest"

    def _intact(self, path: Path, sha256: str) -> bool:
        with path.open("rb") as file:
            return _digest_of(file) == sha256

    def _folder(self, folder: Path) -> Path:
        if not folder.is_dir():
            missing = [folder, *(parent for parent in folder.parents if not parent.is_dir())]
            folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
            for made in missing:
                _flush_folder(made.parent)
        return folder

    @contextmanager
    def _telling_why(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"the vault at {self.root} cannot take files: {error.strerror}. Free space or mend its permissions."
            raise Unwritable(message) from error


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Read a stream piece by piece, so that a large file never lies in memory."""
    while piece := stream.read(CHUNK):
        yield piece


def _digest_of(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot flush a folder; the file itself is flushed already.
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
