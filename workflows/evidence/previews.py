"""Previews (预览图): small pictures of photos and of first pages, made in the background (`rendering` draws the pages).

The original is never changed. Previews are turned upright and carry no place or camera; they lie in the vault
like every file. They are drawn in a child process with limits (`painter`).
"""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import SYSTEM, Clock, Sessions, reading, utc_now, work
from models.evidence import StoredFile
from models.photos import FileRendering
from workflows.evidence import confined, rendering
from workflows.evidence.confined import Limits, TooDemanding, Unreadable
from workflows.evidence.rendering import PAINTER, unframed
from workflows.evidence.stores import address
from workflows.evidence.vault import Vault

JOB = "preview.make"
CHAIN = "files"

#: Longest sides in pixels.
THUMBNAIL_SIDE, VIEW_SIDE, PAGE_SIDE = 480, 1600, 2000

_log = logging.getLogger("juanzong.previews")


def make_preview(sessions: Sessions, vault: Vault, sha256: str) -> None:
    """Make the pictures of a file, once: thumbnail and view of a photo; the first pages of a document, with its thumbnail.

    A file no picture can be made of is recorded and left alone. Raises Broken when the original is damaged.
    """
    with reading(sessions) as session:
        file = session.get(StoredFile, sha256)
    if file is None:
        raise NotFound(N_("There is no file {sha256}."), sha256=sha256)
    if file.kind == "photo":
        _make_of(sessions, vault, file, "photo")
        return
    rendering.render(sessions, vault, file)
    with reading(sessions) as session:
        rendered = session.get_one(FileRendering, sha256)
    if rendered.state == rendering.DRAWN:
        _make_of(sessions, vault, file, "pdf", rendered.pdf_sha256)


def _make_of(sessions: Sessions, vault: Vault, file: StoredFile, kind: str, source: str | None = None) -> None:
    if _made(vault, file):
        return
    sides = (VIEW_SIDE if kind == "photo" else PAGE_SIDE, THUMBNAIL_SIDE)
    try:
        with vault.local(source or file.sha256) as path:
            pictures = _painted(path, kind, 0, sides)
    except (TooDemanding, Unreadable) as error:
        _record_failure(sessions, file.sha256, type(error).__name__)
        return
    view, thumbnail = (vault.put_bytes(picture).sha256 for picture in pictures)
    record_made(sessions, file.sha256, view, thumbnail)


def page_picture(vault: Vault, sha256: str, page: int) -> bytes:
    """Give one page of a PDF in the vault as a JPEG, page 1 first; drawn once, then kept beside the vault.

    Raises NotFound when there is no such page or no picture can be made of it, Broken when the PDF is damaged.
    """
    place = vault.root / "pages" / address(sha256) / f"{page}.jpg"
    kept = _kept(place)
    if kept is not None:
        return kept
    try:
        with vault.local(sha256) as path:
            pictures = _painted(path, "pdf", page - 1, (PAGE_SIDE,))
    except (TooDemanding, Unreadable) as error:
        raise NotFound(N_("No picture can be made of page {page}. Open the file itself."), page=page) from error
    if not pictures:
        raise NotFound(N_("There is no page {page} in this file."), page=page)
    _keep(place, pictures[0])
    return pictures[0]


def _painted(path: Path, kind: str, page: int, sides: Sequence[int]) -> list[bytes]:
    arguments = [kind, str(path.absolute()), str(page), ",".join(str(side) for side in sides)]
    return list(unframed(confined.run(PAINTER, arguments, Limits())))


def _made(vault: Vault, file: StoredFile) -> bool:
    digests = (file.thumbnail_sha256, file.view_sha256)
    return all(digest is not None and vault.contains(digest) for digest in digests)


def record_made(sessions: Sessions, sha256: str, view: str, thumbnail: str, clock: Clock = utc_now) -> None:
    """Keep which pictures in the vault are those of a file; writes nothing when they are kept already."""
    with work(sessions, SYSTEM, clock) as unit:
        file = unit.session.get_one(StoredFile, sha256, with_for_update=True)
        if (file.view_sha256, file.thumbnail_sha256) == (view, thumbnail):
            return  # another worker was first, or the pictures were lost and are back
        file.view_sha256, file.thumbnail_sha256 = view, thumbnail
        unit.record(CHAIN, "preview.made", {"file": sha256, "view": view, "thumbnail": thumbnail})


def _record_failure(sessions: Sessions, sha256: str, reason: str) -> None:
    _log.warning("no preview can be made of %s: %s", sha256, reason)
    with work(sessions, SYSTEM) as unit:
        unit.record(CHAIN, "preview.failed", {"file": sha256, "reason": reason})


def _kept(place: Path) -> bytes | None:
    """Give a kept picture if its bytes are still those of its digest, which stands before them."""
    if not place.is_file():
        return None
    content = place.read_bytes()
    digest, picture = content[:32], content[32:]
    return picture if hashlib.sha256(picture).digest() == digest else None


def _keep(place: Path, picture: bytes) -> None:
    place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    draft = place.with_name(uuid4().hex)
    draft.write_bytes(hashlib.sha256(picture).digest() + picture)
    draft.replace(place)
