"""A bundle: files gathered into a BagIt bag (RFC 8493), packed into a ZIP whose every byte follows from its contents.

What makes a bundle out of a case stands above; here it is only names and bytes.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from engine import verify
from engine.catalogue import N_
from engine.errors import Invalid

_PIECE = 1 << 18


@dataclass(frozen=True)
class Part:
    """One file of a bundle: its name in it, its size, and what opens its bytes again and again."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


class _Output(Protocol):
    def write(self, data: bytes, /) -> object:
        """Take bytes."""


def bag_of(parts: Sequence[Part], tags: Sequence[Part], facts: Sequence[tuple[str, str]]) -> list[Part]:
    """Complete a bag: `parts` become its payload below data/, `tags` lie beside it; `facts` go into bag-info.txt."""
    payload = [Part(f"data/{one.name}", one.size, one.open) for one in sorted(parts, key=lambda one: one.name)]
    oxum = f"{sum(one.size for one in payload)}.{len(payload)}"
    info = "".join(f"{label}: {value}\n" for label, value in [*facts, ("Payload-Oxum", oxum)])
    head = [
        text_part("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
        text_part("bag-info.txt", info),
        text_part("manifest-sha256.txt", _manifest(payload)),
        *tags,
    ]
    return [*head, text_part("tagmanifest-sha256.txt", _manifest(head)), *payload]


def text_part(name: str, text: str) -> Part:
    """Make a file of a text."""
    return bytes_part(name, text.encode())


def bytes_part(name: str, content: bytes) -> Part:
    """Make a file of bytes in memory."""
    return Part(name, len(content), lambda: closing(BytesIO(content)))


def pack(bag: Sequence[Part], output: _Output) -> None:
    """Write a bag as a ZIP. Raises Invalid when it is larger than 4 GB."""
    files: list[tuple[str, int, int, int]] = []
    place = 0
    for part in bag:
        checksum = _checksum(part)
        header = verify.zip_header(part.name, part.size, checksum)
        if place + len(header) + part.size > verify.MAX_ZIP_BYTES:
            raise Invalid(N_("This bundle is larger than 4 GB. Give the name of a folder instead of a .zip file."))
        files.append((part.name, part.size, checksum, place))
        output.write(header)
        for piece in _pieces(part):
            output.write(piece)
        place += len(header) + part.size
    output.write(verify.zip_directory(files))


def pack_to(bag: Sequence[Part], place: Path) -> None:
    """Write a bag as a ZIP file, whole or not at all. Raises Invalid as `pack`."""
    draft = place.with_name(f".{place.name}.new")
    try:
        with draft.open("wb") as output:
            pack(bag, output)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def unpack(bag: Iterable[Part], folder: Path) -> None:
    """Write a bag as a folder, which must not be there yet. Raises Invalid when it is."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError as problem:
        raise Invalid(N_("{place} is there already. Give the name of a folder that is not."), place=str(folder)) from problem
    for part in bag:
        place = folder / part.name
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            for piece in _pieces(part):
                file.write(piece)


def verifier() -> Part:
    """Give the stand-alone verifier, as it lies in every bundle."""
    return bytes_part("verify.py", Path(verify.__file__).read_bytes())


def _manifest(parts: Iterable[Part]) -> str:
    return "".join(f"{_digest(part)}  {part.name}\n" for part in parts)


def _digest(part: Part) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(part):
        digest.update(piece)
    return digest.hexdigest()


def _checksum(part: Part) -> int:
    found = 0
    for piece in _pieces(part):
        found = zlib.crc32(piece, found)
    return found


def _pieces(part: Part) -> Iterator[bytes]:
    with part.open() as source:
        while piece := source.read(_PIECE):
            yield piece
