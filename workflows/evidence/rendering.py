"""Pages of files as pictures: of PDFs, and of office documents by way of a PDF; drawn by the worker, a few ahead.

A page nobody has asked for yet is drawn when somebody does; until then it says so. What cannot be drawn says why and
shows its words instead.
"""

import io
import logging
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from engine import jobs
from engine.catalogue import N_
from engine.unit_of_work import SYSTEM, Clock, Sessions, reading, utc_now, work
from models.evidence import StoredFile
from models.photos import FilePage, FileRendering
from workflows.evidence import confined, office_pages
from workflows.evidence.confined import Limits, TooDemanding, Unreadable
from workflows.evidence.vault import Vault
from workflows.evidence.words_of_files import CHAIN, NO_OFFICE, PDF, TOO_DEMANDING, UNREADABLE, Words, keep_words, words_at
from workflows.evidence.words_reader import READERS

PAINTER = "workflows.evidence.painter"
DRAW = "page.draw"

#: Pixels of the width of a page; pages drawn at once, and before anybody asks.
PAGE_WIDTH, BATCH = 1600, 6

DRAWN, WORDS_ONLY, NONE = "drawn", "words", "none"
VIDEO, PLAIN = "video", "plain"

#: Why a file shows no pages, in words.
REASONS: Mapping[str, str] = {
    NO_OFFICE: N_("There are no pictures of its pages, because LibreOffice is not installed here. This is its text."),
    UNREADABLE: N_("No pictures can be made of its pages. Open the file itself."),
    TOO_DEMANDING: N_("Drawing its pages takes too much time or memory. Open the file itself."),
    VIDEO: N_("A video has no pages. Open the file to watch it."),
    PLAIN: N_("A text has no pages. These are its words."),
}

_log = logging.getLogger("juanzong.previews")


@dataclass(frozen=True)
class Rendered:
    """What became of a file: see `FileRendering`. `pages` holds the first pictures, page 1 first."""

    state: str
    reason: str = ""
    count: int | None = None
    pages: tuple[bytes, ...] = ()
    pdf_sha256: str | None = None


@dataclass(frozen=True)
class PageState:
    """One page as it can be shown: its picture in the vault with its size, or None while it is being drawn."""

    number: int
    picture_sha256: str | None
    width: int = 0
    height: int = 0


def render(sessions: Sessions, vault: Vault, file: StoredFile, clock: Clock = utc_now) -> bytes | None:
    """Draw the first pages of a file, once, and keep what became of it; give page 1 (a JPEG) where it was drawn now.

    Raises Broken when the file is damaged.
    """
    with reading(sessions) as session:
        if session.get(FileRendering, file.sha256) is not None:
            return None
    rendered = _rendered(sessions, vault, file, clock)
    _keep(sessions, vault, file.sha256, rendered, clock)
    return rendered.pages[0] if rendered.pages else None


def draw_pages(sessions: Sessions, vault: Vault, sha256: str, first: int, clock: Clock = utc_now) -> None:
    """Draw the pages of a batch that begins at page `first`; those that are there already stay."""
    with reading(sessions) as session:
        rendering = session.get(FileRendering, sha256)
        wanted = [one.number for one in page_states(session, sha256, first, BATCH) if one.picture_sha256 is None]
    if rendering is None or not wanted:
        return
    with vault.local(rendering.pdf_sha256 or sha256) as path:
        pictures = _drawn(path, wanted[0], BATCH)
    _keep_pages(sessions, vault, sha256, (wanted[0], pictures), clock)


def page_states(session: Session, sha256: str, first: int, count: int) -> list[PageState]:
    """Give some pages of a file in their order; fewer at its end, none where it has no pages to show."""
    rendering = session.get(FileRendering, sha256)
    if rendering is None or rendering.state != DRAWN or rendering.pages is None:
        return []
    last = min(rendering.pages, first + count - 1)
    query = select(FilePage).where(FilePage.sha256 == sha256, FilePage.number.between(first, last))
    made = {page.number: page for page in session.scalars(query)}
    return [
        PageState(number, made[number].picture_sha256, made[number].width, made[number].height)
        if number in made
        else PageState(number, None)
        for number in range(first, last + 1)
    ]


def ask_for(session: Session, sha256: str, page: int) -> None:
    """Ask the worker to draw the batch a page stands in, unless it was asked already."""
    first = (page - 1) // BATCH * BATCH + 1
    jobs.defer_unless_waiting(session, DRAW, {"sha256": sha256, "first": first}, lock=f"pages:{sha256}")


def drawn_count(session: Session, sha256: str) -> int:
    """Count the pages of a file that have been drawn."""
    return session.scalar(select(func.count()).select_from(FilePage).where(FilePage.sha256 == sha256)) or 0


