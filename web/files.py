"""Evidence files: the original bytes, the small pictures, the pages of a PDF; only for those who may see them.

What people uploaded may run nothing: every answer forbids scripts and says what it is. Bytes that are no longer
what their digest says are an incident, never an answer.
"""

from uuid import UUID

from flask import Blueprint, request
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import Actor
from models.evidence import Contribution, Evidence
from web import session
from web.guards import guard
from web.headers import FILE_POLICY
from web.sending import Sent, answer, sound
from web.site import site
from workflows.lifecycle import viewing
from workflows.visibility import visible_parts

blueprint = Blueprint("files", __name__)

_PICTURE_SECONDS = 3600


@blueprint.get("/files/<uuid:evidence_id>")
@guard.signed_in
def original(evidence_id: UUID) -> Response:
    """Give the bytes as they were handed in, every one of them checked first."""
    evidence = _evidence(evidence_id)
    _note(evidence_id)
    stored = sound(evidence.file_sha256, evidence.file.size)
    return answer(Sent(stored, evidence.file.media_type, evidence.file_name, saved="download" in request.args))


@blueprint.get("/files/<uuid:evidence_id>/thumbnail")
@guard.signed_in
def thumbnail(evidence_id: UUID) -> Response:
    """Give the small picture of a photo or of the first page of a PDF."""
    return _preview(_evidence(evidence_id).file.thumbnail_sha256)


@blueprint.get("/files/<uuid:evidence_id>/view")
@guard.signed_in
def view(evidence_id: UUID) -> Response:
    """Give the large picture of a photo or of the first page of a PDF."""
    evidence = _evidence(evidence_id)
    _note(evidence_id)
    return _preview(evidence.file.view_sha256)


def shown_picture(picture: bytes, tag: str) -> Response:
    """Answer with a JPEG of ours that this person's browser may keep for an hour; `tag` names its content."""
    answer = Response(picture, mimetype="image/jpeg")
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    answer.cache_control.private = True
    answer.cache_control.max_age = _PICTURE_SECONDS
    answer.set_etag(tag)
    return answer.make_conditional(request)


def _preview(sha256: str | None) -> Response:
    if sha256 is None:
        raise NotFound(N_("There is no picture of this file yet. Open the file itself, or come back in a moment."))
    return shown_picture(site().facilities.vault.read(sha256), sha256)


def _evidence(evidence_id: UUID) -> Evidence:
    """Give a piece of evidence this person may see; what was removed stays to be seen, as the history does.

    Raises Damaged when its file is known to be damaged, so that no picture of it is shown either.
    """
    with site().reading() as reader:
        evidence = _visible(reader, session.person().actor, evidence_id)
    if evidence is None:
        raise NotFound(N_("There is no such file, or it is not for you."))
    sound(evidence.file_sha256, evidence.file.size)
    return evidence


def _note(evidence_id: UUID) -> None:
    """Note that a reviewer has opened this file, once; the looking alone begins no command."""
    actor = session.person().actor
    if actor.id is None:
        return
    with site().reading() as reader:
        known = viewing.seen_already(reader, actor.id, evidence_id)
    if not known:
        with site().work(actor) as unit:
            viewing.view(unit, evidence_id)


def _visible(reader: Session, actor: Actor, evidence_id: UUID) -> Evidence | None:
    query = (
        select(Evidence)
        .join(Contribution, Contribution.id == Evidence.contribution_id)
        .options(joinedload(Evidence.file))
        .where(Evidence.id == evidence_id, _allowed(actor))
    )
    return reader.scalars(query).one_or_none()


def _allowed(actor: Actor) -> ColumnElement[bool]:
    return visible_parts(actor)
