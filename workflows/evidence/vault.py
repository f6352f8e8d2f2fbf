"""The vault (资料库): every file under the SHA-256 of its bytes, written once, read-only, never changed.

A file is staged (hashed while it streams, flushed to the disk) and then added to the store in one step: a
crash at any point leaves either the whole file or none. Reading hashes again: bytes that are no longer what
their address says are an incident, never served as good. Large files are checked block by block as they are
read, against the digests of their blocks taken when they came, so that a part of a video costs a part of the time.
"""

import hashlib
import io
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

from engine.errors import Broken
from workflows.evidence.stores import LocalStore, Store, Unreachable, Unwritable, address, make_folder, telling_why

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["BLOCK", "CHUNK", "CheckedFile", "Damaged", "Staged", "Store", "Stored", "Unreachable", "Unwritable", "Vault", "chunks"]

#: Small pieces: each thread of a server keeps the memory of the largest it has seen.
CHUNK = 1 << 18
#: The digests of so many bytes each are taken beside the digest of the whole.
BLOCK = 1 << 20
#: A file is checked in steps of so many bytes: more of them mean more waiting for a distant store.
_STEP = 8 * BLOCK
_DIGEST_BYTES = 32
_READ_ONLY = 0o440

_log = logging.getLogger("juanzong.vault")


class Damaged(Broken):
    """A file of the vault is `missing` or `altered` (`finding`)."""

    def __init__(self, sha256: str, finding: str, place: str) -> None:
        self.sha256, self.finding = sha256, finding
        says = {"missing": "missing from", "altered": "damaged (its bytes have another digest) in"}[finding]
        super().__init__(f"the file {sha256} is {says} the vault at {place}")


@dataclass(frozen=True)
class Stored:
    """A file in the vault: its digest in lower-case hexadecimal, its size in bytes, the digests of its blocks in a row."""

    sha256: str
    size: int
    blocks: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True)
class Staged:
    """A file on its way in: complete and on the disk, not yet at its address."""

    path: Path
    stored: Stored


class Vault:
    """Files in a store; without one, in the folder `root`.

    `root` is a folder of this machine, made when the first file comes: files are staged in it, and what can be
    made again may lie in it.
    """

    def __init__(self, root: Path, store: Store | None = None) -> None:
        self.root = root
        self.store: Store = LocalStore(root) if store is None else store

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
        place, measure = str(self.root), _Measure()
        with telling_why(place):
            make_folder(self.root / "staging")
        path = self.root / "staging" / uuid4().hex
        try:
            with telling_why(place):
                file = path.open("xb")
            with file:
                for piece in pieces:
                    measure.feed(piece)
                    with telling_why(place):
                        file.write(piece)
                with telling_why(place):
                    file.flush()
                    os.fchmod(file.fileno(), _READ_ONLY)
                    os.fsync(file.fileno())
            yield Staged(path, measure.stored())
        finally:
            path.unlink(missing_ok=True)

    def keep(self, staged: Staged) -> Stored:
        """Give a staged file its address; it is durable when this returns. Raises Unwritable."""
        sha256 = staged.stored.sha256
        if not self.contains(sha256):
            self.store.add(staged.path, sha256)
            return staged.stored
        try:
            self.check(sha256)
        except Damaged as damaged:
            _log.error("%s; it is replaced by the same bytes, handed in anew", damaged)
            self.store.replace(staged.path, sha256)
        return staged.stored

    def open(self, sha256: str) -> BinaryIO:
        """Open a file for reading, at its start, after checking every byte through the same handle.

        Raises Damaged, Unreachable.
        """
        with self._fetched(sha256) as path:
            file = path.open("rb")
        if _digest_of(file) != sha256:
            file.close()
            raise Damaged(sha256, "altered", self.store.name)
        file.seek(0)
        return file

    def open_blocks(self, stored: Stored) -> "CheckedFile":
        """Open a file whose blocks are known: each is checked when it is read. Raises Damaged, Unreachable."""
        size = self.store.size(stored.sha256)
        if size != stored.size:
            raise Damaged(stored.sha256, "missing" if size is None else "altered", self.store.name)
        return CheckedFile(self.store, stored)

    def read(self, sha256: str) -> bytes:
        """Give the bytes of a file. Raises Damaged, Unreachable."""
        size = self._size(sha256)
        content = self._part(sha256, 0, size) if size else b""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Damaged(sha256, "altered", self.store.name)
        return content

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        """Give a file as a path of this machine, to be read by another program. Raises Damaged, Unreachable."""
        with self._fetched(sha256) as path:
            with path.open("rb") as file:
                if _digest_of(file) != sha256:
                    raise Damaged(sha256, "altered", self.store.name)
            yield path

    def check(self, sha256: str) -> Stored:
        """Hash a file again, piece by piece, and measure it. Raises Damaged, Unreachable."""
        size, measure = self._size(sha256), _Measure()
        for start in range(0, size, _STEP):
            measure.feed(self._part(sha256, start, min(_STEP, size - start)))
        found = measure.stored()
        if found.sha256 != sha256:
            raise Damaged(sha256, "altered", self.store.name)
        return found

    def contains(self, sha256: str) -> bool:
        """Say whether there is a file at this address; its bytes are not looked at. Raises Unreachable."""
        return self.store.size(sha256) is not None

    def path(self, sha256: str) -> Path:
        """Give where a file of a vault without a store of its own lies, whether it is there or not."""
        return self.root / address(sha256)

    def sweep(self, older_than: float) -> int:
        """Remove staged files left by a crash, last written before `older_than` (seconds since 1970); count them."""
        leftovers = [path for path in (self.root / "staging").glob("*") if path.stat().st_mtime < older_than]
        for path in leftovers:
            path.unlink(missing_ok=True)
        return len(leftovers)

    def _size(self, sha256: str) -> int:
        size = self.store.size(sha256)
        if size is None:
            raise Damaged(sha256, "missing", self.store.name)
        return size

    def _part(self, sha256: str, start: int, length: int) -> bytes:
        try:
            return self.store.part(sha256, start, length)
        except FileNotFoundError as error:
            raise Damaged(sha256, "missing", self.store.name) from error

    @contextmanager
    def _fetched(self, sha256: str) -> Iterator[Path]:
        with ExitStack() as stack:
            try:
                path = stack.enter_context(self.store.fetched(sha256))
            except FileNotFoundError as error:
                raise Damaged(sha256, "missing", self.store.name) from error
            yield path


