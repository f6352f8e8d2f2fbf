"""How large a request may be: as large as a video where evidence comes in, small everywhere else.

The server receives a body before the application sees it; so it too has to know which address takes large ones.
"""

import re
from typing import Any

from flask import Flask, request
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge

from web.session import signed_in_person
from web.settings import Settings
from web.site import site
from workflows.evidence.uploads import PART_AT_MOST

#: The words of the form come with the files.
_FORM = 900_000
_MEGABYTE = 1_000_000
_LARGE = re.compile(r"/items/[^/]+/fill/(?:upload|save|submit)$")
_PARTS = re.compile(r"/items/[^/]+/fill/uploads/[^/]+/\d+$")


def ordinary(settings: Settings) -> int:
    """Give the largest body of an ordinary request, in bytes."""
    return settings.max_upload_mb * _MEGABYTE


def largest(settings: Settings) -> int:
    """Give the largest body there is, in bytes."""
    return max(settings.max_video_mb, settings.max_document_mb, settings.max_photo_mb, settings.max_upload_mb) * _MEGABYTE + _FORM


def limit_for(path: str, settings: Settings) -> int:
    """Give the largest body an address takes, in bytes."""
    if _LARGE.search(path):
        return largest(settings)
    return max(PART_AT_MOST, ordinary(settings)) if _PARTS.search(path) else ordinary(settings)


def install(app: Flask) -> None:
    """Let the application take large forms where evidence comes in, from those who have signed in."""

    @app.before_request
    def allow() -> None:
        if request.method in {"POST", "PUT"} and signed_in_person() is not None:
            request.max_content_length = limit_for(request.path, site().settings)


def channel(settings: Settings) -> type[HTTPChannel]:
    """Give the class of a connection that refuses a body too large for its address before receiving it."""

    class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
        error: Any

        def received(self, data: bytes) -> int:
            consumed: int = super().received(data)
            if self.headers_finished and self.error is None and not self.empty:
                limit = limit_for(self.path, settings) + _FORM
                if max(self.content_length, self.body_bytes_received) > limit:
                    self.error = RequestEntityTooLarge(f"exceeds {limit} bytes")
                    self.completed = True
            return consumed

    class Channel(HTTPChannel):  # type: ignore[misc]  # as above
        parser_class: Any = Parser

    return Channel
