"""My signature (我的签名): the certificate somebody signs with; renew it, bring another one, open a device."""

from collections.abc import Callable
from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import NotFound, Refused
from engine.unit_of_work import UnitOfWork
from web import my_signature_page
from web.forms import clean
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import keep_secret, now, person
from web.site import site
from workflows import my_signature, signing_keys
from workflows.dossier.outside_certificates import MAX_FILE_BYTES

blueprint = Blueprint("my_signature", __name__)

Page = Response | tuple[str, int]


@blueprint.get("/my-signature")
@guard.signed_in
def mine() -> str:
    """Show the certificate of the person."""
    return _page({})


@blueprint.post("/my-signature/renew")
@guard.signed_in
def renew() -> Page:
    """Issue a new certificate in the place of the old one."""
    facilities, password = site().facilities, _secret("password")
    return _done("renew", N_("A new certificate has been issued."), lambda unit: my_signature.renew(unit, facilities, person().person_id, password))


@blueprint.post("/my-signature/file")
@guard.signed_in
def bring_file() -> Page:
    """Sign with the certificate in a file from now on."""
    sent = request.files.get("file")
    data = sent.stream.read(MAX_FILE_BYTES + 1) if sent is not None else b""
    facilities, file, password = site().facilities, (data, _secret("pin")), _secret("password")
    return _done("file", N_("You sign with your own certificate now."), lambda unit: my_signature.bring_file(unit, facilities, person().person_id, file, password))


@blueprint.post("/my-signature/device")
@guard.signed_in
def bring_device() -> Page:
    """Sign with the certificate on a device from now on."""
    facilities, password = site().facilities, _secret("password")
    device = (clean(request.form.get("token", "")), _secret("pin"))
    return _done("device", N_("You sign with your device now."), lambda unit: my_signature.bring_device(unit, facilities, person().person_id, device, password))


@blueprint.post("/my-signature/unlock")
@guard.signed_in
def unlock() -> Page:
    """Keep the PIN of the device until the person signs out."""
    facilities, pin = site().facilities, _secret("pin")
    return _done("unlock", N_("The device is open until you sign out."), lambda unit: my_signature.unlock_device(unit, facilities, person().person_id, pin))


@blueprint.post("/my-signature/stop")
@guard.signed_in
def stop_using() -> Page:
    """Go back to the certificate issued here."""

    def stop(unit: UnitOfWork) -> None:
        my_signature.stop_using(unit, person().person_id)

    return _done("stop", N_("You sign with the certificate issued here again. Your password is asked for when you next sign."), stop)


@blueprint.get("/my-signature/certificate.pem")
@guard.signed_in
def download() -> Response:
    """Give the certificate of the person, without its key."""
    with site().reading() as session:
        current = signing_keys.current_certificate(session, person().person_id)
        if current is None:
            raise NotFound(N_("You have no certificate to sign with. Issue one with your password."))
        pem = BytesIO(current.certificate_pem + current.chain_pem)
    return send_file(pem, mimetype="application/x-pem-file", as_attachment=True, download_name=f"{person().login}.pem")


def _done(part: str, message: str, deed: Callable[[UnitOfWork], str | None]) -> Page:
    """Do one thing and go back to the page; a refusal stands beside the form it came from."""
    try:
        with site().work(person().actor) as unit:
            secret = deed(unit)
    except Refused as refused:
        return _page({part: sentence(refused)}), 422
    keep_secret(secret)
    notify(message)
    return redirect(url_for("my_signature.mine"), 303)


def _secret(name: str) -> str:
    # To the letter: passwords and PINs may begin or end with a blank.
    return request.form.get(name, "").replace("\x00", "")


def _page(errors: dict[str, str]) -> str:
    with site().reading() as session:
        shown = my_signature_page.page(session, site().facilities, person(), now())
    return render_template("signatures/mine.html", **{**shown, "errors": errors})
