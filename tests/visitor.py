"""What the page tests share: the parts of an application on a test's own database, and a client that fills in forms."""

import re
from pathlib import Path
from typing import Any, Protocol

from cast import PASSWORD
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from engine.unit_of_work import Sessions
from web.settings import Settings
from web.site import Site
from workflows.facilities import Facilities

SECRET_KEY = b"key of the page tests, of thirty-two bytes or more"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
#: A page every signed-in person may open, with a form on it.
_ANY_PAGE = "/no-role"


class Office(Protocol):
    """A database and its files: the cast of the tests, or the demonstration city."""

    @property
    def sessions(self) -> Sessions:
        """Give the database."""

    @property
    def facilities(self) -> Facilities:
        """Give the files and the authority."""


def site_of(cast: Office, folder: Path) -> Site:
    """Give the parts of an application for an office; what it writes besides the database and vault goes to `folder`."""
    settings = Settings(
        data_dir=folder,
        database_url=None,
        host="127.0.0.1",
        port=0,
        organisation=cast.facilities.organisation,
        secret_key_file=folder / "session-key",
        passphrase_file=folder / "passphrase",
        max_upload_mb=20,
        max_photo_mb=20,
        max_document_mb=20,
        max_video_mb=20,
        threads=4,
        trusted_proxies=0,
        demo=False,
    )
    return Site(settings, cast.sessions, cast.facilities)


class Visitor(FlaskClient):
    """A client that remembers the form token of the last page it read and sends it with every form, as a browser does.

    Give the fields of a form as `data=`, a dict (lists for repeated fields) or a MultiDict.
    """

    token: str | None = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request and keep the form token of the page that came back."""
        answer = super().open(*args, **kwargs)
        if answer.mimetype == "text/html":
            found = _TOKEN.search(answer.get_data(as_text=True))
            self.token = found.group(1) if found else self.token
        return answer

    def post(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a form with its token. A `csrf_token` in `data` is left as it is."""
        fields = MultiDict(kwargs.pop("data", None) or {})
        if "csrf_token" not in fields:
            fields["csrf_token"] = self.form_token()
        return super().post(*args, data=fields, **kwargs)

    def form_token(self) -> str:
        """Give a form token of this session."""
        if self.token is None:
            self.get(_ANY_PAGE)
        assert self.token is not None, "no page with a form has been read"
        return self.token

    def enter(self, login: str) -> "Visitor":
        """Sign in as one of the cast, over the sign-in page."""
        self.get("/sign-in")
        answer = self.post("/sign-in", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        self.token = None  # a new session, so the token of the sign-in page is worth nothing
        return self
