"""The words of files: read once by the worker, in a child process, and kept for counting, marking and searching."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.dialects.postgresql import insert

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import SYSTEM, Clock, Sessions, reading, utc_now, work
from models.evidence import StoredFile
from models.photos import FileText
from workflows.evidence import confined, office_pages
from workflows.evidence.confined import Limits, TooDemanding, Unreadable
from workflows.evidence.vault import Vault
from workflows.evidence.words_reader import READERS, SCAN

READER = "workflows.evidence.words_reader"
CHAIN = "files"
PDF = "application/pdf"

NO_OFFICE, UNREADABLE, TOO_DEMANDING = "no_office", "unreadable", "too_demanding"

#: Why a file shows no words, in words.
REASONS: Mapping[str, str] = {
    SCAN: N_("A scan: it holds pictures of pages and no text. Its length cannot be counted."),
    NO_OFFICE: N_("Files of this older kind can be read only where LibreOffice is installed. Save it as .docx or .xlsx, or as PDF."),
    UNREADABLE: N_("The text of this file cannot be read. Open the file itself."),
    TOO_DEMANDING: N_("Reading this file takes too much time or memory. Open the file itself."),
}


@dataclass(frozen=True)
class Words:
    """The words of a file as they are kept; see `FileText`."""

    text: str = ""
    chars: int | None = None
    chars_bare: int | None = None
    cut: bool = False
    reason: str = ""


def read_words(sessions: Sessions, vault: Vault, sha256: str, clock: Clock = utc_now) -> None:
    """Read the words of a file in the vault, once. Files of older office programs are read by `rendering`.

    Raises NotFound for a file nobody handed in, Broken when it is damaged.
    """
    with reading(sessions) as session:
        file, kept = session.get(StoredFile, sha256), session.get(FileText, sha256)
    if file is None:
        raise NotFound(N_("There is no file {sha256}."), sha256=sha256)
    if kept is not None:
        return
    if file.media_type not in READERS:
        if office_pages.convertible(file.media_type) and office_pages.program() is None:
            keep_words(sessions, sha256, Words(reason=NO_OFFICE), clock)
        return
    with vault.local(sha256) as path:
        words = words_at(path, file.media_type)
    keep_words(sessions, sha256, words, clock)


def words_at(path: Path, media_type: str, limits: Limits | None = None) -> Words:
    """Read the words of the file at `path` in a child process; what cannot be read says why."""
    try:
        answer = confined.run(READER, [media_type, str(path.absolute())], limits or Limits())
    except TooDemanding:
        return Words(reason=TOO_DEMANDING)
    except Unreadable:
        return Words(reason=UNREADABLE)
    return Words(**json.loads(answer))


def keep_words(sessions: Sessions, sha256: str, words: Words, clock: Clock = utc_now) -> None:
    """Keep the words of a file, once; a length that was not known yet is known now."""
    with work(sessions, SYSTEM, clock) as unit:
        file = unit.session.get_one(StoredFile, sha256, with_for_update=True)
        values = {"sha256": sha256, "made_at": unit.now, **vars(words)}
        statement = insert(FileText).values(values).on_conflict_do_nothing().returning(FileText.sha256)
        if unit.session.execute(statement).first() is None:
            return  # another worker was first
        if file.text_chars is None and file.kind in {"document", "pdf", "text"} and not words.reason:
            file.text_chars = words.chars
        unit.record(CHAIN, "words.read", {"file": sha256, "chars": words.chars, "reason": words.reason})
