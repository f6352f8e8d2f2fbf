"""Taking uploaded files in: each examined, kept and added by itself, so that a refused one harms no other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, cast
from uuid import UUID

from flask import request
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.evidence import Evidence
from web import moments
from web.fill_page import Place
from web.forms import key_in, typed
from web.language import sentence, translated
from web.session import now, person
from web.site import site
from workflows.evidence import drafts, fixity, refusals
from workflows.evidence.intake import MEGABYTE, Received, SizeLimits, clean_name, taken
from workflows.evidence.vault import chunks

#: Name of the fields with files; the requirement they are for follows after a colon.
FILES = "files"


@dataclass(frozen=True)
class Chosen:
    """What became of the files of one form: how many are kept, and the sentences for those that are not, by field."""

    kept: int
    refused: Mapping[str, Sequence[str]]

    def told(self) -> str:
        """Give all sentences in a row."""
        return " ".join(one for told in self.refused.values() for one in told)

    def faults(self) -> dict[str, str]:
        """Give the sentences as the page shows them: beside each field, and at the top how many there are."""
        if not self.refused:
            return {}
        count = sum(len(told) for told in self.refused.values())
        top = translated(N_("{n} files were not taken; the reasons stand beside them. Everything else has been kept."), n=count)
        return {"form": top, **{field: " ".join(told) for field, told in self.refused.items()}}


@dataclass(frozen=True)
class Arrival:
    """A file that comes in: its name, its bytes, what it is for.

    `sha256` the digest the browser took, "" where it took none; `since` the moment its upload began: what this person
    has added of the same since then is this very file, and its answer was lost.
    """

    name: str
    pieces: Iterable[bytes]
    requirement_id: UUID | None
    sha256: str = ""
    since: datetime | None = None


def take_chosen(here: Place) -> Chosen:
    """Add the files of this form to the evidence, each in a unit of work of its own.

    Raises as `drafts.desk` does when the step is no longer this person's; what came before is kept.
    """
    kept, refused = 0, dict[str, list[str]]()
    for field, requirement_id, file in _chosen(here):
        try:
            add(here, Arrival(file.filename or "", chunks(cast("BinaryIO", file.stream)), requirement_id))
            kept += 1
        except Invalid as told:
            refused.setdefault(field, []).append(sentence(told))
    return Chosen(kept, refused)


def nothing_chosen() -> Chosen:
    """Give what a form without a file is answered with."""
    return Chosen(0, {f"{FILES}:{typed('requirement_id')}": [translated(N_("No file was chosen."))]})


def _chosen(here: Place) -> Iterator[tuple[str, UUID | None, FileStorage]]:
    known = {str(one.id) for one in here.requirements}
    for field, files in request.files.lists():
        kind, named, wanted = field.partition(":")
        if kind != FILES:
            continue
        wanted = wanted if named else typed("requirement_id")
        if wanted and wanted not in known:
            raise NotFound(N_("There is no such requirement in this case."))
        for file in files:
            if file.filename:
                yield f"{FILES}:{wanted}", key_in(wanted), file


def add(here: Place, arrival: Arrival) -> UUID:
    """Add one file to the evidence; give its key. Raises Invalid when it is refused, which leaves an event."""
    name = clean_name(arrival.name)
    try:
        got = taken(site().facilities.vault, arrival.pieces, name, limits().of(name))
        if arrival.sha256 and got.stored.sha256 != arrival.sha256:
            raise Invalid(N_("{name} was changed while it was sent. Choose it again."), name=name)  # noqa: TRY301 - recorded below
        with site().work(person().actor) as unit:
            return _earlier(unit, here, got, arrival) or _added(unit, here, got, arrival)
    except Invalid as refused:
        note_refusal(here, name, refused)
        raise


def limits() -> SizeLimits:
    """Give the largest files that are taken."""
    told = site().settings
    return SizeLimits(told.max_photo_mb * MEGABYTE, told.max_document_mb * MEGABYTE, told.max_video_mb * MEGABYTE)


def note_refusal(here: Place, name: str, refused: Invalid) -> None:
    """Record on the case that a file was not taken."""
    with site().work(person().actor) as unit:
        refusals.record(unit, here.assignment.no, name, refused)


def wants_json() -> bool:
    """Say whether a script asks, not a person."""
    return request.accept_mimetypes.best == "application/json"


def _earlier(unit: UnitOfWork, here: Place, got: Received, arrival: Arrival) -> UUID | None:
    """Give what an earlier attempt, whose answer was lost, has made of this file."""
    if arrival.since is None:
        return None
    drafts.desk(unit, here.item.id)  # its lock lets two attempts come one after the other
    query = select(Evidence.id).where(
        Evidence.contribution_id == here.contribution.id,
        Evidence.requirement_id == arrival.requirement_id,
        Evidence.file_sha256 == got.stored.sha256,
        Evidence.file_name == got.file_name,
        Evidence.created_by == unit.actor.id,
        Evidence.created_at >= arrival.since,
        Evidence.removed_at.is_(None),
    )
    return unit.session.scalars(query).first()


def _added(unit: UnitOfWork, here: Place, got: Received, arrival: Arrival) -> UUID:
    new = drafts.NewEvidence(
        file=got.file,
        sha256=got.stored.sha256,
        size=got.stored.size,
        file_name=got.file_name,
        requirement_id=arrival.requirement_id,
        caption={},
        event_date=_day_of(got.file.taken_at),
    )
    evidence = drafts.add(unit, here.item.id, new)
    fixity.note_kept(unit, got.stored)
    return evidence.id


def _day_of(taken_at: datetime | None) -> date | None:
    # A camera whose clock runs ahead says nothing about the event.
    return moments.local(taken_at).date() if taken_at is not None and taken_at <= now() else None
