"""Looking a task table over (核对) before it is saved: read once into a draft, corrected step by step, undone, redone, saved.

A draft keeps the document after every correction; undo and redo move its position among them. A correction names the state
it was made on: when the draft has moved on since, it is refused. Every step is an event on the draft's own chain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict, NotFound, Refused
from engine.unit_of_work import UnitOfWork
from models.imports import ImportDraft, ImportDraftState
from workflows.breakdown.corrections import signed
from workflows.breakdown.differences import difference
from workflows.breakdown.grid import Grid
from workflows.breakdown.group_points import regrouped
from workflows.breakdown.importing import (
    ImportResult,
    SourceFile,
    campaign_checked,
    campaign_named,
    save_document,
)
from workflows.breakdown.open_document import OpenDocument, closed, grids_of, opened
from workflows.breakdown.shapes import BreakdownDocument, Hand
from workflows.breakdown.stored_shapes import as_stored, from_stored

#: The chain of what is refused before there is a draft.
CHAIN = "imports"
_MOST_STATES = 500
_EXCERPT = 200

Change = Callable[[OpenDocument], OpenDocument]


@dataclass(frozen=True)
class LookedOver:
    """A draft as it stands: its row, the state it is at, the document, the file's own tables."""

    draft: ImportDraft
    state: ImportDraftState
    document: OpenDocument
    grids: tuple[Grid | None, ...]
    last: int

    @property
    def may_undo(self) -> bool:
        """Say whether there is a correction to take back."""
        return self.draft.position > 0

    @property
    def may_redo(self) -> bool:
        """Say whether a correction that was taken back can be made again."""
        return self.draft.position < self.last


def begin(unit: UnitOfWork, campaign_name: str, file: SourceFile, document: BreakdownDocument) -> ImportDraft:
    """Keep a document that was read from a file, to be looked over."""
    draft = ImportDraft(
        campaign_name=campaign_name.strip(),
        file_name=file.name,
        file_sha256=file.sha256,
        grids=[as_stored(grid) if grid is not None else {} for grid in grids_of(document)],
        position=0,
        created_at=unit.now,
        created_by=unit.actor.id,
        changed_at=unit.now,
    )
    unit.session.add(draft)
    unit.session.flush()
    fresh = opened(document)
    unit.session.add(_state(unit, draft, fresh, "read", {}))
    details = {"file": file.name, "sha256": file.sha256, "campaign": draft.campaign_name, "rules": fresh.rules}
    unit.record(draft_chain(draft.id), "import.begun", details)
    return draft


def looked_over(session: Session, draft_id: UUID) -> LookedOver:
    """Give a draft as it stands. Raises NotFound, also for one that was discarded."""
    draft = session.get(ImportDraft, draft_id)
    if draft is None or draft.discarded_at is not None:
        raise NotFound(N_("There is no such draft: it was discarded, or never begun. Choose the file again."))
    return _standing(session, draft)


def correct(unit: UnitOfWork, draft_id: UUID, state_id: int | None, action: str, change: Change) -> LookedOver:
    """Correct a draft: `change` gives the next document, `action` names what was done.

    What changes nothing leaves no trace. Raises Conflict when the draft has moved on from `state_id`, was saved or discarded;
    Invalid when the words cannot be used.
    """
    before = _at(unit, draft_id, state_id)
    after = change(before.document)
    if after == before.document:
        return before
    after = signed(before.document, regrouped(after, before.grids), Hand(unit.actor.id, unit.now))
    draft = before.draft
    undone = delete(ImportDraftState).where(
        ImportDraftState.draft_id == draft.id,
        (ImportDraftState.position > draft.position)
        | ((ImportDraftState.position > 0) & (ImportDraftState.position <= draft.position - _MOST_STATES)),
    )
    unit.session.execute(undone)
    draft.position += 1
    details = difference(before.document, after)
    unit.session.add(_state(unit, draft, after, action, details))
    unit.record(draft_chain(draft.id), "import.corrected", {"what": action, **details})
    return _standing(unit.session, draft)


def undo(unit: UnitOfWork, draft_id: UUID, state_id: int | None) -> LookedOver:
    """Take the last correction back. Raises Conflict when there is none, or the draft has moved on."""
    return _moved(unit, _at(unit, draft_id, state_id), -1)


def redo(unit: UnitOfWork, draft_id: UUID, state_id: int | None) -> LookedOver:
    """Make the correction again that was taken back. Raises Conflict when there is none, or the draft has moved on."""
    return _moved(unit, _at(unit, draft_id, state_id), +1)


def set_campaign(unit: UnitOfWork, draft_id: UUID, name: str) -> None:
    """Say which campaign a draft belongs to. Raises Invalid for an empty name, Conflict for a draft that is closed."""
    draft = _locked(unit, draft_id)
    clean = campaign_checked(name)
    if clean != draft.campaign_name:
        draft.campaign_name = clean
        draft.changed_at = unit.now
        unit.record(draft_chain(draft.id), "import.corrected", {"what": "campaign", "campaign": clean})


def discard(unit: UnitOfWork, draft_id: UUID) -> None:
    """Give a draft up; its events stay. A draft that was given up already stays so. Raises Conflict for a saved one."""
    draft = unit.session.get(ImportDraft, draft_id, with_for_update=True)
    if draft is not None and draft.discarded_at is not None:
        return
    draft = _locked(unit, draft_id)
    draft.discarded_at = unit.now
    _forget_steps(unit, draft)
    unit.record(draft_chain(draft.id), "import.discarded", {"file": draft.file_name})


