"""Intake (收件): look at an uploaded file before it becomes evidence.

What a file is, its content decides; its name has to agree. The looking happens in a child process with limits
(`examiner`), so a file made to do harm can only be refused. A refused file leaves nothing behind.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.evidence import confined
from workflows.evidence.formats import KINDS, UNKNOWN
from workflows.evidence.vault import Stored, Vault, chunks

EXAMINER = "workflows.evidence.examiner"
MEGABYTE = 1_000_000
LONGEST_NAME = 120

TOO_LARGE = N_("{name} is larger than {limit} MB. Hand in a smaller one.")
TOO_DEMANDING = N_("{name} takes too much time or memory to read, so it cannot be checked. Save it anew and try again.")
UNREADABLE = N_("{name} cannot be read; it is probably damaged. Open it, save it anew and try again.")
EMPTY = N_("{name} is empty (0 bytes). Choose the file again.")

#: Separators, what cannot be printed, and marks that turn the direction of writing (`exe.gpj` reads as `jpg.exe`).
_UNWANTED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@dataclass(frozen=True)
class ExaminedFile:
    """What was seen in a file. `kind`: photo, pdf, document, table, text or video.

    `width`, `height` in pixels as people see the photo, turned upright; `gps` latitude and longitude in degrees;
    `perceptual_hash` 16 hexadecimal digits; `sharpness` the variance of the Laplacian, low where blurred;
    `text_chars` the length of the text as office programs count it (字数), None where it was not counted;
    `taken_zone` the zone its camera wrote beside the time (`+08:00`); `software` what wrote the photo last;
    `jpeg_quality` 1 to 100, reckoned from its tables; `overlays` what seems to be written over it (`overlays`).
    """

    media_type: str
    kind: str
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    taken_at: datetime | None = None
    gps: tuple[float, float] | None = None
    camera: str | None = None
    perceptual_hash: str | None = None
    sharpness: float | None = None
    text_chars: int | None = None
    taken_zone: str | None = None
    software: str | None = None
    jpeg_quality: int | None = None
    overlays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Received:
    """A file that was examined and lies in the vault, under the name it may be shown with."""

    file: ExaminedFile
    stored: Stored
    file_name: str


@dataclass(frozen=True)
class SizeLimits:
    """The largest files that are taken, in bytes."""

    photo: int
    document: int
    video: int

    def of(self, file_name: str) -> int:
        """Give the limit for a file with this name. Raises Invalid where no such files are taken."""
        kind = KINDS.get(ending_of(file_name))
        if kind is None:
            raise Invalid(UNKNOWN, name=file_name)
        return {"photo": self.photo, "video": self.video}.get(kind, self.document)


def check_size(file_name: str, size: int, limit: int) -> None:
    """Refuse a file of more than `limit` bytes, or of none. Raises Invalid."""
    if size == 0:
        raise Invalid(EMPTY, name=file_name)
    if size > limit:
        raise Invalid(TOO_LARGE, name=file_name, limit=f"{limit / MEGABYTE:g}")


def received(vault: Vault, stream: BinaryIO, file_name: str, limit: int) -> Received:
    """Take one uploaded file of at most `limit` bytes: stage, examine, keep.

    Raises Invalid, naming the file and what is wrong with it; the vault is then as it was before.
    """
    return taken(vault, chunks(stream), file_name, limit)


def taken(vault: Vault, pieces: Iterable[bytes], file_name: str, limit: int) -> Received:
    """Take one file as it comes in pieces; as `received`."""
    name = clean_name(file_name)
    with vault.staged(_bounded(pieces, name, limit)) as staged:
        file = examine(staged.path, name)
        return Received(file, vault.keep(staged), name)


def examine(path: Path, file_name: str, limits: confined.Limits | None = None) -> ExaminedFile:
    """Say what the file at `path`, handed in as `file_name`, is. Raises Invalid with the reason it is refused."""
    name = clean_name(file_name)
    if path.stat().st_size == 0:
        raise Invalid(EMPTY, name=name)
    try:
        answer = confined.run(EXAMINER, [str(path.absolute()), ending_of(name)], limits or confined.Limits())
    except confined.TooDemanding as error:
        raise Invalid(TOO_DEMANDING, name=name) from error
    except confined.Unreadable as error:
        raise Invalid(UNREADABLE, name=name) from error
    return understood(answer, name)


def ending_of(name: str) -> str:
    """Give the ending of a file name in small letters, without its dot; empty where there is none."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()


def understood(answer: bytes, name: str) -> ExaminedFile:
    """Read what the examiner answered about the file called `name`. Raises Invalid where it refused it."""
    found = json.loads(answer)
    if "refused" in found:
        raise Invalid(found["refused"], name=name, **found["params"])
    return _examined(found["file"])


def clean_name(file_name: str) -> str:
    """Give a file name without folders and without signs that hide or turn what is written; never empty."""
    bare = re.split(r"[/\\]", file_name)[-1]
    readable = "".join(sign for sign in bare if unicodedata.category(sign) not in _UNWANTED).strip(" .")
    stem, dot, ending = readable.rpartition(".")
    if not dot:
        return readable[:LONGEST_NAME] or "file"
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if len(ending) < LONGEST_NAME else readable[:LONGEST_NAME]


def _bounded(pieces: Iterable[bytes], name: str, limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            check_size(name, size, limit)
        yield piece


def _examined(values: dict[str, Any]) -> ExaminedFile:
    taken_at, gps, overlays = values.pop("taken_at"), values.pop("gps"), values.pop("overlays")
    return ExaminedFile(
        **values,
        taken_at=datetime.fromisoformat(taken_at) if taken_at else None,
        gps=(gps[0], gps[1]) if gps else None,
        overlays=tuple(overlays),
    )
