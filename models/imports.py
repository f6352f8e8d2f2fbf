"""Task tables being looked over before they are saved: the file as it was read, and every correction since."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Digest, serial_key, uuid_key


class ImportDraft(Base):
    """One file that was read and waits to be saved. It stands at `position` of its states; undo and redo move it."""

    __tablename__ = "import_draft"

    id: Mapped[uuid_key]
    campaign_name: Mapped[str]  # opened when the draft is saved, if it is new
    file_name: Mapped[str]
    file_sha256: Mapped[Digest]
    grids: Mapped[list[dict[str, Any]]]  # the tables as the file holds them, to be shown beside and read again
    position: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    changed_at: Mapped[datetime]
    saved_as: Mapped[UUID | None] = mapped_column(ForeignKey("task_breakdown.id"), index=True)
    discarded_at: Mapped[datetime | None]


class ImportDraftState(Base):
    """The whole document after one correction, what was corrected, and by whom. Position 0 is the file as it was read."""

    __tablename__ = "import_draft_state"
    __table_args__ = (UniqueConstraint("draft_id", "position"),)

    #: What a form carries: a correction made on an older state is refused.
    id: Mapped[serial_key]
    draft_id: Mapped[UUID] = mapped_column(ForeignKey("import_draft.id"))
    position: Mapped[int]
    document: Mapped[dict[str, Any]]
    action: Mapped[str]
    details: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    made_by_name: Mapped[str]