class CheckedFile(io.RawIOBase):
    """A file read block by block, each checked before a byte of it is given out. Raises Damaged where one is not as it came."""

    def __init__(self, store: Store, stored: Stored) -> None:
        super().__init__()
        self._store, self._stored = store, stored
        self._at, self._number, self._block = 0, -1, b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a place, in bytes."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._stored.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Give the place, in bytes from the start."""
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill `buffer`, never across the end of a block; nothing at the end of the file."""
        room = memoryview(buffer).cast("B")
        if self._at >= self._stored.size:
            return 0
        number, inside = divmod(self._at, BLOCK)
        if number != self._number:
            self._number, self._block = number, self._checked(number)
        piece = self._block[inside : inside + len(room)]
        room[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _checked(self, number: int) -> bytes:
        start, stored = number * BLOCK, self._stored
        try:
            block = self._store.part(stored.sha256, start, min(BLOCK, stored.size - start))
        except FileNotFoundError as error:
            raise Damaged(stored.sha256, "missing", self._store.name) from error
        wanted = stored.blocks[number * _DIGEST_BYTES : (number + 1) * _DIGEST_BYTES]
        if hashlib.sha256(block).digest() != wanted:
            raise Damaged(stored.sha256, "altered", self._store.name)
        return block


class _Measure:
    """Takes the digest of a file and of its blocks as it streams by."""

    def __init__(self) -> None:
        self._whole, self._block = hashlib.sha256(), hashlib.sha256()
        self._size, self._blocks = 0, bytearray()

    def feed(self, piece: bytes) -> None:
        self._whole.update(piece)
        rest = memoryview(piece)
        while rest:
            room = BLOCK - self._size % BLOCK
            self._block.update(rest[:room])
            self._size += len(rest[:room])
            rest = rest[room:]
            if self._size % BLOCK == 0:
                self._blocks += self._block.digest()
                self._block = hashlib.sha256()

    def stored(self) -> Stored:
        last = self._block.digest() if self._size % BLOCK else b""
        return Stored(self._whole.hexdigest(), self._size, bytes(self._blocks) + last)


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Read a stream piece by piece, so that a large file never lies in memory."""
    while piece := stream.read(CHUNK):
        yield piece


def _digest_of(file: io.BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()
