"""A browser page under observation: what it did that a sound page does not do, and the judgement every page must pass."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Route

AXE = Path(__file__).parent / "browser" / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = ((1440, 900), (390, 844), (320, 640))
HERE = {"127.0.0.1", "localhost"}


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
