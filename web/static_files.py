"""Style sheets, scripts and icons: served under an address that carries their digest, kept by the browser for ever."""

import gzip
import mimetypes
from functools import cache

from flask import Flask, request
from werkzeug.security import safe_join
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import NotFound
from web.assets import STATIC
from web.guards import guard

_FOR_EVER = "public, max-age=31536000, immutable"
_WORTH_PACKING = 1_000


def install(app: Flask) -> None:
    """Serve everything below `web/static`."""
    app.add_url_rule("/static/<path:path>", "static", serve)
    app.add_url_rule("/favicon.ico", "favicon", favicon)


@guard.public
def serve(path: str) -> Response:
    """Give one file, packed where the browser takes it."""
    found = safe_join(str(STATIC), path)
    content = _content(found) if found is not None else None
    if content is None:
        raise NotFound(N_("There is no such page."))
    plain, packed = content
    response = Response(plain, mimetype=mimetypes.guess_type(path)[0] or "application/octet-stream")
    if packed is not None and request.accept_encodings["gzip"] > 0:
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = _FOR_EVER if request.args.get("v") else "no-cache"
    return response


@guard.public
def favicon() -> Response:
    """Give the mark to browsers that ask for the old name."""
    return serve("mark.svg")


@cache
def _content(path: str) -> tuple[bytes, bytes | None] | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a checked string
            plain = file.read()
    except OSError:
        return None
    packed = gzip.compress(plain, mtime=0) if len(plain) > _WORTH_PACKING else None
    return plain, packed if packed is not None and len(packed) < len(plain) else None
