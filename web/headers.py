"""What every answer carries: the content security policy without exceptions, and who may keep a copy."""

from flask import Flask, request
from werkzeug.wrappers import Response

POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: For files people uploaded: whatever they hold, it may run nothing and load nothing.
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
#: The same for a video, which its own page has to load.
FILM_POLICY = "default-src 'none'; media-src 'self'; sandbox; frame-ancestors 'none'"

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def install(app: Flask) -> None:
    """Set the headers on every answer that has not set its own."""
    app.after_request(_set)


def _set(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    for name, value in _FIXED.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        # A shared office computer must not show a page again after sign-out.
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
