"""A browser for the page tests, and the one judgement every page must pass: `page_is_sound`.

Chromium comes from the operating system; where it is missing these tests fail with what to install, they are
not skipped. Nothing in a test may reach another host: such a request is blocked and counted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from cast import PASSWORD, Cast
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from visitor import SECRET_KEY, site_of
from waitress import wasyncore
from waitress.server import create_server
from watched import Watched, assert_page_sound
from yunjiang import NOW, City

from web.application import create_app
from web.site import Site

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start one browser for the tests of a file; while it runs, the thread of the tests belongs to its event loop."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: install the package chromium (make setup does)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    """Open an empty page with its own cookies, in Chinese, whose doings are noted."""
    context = chromium.new_context(locale="zh-CN", bypass_csp=False)
    seen = Watched(context.new_page())
    seen.page.on("console", seen.heard)
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    context.route("**/*", seen.let_through)
    yield seen
    context.close()


@pytest.fixture
def served(cast: Cast, tmp_path: Path) -> Iterator[str]:
    """Serve the application on the database of `cast` and give its address, `http://127.0.0.1:port`."""
    with serving(create_app(site_of(cast, tmp_path), SECRET_KEY)) as address:
        yield address


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application in a thread and give its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True)
    thread = Thread(target=server.run, name="served")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # In the server's own thread: it ends when nothing is left to listen to.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join()
        server.task_dispatcher.shutdown()


@pytest.fixture(scope="module")
def city_served(yunjiang: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the demonstration city at its own moment and give the address."""
    folder = tmp_path_factory.mktemp("city")
    settings = replace(site_of(yunjiang, folder).settings, demo=True)
    site = Site(settings, yunjiang.sessions, yunjiang.facilities, lambda: NOW)
    with serving(create_app(site, SECRET_KEY)) as address:
        yield address


@pytest.fixture
def enter(served: str) -> Callable[[Watched, str], Page]:
    """Sign one of the cast in through the sign-in page and give the open page (their first one)."""

    def sign_in(watched: Watched, login: str) -> Page:
        page = watched.page
        page.goto(f"{served}/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.click(".sign-in form[action='/sign-in'] button")
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        return page

    return sign_in


@pytest.fixture
def page_is_sound() -> Callable[[Watched], None]:
    """Give the judgement: see `assert_page_sound`."""
    return assert_page_sound
