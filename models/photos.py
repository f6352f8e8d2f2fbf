"""What can be seen in a file: pictures of its pages, its words, how a photo looks, and passages marked by people.

Everything here but the marks is drawn or read from bytes that never change, so it can be made again at any time.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Computed, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Digest, uuid_key

#: A likeness is compared in this many parts (bands) of 16 bits each.
BANDS = 4


def _band(number: int) -> Computed:
    return Computed(f"((hash >> {48 - 16 * number}) & 65535)::integer", persisted=True)


class PhotoLikeness(Base):
    """How a photo looks, in 64 bits (`likeness`), with its four bands. Rows are only ever added.

    Each index holds a band and the whole hash: the search reads nothing else.
    """

    __tablename__ = "photo_likeness"
    __table_args__ = tuple(Index(f"ix_photo_likeness_band_{one}_hash", f"band_{one}", "hash") for one in range(BANDS))

    sha256: Mapped[Digest] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    hash: Mapped[int] = mapped_column(BigInteger)
    band_0: Mapped[int] = mapped_column(_band(0))
    band_1: Mapped[int] = mapped_column(_band(1))
    band_2: Mapped[int] = mapped_column(_band(2))
    band_3: Mapped[int] = mapped_column(_band(3))


class PhotoPair(Base):
    """Two photos that look alike: `distance` of their 64 bits differ; `turned`: one is the other turned or mirrored.

    Found once, when the later one comes in, and kept in both directions: photos never change.
    """

    __tablename__ = "photo_pair"

    sha256: Mapped[Digest] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    other_sha256: Mapped[Digest] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    distance: Mapped[int]
    turned: Mapped[bool]


class FileRendering(Base):
    """Whether pages of a file can be shown: `drawn`, only its words (`words`), or neither (`none`), and why.

    `pdf_sha256`: the PDF an office document was turned into, in the vault.
    """

    __tablename__ = "file_rendering"

    sha256: Mapped[Digest] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    state: Mapped[str]
    reason: Mapped[str]
    pages: Mapped[int | None]
    pdf_sha256: Mapped[Digest | None]
    made_at: Mapped[datetime]


class FilePage(Base):
    """The picture of one page, counted from 1, in the vault; `width` and `height` in pixels."""

    __tablename__ = "file_page"

    sha256: Mapped[Digest] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    picture_sha256: Mapped[Digest]
    width: Mapped[int]
    height: Mapped[int]


class FileText(Base):
    """The words of a file, for counting and search; empty where it holds none (a scan), `reason` then says so.

    `chars` as Word counts 字数, punctuation of Chinese text included; `chars_bare` without it. `cut`: only the
    beginning is kept.
    """

    __tablename__ = "file_text"

    sha256: Mapped[Digest] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    text: Mapped[str]
    chars: Mapped[int | None]
    chars_bare: Mapped[int | None]
    cut: Mapped[bool]
    reason: Mapped[str]
    made_at: Mapped[datetime]


class FileMark(Base):
    """A passage a person marked as the proof: a box on a page, in fractions of its width and height, or signs of its text.

    Beside the file, never in it. `first_sign` and `last_sign` count the signs of the text from 0; `last_sign` is no
    longer marked.
    """

    __tablename__ = "file_mark"
    __table_args__ = (Index("ix_file_mark_evidence_id", "evidence_id"),)

    id: Mapped[uuid_key]
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"))
    shape: Mapped[str]
    page: Mapped[int | None]
    x0: Mapped[float | None]
    y0: Mapped[float | None]
    x1: Mapped[float | None]
    y1: Mapped[float | None]
    first_sign: Mapped[int | None]
    last_sign: Mapped[int | None]
    quote: Mapped[str]
    note: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None]
