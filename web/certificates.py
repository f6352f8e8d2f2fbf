"""Certificates of the office (证书): the root to be handed out, revocation lists, what ends soon, renewal."""

from io import BytesIO

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Refused
from models.people import Role
from web import certificates_page
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import now, person
from web.site import site
from workflows import authority_care
from workflows.dossier.certificates import Holder, load_authority

blueprint = Blueprint("certificates", __name__)

_PEM = "application/x-pem-file"


@blueprint.get("/certificates")
@guard(Role.ADMINISTRATOR, Role.AUDITOR)
def index() -> str:
    """Show the certificates of the office and whose ends soon."""
    return _page("")


@blueprint.post("/certificates/renew")
@guard(Role.ADMINISTRATOR)
def renew() -> Response | tuple[str, int]:
    """Renew the issuing authority, the seal and the time-stamp unit."""
    try:
        with site().work(person().actor) as unit:
            authority_care.renew(unit, site().facilities)
    except Refused as refused:
        return _page(sentence(refused)), 422
    authority_care.publish_lists(site().sessions, site().facilities, site().clock)
    notify(N_("The issuing authority, the seal and the time-stamp unit have been renewed."))
    return redirect(url_for("certificates.index"), 303)


@blueprint.post("/certificates/lists")
@guard(Role.ADMINISTRATOR)
def publish() -> Response:
    """Write the revocation lists anew."""
    authority_care.publish_lists(site().sessions, site().facilities, site().clock)
    notify(N_("The revocation lists are up to date."))
    return redirect(url_for("certificates.index"), 303)


@blueprint.get("/certificates/root.pem")
@guard.signed_in
def root() -> Response:
    """Give the root certificate: whoever checks a paper elsewhere has to trust it."""
    pem = load_authority(site().facilities.authority_dir).pem(Holder.ROOT)
    return send_file(BytesIO(pem), mimetype=_PEM, as_attachment=True, download_name="juanzong-root.pem")


@blueprint.get("/certificates/chain.pem")
@guard.signed_in
def chain() -> Response:
    """Give the issuing authorities, that of now first."""
    issuers = load_authority(site().facilities.authority_dir).issuers
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in issuers)
    return send_file(BytesIO(pem), mimetype=_PEM, as_attachment=True, download_name="juanzong-issuing.pem")


@blueprint.get("/certificates/revoked.pem")
@guard.signed_in
def revoked() -> Response:
    """Give the revocation lists, as OpenSSL reads them."""
    lists = load_authority(site().facilities.authority_dir).lists
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in lists)
    return send_file(BytesIO(pem), mimetype=_PEM, as_attachment=True, download_name="juanzong-revoked.pem")


def _page(error: str) -> str:
    with site().reading() as session:
        shown = certificates_page.page(session, site().facilities, now())
    return render_template("signatures/certificates.html", **shown, error=error, may_renew=Role.ADMINISTRATOR in person().roles)
