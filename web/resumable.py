"""Uploads in parts for the script of the collecting page: announce a file, send its parts, let it become evidence.

Every address may be called again after a cut: announcing finds the upload that was begun, a part that is there
already changes nothing, and finishing twice adds the file once.
"""

from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Blueprint, jsonify, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from models.evidence import Evidence
from models.people import Role
from web import fill_page, uploads
from web.fill_page import Place
from web.forms import clean, key_in, number_in, typed
from web.frame import notify
from web.guards import guard
from web.session import now, person
from web.site import site
from workflows.evidence.drafts import SAME_FILE
from workflows.evidence.intake import check_size, clean_name
from workflows.evidence.uploads import FOLDER, PART_AT_MOST, Announced, Upload, UploadFolder
from workflows.evidence.vault import chunks

blueprint = Blueprint("uploads", __name__)

_GIGABYTE = 1_000_000_000
_LONGEST = 200


@blueprint.post("/items/<no>/fill/uploads")
@guard(Role.COLLECTOR)
def begin(no: str) -> Response:
    """Take a file's announcement: refuse at once what would be refused, else say where to go on."""
    here = _place(no)
    announced = _announced(here)
    try:
        check_size(announced.name, announced.size, uploads.limits().of(announced.name))
        _check_twin(here, announced)
        _forget_removed(announced)
        upload = folder().begin(announced, site().settings.upload_quota_gb * _GIGABYTE, now())
    except Invalid as refused:
        uploads.note_refusal(here, announced.name, refused)
        raise
    return _told(no, upload)


@blueprint.get("/items/<no>/fill/uploads/<key>")
@guard(Role.COLLECTOR)
def state(no: str, key: str) -> Response:
    """Say how much of a file has arrived."""
    return _told(no, folder().find(key))


@blueprint.put("/items/<no>/fill/uploads/<key>/<int:start>")
@guard(Role.COLLECTOR)
def part(no: str, key: str, start: int) -> Response:
    """Keep one part, whole or not at all."""
    folder().add(key, start, request.content_length or 0, chunks(cast("BinaryIO", request.stream)))
    return _told(no, folder().find(key))


@blueprint.post("/items/<no>/fill/uploads/<key>/finish")
@guard(Role.COLLECTOR)
def finish(no: str, key: str) -> Response:
    """Examine the whole file and add it; a refused one is let go, its sentence is the answer."""
    upload = folder().find(key)
    if upload.evidence:
        return _told(no, upload)
    try:
        _become_evidence(no, upload)
    except Invalid:
        folder().drop(key)
        raise
    except FileNotFoundError:
        # Another window was faster and has let the parts go.
        return _told(no, folder().find(key))
    return _told(no, folder().find(key))


@blueprint.post("/items/<no>/fill/uploads/<key>/drop")
@guard(Role.COLLECTOR)
def drop(no: str, key: str) -> Response:
    """Give an upload up."""
    folder().drop(key)
    if uploads.wants_json():
        return jsonify(key=key, arrived=0)
    notify(N_("The unfinished upload has been given up."))
    return redirect(url_for("fill.form", no=no, item=request.form.get("item_id", type=int)), 303)


def unfinished(here: Place) -> dict[str, list[dict[str, Any]]]:
    """Give the uploads of this person for a step that stopped half way, by requirement ("" for other files)."""
    waiting: dict[str, list[dict[str, Any]]] = {}
    for one in folder().unfinished():
        if one.announced.item_id == here.item.id and one.arrived:
            about = {
                "name": one.announced.name,
                "size": one.announced.size,
                "percent": 100 * one.arrived // one.announced.size,
                "drop": url_for("uploads.drop", no=here.assignment.no, key=one.key),
            }
            waiting.setdefault(one.announced.requirement_id, []).append(about)
    return waiting


def folder() -> UploadFolder:
    """Give the uploads of this person."""
    return UploadFolder(site().facilities.vault.root / FOLDER, UUID(str(person().actor.id)))


def _become_evidence(no: str, upload: Upload) -> None:
    announced = upload.announced
    with site().reading() as session:
        here = fill_page.place(session, person().actor, no, announced.item_id)
    pieces = folder().pieces(upload.key)
    requirement_id = key_in(announced.requirement_id)
    arrival = uploads.Arrival(announced.name, pieces, requirement_id, announced.sha256, upload.begun_at)
    folder().finish(upload.key, uploads.add(here, arrival))


def _announced(here: Place) -> Announced:
    wanted, size = typed("requirement_id"), request.form.get("size", "")
    known = {str(one.id) for one in here.requirements}
    if wanted and wanted not in known:
        raise NotFound(N_("There is no such requirement in this case."))
    return Announced(
        item_id=here.item.id,
        requirement_id=wanted,
        name=clean_name(clean(request.form.get("name", ""))),
        size=number_in(size) or 0,
        fingerprint=typed("fingerprint")[:_LONGEST],
        sha256=typed("sha256")[:_LONGEST],
    )


def _forget_removed(announced: Announced) -> None:
    """Let go what is known of an earlier upload of this file if its evidence has been removed: it may come again."""
    made = folder().evidence_of(announced.key)
    if made is None:
        return
    with site().reading() as session:
        evidence = session.get(Evidence, made)
    if evidence is None or evidence.removed_at is not None:
        folder().drop(announced.key)


def _check_twin(here: Place, announced: Announced) -> None:
    """Refuse a file that is here already, before it is sent. Raises Invalid."""
    if not announced.sha256:
        return
    same = select(Evidence.file_name).where(
        Evidence.contribution_id == here.contribution.id,
        Evidence.requirement_id == key_in(announced.requirement_id),
        Evidence.file_sha256 == announced.sha256,
        Evidence.removed_at.is_(None),
    )
    with site().reading() as session:
        twin = session.scalars(same).first()
    if twin is not None:
        raise Invalid(SAME_FILE, name=announced.name, twin=twin)


def _place(no: str) -> Place:
    item_id = request.form.get("item_id", type=int)
    if item_id is None:
        raise NotFound(N_("There is no such step."))
    with site().reading() as session:
        return fill_page.place(session, person().actor, no, item_id)


def _told(no: str, upload: Upload) -> Response:
    return jsonify(
        href=url_for("uploads.state", no=no, key=upload.key),
        arrived=upload.arrived,
        size=upload.announced.size,
        part=PART_AT_MOST,
        done=bool(upload.evidence),
    )
