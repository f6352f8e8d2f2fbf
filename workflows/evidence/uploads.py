"""Uploads in parts (续传): a file arrives part by part, and after a cut goes on where it stopped.

Each part is a file of its own, named after its place and length, durable before it is acknowledged and never
changed. So parts may come twice, from two windows at once, or be cut off at any point: what is named so far is
what has arrived. Nothing of it is evidence before the whole file has been examined and added.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from workflows.evidence.stores import Unwritable, flush_folder, make_folder, telling_why
from workflows.evidence.vault import CHUNK

#: Where uploads lie, below the folder of the vault.
FOLDER = "uploads"
#: Bytes of the largest part.
PART_AT_MOST = 8 << 20
#: Seconds an upload that stands still is kept.
KEPT_FOR = 3 * 24 * 3600.0
#: Bytes that stay free: what runs beside the uploads needs room too.
_RESERVE = 200_000_000
_ABOUT, _DONE = "about.json", "done.json"
_KEY = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"(\d{15})-(\d{7})")


@dataclass(frozen=True)
class Announced:
    """A file that is going to come: for which step and requirement ("" for none), its name and size in bytes.

    `fingerprint` is what the browser makes of its first and last part, so that the same file is known again;
    `sha256` the digest of the whole, "" where the browser did not take it.
    """

    item_id: int
    requirement_id: str
    name: str
    size: int
    fingerprint: str
    sha256: str = ""

    @property
    def key(self) -> str:
        """Give the name of the upload: the same file for the same place always has the same."""
        same = [self.item_id, self.requirement_id, self.name, self.size, self.fingerprint]
        return hashlib.sha256(json.dumps(same).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Upload:
    """An upload under way: `arrived` of the announced bytes are there; `evidence` what has become of it, "" before."""

    key: str
    announced: Announced
    begun_at: datetime
    arrived: int
    evidence: str = ""

    @property
    def complete(self) -> bool:
        """Say whether every byte is there."""
        return self.arrived == self.announced.size


@dataclass(frozen=True)
class UploadFolder:
    """The uploads of one person, below the folder all processes of the office share."""

    root: Path
    person: UUID

    def begin(self, announced: Announced, quota: int, now: datetime) -> Upload:
        """Begin an upload, or find the one this file was begun with. `quota`: bytes a person may have under way.

        Raises Invalid beyond the quota, Unwritable when the disk has no room for it.
        """
        folder = self._folder(announced.key)
        if (folder / _ABOUT).exists():
            return self.find(announced.key)
        under_way = sum(one.announced.size for one in self.unfinished())
        if under_way + announced.size > quota:
            message = N_("You have too many files under way. Wait until some have arrived, or give unfinished ones up, then choose {name} again.")
            raise Invalid(message, name=announced.name)
        with telling_why(str(self.root)):
            make_folder(folder)
            self._check_room(announced.size)
            self._write(folder, _ABOUT, {**asdict(announced), "begun_at": now.isoformat()})
        return self.find(announced.key)

    def find(self, key: str) -> Upload:
        """Give an upload of this person. Raises NotFound."""
        folder = self._folder(key)
        try:
            about = json.loads((folder / _ABOUT).read_bytes())
            arrived = sum(length for _, length in self._parts(folder))
        except FileNotFoundError as error:
            raise NotFound(N_("This upload has been given up or was too old. Choose the file again.")) from error
        begun_at = datetime.fromisoformat(about.pop("begun_at"))
        done = folder / _DONE
        if done.exists():
            return Upload(key, Announced(**about), begun_at, about["size"], json.loads(done.read_bytes())["evidence"])
        return Upload(key, Announced(**about), begun_at, arrived)

    def evidence_of(self, key: str) -> UUID | None:
        """Give what an upload has become; None for one under way or none at all."""
        try:
            made = self.find(key).evidence
        except NotFound:
            return None
        return UUID(made) if made else None

    def unfinished(self) -> list[Upload]:
        """Give the uploads of this person that have not become evidence yet, by name."""
        keys = [path.parent.name for path in (self.root / str(self.person)).glob(f"*/{_ABOUT}")]
        found = [self.find(key) for key in keys]
        return sorted((one for one in found if not one.evidence), key=lambda one: (one.announced.name, one.key))

    def add(self, key: str, start: int, length: int, pieces: Iterable[bytes]) -> int:
        """Keep the part of `length` bytes that begins at `start`; give how much has arrived.

        A part that is there already, or that leaves a gap, changes nothing: the answer says where to go on.
        Raises Invalid for a part that cannot belong to the file or was cut off, Unwritable.
        """
        upload = self.find(key)
        if not 0 < length <= PART_AT_MOST or start + length > upload.announced.size:
            raise Invalid(N_("This part does not belong to {name}. Choose the file again."), name=upload.announced.name)
        if start != upload.arrived or upload.evidence:
            return upload.arrived
        folder = self._folder(key)
        passing = folder / f"passing-{uuid4().hex}"
        try:
            with telling_why(str(self.root)):
                self._check_room(length)
            if self._save(passing, pieces) != length:
                raise Invalid(N_("A part of {name} was cut off on its way. It is sent again."), name=upload.announced.name)
            with telling_why(str(self.root)):
                passing.replace(folder / f"{start:015d}-{length:07d}")
                flush_folder(folder)
        finally:
            passing.unlink(missing_ok=True)
        return self.find(key).arrived

    def pieces(self, key: str) -> Iterator[bytes]:
        """Give the bytes of a complete upload. Raises Conflict while some are missing."""
        upload = self.find(key)
        if not upload.complete:
            raise Conflict(N_("{name} has not arrived whole yet."), name=upload.announced.name)
        folder = self._folder(key)
        for start, length in self._parts(folder):
            with (folder / f"{start:015d}-{length:07d}").open("rb") as file:
                while piece := file.read(CHUNK):
                    yield piece

    def finish(self, key: str, evidence: UUID) -> None:
        """Note what an upload has become and let its parts go; a browser that did not hear of it can ask."""
        folder = self._folder(key)
        self._write(folder, _DONE, {"evidence": str(evidence)})
        for start, length in self._parts(folder):
            (folder / f"{start:015d}-{length:07d}").unlink(missing_ok=True)

    def drop(self, key: str) -> None:
        """Give an upload up; nothing happens where there is none."""
        shutil.rmtree(self._folder(key), ignore_errors=True)

    def _folder(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound(N_("This upload has been given up or was too old. Choose the file again."))
        return self.root / str(self.person) / key

    def _parts(self, folder: Path) -> list[tuple[int, int]]:
        """Give place and length of the parts that follow one another from the beginning."""
        named = [match for path in folder.iterdir() if (match := _PART.fullmatch(path.name))]
        longest: dict[int, int] = {}
        for match in named:
            start, length = int(match[1]), int(match[2])
            longest[start] = max(length, longest.get(start, 0))
        found, place = [], 0
        while place in longest:
            found.append((place, longest[place]))
            place += longest[place]
        return found

    def _save(self, path: Path, pieces: Iterable[bytes]) -> int:
        size = 0
        with telling_why(str(self.root)):
            file = path.open("xb")
        with file:
            for piece in pieces:
                size += len(piece)
                with telling_why(str(self.root)):
                    file.write(piece)
            with telling_why(str(self.root)):
                file.flush()
                os.fsync(file.fileno())
        return size

    def _write(self, folder: Path, name: str, content: dict[str, object]) -> None:
        passing = folder / f"passing-{uuid4().hex}"
        with telling_why(str(self.root)):
            passing.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
            passing.replace(folder / name)
            flush_folder(folder)

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self.root).free
        if free < size + _RESERVE:
            message = f"the folder of uploads at {self.root} has {free} bytes left; {size} more would not fit. Free space."
            raise Unwritable(message)


def expire(root: Path, now: datetime) -> int:
    """Give up every upload nothing was added to for `KEPT_FOR` seconds; count them."""
    before, given_up = now.astimezone(UTC).timestamp() - KEPT_FOR, 0
    for folder in root.glob("*/*"):
        if max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < before:
            shutil.rmtree(folder, ignore_errors=True)
            given_up += 1
    return given_up
