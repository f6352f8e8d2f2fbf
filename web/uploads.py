"""Taking uploaded files in: each examined, kept and added by itself, so that a refused one harms no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, cast
from uuid import UUID

from flask import request
from werkzeug.datastructures import FileStorage

from engine.catalogue import N_
from engine.errors import Invalid
from web import moments
from web.language import sentence, translated
from web.session import now, person
from web.site import site
from workflows.evidence import drafts
from workflows.evidence.intake import MEGABYTE, received

_ALL_ARRIVED, _REFUSED = 200, 422


@dataclass(frozen=True)
class Outcome:
    """What became of the files of one upload: how many are kept, and a sentence for each that is not."""

    kept: int
    refusals: tuple[str, ...]

    @property
    def status(self) -> int:
        """Give the status of the answer."""
        return _REFUSED if self.refusals else _ALL_ARRIVED


def take_in(item_id: int, requirement_id: UUID | None, files: Sequence[FileStorage]) -> Outcome:
    """Add files to the evidence of an open collect step, each in a unit of work of its own.

    Raises as `drafts.desk` does when the step is no longer this person's; what came before is kept.
    """
    chosen = [file for file in files if file.filename]
    if not chosen:
        return Outcome(0, (translated(N_("No file was chosen.")),))
    kept, refusals = 0, []
    for file in chosen:
        try:
            _add(item_id, requirement_id, file)
            kept += 1
        except Invalid as refused:
            refusals.append(sentence(refused))
    return Outcome(kept, tuple(refusals))


def wants_json() -> bool:
    """Say whether a script asks, not a person."""
    return request.accept_mimetypes.best == "application/json"


def _add(item_id: int, requirement_id: UUID | None, file: FileStorage) -> None:
    limit = site().settings.max_upload_mb * MEGABYTE
    got = received(site().facilities.vault, cast("BinaryIO", file.stream), file.filename or "", limit)
    new = drafts.NewEvidence(
        file=got.file,
        sha256=got.stored.sha256,
        size=got.stored.size,
        file_name=got.file_name,
        requirement_id=requirement_id,
        caption={},
        event_date=_day_of(got.file.taken_at),
    )
    with site().work(person().actor) as unit:
        drafts.add(unit, item_id, new)


def _day_of(taken_at: datetime | None) -> date | None:
    # A camera whose clock runs ahead says nothing about the event.
    return moments.local(taken_at).date() if taken_at is not None and taken_at <= now() else None
