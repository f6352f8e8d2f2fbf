"""Sign-in, sign-out, the language, and the first page of each role."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.catalogue import LANGUAGES, N_
from engine.errors import Invalid, NotFound, Refused
from models.people import Role
from web import session
from web.guards import guard
from web.language import translated
from web.site import site
from web.words import ROLES
from workflows import signing_keys, signing_in
from workflows.demo.city import SIGN_INS

blueprint = Blueprint("login", __name__)

_COOKIE_SECONDS = 365 * 24 * 3600

#: The first page of a role; of several roles the first in this order counts.
FIRST_PAGES = (
    (Role.CREATION_OFFICE, "inbox.index"),
    (Role.DEPARTMENT_REVIEWER, "inbox.index"),
    (Role.COLLECTOR, "inbox.index"),
    (Role.LEADER, "board.index"),
    (Role.AUDITOR, "audit.index"),
    (Role.ADMINISTRATOR, "people.index"),
)


@blueprint.get("/")
@guard.signed_in
def home() -> Response:
    """Lead to the first page of the person's role."""
    roles = session.person().roles
    return redirect(url_for(next((page for role, page in FIRST_PAGES if role in roles), "login.no_role")), 303)


@blueprint.get("/no-role")
@guard.signed_in
def no_role() -> str:
    """Say that somebody without a role sees nothing yet."""
    return render_template("login/no_role.html")


@blueprint.get("/sign-in")
@guard.public
def sign_in() -> Response | str:
    """Show the sign-in form."""
    if session.signed_in_person() is not None:
        return redirect(url_for("login.home"), 303)
    return _form(login="", error=None)


@blueprint.post("/sign-in")
@guard.public
def enter() -> Response | tuple[str, int] | str:
    """Sign somebody in, then go back to where they were."""
    login = request.form.get("login", "")
    attempt = signing_in.Attempt(login, request.form.get("password", ""), request.remote_addr or "")
    try:
        entered = signing_in.sign_in(site().sessions, attempt, site().clock)
    except Refused as refused:
        status = 422 if isinstance(refused, Invalid) else 403
        return _form(login=login, error=refused), status
    session.begin(entered.person, entered.secret)
    kept = session.kept_form(request.form.get("kept", ""))
    if kept is not None:
        return render_template("login/resume.html", kept=kept)
    return redirect(session.local_path(request.form.get("next")) or url_for("login.home"), 303)


@blueprint.post("/sign-out")
@guard.signed_in
def sign_out() -> Response:
    """End the session and throw its signing key away."""
    person, secret = session.person(), session.key_secret()
    with site().work(person.actor) as unit:
        if secret is not None:
            signing_keys.forget(unit, secret)
        signing_in.record_sign_out(unit, person.login)
    session.end()
    return redirect(url_for("login.sign_in"), 303)


@blueprint.post("/language/<code>")
@guard.public
def choose_language(code: str) -> Response:
    """Remember the language for this browser and go back."""
    if code not in LANGUAGES:
        raise NotFound(N_("There is no such page."))
    answer = make_response(redirect(session.local_path(request.form.get("next")) or url_for("login.home"), 303))
    answer.set_cookie(
        session.LANGUAGE_COOKIE,
        code,
        max_age=_COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer


def _form(*, login: str, error: Refused | None) -> str:
    return render_template(
        "login/sign_in.html",
        login=login,
        error=error,
        next_path=session.local_path(request.values.get("next")) or "",
        kept=request.form.get("kept", ""),
        expired=False,
        demo_people=_demo_people(),
    )


def _demo_people() -> list[dict[str, str]]:
    if not site().settings.demo:
        return []
    return [
        {
            "name": one.name,
            "initial": one.name[:1],
            "department": one.department,
            "role": translated(ROLES[one.role]),
            "login": one.login,
            "password": one.password,
        }
        for one in SIGN_INS
    ]
