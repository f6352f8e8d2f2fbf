"""Wiring of the pages: `create_app` in one screen. The routes are in `web/<page>.py`, each with its guard."""

from datetime import timedelta

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from web import body_limits, damaged, errors, frame, guards, headers, session, static_files
from web.archive import blueprint as archive
from web.assignments import blueprint as assignments
from web.audit import blueprint as audit
from web.board import blueprint as board
from web.campaign_checks import blueprint as campaign_checks
from web.certificates import blueprint as certificates
from web.decisions import blueprint as decisions
from web.department import blueprint as department
from web.departments import blueprint as departments
from web.diagrams import blueprint as diagrams
from web.editions import blueprint as editions
from web.file_pages import blueprint as file_pages
from web.exports import blueprint as exports
from web.files import blueprint as files
from web.fill import blueprint as fill
from web.fill_extras import blueprint as fill_extras
from web.fill_lead import blueprint as fill_lead
from web.gaps import blueprint as gaps
from web.health import blueprint as health
from web.imports import blueprint as imports
from web.inbox import blueprint as inbox
from web.items import blueprint as items
from web.login import blueprint as login
from web.looking_over import blueprint as looking_over
from web.my_signature import blueprint as my_signature
from web.people import blueprint as people
from web.requirements import blueprint as requirements
from web.resumable import blueprint as resumable
from web.site import EXTENSION, Site
from web.trail import blueprint as trail

BLUEPRINTS = (
    login,
    inbox,
    items,
    decisions,
    fill,
    resumable,
    fill_extras,
    fill_lead,
    files,
    file_pages,
    trail,
    diagrams,
    board,
    gaps,
    campaign_checks,
    archive,
    audit,
    imports,
    exports,
    looking_over,
    editions,
    assignments,
    requirements,
    people,
    my_signature,
    certificates,
    departments,
    department,
    health,
)
SESSION_LIFETIME = timedelta(hours=12)


def create_app(site: Site, secret_key: bytes) -> Flask:
    """Make the application. Raises UnguardedRoute when a route names no guard."""
    app = Flask("web", static_folder=None)
    app.secret_key = secret_key
    app.config.update(
        MAX_CONTENT_LENGTH=body_limits.ordinary(site.settings),
        MAX_FORM_MEMORY_SIZE=4_000_000,
        MAX_FORM_PARTS=5_000,
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        SESSION_COOKIE_NAME="juanzong",
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions[EXTENSION] = site
    if site.settings.trusted_proxies:
        hops = site.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
        app.config["SESSION_COOKIE_SECURE"] = True
    session.install(app)
    body_limits.install(app)
    guards.install(app)
    CSRFProtect(app)
    headers.install(app)
    errors.install(app)
    damaged.install(app)
    frame.install(app)
    static_files.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    guards.check_every_route(app)
    return app