def save(unit: UnitOfWork, draft_id: UUID, state_id: int | None) -> ImportResult:
    """Save a draft and open its cases, all in one transaction. Saved twice, the second changes nothing.

    Raises Conflict when the draft has moved on from `state_id` or was discarded.
    """
    draft = unit.session.get(ImportDraft, draft_id, with_for_update=True)
    if draft is not None and draft.saved_as is not None:
        return ImportResult(draft.saved_as, 0, already=True)
    standing = _at(unit, draft_id, state_id)
    campaign = campaign_named(unit, standing.draft.campaign_name)
    file = SourceFile(standing.draft.file_name, standing.draft.file_sha256)
    result = save_document(unit, campaign, file, closed(standing.document, standing.grids))
    standing.draft.saved_as = result.breakdown_id
    standing.draft.changed_at = unit.now
    _forget_steps(unit, standing.draft)
    unit.record(draft_chain(draft_id), "import.saved", {"breakdown": str(result.breakdown_id), "cases": result.created})
    return result


def open_drafts(session: Session) -> Sequence[ImportDraft]:
    """Give the drafts that wait to be saved, the last touched first."""
    query = select(ImportDraft).where(ImportDraft.saved_as.is_(None), ImportDraft.discarded_at.is_(None))
    return session.scalars(query.order_by(ImportDraft.changed_at.desc(), ImportDraft.id)).all()


def steps_of(session: Session, draft_id: UUID) -> Sequence[Row[int, str, dict[str, Any], str, datetime]]:
    """Give the corrections of a draft, newest first: position, action, details, who, when."""
    query = (
        select(
            ImportDraftState.position,
            ImportDraftState.action,
            ImportDraftState.details,
            ImportDraftState.made_by_name,
            ImportDraftState.made_at,
        )
        .where(ImportDraftState.draft_id == draft_id)
        .order_by(ImportDraftState.position.desc())
    )
    return session.execute(query).all()


def refuse(unit: UnitOfWork, chain: str, refused: Refused, name: str) -> None:
    """Count a file or a correction that could not be used: why, and the name of the file."""
    params = {field: str(value)[:_EXCERPT] for field, value in refused.params.items()}
    unit.record(chain, "import.refused", {"file": name[:_EXCERPT], "reason": refused.message, "params": params})


def draft_chain(draft_id: UUID) -> str:
    """Name the chain of a draft."""
    return f"import:{draft_id}"


def _state(
    unit: UnitOfWork, draft: ImportDraft, document: OpenDocument, action: str, details: dict[str, Any]
) -> ImportDraftState:
    draft.changed_at = unit.now
    return ImportDraftState(
        draft_id=draft.id,
        position=draft.position,
        document=as_stored(document),
        action=action,
        details=details,
        made_at=unit.now,
        made_by=unit.actor.id,
        made_by_name=unit.actor.name,
    )


def _locked(unit: UnitOfWork, draft_id: UUID) -> ImportDraft:
    draft = unit.session.get(ImportDraft, draft_id, with_for_update=True)
    if draft is None or draft.discarded_at is not None:
        raise NotFound(N_("There is no such draft: it was discarded, or never begun. Choose the file again."))
    if draft.saved_as is not None:
        raise Conflict(N_("This table has been imported already; its cases are open. Correct them there."))
    return draft


def _at(unit: UnitOfWork, draft_id: UUID, state_id: int | None) -> LookedOver:
    standing = _standing(unit.session, _locked(unit, draft_id))
    if standing.state.id != state_id:
        raise Conflict(
            N_("{who} has corrected this table since you opened the page. Nothing of yours was lost: look at the row and save again."),
            who=standing.state.made_by_name,
        )
    return standing


def _standing(session: Session, draft: ImportDraft) -> LookedOver:
    session.flush()
    query = select(ImportDraftState).where(
        ImportDraftState.draft_id == draft.id, ImportDraftState.position == draft.position
    )
    state = session.scalars(query).one()
    newest = select(ImportDraftState.position).where(ImportDraftState.draft_id == draft.id)
    last = session.scalars(newest.order_by(ImportDraftState.position.desc()).limit(1)).one()
    grids = tuple(from_stored(Grid, one) if one else None for one in draft.grids)
    return LookedOver(draft, state, from_stored(OpenDocument, state.document), grids, last)


def _moved(unit: UnitOfWork, standing: LookedOver, by: int) -> LookedOver:
    if not (standing.may_undo if by < 0 else standing.may_redo):
        raise Conflict(N_("There is nothing left to undo or redo."))
    draft = standing.draft
    draft.position += by
    draft.changed_at = unit.now
    moved = _standing(unit.session, draft)
    what = standing.state.action if by < 0 else moved.state.action
    unit.record(draft_chain(draft.id), "import.undone" if by < 0 else "import.redone", {"what": what})
    return moved


def _forget_steps(unit: UnitOfWork, draft: ImportDraft) -> None:
    """Keep of the states the file as it was read and the document as it stands; the events tell what came between."""
    unit.session.flush()
    steps = delete(ImportDraftState).where(
        ImportDraftState.draft_id == draft.id, ImportDraftState.position.not_in([0, draft.position])
    )
    unit.session.execute(steps)
