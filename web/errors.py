"""Refusals as pages: 403, 404, 409, 422 with the sentence and a way out; everything else is an incident with a number."""

import logging
import secrets
from urllib.parse import urlsplit

from flask import Flask, jsonify, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from web.language import sentence
from web.session import local_path, sign_in_first, signed_in_person
from web.site import site
from workflows.access import record_refusal

STATUS: tuple[tuple[type[Refused], int], ...] = ((NotFound, 404), (Forbidden, 403), (Conflict, 409), (Invalid, 422))

#: What people write in forms: shown again on the page of the refusal, so that nothing typed is lost.
TYPED = ("remark", "statement", "reason", "description", "note", "missing", "comment", "name")

_log = logging.getLogger("juanzong.web")


def install(app: Flask) -> None:
    """Map every kind of failure to its page."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(NoSuchPage, _no_such_page)
    app.register_error_handler(MethodNotAllowed, _no_such_page)
    app.register_error_handler(HTTPException, _other)
    app.register_error_handler(Exception, incident)


def status_of(refusal: Refused) -> int:
    """Give the HTTP status of a refusal."""
    return next((status for kind, status in STATUS if isinstance(refusal, kind)), 422)


def refused(refusal: Refused) -> Response:
    """Show one refusal with the words the person had typed and a way back; to a script, its sentence.

    What somebody asked for that is not theirs is written down.
    """
    somebody = signed_in_person()
    if isinstance(refusal, Forbidden) and somebody is not None:
        record_refusal(site().sessions, somebody.actor, f"{request.method} {request.path}", site().clock)
    return _refusal_page(refusal, status_of(refusal), _typed(), way_back())


def way_back() -> str:
    """Give the page the person came from, or their first page."""
    return _referring_page() or local_path(request.form.get("back")) or url_for("login.home")


def incident(error: Exception) -> Response:
    """Log a bug under a number and show the number, nothing else."""
    number = f"E-{secrets.token_hex(3).upper()}"
    _log.error("incident %s at %s %s", number, request.method, request.path, exc_info=error)
    return _page("errors/incident.html", 500, number=number, back=url_for("login.home"))


def _refusal_page(refusal: Refused, status: int, typed: list[str], back: str) -> Response:
    if request.accept_mimetypes.best == "application/json":
        answer = jsonify(message=sentence(refusal))
        answer.status_code = status
        return answer
    return _page(
        "errors/refused.html",
        status,
        status=status,
        message=refusal.message,
        params=refusal.params,
        typed=typed,
        back=back,
    )


def _referring_page() -> str | None:
    referrer = urlsplit(request.referrer or "")
    if referrer.netloc != request.host or referrer.path == request.path:
        return None
    return local_path(f"{referrer.path}?{referrer.query}" if referrer.query else referrer.path)


def _page(template: str, code: int, **values: object) -> Response:
    return Response(render_template(template, **values), code, mimetype="text/html")


def _typed() -> list[str]:
    if request.method != "POST":
        return []
    return [text for name in TYPED for text in request.form.getlist(name) if text.strip()]


def _form_expired(_error: CSRFError) -> Response:
    if signed_in_person() is None and request.endpoint != "login.enter":
        return sign_in_first()
    return refused(Conflict(N_("This form is too old. Go back, reload the page and send it again.")))


def _too_large(_error: RequestEntityTooLarge) -> Response:
    limit = (request.max_content_length or 0) // 1_000_000
    refusal = Invalid(N_("That is more than {limit} MB in one go. Send fewer or smaller files."), limit=limit)
    # Nothing of the form may be read here: reading it is what was refused.
    page = _refusal_page(refusal, status_of(refusal), [], _referring_page() or url_for("login.home"))
    page.headers["Connection"] = "close"
    return page


def _no_such_page(_error: HTTPException) -> Response:
    return refused(NotFound(N_("There is no such page.")))


def _other(error: HTTPException) -> Response:
    if error.code is None or error.code >= 500:  # noqa: PLR2004 - the server's own faults
        return incident(error)
    page = refused(Invalid(N_("The request could not be read. Go back and try again.")))
    page.status_code = error.code
    return page
