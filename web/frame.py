"""What every page shows around its content: navigation, person, state of the audit chain, notices; and the words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, flash, get_flashed_messages, request, url_for
from flask_wtf.csrf import generate_csrf

from engine.catalogue import N_
from models.people import Role
from web import moments, words, work_lists
from web.assets import asset_url
from web.language import translated
from web.session import SignedIn, language, signed_in_person
from web.site import site
from workflows.audit_checks import last_check

_EVERY_WORKER = frozenset({Role.COLLECTOR, Role.DEPARTMENT_REVIEWER, Role.CREATION_OFFICE})
_OVERSEERS = frozenset({Role.CREATION_OFFICE, Role.LEADER, Role.AUDITOR})


@dataclass(frozen=True)
class Entry:
    """One way through the product, and for whom. `key` is the blueprint it leads to."""

    key: str
    endpoint: str
    icon: str
    label: str
    roles: frozenset[Role]


NAVIGATION = (
    Entry("inbox", "inbox.index", "inbox", N_("Inbox"), _EVERY_WORKER),
    Entry("people", "people.index", "users", N_("People"), frozenset({Role.ADMINISTRATOR})),
    Entry("audit", "audit.index", "shield-check", N_("Audit"), frozenset({Role.AUDITOR, Role.ADMINISTRATOR})),
    Entry("board", "board.index", "chart-bar", N_("Board"), _OVERSEERS | {Role.DEPARTMENT_REVIEWER}),
    Entry("gaps", "gaps.index", "list-check", N_("Gap board"), _OVERSEERS | {Role.DEPARTMENT_REVIEWER, Role.COLLECTOR}),
    Entry("archive", "archive.index", "archive", N_("Archive"), _EVERY_WORKER | _OVERSEERS),
    Entry("imports", "imports.index", "table-import", N_("Import"), frozenset({Role.CREATION_OFFICE})),
    Entry("verify", "archive.verify", "certificate", N_("Verify"), _EVERY_WORKER | _OVERSEERS | {Role.ADMINISTRATOR}),
    Entry("certificates", "certificates.index", "key", N_("Certificates"), frozenset({Role.ADMINISTRATOR, Role.AUDITOR})),
    Entry("departments", "departments.index", "building", N_("Departments"), frozenset({Role.ADMINISTRATOR, Role.CREATION_OFFICE})),
)


def install(app: Flask) -> None:
    """Give templates their globals, filters and the frame of every page."""
    app.jinja_env.globals["_"] = translated
    app.jinja_env.globals["asset_url"] = asset_url
    app.jinja_env.globals["csrf_token"] = generate_csrf
    app.jinja_env.filters["stamp"] = moments.stamp
    app.jinja_env.filters["day"] = moments.day
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_frame)


def notify(msgid: str, kind: str = "ok", **params: object) -> None:
    """Show a sentence on the next page this person sees: kind ok, warn or bad."""
    flash(translated(msgid, **params), kind)


def _frame() -> dict[str, Any]:
    somebody = signed_in_person()
    common = {"language": language(), "theme": "auto", "demo": site().settings.demo}
    if somebody is None:
        return common
    return {
        **common,
        "me": _me(somebody),
        "nav": _navigation(somebody),
        "current": _current(),
        "chain_status": _chain_status(somebody),
        "notices": [{"kind": notice[0], "text": notice[1]} for notice in get_flashed_messages(with_categories=True)],
    }


def _me(somebody: SignedIn) -> dict[str, str]:
    roles = [role for role in Role if role in somebody.roles]
    return {
        "name": somebody.name,
        "initial": somebody.name[:1],
        "department": "、".join(somebody.departments[:2]),
        "role": "·".join(translated(words.ROLES[role]) for role in roles),
    }


def _navigation(somebody: SignedIn) -> list[dict[str, object]]:
    counts: dict[str, Callable[[], str | None]] = {"inbox": lambda: _waiting(somebody)}
    return [
        {
            "key": entry.key,
            "href": url_for(entry.endpoint),
            "icon": entry.icon,
            "label": translated(entry.label),
            "count": counts[entry.key]() if entry.key in counts else None,
        }
        for entry in NAVIGATION
        if entry.roles & somebody.roles
    ]


def _current() -> str:
    endpoint = request.endpoint or ""
    if endpoint.startswith("archive.verify"):
        return "verify"
    owners = {"items": "inbox", "fill": "inbox", "decisions": "inbox", "trail": "inbox", "assignments": "inbox", "looking_over": "imports", "exports": "imports", "department": "departments", "editions": "imports"}
    blueprint = request.blueprint or ""
    return owners.get(blueprint, blueprint)


def _waiting(somebody: SignedIn) -> str | None:
    with site().reading() as session:
        count = work_lists.waiting(session, somebody.actor)
    return work_lists.number(count) if count else None


def _chain_status(somebody: SignedIn) -> dict[str, str] | None:
    with site().reading() as session:
        check = last_check(session)
    href = url_for("audit.index") if Role.AUDITOR in somebody.roles else ""
    if check is None:
        return {"state": "unknown", "text": translated(N_("Chain not checked yet")), "detail": "", "href": href}
    detail = f"{moments.stamp(check.at)[5:]} · {check.events}"
    text = N_("Audit chain intact") if check.intact else N_("Audit chain broken")
    return {"state": "ok" if check.intact else "broken", "text": translated(text), "detail": detail, "href": href}