def _rendered(sessions: Sessions, vault: Vault, file: StoredFile, clock: Clock) -> Rendered:
    if file.kind == "video":
        return Rendered(NONE, VIDEO)
    if file.media_type.startswith("text/"):
        return Rendered(WORDS_ONLY, PLAIN)
    if file.kind != "pdf" and not office_pages.convertible(file.media_type):
        return Rendered(NONE, UNREADABLE)
    try:
        return _as_pages(sessions, vault, file, clock)
    except _NoOffice:
        reason = NO_OFFICE
    except TooDemanding:
        reason = TOO_DEMANDING
    except Unreadable:
        reason = UNREADABLE
    return _without_pages(sessions, file, reason, clock)


def _as_pages(sessions: Sessions, vault: Vault, file: StoredFile, clock: Clock) -> Rendered:
    with _pdf_of(vault, file) as path:
        count = _count(path)
        if count == 0:
            raise Unreadable(PAINTER)
        if file.kind != "pdf" and file.media_type not in READERS:
            keep_words(sessions, file.sha256, words_at(path, PDF), clock)
        made = None if file.kind == "pdf" else vault.put_bytes(path.read_bytes()).sha256
        return Rendered(DRAWN, "", count, tuple(_drawn(path, 1, BATCH)), made)


def _without_pages(sessions: Sessions, file: StoredFile, reason: str, clock: Clock) -> Rendered:
    _log.warning("no pages can be drawn of %s: %s", file.sha256, reason)
    if file.kind == "pdf":
        return Rendered(NONE, reason)
    if file.media_type in READERS:
        return Rendered(WORDS_ONLY, reason)
    keep_words(sessions, file.sha256, Words(reason=reason), clock)
    return Rendered(NONE, reason)


class _NoOffice(Exception):  # noqa: N818 - named after the finding
    """There is no program that could turn the document into pages."""


@contextmanager
def _pdf_of(vault: Vault, file: StoredFile) -> Iterator[Path]:
    office = None if file.kind == "pdf" else office_pages.program()
    if file.kind != "pdf" and office is None:
        raise _NoOffice
    with vault.local(file.sha256) as path:
        if office is None:
            yield path
            return
        with office_pages.as_pdf(path, file.media_type, office) as made:
            yield made


def _count(path: Path) -> int:
    (count,) = struct.unpack(">I", confined.run(PAINTER, ["count", str(path.absolute()), "0", "0"], Limits()))
    return int(count)


def _drawn(path: Path, first: int, count: int) -> list[bytes]:
    arguments = ["pages", str(path.absolute()), str(first - 1), f"{PAGE_WIDTH},{count}"]
    return list(unframed(confined.run(PAINTER, arguments, Limits(cpu_seconds=60, wall_seconds=120))))


def unframed(answer: bytes) -> Iterator[bytes]:
    """Take the pictures of a painter's answer apart."""
    place = 0
    while place < len(answer):
        (length,) = struct.unpack_from(">I", answer, place)
        yield answer[place + 4 : place + 4 + length]
        place += 4 + length


def _keep(sessions: Sessions, vault: Vault, sha256: str, rendered: Rendered, clock: Clock) -> None:
    with work(sessions, SYSTEM, clock) as unit:
        file = unit.session.get_one(StoredFile, sha256, with_for_update=True)
        values = {
            "sha256": sha256, "state": rendered.state, "reason": rendered.reason, "pages": rendered.count,
            "pdf_sha256": rendered.pdf_sha256, "made_at": unit.now,
        }  # fmt: skip
        made = insert(FileRendering).values(values).on_conflict_do_nothing().returning(FileRendering.sha256)
        if unit.session.execute(made).first() is None:
            return  # another worker was first
        if file.pages is None:
            file.pages = rendered.count
        action = "preview.failed" if rendered.state == NONE and rendered.reason != VIDEO else "pages.counted"
        unit.record(CHAIN, action, {"file": sha256, "state": rendered.state, "pages": rendered.count, "reason": rendered.reason})
    _keep_pages(sessions, vault, sha256, (1, rendered.pages), clock)


def _keep_pages(
    sessions: Sessions, vault: Vault, sha256: str, pictures: tuple[int, "list[bytes] | tuple[bytes, ...]"], clock: Clock
) -> None:
    first, drawn = pictures
    rows = []
    for number, picture in enumerate(drawn, start=first):
        width, height = Image.open(io.BytesIO(picture)).size
        stored = vault.put_bytes(picture)
        rows.append({"sha256": sha256, "number": number, "picture_sha256": stored.sha256, "width": width, "height": height})
    if not rows:
        return
    with work(sessions, SYSTEM, clock) as unit:
        statement = insert(FilePage).values(rows).on_conflict_do_nothing().returning(FilePage.number)
        numbers = sorted(unit.session.scalars(statement))
        if numbers:
            unit.record(CHAIN, "pages.drawn", {"file": sha256, "pages": numbers})
