"""For machines that watch: is the process alive, can it do its work."""

import os

from flask import Blueprint, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from engine import sequencer
from engine.errors import Refused
from web.guards import guard
from web.site import site
from workflows.evidence import fixity
from workflows.evidence.vault import Unreachable

blueprint = Blueprint("health", __name__)

#: Below this much room an upload could fail half way.
MIN_FREE_BYTES = 200_000_000
#: An address no file will ever have.
_NO_FILE = "0" * 64
_QUEUE = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")


@blueprint.get("/healthz")
@guard.public
def live() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@guard.public
def ready() -> tuple[Response, int]:
    """Say whether database, queue, disk, vault and log can be worked with; 503 names what cannot.

    Files that were found damaged, and events that have no place in the log yet, are counted, but stop nobody's work.
    """
    checks = {"database": _database(), "queue": _queue(), "disk": _disk(), "vault": _vault(), "log": _log()}
    good = all(checks.values())
    damaged = _damaged_files() if checks["database"] else None
    waiting = _waiting() if checks["database"] else None
    told = jsonify(status="ready" if good else "not ready", checks=checks, damaged_files=damaged, waiting_for_the_log=waiting)
    return told, 200 if good else 503


def _database() -> bool:
    try:
        with site().reading() as session:
            session.execute(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return False
    return True


def _queue() -> bool:
    try:
        with site().reading() as session:
            session.execute(_QUEUE)
    except SQLAlchemyError:
        return False
    return True


def _vault() -> bool:
    try:
        site().facilities.vault.contains(_NO_FILE)
    except (Unreachable, OSError):
        return False
    return True


def _damaged_files() -> int | None:
    try:
        with site().reading() as session:
            return fixity.count_damaged(session)
    except SQLAlchemyError:
        return None


def _disk() -> bool:
    room = os.statvfs(site().facilities.authority_dir.parent)
    return room.f_bavail * room.f_frsize > MIN_FREE_BYTES


def _log() -> bool:
    """Say whether the log can go on: what was signed is here, and the folder of the log can be read."""
    try:
        with site().reading() as session:
            sequencer.checked_edge(session, site().facilities.log, sequencer.newest_checkpoint(session))
    except (SQLAlchemyError, OSError, Refused):
        return False
    return True


def _waiting() -> int | None:
    try:
        with site().reading() as session:
            return sequencer.status(session).waiting
    except SQLAlchemyError:
        return None
