"""kill -9 of the web server in the middle of a decision and of the worker in the middle of its work: nothing lost, nothing doubled."""

import http.client
import re
import signal
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cast import PASSWORD, POSTERS, REVIEWERS, STREETS, VOLUNTEERS, Cast
from papers import APPROVED, dossiers, hand_in, say, to_archive
from running import answers, environment_of, free_port, process, until
from sqlalchemy import Engine, text

from engine import jobs
from engine.audit import trail
from workflows.lifecycle.words import Step
from workflows.worker import all_jobs

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def environment(cast: Cast, database_url: str, tmp_path: Path) -> dict[str, str]:
    """Give what the processes of this test are told."""
    return environment_of(cast, database_url, tmp_path)


class Browser:
    """The least of a browser: cookies and forms."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, form: list[tuple[str, str]] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form or []), headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                cookie, _, rest = value.split(";", 1)[0].partition("=")
                self.cookies[cookie] = rest
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def sign_in(self, login: str) -> None:
        _, page = self.send("GET", "/sign-in")
        form = [("csrf_token", token(page)), ("login", login), ("password", PASSWORD)]
        assert self.send("POST", "/sign-in", form)[0] == 303


def token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found is not None
    return found.group(1)


def decision_form(page: str) -> list[tuple[str, str]]:
    """Give the hidden fields of the decision form of a case page."""
    start = page.index('<form class="card decision"')
    box = page[start : page.index("</form>", start)]
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', box)


def actions(cast: Cast, no: str) -> list[str]:
    with cast.reading() as session:
        return [event.action for event in trail(session, f"case:{no}")]


def files_in(cast: Cast) -> int:
    return sum(1 for path in cast.facilities.vault.root.rglob("*") if path.is_file())


@pytest.mark.parametrize("moment", ["sent", "signed", "locked"])
def test_a_web_server_killed_in_the_middle_of_a_decision_leaves_all_or_nothing(
    cast: Cast, database: Engine, environment: dict[str, str], moment: str
) -> None:
    cast.assign(POSTERS, ["丙科"])
    hand_in(cast, POSTERS, "丙科")
    port, files = free_port(), files_in(cast)

    def locked() -> bool:
        with database.connect() as connection:
            query = "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation WHERE relname = 'decision' AND mode = 'RowExclusiveLock'"
            return bool(connection.scalar(text(query))) or "department_review.approved" in actions(cast, POSTERS)

    reached = {"sent": lambda: True, "signed": lambda: files_in(cast) > files + 1, "locked": locked}[moment]
    with process(environment, "serve", port=port) as server:
        until(lambda: answers(port), server)
        browser = Browser(port)
        browser.sign_in(REVIEWERS["丙科"])
        form = [*decision_form(browser.send("GET", f"/items/{POSTERS}")[1]), ("remark", "同意"), ("outcome", "approve")]
        sender = threading.Thread(target=lambda: _try_to_send(browser, form))
        sender.start()
        until(reached, server)
        server.send_signal(signal.SIGKILL)
        server.wait()
        sender.join()
    assert cast.verdict().intact
    decided = actions(cast, POSTERS).count("department_review.approved")
    assert decided in {0, 1}
    assert (cast.parts(POSTERS)["丙科"][0] == "reviewed") == bool(decided)
    with process(environment, "serve", port=port) as server:
        until(lambda: answers(port), server)
        status, _page = browser.send("POST", "/decisions", form)  # the same form again, as a person would press again
    assert status == 303
    assert actions(cast, POSTERS).count("department_review.approved") == 1
    assert cast.parts(POSTERS) == {"丙科": ("reviewed", 1)}
    assert [item.element for item in cast.items(POSTERS)] == [Step.OFFICE_APPROVAL]
    assert cast.verdict().intact


def _try_to_send(browser: Browser, form: list[tuple[str, str]]) -> None:
    try:
        browser.send("POST", "/decisions", form)
    except (ConnectionError, http.client.HTTPException):
        return  # killed before it could answer: that is what the test is about


def test_a_worker_killed_in_the_middle_of_a_rendering_loses_nothing(
    cast: Cast, database: Engine, database_url: str, environment: dict[str, str]
) -> None:
    for no, departments in ((STREETS, ["甲科", "乙科"]), (VOLUNTEERS, ["甲科"])):
        to_archive(cast, no, departments)
    with process(environment, "worker") as worker:
        until(lambda: _doing(database, "external.archive"), worker)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert cast.verdict().intact
    assert len(dossiers(cast)) < 2
    jobs.give_back(database_url, silent_for=0)
    jobs.run_waiting(database_url, all_jobs(cast.sessions, cast.facilities))
    assert {one.archival_code[-4:] for one in dossiers(cast)} == {"0001", "0002"}
    for no in (STREETS, VOLUNTEERS):
        assert cast.case(no).state == "archived"
        assert actions(cast, no).count("dossier.archived") == 1
    assert cast.verdict().intact


def test_a_decision_taken_while_no_worker_runs_is_archived_by_the_next_one(
    cast: Cast, database_url: str, environment: dict[str, str]
) -> None:
    cast.assign(POSTERS, ["丙科"])
    hand_in(cast, POSTERS, "丙科")
    say(cast, cast.item(POSTERS, Step.DEPARTMENT_REVIEW, "丙科").id, "wang", APPROVED)
    say(cast, cast.item(POSTERS, Step.OFFICE_APPROVAL).id, "zhao", APPROVED)
    with process(environment, "worker") as worker:
        until(lambda: cast.case(POSTERS).state == "archived", worker)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait() == 0
    assert len(dossiers(cast)) == 1


def _doing(database: Engine, task: str) -> bool:
    query = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = :task AND status = 'doing'"
    with database.connect() as connection:
        return bool(connection.scalar(text(query), {"task": task}))
