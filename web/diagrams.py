"""The sealed diagrams, byte for byte as they were deployed."""

from uuid import UUID

from flask import Blueprint
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import NotFound
from models.process import ProcessVersion
from web.guards import guard
from web.site import site

blueprint = Blueprint("diagrams", __name__)


@blueprint.get("/diagrams/<uuid:version_id>.bpmn")
@guard.signed_in
def xml(version_id: UUID) -> Response:
    """Give the XML of one version."""
    with site().reading() as session:
        version = session.get(ProcessVersion, version_id)
        if version is None:
            raise NotFound(N_("There is no such diagram."))
        answer = Response(version.xml, mimetype="application/xml")
        answer.set_etag(version.sha256)
    # A version never changes after its deployment.
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer
