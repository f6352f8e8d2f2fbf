"""Who is signed in, in which language they read, and what becomes of a form whose session is over."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask, current_app, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from engine.catalogue import language_of
from engine.unit_of_work import Actor
from models.people import Person, Role, RoleHeld
from web.site import site
from workflows.people import actor_of

LANGUAGE_COOKIE = "language"
#: Where the session keeps the secret that unlocks the signing key of this sign-in.
_SECRET = "key"  # noqa: S105 - a name, not a secret
_KEPT_SECONDS = 3600
_NEVER_KEPT = frozenset({"csrf_token", "password", "new_password", "kept"})


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login carries no types
    """The person behind a request, with what every page shows of them."""

    def __init__(self, person: Person) -> None:
        self.id = _identifier(person)
        self.person_id: UUID = person.id
        self.name = person.name
        self.login = person.login
        self.language = person.language
        self.actor: Actor = actor_of(person)
        self.roles = frozenset(Role(held.role) for held in person.roles)
        self.departments = tuple(dict.fromkeys(held.department.name for held in person.roles if held.department))


@dataclass(frozen=True)
class KeptForm:
    """A form sent after the session was over: where it went and what was written in it."""

    path: str
    fields: tuple[tuple[str, str], ...]


def install(app: Flask) -> None:
    """Let Flask-Login find the person of a request."""
    manager = LoginManager(app)
    manager.user_loader(_load)


def signed_in_person() -> SignedIn | None:
    """Give the person of this request, or None."""
    return current_user if isinstance(getattr(current_user, "actor", None), Actor) else None


def person() -> SignedIn:
    """Give the person of this request; behind a guard there is always one."""
    found = signed_in_person()
    if found is None:
        raise TypeError(request.path)
    return found


def begin(somebody: Person, secret: str | None) -> None:
    """Start a session for somebody. A session that was there before is thrown away."""
    session.clear()
    session.permanent = True
    # Read anew: what the sign-in hands over no longer knows the departments of its roles.
    login_user(_load(_identifier(somebody)))
    if secret is not None:
        session[_SECRET] = secret


def key_secret() -> str | None:
    """Give the secret of this sign-in's signing key, if one was unlocked."""
    found = session.get(_SECRET)
    return found if isinstance(found, str) else None


def keep_secret(secret: str | None) -> None:
    """Keep the secret of a key that was opened anew in this session, or none when it is locked now."""
    if secret is None:
        session.pop(_SECRET, None)
    else:
        session[_SECRET] = secret


def end() -> None:
    """End the session of this browser."""
    logout_user()
    session.clear()


def language() -> str:
    """Give the language of this request: chosen in this browser, else the person's, else the browser's own."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen:
        return language_of(chosen)
    somebody = signed_in_person()
    if somebody is not None:
        return somebody.language
    return language_of(next((value for value, _ in request.accept_languages), None))


def now() -> datetime:
    """Give the moment of this request."""
    return site().clock()


def sign_in_first() -> Response:
    """Ask for the sign-in and remember where the person wanted to go, and what they had written."""
    if request.headers.get("HX-Request"):
        answer = Response(status=401)
        answer.headers["HX-Redirect"] = url_for("login.sign_in", next=request.full_path.rstrip("?"))
        return answer
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("login.sign_in", next=request.full_path.rstrip("?")), 303)
    page = render_template("login/sign_in.html", expired=True, kept=keep_form(), next_path="", login="", error=None)
    return Response(page, 401, mimetype="text/html")


def keep_form() -> str:
    """Put the fields of this request into a signed text that the sign-in page carries along."""
    fields = [
        [name, value] for name, values in request.form.lists() for value in values if name not in _NEVER_KEPT
    ]
    back = request.referrer or ""
    return _signer().dumps({"path": request.full_path.rstrip("?"), "fields": fields, "back": back})


def kept_form(text: str) -> KeptForm | None:
    """Read what `keep_form` wrote, or None when it is not ours or too old."""
    try:
        found = _signer().loads(text, max_age=_KEPT_SECONDS)
    except BadSignature:
        return None
    return KeptForm(found["path"], tuple((name, value) for name, value in found["fields"]))


def local_path(path: str | None) -> str | None:
    """Give `path` if it stays on this site, else None."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")):
        return None
    return path


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="kept-form")


def _load(identifier: str) -> SignedIn | None:
    key, _, fingerprint = identifier.partition(".")
    query = (
        select(Person)
        .options(selectinload(Person.roles).options(joinedload(RoleHeld.department)))
        .where(Person.id == UUID(key), Person.active)
    )
    with site().reading() as reader:
        found = reader.scalars(query).one_or_none()
        # A new password ends every session that was opened with the old one. While the database is open: whom
        # somebody acts for, and which departments were merged into theirs, is asked of it.
        return SignedIn(found) if found is not None and _fingerprint(found) == fingerprint else None


def _identifier(somebody: Person) -> str:
    return f"{somebody.id}.{_fingerprint(somebody)}"


def _fingerprint(somebody: Person) -> str:
    return hashlib.sha256(somebody.password_hash.encode()).hexdigest()[:16]
