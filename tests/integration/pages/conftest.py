"""The application on a test's own database, with the cast of tests/cast.py, and people signed in to it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cast import Cast
from flask import Flask
from looking_desk import OTHER, Desk, sent, words
from visitor import SECRET_KEY, Visitor, site_of

from web.application import create_app
from web.site import Site


@pytest.fixture
def site(cast: Cast, tmp_path: Path) -> Site:
    """Give the parts of the application; the same database and vault as `cast`."""
    return site_of(cast, tmp_path)


@pytest.fixture
def app(site: Site) -> Flask:
    """Give the application as it is served."""
    made = create_app(site, SECRET_KEY)
    made.test_client_class = Visitor
    return made


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Visitor]:
    """Give a client signed in as one of the cast, its signing key unlocked; every call is another browser."""

    def enter(login: str) -> Visitor:
        client = app.test_client()
        assert isinstance(client, Visitor)
        return client.enter(login)

    return enter


@pytest.fixture
def desk(signed_in: Callable[[str], Visitor]) -> Desk:
    """Give somebody of the office at the draft of `OTHER`."""
    client = signed_in("zhao")
    answer = sent(client, OTHER.encode())
    assert answer.status_code == 303, words(answer)
    return Desk(client, answer.location)
