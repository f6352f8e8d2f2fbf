"""What stands in the place of a stored file that is damaged, or that cannot be reached: words, never its bytes.

Where a page asks for a picture it gets a picture that says so.
"""

import logging
from html import escape

from flask import Flask, request
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Conflict
from web import errors
from web.headers import FILE_POLICY
from web.language import translated
from web.site import site
from workflows.evidence import fixity
from workflows.evidence.vault import Damaged, Unreachable, Unwritable

_DAMAGED, _MISSING = N_("File damaged, not given out"), N_("File missing, not given out")
_UNAVAILABLE, _FULL = 503, 507
_PLACARD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 360" width="480" height="360" role="img">
<rect width="480" height="360" fill="#f6eaea"/><rect x="6" y="6" width="468" height="348" fill="none" stroke="#a12622" stroke-width="4"/>
<text x="240" y="188" text-anchor="middle" font-size="30" font-family="sans-serif" fill="#a12622">{words}</text></svg>
"""

_log = logging.getLogger("juanzong.vault")


def install(app: Flask) -> None:
    """Answer for files that cannot be given out or taken."""
    app.register_error_handler(Damaged, placard)
    app.register_error_handler(Unreachable, _unreachable)
    app.register_error_handler(Unwritable, _full)


def label(damage: str) -> str:
    """Give the words for a damaged file."""
    return translated(_MISSING if damage == "missing" else _DAMAGED)


def placard(damaged: Damaged) -> Response:
    """Note the damage and answer 409, with a picture where one was asked for."""
    _log.error("%s", damaged)
    fixity.note_damage(site().sessions, damaged, site().clock)
    if _wants_picture():
        response = Response(_PLACARD.format(words=escape(label(damaged.finding))), 409, mimetype="image/svg+xml")
        response.headers["Content-Security-Policy"] = FILE_POLICY
        return response
    missing = N_("The file is missing and cannot be given out. Hand in the same file again, or ask the administrator to put it back from a backup.")
    altered = N_("The file is damaged and is not given out. Hand in the same file again, or ask the administrator to put it back from a backup.")
    return errors.refused(Conflict(missing if damaged.finding == "missing" else altered))


def no_room() -> Conflict:
    """Give the sentence for a vault that takes no file at present."""
    return Conflict(N_("The server can take no files at present. What has arrived is kept; tell the administrator, and try again later."))


def _full(problem: Unwritable) -> Response:
    _log.error("%s", problem)
    page = errors.refused(no_room())
    page.status_code = _FULL
    return page


def _unreachable(problem: Unreachable) -> Response:
    _log.error("%s", problem)
    page = errors.refused(Conflict(N_("The files cannot be reached at present. Nothing is lost; try again in a few minutes.")))
    page.status_code = _UNAVAILABLE
    return page


def _wants_picture() -> bool:
    """Say whether an `<img>` asks; browsers that say what they ask for do so, the others name pictures first."""
    asked_for = request.headers.get("Sec-Fetch-Dest")
    if asked_for is not None:
        return asked_for == "image"
    return (request.accept_mimetypes.best or "").startswith("image/")
