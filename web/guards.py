"""Who may open which address. Every route names its guard; a route without one stops the application at start.

`@guard(Role.AUDITOR)` lets the named roles in, `@guard.signed_in` everybody who is signed in, `@guard.public`
everybody. What a person may see or do behind the door is decided by `workflows.visibility` and the verbs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Forbidden
from models.people import Role
from web.session import sign_in_first, signed_in_person

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "__guard__"


class UnguardedRoute(Exception):  # noqa: N818 - named after the finding
    """A route names no guard: the application must not start."""


@dataclass(frozen=True)
class Guard:
    """Who is let in. `roles` None: everybody signed in; empty: everybody."""

    roles: frozenset[Role] | None

    def __str__(self) -> str:
        """Describe the guard as the table of routes writes it."""
        if self.roles is None:
            return "signed in"
        return ", ".join(sorted(self.roles)) or "public"


class _Marker:
    """The decorators: they mark the view and change nothing about it."""

    def __call__(self, *roles: Role) -> Callable[[View], View]:
        """Let people in who hold one of `roles`."""
        return lambda view: _marked(view, Guard(frozenset(roles)))

    def signed_in(self, view: View) -> View:
        """Let everybody in who is signed in."""
        return _marked(view, Guard(None))

    def public(self, view: View) -> View:
        """Let everybody in."""
        return _marked(view, Guard(frozenset()))


guard = _Marker()


def guard_of(app: Flask, endpoint: str) -> Guard | None:
    """Give the guard of an endpoint, or None where its view names none."""
    found = getattr(app.view_functions.get(endpoint), _MARK, None)
    return found if isinstance(found, Guard) else None


def install(app: Flask) -> None:
    """Ask the guard before every request. To be called before anything else watches requests."""
    app.before_request(_ask)


def check_every_route(app: Flask) -> None:
    """Refuse to start with a route nobody guards. Raises UnguardedRoute, naming the address."""
    for rule in app.url_map.iter_rules():
        if guard_of(app, rule.endpoint) is None:
            raise UnguardedRoute(rule.rule)


def _ask() -> Response | None:
    if request.endpoint is None:
        return None  # there is no such address: the 404 page says so
    wanted = guard_of(current_app, request.endpoint)
    if wanted is None:
        raise UnguardedRoute(request.endpoint)
    if wanted.roles is not None and not wanted.roles:
        return None
    person = signed_in_person()
    if person is None:
        return sign_in_first()
    if wanted.roles is not None and not wanted.roles & person.roles:
        raise Forbidden(N_("This page is not for your role. Ask your administrator if you need it."))
    return None


def _marked(view: View, wanted: Guard) -> View:
    setattr(view, _MARK, wanted)
    return view
