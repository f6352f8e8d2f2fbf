"""When the files of the vault were last checked, and what was found (完好核验)."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Digest


class FileCheck(Base):
    """One file of the vault, whatever refers to it. `blocks` holds the digests of its blocks, 32 bytes each, in a row.

    `damage` is empty, `missing` or `altered`; `damaged_at` the moment it was found and None again once it is mended.
    """

    __tablename__ = "file_check"
    __table_args__ = (
        Index("ix_file_check_checked_at", text("checked_at NULLS FIRST"), "sha256"),
        Index("ix_file_check_damaged_at", "damaged_at", postgresql_where=text("damaged_at IS NOT NULL")),
    )

    sha256: Mapped[Digest] = mapped_column(primary_key=True)
    size: Mapped[int | None] = mapped_column(BigInteger)
    blocks: Mapped[bytes | None]
    checked_at: Mapped[datetime | None]
    damaged_at: Mapped[datetime | None]
    damage: Mapped[str] = mapped_column(default="", server_default="")
