"""Every page of every role, on the demonstration city, in a real browser: sound at every width, and pictured for the handbook.

`make pictures` keeps the pictures in docs/handbook/pictures; otherwise they go to the test's own folder.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from playwright.sync_api import Browser, Page
from sqlalchemy import select
from watched import Watched
from yunjiang import City

from engine.unit_of_work import reading
from models.breakdown import Rule
from models.dossier import Dossier
from models.evidence import Assignment, AssignmentState, Contribution, ContributionState, Evidence, StoredFile
from models.people import Department, Role
from workflows.demo import city
from workflows.demo.city import SIGN_INS, DemoPerson

DESKTOP, PHONE = (1280, 800), (390, 844)


@dataclass(frozen=True)
class Shown:
    """One page: whose, where ({case} and {dossier} are filled in), and its picture in the handbook, if it has one."""

    role: Role
    path: str
    picture: str = ""
    size: tuple[int, int] = DESKTOP


PAGES = (
    Shown(Role.COLLECTOR, "/inbox"),
    Shown(Role.COLLECTOR, "/inbox?view=done"),
    Shown(Role.COLLECTOR, "/items/{returned}"),
    Shown(Role.COLLECTOR, "/items/{returned}/fill", "fill-phone", PHONE),
    Shown(Role.COLLECTOR, "/archive"),
    Shown(Role.DEPARTMENT_REVIEWER, "/inbox", "review"),
    Shown(Role.DEPARTMENT_REVIEWER, "/board"),
    Shown(Role.CREATION_OFFICE, "/inbox?sort=due", "inbox"),
    Shown(Role.CREATION_OFFICE, "/items/{waiting}", "case"),
    Shown(Role.CREATION_OFFICE, "/items/{unassigned}"),
    Shown(Role.CREATION_OFFICE, "/assignments/{unassigned}"),
    Shown(Role.CREATION_OFFICE, "/assignments/tables/{table}", "assign"),
    Shown(Role.CREATION_OFFICE, "/imports"),
    Shown(Role.CREATION_OFFICE, "/archive?state=archived"),
    Shown(Role.CREATION_OFFICE, "/archive/{dossier}", "dossier"),
    Shown(Role.CREATION_OFFICE, "/archive/{dossier}?verify=1"),
    Shown(Role.CREATION_OFFICE, "/verify"),
    Shown(Role.CREATION_OFFICE, "/departments"),
    Shown(Role.LEADER, "/board", "board"),
    Shown(Role.AUDITOR, "/audit", "audit"),
    Shown(Role.AUDITOR, "/items/{dossier}/trail?verify=1", "trail"),
    Shown(Role.AUDITOR, "/items/{dossier}/trail/2"),
    Shown(Role.ADMINISTRATOR, "/people", "people"),
    Shown(Role.ADMINISTRATOR, "/people/new"),
    Shown(Role.ADMINISTRATOR, "/departments"),
    Shown(Role.ADMINISTRATOR, "/nowhere"),
    Shown(Role.ADMINISTRATOR, "/imports"),
)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder pictures are kept in."""
    named = os.environ.get("JUANZONG_PICTURES")
    return Path(named) if named else tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def places(yunjiang: City) -> dict[str, str]:
    """Find the cases the pages are shown with."""
    with reading(yunjiang.sessions) as session:
        in_state = select(Assignment.no).order_by(Assignment.no)
        unassigned = Assignment.state == AssignmentState.NOT_ASSIGNED
        returned = (
            in_state.join(Contribution).join(Department)
            .where(Contribution.state == ContributionState.RETURNED, Department.name == person(Role.COLLECTOR).department)
        )  # fmt: skip
        return {
            "returned": session.scalars(returned).first() or "",
            "waiting": _with_photos(yunjiang),
            "unassigned": session.scalars(in_state.where(unassigned)).first() or "",
            "table": str(session.scalars(select(Rule.table_id).join(Assignment).where(unassigned)).first()),
            "dossier": session.scalars(in_state.join(Dossier).order_by(Dossier.archival_code)).first() or "",
        }


