"""A browser for the page tests, and the one judgement every page must pass: `page_is_sound`.

Chromium comes from the operating system; where it is missing these tests fail with what to install, they are
not skipped. Nothing in a test may reach another host: such a request is blocked and counted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from cast import PASSWORD, Cast
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright
from visitor import SECRET_KEY, site_of
from waitress import wasyncore
from waitress.server import create_server

from web.application import create_app

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = ((1440, 900), (390, 844), (320, 640))
HERE = {"127.0.0.1", "localhost"}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Watched:
    """A page and everything it did that a sound page does not do."""

    page: Page
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        """Note what the page said on the console; policy violations are said there too."""
        if message.type == "error":
            self.errors.append(message.text)

    def let_through(self, route: Route) -> None:
        """Let requests to this machine pass and refuse every other."""
        if urlsplit(route.request.url).hostname in HERE:
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start one browser for all page tests."""
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
    app = create_app(site_of(cast, tmp_path), SECRET_KEY)
    server = create_server(app, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True)
    thread = Thread(target=server.run, name="served")
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    # In the server's own thread: it ends when nothing is left to listen to.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join()
    server.task_dispatcher.shutdown()


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


def assert_page_sound(watched: Watched) -> None:
    """Check the open page at desktop and phone widths, light and dark.

    No console error, no policy violation, no foreign request, no accessibility finding (A, AA, practice),
    no sideways scroll.
    """
    page = watched.page
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in WIDTHS:
            page.set_viewport_size({"width": width, "height": height})
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, f"{page.url} scrolls {overflow} px sideways at {width} px"
            assert not _findings(page), f"{page.url} at {width} px, {scheme}"
    assert watched.errors == []
    assert watched.foreign == []


def _findings(page: Page) -> list[str]:
    if not page.evaluate("typeof window.axe === 'object'"):
        # Through the debugger, not a script element: the page's own policy stays in force.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("rules => window.axe.run({runOnly: {type: 'tag', values: rules}})", RULES)
    found = [
        f"{violation['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
    for line in found:
        print(line)  # noqa: T201 - shown by pytest beside the failed assertion
    return found