@pytest.fixture(scope="module")
def desks(chromium: Browser, city_served: str) -> Iterator[Callable[[Role], Watched]]:
    """Give the browser of the person shown for a role, signed in once for all pages."""
    opened: dict[Role, Watched] = {}

    def desk(role: Role) -> Watched:
        if role not in opened:
            context = chromium.new_context(locale="zh-CN")
            watched = Watched(context.new_page())
            watched.page.on("console", watched.heard)
            watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
            context.route("**/*", watched.let_through)
            sign_in(watched.page, city_served, person(role))
            opened[role] = watched
        return opened[role]

    yield desk
    for watched in opened.values():
        watched.page.context.close()


@pytest.mark.parametrize("shown", PAGES, ids=lambda one: f"{one.role}{one.path}")
def test_page_is_sound_on_the_demonstration_city(
    shown: Shown,
    desks: Callable[[Role], Watched],
    city_served: str,
    places: dict[str, str],
    pictures: Path,
    page_is_sound: Callable[[Watched], None],
) -> None:
    watched = desks(shown.role)
    watched.errors.clear()
    answer = watched.page.goto(city_served + shown.path.format(**places))
    assert answer is not None
    refused = shown.path in {"/nowhere", "/imports"} and shown.role is Role.ADMINISTRATOR
    assert answer.ok is not refused
    if refused:
        watched.errors.clear()  # the browser itself notes a 4xx
    picture(watched.page, shown.picture, shown.size, pictures)
    page_is_sound(watched)


def test_the_sign_in_page_offers_one_person_a_role(
    watched: Watched, city_served: str, pictures: Path, page_is_sound: Callable[[Watched], None]
) -> None:
    watched.page.goto(f"{city_served}/sign-in")
    assert watched.page.locator(".demo-people button").count() == len(Role)
    picture(watched.page, "sign-in", DESKTOP, pictures)
    page_is_sound(watched)


def test_the_preview_of_an_import_is_sound(
    desks: Callable[[Role], Watched], city_served: str, pictures: Path, page_is_sound: Callable[[Watched], None]
) -> None:
    watched = desks(Role.CREATION_OFFICE)
    page = watched.page
    page.goto(f"{city_served}/imports")
    page.set_input_files("#file", {"name": city.TABLE_FILE, "mimeType": "text/plain", "buffer": city.table_bytes()})
    page.fill("#campaign", "2027年云江市创建全国文明城市")
    page.click("form[action='/imports/preview'] button")
    page.wait_for_selector(".preview-rows")
    picture(page, "import-preview", DESKTOP, pictures)
    page_is_sound(watched)


def test_the_diagram_is_drawn_with_where_the_case_is(
    desks: Callable[[Role], Watched], city_served: str, places: dict[str, str]
) -> None:
    page = desks(Role.CREATION_OFFICE).page
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(city_served + f"/items/{places['waiting']}")
    page.locator("#diagram").scroll_into_view_if_needed()
    page.wait_for_selector("#diagram[data-drawn=yes]")
    assert page.locator("#diagram .is-now").count() == 1
    assert page.locator("#diagram .is-done").count() >= 3
    assert page.locator("#diagram .bjs-powered-by").is_visible()


def person(role: Role) -> DemoPerson:
    return next(one for one in SIGN_INS if one.role is role)


def sign_in(page: Page, address: str, somebody: DemoPerson) -> None:
    page.goto(f"{address}/sign-in")
    page.locator(".demo-people button", has_text=somebody.name).click()
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


def picture(page: Page, name: str, size: tuple[int, int], folder: Path) -> None:
    if not name:
        return
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_load_state("networkidle")
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(folder / f"{name}.png"))


def _with_photos(yunjiang: City) -> str:
    """Give the case before the office with the most photos."""
    query = (
        select(Assignment.no)
        .join(Contribution, Contribution.assignment_id == Assignment.id)
        .join(Evidence, Evidence.contribution_id == Contribution.id)
        .join(StoredFile, StoredFile.sha256 == Evidence.file_sha256)
        .where(Assignment.state == AssignmentState.AWAITING_APPROVAL, StoredFile.kind == "photo")
    )
    with reading(yunjiang.sessions) as session:
        return Counter(session.scalars(query)).most_common(1)[0][0]
